"""Empirical Bayes: the maximum of the marginal likelihood and the moment estimate, inside and on the boundary."""

import math

import numpy as np
import pytest
from scipy.special import psi

import partialpool as pp
from designs import fitted
from partialpool.distributions.marginals.beta_binomial import likelihood

METHODS = pytest.mark.parametrize("method", ["empirical-bayes", "moments"])


def rats():
    data = pp.datasets.load("rat_tumors")
    return list(map(int, data["tumors"])), list(map(int, data["rats"]))


def values(fit):
    table = fit.population_columns()
    return dict(zip(table["parameter"], table["mean"].tolist(), strict=True))


def score(y, n, alpha, beta):
    """Gradient of the log marginal likelihood in (log alpha, log beta)."""
    y, n = np.array(y), np.array(n)
    both = psi(n + alpha + beta) - psi(alpha + beta)
    first, second = psi(y + alpha) - psi(alpha) - both, psi(n - y + beta) - psi(beta) - both
    return alpha * first.sum(), beta * second.sum()


def test_marginal_maximum_of_the_rats():
    """2.341614, 14.114801, computed elsewhere and good to six digits; the gradient below settles the others."""
    found = values(fitted(*rats(), "bda", method="empirical-bayes"))
    assert found["alpha"] == pytest.approx(2.341614, rel=5e-7)
    assert found["beta"] == pytest.approx(14.114801, rel=5e-7)
    assert found["mean"] == found["alpha"] / (found["alpha"] + found["beta"])
    assert found["concentration"] == pytest.approx(found["alpha"] + found["beta"], rel=1e-15)


