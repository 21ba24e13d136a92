"""Is the posterior proper, which moments exist: the table for beta-binomial models, decided before integrating.

I = groups with 0 < y < n. (alpha+beta)^(-5/2) needs I >= 1, Morris's prior I >= 2; flat ones are never proper.
"""

import math

import numpy as np
import pytest

import partialpool as pp
from designs import PRIORS, Exponents, fitted, is_proper
from partialpool.distributions.marginals.beta_binomial import BinomialCells
from partialpool.priors import resolve
from partialpool.priors.propriety.proportions import Design, check, design, highest_moment

DATA = {
    "no interior": ([0, 0, 5], [4, 3, 5]),
    "one interior": ([0, 2, 5], [4, 3, 5]),
    "two interior": ([1, 2, 5], [4, 3, 5]),
    "all failures": ([0, 0], [4, 3]),
    "all successes": ([4, 3], [4, 3]),
    "one interior and no data": ([1, 0], [4, 0]),
    "one success of one": ([1], [1]),
}
FLAT = {
    "flat concentration": (pp.Prior(concentration=pp.Flat()), Exponents(1, 1, 0, 0)),
    "flat log concentration": (pp.Prior(concentration=pp.Power(-1)), Exponents(1, 1, -1, 1)),
    "flat alpha and beta": (pp.Prior(concentration=pp.Power(1)), Exponents(1, 1, 1, -1)),
    "flat logit mean and log concentration": (
        pp.Prior(mean=pp.Beta(0, 0), concentration=pp.Power(-1)),
        Exponents(0, 0, -1, 1),
    ),
    "haldane and bda": (pp.Prior(mean=pp.Beta(0, 0), concentration=pp.Power(-1.5)), Exponents(0, 0, -1.5, 1.5)),
    "steep": (pp.Prior(concentration=pp.Power(-4.25)), Exponents(1, 1, -4.25, 4.25)),
    "flat sd": (pp.Prior(concentration=pp.Flat(on="sd")), Exponents(1, 1, -1.5, 1.5)),
    "flat variance": (pp.Prior(concentration=pp.Flat(on="variance")), Exponents(1, 1, -2, 2)),
    "jeffreys mean": (pp.Prior(mean=pp.Beta(0.5, 0), concentration=pp.HalfCauchy(1)), Exponents(0.5, 0, 0, 2)),
}
TABLE = {name: (prior, exponents) for name, (prior, _, exponents) in PRIORS.items() if exponents} | FLAT


def pairs(y, n):
    y, n = np.array(y, float), np.array(n, float)
    return BinomialCells(y, n - y, np.ones(len(y)))


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("prior", TABLE)
def test_refused_exactly_when_improper(prior, data):
    given, exponents = TABLE[prior]
    y, n = DATA[data]
    if is_proper(exponents, y, n):
        check(resolve(given), design(pairs(y, n)))
    else:
        with pytest.raises(pp.ImproperPosteriorError, match="the posterior is improper"):
            fitted(y, n, given)


@pytest.mark.parametrize("name", TABLE)
def test_moments_exist_below_the_exponent(name):
    given, exponents = TABLE[name]
    highest = highest_moment(resolve(given), Design(2, 1, 1, 5, 5))
    assert highest == pytest.approx(exponents.q - 1, abs=1e-5)


@pytest.mark.parametrize(
    ("prior", "highest"),
    [("bda", "1/2"), ("morris", "1"), ("uniform-shrinkage", "1"), ("half-cauchy-sd", "1/2"), ("pareto", "3/2")],
)
def test_missing_moments_are_null_with_the_reason(prior, highest):
    table = fitted([1, 2, 3, 4], [5, 5, 6, 7], prior).population_columns()
    for i, name in enumerate(table["parameter"]):
        if name in ("mean", "sd"):
            assert math.isfinite(table["mean"][i])
            assert math.isfinite(table["sd"][i])
            assert table["note"][i] == ""
            continue
        what = "sd" if prior == "pareto" else "mean"
        assert table["note"][i] == f"{what} does not exist: E[{name}^m] is finite only for m < {highest}"
        assert math.isnan(table["sd"][i])
        assert math.isnan(table["mean"][i]) == (prior != "pareto")
        assert math.isfinite(table["median"][i])


