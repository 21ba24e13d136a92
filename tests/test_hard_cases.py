"""Hard cases of proportions that must be answered, and answered right.

What is refused row by row is tested in families/test_binomial.py, levels in test_posterior.py, priors in priors/.
"""

import numpy as np
import pytest
from scipy import stats

import partialpool as pp
from designs import fitted, solved

NUMBERS = ("mean", "sd", "median", "lower", "upper", "weight")


def sane(fit):
    """Finite where they exist, in order, in range."""
    groups, population = fit.group_columns(), fit.population_columns()
    for name in NUMBERS:
        assert np.all(np.isfinite(groups[name])), name
        assert np.all((groups[name] >= 0) & (groups[name] <= 1)), name
    for table in (groups, population):
        assert np.all((table["lower"] <= table["median"]) & (table["median"] <= table["upper"]))
    assert float(fit.accuracy) < 1e-8
    return groups, population


@pytest.mark.parametrize(("y", "outcome"), [([0, 0, 0], "failures"), ([20, 20, 19], "successes")])
def test_no_interior_group_under_bda(y, outcome):
    with pytest.raises(
        pp.ImproperPosteriorError, match=r"no group has 0 < .* < trials .* as concentration goes to 0; use the default"
    ):
        fitted(y, [20, 20, 19], "bda")


def test_no_success_and_no_failure_are_answered_by_the_default_and_mirror_each_other():
    n = [20, 20, 19]
    none, population = sane(fitted([0, 0, 0], n, "uniform-shrinkage"))
    every, other = sane(fitted(n, n, "uniform-shrinkage"))
    for name in ("sd", "weight"):
        np.testing.assert_array_equal(none[name], every[name])
    for name, opposite in (("mean", "mean"), ("median", "median"), ("lower", "upper"), ("upper", "lower")):
        np.testing.assert_array_equal(1.0 - none[name], every[opposite])
        assert other[opposite][0] == 1.0 - population[name][0]
    assert np.all(none["mean"] < 0.05)


def test_identical_groups_are_answered_and_their_concentration_has_no_mean():
    groups, population = sane(solved("uniform-shrinkage", "identical"))
    assert np.isnan(population["mean"][1])
    assert "does not exist" in population["note"][1]
    assert groups["mean"] == pytest.approx([0.5] * 6, rel=1e-12)


@pytest.mark.parametrize("prior", ["uniform-shrinkage", "bda"])
def test_one_group_of_a_billion_with_tiny_ones(prior):
    """The billion knows its rate; it counts as one group in what is said of the population."""
    y, n = [400_000_000, 1, 0, 2], [10**9, 3, 2, 4]
    groups, population = sane(fitted(y, n, prior))
    assert groups["lower"][0] == pytest.approx(0.4 - 1.96 * np.sqrt(0.24e-9), abs=1e-7)
    assert groups["upper"][0] == pytest.approx(0.4 + 1.96 * np.sqrt(0.24e-9), abs=1e-7)
    same, small = sane(fitted([4_000_000, 1, 0, 2], [10**7, 3, 2, 4], fitted(y, n, prior).model.prior))
    assert groups["mean"][1:] == pytest.approx(same["mean"][1:], rel=1e-4)
    assert population["median"] == pytest.approx(small["median"], rel=1e-3)


def test_half_none_half_all_and_one_interior_group_under_bda():
    """The density of the concentration grows like k^(-1/2) towards 0: P(k <= q) ~ sqrt(q), and its mass is kept."""
    y, n = [0] * 10 + [50] * 10 + [25], [50] * 21
    fit = fitted(y, n, "bda")
    _, population = sane(fit)
    one, other = (fit.population_columns(1 - 2 * p)["lower"][1] for p in (1e-3, 2.5e-4))
    assert one / other == pytest.approx(16.0, rel=1e-3)
    assert population["median"][1] < 0.05
    assert population["median"][0] == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize("prior", ["uniform-shrinkage", "bda", "pareto"])