DESIGNS = {
    "rats": rats(),
    "ordinary": ([0, 1, 2, 5, 3, 9], [20, 20, 18, 25, 10, 30]),
    "two groups": ([1, 9], [10, 10]),
    "u-shaped": ([0, 20, 1, 20, 0, 18], [20] * 6),
    "with empty groups": ([0, 1, 7, 0, 0], [9, 8, 10, 0, 0]),
    "large": ([1000, 2000, 1500], [10**6, 10**6, 10**6]),
    "barely spread": ([10, 20, 30, 40, 62], [100, 100, 200, 200, 200]),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_the_gradient_is_zero_at_the_maximum(name):
    y, n = DESIGNS[name]
    found = values(fitted(y, n, "bda", method="empirical-bayes"))
    assert math.isfinite(found["concentration"])
    for slope in score(y, n, found["alpha"], found["beta"]):
        # psi is good to a few units in its last place, of terms that add up to `size`
        size = sum(n) * max(found["mean"], 1 - found["mean"])
        assert abs(slope) <= 2e-14 * size * max(1.0, found["concentration"] / max(n))


@pytest.mark.parametrize("name", DESIGNS)
def test_nothing_nearby_is_higher(name):
    y, n = DESIGNS[name]
    fit = fitted(y, n, "bda", method="empirical-bayes")
    model, found = likelihood(fit.results.pairs), values(fit)
    logit, log_kappa = math.log(found["alpha"] / found["beta"]), math.log(found["concentration"])

    def height(dx, dy):
        at = logit + dx
        return float(model(-np.logaddexp(0, -at), -np.logaddexp(0, at), np.array(log_kappa + dy)))

    top = height(0, 0)
    for turn in np.linspace(0, 2 * math.pi, 24, endpoint=False):
        for r in (1e-2, 0.3, 3.0):
            assert height(r * math.cos(turn), r * math.sin(turn)) < top


def test_moments_of_groups_of_one_size():
    """For n_j = n: S = n sum (p_j - p)^2 against its expectation p(1-p) [rho (N - n) + (1-rho)(J-1)]."""
    y, n = np.array([0, 3, 5, 2, 9]), 10
    p = y / n
    centre = p.mean()
    s = n * ((p - centre) ** 2).sum() / (centre * (1 - centre))
    rho = (s - 4) / (n * 4 - 4)
    found = values(fitted(y, [n] * 5, "bda", method="moments"))
    assert found["mean"] == pytest.approx(centre, rel=1e-15)
    assert found["concentration"] == pytest.approx(1 / rho - 1, rel=1e-13)


def test_order_and_mirror():
    y, n = DESIGNS["ordinary"]
    one = values(fitted(y, n, "bda", method="empirical-bayes"))
    assert one == values(fitted(y[::-1], n[::-1], "bda", method="empirical-bayes"))
    other = values(fitted([b - a for a, b in zip(y, n, strict=True)], n, "bda", method="empirical-bayes"))
    assert other["alpha"] == pytest.approx(one["beta"], rel=1e-12)
    assert other["beta"] == pytest.approx(one["alpha"], rel=1e-12)


@METHODS
@pytest.mark.parametrize(("y", "n"), [([5] * 6, [10] * 6), ([1, 2, 3], [10, 20, 30]), ([2, 3, 2], [10, 10, 10])])
def test_groups_alike_are_pooled(method, y, n):
    """The maximum is at infinite concentration: every group has the overall rate."""
    fit = fitted(y, n, "bda", method=method)
    found, groups = values(fit), fit.group_columns()
    assert found["concentration"] == found["alpha"] == found["beta"] == math.inf
    assert found["mean"] == sum(y) / sum(n)
    assert found["sd"] == 0.0
    for name in ("mean", "median", "lower", "upper"):
        assert groups[name].tolist() == [sum(y) / sum(n)] * len(y)
    assert groups["weight"].tolist() == groups["sd"].tolist() == [0.0] * len(y)
    assert "boundary: concentration is infinite, all groups alike" in fit.population_columns()["note"][1]
    assert "boundary" in repr(fit)


@METHODS
@pytest.mark.parametrize(("y", "rate"), [([0, 0, 0], 0.0), ([10, 8, 9], 1.0)])
def test_all_failures_or_all_successes(method, y, rate):
    fit = fitted(y, [10, 8, 9], "bda", method=method)
    assert values(fit)["mean"] == rate
    assert values(fit)["concentration"] == math.inf
    assert fit.group_columns()["mean"].tolist() == [rate] * 3


@METHODS
def test_every_group_all_or_nothing(method):
    """The maximum is at concentration 0: half of the groups succeed always, half never."""
    fit = fitted([0, 10, 0, 10, 0], [10, 10, 10, 10, 0], "bda", method=method)
    found, groups = values(fit), fit.group_columns()
    assert found["concentration"] == found["alpha"] == found["beta"] == 0.0
    assert found["mean"] == 0.5
    assert groups["mean"].tolist() == [0.0, 1.0, 0.0, 1.0, 0.5]
    assert groups["sd"].tolist() == [0.0, 0.0, 0.0, 0.0, 0.5]
    assert groups["weight"].tolist() == [1.0, 1.0, 1.0, 1.0, 0.0]
    assert (groups["lower"][4], groups["upper"][4]) == (0.0, 1.0)
    assert "boundary: concentration is 0" in fit.population_columns()["note"][1]


def test_marginal_maximum_of_groups_all_or_nothing_of_unequal_size():
    """At concentration 0 the likelihood is mean^S (1-mean)^F of groups, whatever their trials."""
    found = values(fitted([0, 10, 0], [10, 10, 10], "bda", method="empirical-bayes"))
    assert found["mean"] == pytest.approx(1 / 3, rel=1e-15)
    found = values(fitted([0, 3, 0, 0], [10, 3, 20, 5], "bda", method="empirical-bayes"))
    assert (found["mean"], found["concentration"]) == (pytest.approx(0.25, rel=1e-15), 0.0)


@METHODS
def test_the_label_says_what_is_ignored(method):
    fit = fitted(*DESIGNS["ordinary"], "bda", method=method)
    ignored = f'the prior bda has no effect, since method "{method}" uses none: the method "full" uses it'
    assert fit.warnings == (f'method "{method}" ignores the uncertainty of the population\'s parameters', ignored)
    assert fit.warnings[0] in repr(fit)
    table = fit.population_columns()
    assert set(table["note"]) == {f"{method}: uncertainty of this estimate is ignored"}
    assert table["sd"].tolist() == [0.0] * 5
    assert table["lower"].tolist() == table["upper"].tolist() == table["mean"].tolist()
    assert method in fit.model.title


@METHODS
def test_groups_are_those_of_given(method):
    fit = fitted(*DESIGNS["ordinary"], "bda", method=method)
    found = values(fit)
    same = fit.given(mean=found["mean"], concentration=found["concentration"])
    for name, column in fit.group_columns().items():
        np.testing.assert_array_equal(column, same.group_columns()[name])


@METHODS
def test_the_prior_plays_no_part(method):
    one, other = (fitted(*DESIGNS["ordinary"], prior, method=method) for prior in ("bda", "pareto"))
    assert values(one) == values(other)
    assert values(fitted([0, 0, 3, 1], [4, 3, 8, 5], pp.Prior(concentration=pp.Flat()), method=method))  # never proper


@METHODS
@pytest.mark.parametrize(("y", "n"), [([3], [10]), ([1, 0, 1], [1, 1, 1]), ([3, 0], [10, 0])])
def test_what_no_estimate_can_identify(method, y, n):
    with pytest.raises(pp.RequestError, match=r'needs two groups with data.*Use method="full"'):
        fitted(y, n, "bda", method=method)


@pytest.mark.parametrize("method", ["eb", "fully", "given", None])
def test_methods_that_do_not_exist(method):
    with pytest.raises(pp.RequestError, match=r"There is no method .*; there are full, empirical-bayes, moments"):
        fitted([1, 2], [5, 5], "bda", method=method)