@pytest.mark.parametrize("density", [pp.Gamma(2, 0.1), pp.Exponential(0.1), pp.LogNormal(2, 1), pp.HalfNormal(20)])
def test_light_tails_have_all_moments(density):
    table = fitted([1, 2, 3, 4], [5, 5, 6, 7], pp.Prior(concentration=density)).population_columns()
    assert np.all(np.isfinite(table["mean"]) & np.isfinite(table["sd"]))
    assert set(table["note"]) == {""}


@pytest.mark.parametrize(
    ("y", "n", "prior", "said"),
    [
        ([0, 0], [4, 3], "bda", r'With the prior "bda" .*no group has 0 < successes < trials and it takes 1'),
        ([4, 3], [4, 3], "bda", "as concentration goes to 0; use the default prior"),
        ([1, 3], [4, 3], "morris", "only 1 group with 0 < successes < trials and it takes 2"),
        ([1, 1, 3], [4, 4, 3], FLAT["steep"][0], "only 2 groups with 0 < successes < trials and it takes 4"),
        ([1, 2], [4, 3], FLAT["flat concentration"][0], r"concentration\^\(?0\)? as concentration goes to infinity"),
        (
            [1, 2],
            [4, 3],
            FLAT["flat log concentration"][0],
            r"it must fall faster than 1/concentration, as the default",
        ),
        ([0, 0], [4, 3], "haldane", r"no success and the density of the mean is not integrable at 0; use Beta\(1, 1\)"),
        ([4, 3], [4, 3], "haldane", r"no failure and the density of the mean is not integrable at 1; use Beta\(1, 1\)"),
        ([1, 2], [4, 3], FLAT["flat alpha and beta"][0], "With this prior the posterior is improper"),
        ([0, 0], [4, 3], FLAT["haldane and bda"][0], "no group has .*; there is no success"),
    ],
)
def test_the_message_says_why_and_what_to_do(y, n, prior, said):
    with pytest.raises(pp.ImproperPosteriorError, match=said):
        fitted(y, n, prior)


P, G, H = pp.Power, pp.Gamma(1, 1), pp.HalfCauchy(1)


@pytest.mark.parametrize(
    ("alpha", "beta", "y", "n", "proper"),
    [
        (G, G, [0], [1], True),
        (H, H, [0, 0], [3, 3], True),
        (H, G, [3], [3], True),
        (pp.Flat(), G, [1, 2], [4, 3], True),  # at infinity alone the failures decide: alpha^0 alpha^-failures
        (pp.Flat(), G, [3], [4], False),
        (pp.Flat(), pp.Flat(), [1, 2, 3], [40, 30, 20], False),
        (P(-1), P(-1), [1, 2, 3], [40, 30, 20], False),  # q_a + q_b = 2 at infinity in both
        (P(-1), G, [1, 2], [4, 3], True),
        (P(-1), G, [0, 0], [4, 3], False),
        (P(-2), G, [1, 2], [4, 3], True),
        (P(-2), G, [1, 0], [4, 3], False),
        (P(-1.5), P(-1.5), [1, 2], [4, 3], True),
        (P(-1.5), P(-1.5), [1, 0], [4, 3], False),
    ],
)
def test_densities_on_alpha_and_beta(alpha, beta, y, n, proper):
    """Corner by corner: kappa -> 0 along either axis or both, and -> infinity along either axis or both."""
    facts = design(pairs(y, n))
    prior = resolve(pp.Prior(alpha=alpha, beta=beta))
    mirrored = design(pairs(np.array(n) - np.array(y), n)), resolve(pp.Prior(alpha=beta, beta=alpha))
    if proper:
        check(prior, facts)
        check(mirrored[1], mirrored[0])
    else:
        with pytest.raises(pp.ImproperPosteriorError, match="use proper densities such as Gamma or Exponential"):
            check(prior, facts)
        with pytest.raises(pp.ImproperPosteriorError):
            check(mirrored[1], mirrored[0])


def test_the_design_counts_groups_and_outcomes():
    y, n = np.array([0.0, 2, 3, 0]), np.array([4.0, 4, 3, 0])
    counted = design(BinomialCells(y, n - y, np.array([2.0, 3, 1, 7])))
    assert counted == Design(interior=3, all_success=1, all_failure=2, successes=9, failures=14)
    assert counted.groups == 6


def test_refused_before_integrating(monkeypatch):
    def never(*_):
        raise AssertionError

    monkeypatch.setattr("partialpool.models.inference.proportions.hyperposterior", never)
    with pytest.raises(pp.ImproperPosteriorError):
        fitted([0, 0], [4, 3], "bda")