def test_a_group_without_data_has_the_distribution_of_the_next_group(prior):
    """Any number of them, in any place: the same row each, labelled, and the others stay what they are."""
    y, n = [1, 2, 7, 3], [5, 9, 12, 10]
    groups, population = sane(fitted([0, 1, 2, 0, 7, 3], [0, 5, 9, 0, 12, 10], prior))
    alone, same = sane(fitted(y, n, prior))
    assert groups["note"].tolist() == ["no data", "", "", "no data", "", ""]
    for name in NUMBERS:
        assert groups[name][0] == groups[name][3]
        assert groups[name][[1, 2, 4, 5]] == pytest.approx(alone[name], rel=1e-8)
    assert groups["weight"][0] == 0.0
    assert groups["mean"][0] == pytest.approx(population["mean"][0], rel=1e-10)
    assert population["median"] == pytest.approx(same["median"], rel=1e-7)


def test_the_next_group_where_the_population_is_known():
    """A prior that allows one concentration alone: theta_new ~ Beta(k m, k (1-m)) averaged over m ~ its posterior."""
    fit = fitted([2, 0], [9, 0], pp.Prior(concentration=pp.Uniform(5.0, 5.0 + 1e-7)))
    groups, _ = sane(fit)
    # given k = 5, P(m) ~ B(2 + 5m, 7 + 5(1-m)) / B(5m, 5(1-m)): integrated here by Gauss-Legendre
    x, w = np.polynomial.legendre.leggauss(200)
    m = 0.5 + 0.5 * x
    rising = lambda v, a: np.prod([a + i for i in range(v)], axis=0)  # noqa: E731
    p = w * rising(2, 5 * m) * rising(7, 5 * (1 - m))
    p /= p.sum()
    assert groups["mean"][1] == pytest.approx(p @ m, rel=1e-7)
    for name, level in (("lower", 0.025), ("median", 0.5), ("upper", 0.975)):
        reached = p @ stats.beta.cdf(groups[name][1], 5 * m, 5 * (1 - m))
        assert reached == pytest.approx(level, abs=2e-8)


def test_theta_that_underflows():
    """Concentrations near 1e-4: the next theta is 0 or 1 to double precision, with probability as the mean says."""
    fit = fitted([1, 9, 0], [10, 10, 0], pp.Prior(concentration=pp.Exponential(1e6)))
    groups, population = sane(fit)
    assert (groups["lower"][2], groups["upper"][2]) == (0.0, 1.0)
    assert groups["mean"][2] == pytest.approx(0.5, rel=1e-12)
    assert population["sd"][4] > 0.0
    tilted = fitted([1, 0], [10, 0], pp.Prior(mean=pp.Beta(1, 9), concentration=pp.Exponential(1e6))).group_columns()
    assert tilted["median"][1] == 0.0


def test_rare_events_keep_their_digits():
    """Rates near 1e-7: means and quantiles are right to their own size, and near 1 the complement is."""
    y, n = [1, 0, 3], [10**7, 10**7, 10**7]
    groups, _ = sane(fitted(y, n, "uniform-shrinkage"))
    assert np.all((groups["mean"] > 1e-8) & (groups["mean"] < 1e-6))
    assert np.all((groups["lower"] > 0) & (groups["lower"] < groups["mean"]))
    other, _ = sane(fitted([10**7 - a for a in y], n, "uniform-shrinkage"))
    np.testing.assert_array_equal(other["mean"], 1.0 - groups["mean"])
    np.testing.assert_array_equal(other["upper"], 1.0 - groups["lower"])


@pytest.mark.parametrize("trials", [10**10 + 1, 2**57])
def test_a_group_too_large_for_double_precision_is_refused(trials):
    with pytest.raises(pp.DataError, match=r"the digits of a double do not suffice .* leave it out"):
        fitted([3, 3], [trials, 10], "uniform-shrinkage")
