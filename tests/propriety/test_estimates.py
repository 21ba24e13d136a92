"""Which posteriors of estimates are proper, and which moments exist: the tables of the theory, and what is refused."""

import numpy as np
import pytest

import partialpool as pp
from partialpool.distributions.marginals.normal_normal import distinct
from partialpool.priors import resolve
from partialpool.priors.propriety.estimates import check, design, mean_below, missing_moment, sd_below, within_reach

INF = float("inf")


def data(size, exact=(), s=1.0):
    """So many estimates 0, 1, 2, ..., the first of which are as given and exact."""
    y, se = np.arange(float(size)), np.full(size, s)
    y[: len(exact)], se[: len(exact)] = exact, 0.0
    return design(distinct(y, se))


def prior(sd=None, mean=None):
    return resolve(pp.Prior(sd=sd, mean=mean), "estimates")


# density of sd -> least number of groups with a flat mean, E[sd^k] finite for k < J + this; at 0 as sd^p0
TABLE = {
    "flat": (pp.Flat(), 3, -2),
    "flat variance": (pp.Flat(on="variance"), 4, -3),
    "half-Cauchy": (pp.HalfCauchy(1.0), 1, 0),
    "uniform shrinkage": (None, 1, 1),
    "DuMouchel": (pp.DuMouchel(), 1, 0),
    "half-t(4)": (pp.HalfStudentT(4.0, 1.0), 1, 3),
    "half-normal": (pp.HalfNormal(1.0), 1, INF),
    "exponential": (pp.Exponential(1.0), 1, INF),
    "uniform": (pp.Uniform(0.0, 5.0), 1, INF),
    "Jeffreys": (pp.Jeffreys(), 2, -1),
}


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 9])
def test_the_table_with_a_flat_mean(name, size):
    density, least, more = TABLE[name]
    of = prior(density)
    if size < least:
        with pytest.raises(pp.ImproperPosteriorError, match=r"it needs (two|three|four) groups and there (is|are) "):
            check(of, data(size))
        return
    check(of, data(size))
    assert sd_below(of, data(size)) == size + more
    assert mean_below(of, data(size)) == size + more


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_normal_mean_is_worth_a_group(name, size):
    density, least, more = TABLE[name]
    of = prior(density, pp.Normal(0.0, 3.0))
    if size < least - 1:
        with pytest.raises(pp.ImproperPosteriorError, match="groups"):
            check(of, data(size))
        return
    check(of, data(size))
    assert sd_below(of, data(size)) == size + more + 1
    assert mean_below(of, data(size)) == INF


@pytest.mark.parametrize("density", [pp.Power(-1.0), pp.Power(-1.5), pp.Power(-1.0, on="variance")])
@pytest.mark.parametrize("size", [3, 30])
def test_never_proper_at_zero(density, size):
    with pytest.raises(pp.ImproperPosteriorError, match=r"not integrable at 0, where .*use the default prior"):
        check(prior(density), data(size))


# --- exact estimates ---


@pytest.mark.parametrize(
    ("exact", "density", "proper"),
    [
        ((1.0,), pp.Flat(), True),
        ((1.0, 2.0), pp.Flat(), True),
        ((1.0, 1.0), pp.Flat(), False),
        ((1.0, 1.0, 2.0), pp.Flat(), True),
        ((1.0, 1.0), pp.Power(0.1), True),
        ((1.0, 1.0), None, True),
        ((1.0, 1.0, 1.0), None, False),
        ((1.0, 1.0, 1.0), pp.Power(1.1), True),
        ((1.0, 1.0, 1.0), pp.InverseGamma(1.0, 1.0), True),
        ((1.0, 1.0, 1.0), pp.HalfCauchy(1.0), False),
        ((1.0, 2.0), pp.Power(-2.0), True),
    ],
)
def test_exact_estimates_decide_at_zero(exact, density, proper):
    if proper:
        check(prior(density), data(8, exact))
        return
    words = {2: "two", 3: "three"}[len(exact)]
    said = rf"{words} groups have se = 0 and the same estimate, .*sd\^\(-{len(exact) - 1}\).*InverseGamma"
    with pytest.raises(pp.ImproperPosteriorError, match=said):
        check(prior(density), data(8, exact))


def test_the_name_of_the_prior_and_both_reasons():
    with pytest.raises(
        pp.ImproperPosteriorError, match=r'^With the prior "flat" .* improper: two groups.*; it needs thr'
    ):
        check(resolve("flat", "estimates"), data(2, (1.0, 1.0)))


def test_reasons_why_a_moment_is_missing():
    assert missing_moment(2.5, "sd") == ""
    assert missing_moment(2.0, "sd") == "sd does not exist: E[sd^m] is finite only for m < 2"
    assert missing_moment(2.03, "sd") == "sd is beyond double precision: E[sd^m] is finite only for m < 2.03"
    assert missing_moment(1.01, "sd") == "mean is beyond double precision: E[sd^m] is finite only for m < 1.01"
    assert [within_reach(below) for below in (0.5, 1.0, 1.05, 1.1, 2.05, 2.1, INF)] == [
        0.5,
        1.0,
        1.0,
        1.1,
        2.0,
        2.1,
        INF,
    ]
    assert missing_moment(1.0, "|mean|") == "mean does not exist: E[|mean|^m] is finite only for m < 1"
