"""Limits: no pooling as the concentration goes to 0, complete pooling as it goes to infinity."""

import math

import numpy as np
import pytest
from scipy import stats

import partialpool as pp
from designs import DESIGNS, fitted, solved

Y, N = (np.array(column) for column in DESIGNS["mixed"])
FIT = solved("uniform-shrinkage", "mixed")
RAW = Y[:3] / N[:3]
NUMBERS = ("mean", "sd", "median", "lower", "upper")


@pytest.mark.parametrize("concentration", [1e-300, 1e-20, 1e-3, 1.0, 17.3, 1e4, 1e12])
@pytest.mark.parametrize("mean", [1e-9, 0.2, 0.5, 0.97])
def test_given_is_the_conditional_in_closed_form(mean, concentration):
    fit = FIT.given(mean=mean, concentration=concentration)
    table = fit.group_columns()
    share, w = concentration / (N + concentration), N / (N + concentration)
    exact = (Y + mean * concentration) / (N + concentration)
    variance = exact * ((N - Y + (1 - mean) * concentration) / (N + concentration))
    variance = variance / (N + concentration + 1)
    assert table["mean"] == pytest.approx(exact, rel=fit.accuracy.mean, abs=0)
    assert table["sd"] == pytest.approx(np.sqrt(variance), rel=fit.accuracy.sd, abs=0)
    assert table["weight"] == pytest.approx(w, rel=fit.accuracy.mean, abs=0)
    raw = np.nan_to_num(table["raw"])
    assert table["weight"] * raw + share * mean == pytest.approx(exact, rel=4 * fit.accuracy.mean, abs=0)


@pytest.mark.parametrize(("alpha", "beta"), [(2.34, 14.11), (0.5, 0.5), (1.0, 1.0), (1e-3, 2.0), (40.0, 1e5)])
@pytest.mark.parametrize("level", [0.5, 0.95, 1 - 1e-9])
def test_quantiles_of_given_invert_the_beta_distribution(alpha, beta, level):
    fit = FIT.given(alpha=alpha, beta=beta)
    table, tail = fit.group_columns(level), 0.5 * (1 - level)
    for name, p in (("lower", tail), ("median", 0.5), ("upper", 1 - tail)):
        reached = stats.beta.cdf(table[name], Y + alpha, N - Y + beta)
        certain = table[name] == 0  # a double cannot hold a smaller theta
        assert np.all(np.abs(reached - p)[~certain] <= 1e-9)
        assert np.all(stats.beta.cdf(5e-324, Y + alpha, N - Y + beta)[certain] >= p)


@pytest.mark.parametrize(("alpha", "beta"), [(2.34, 14.11), (1e-3, 2.0)])
def test_given_by_either_pair_is_the_same(alpha, beta):
    one, other = FIT.given(alpha=alpha, beta=beta), FIT.given(mean=alpha / (alpha + beta), concentration=alpha + beta)
    for name in (*NUMBERS, "weight"):
        np.testing.assert_array_equal(one.group_columns()[name], other.group_columns()[name])
    row = dict(zip(one.population_columns()["parameter"], one.population_columns()["mean"], strict=True))
    assert row["alpha"] == pytest.approx(alpha, rel=1e-15)
    assert row["beta"] == pytest.approx(beta, rel=1e-15)
    assert row["sd"] == pytest.approx(stats.beta.std(alpha, beta), rel=1e-14)


def test_given_no_concentration_each_group_stands_alone():
    table = FIT.given(mean=0.3, concentration=1e-300).group_columns()
    assert table["mean"][:3] == pytest.approx(RAW, rel=1e-13, abs=1e-299)
    assert table["weight"][:3] == pytest.approx(1.0, rel=1e-13)
    assert table["median"][0] == 0.0
    assert table["mean"][3] == pytest.approx(0.3, rel=1e-13)
    assert table["weight"][3] == 0.0


def test_given_infinite_concentration_all_groups_are_one():
    table = FIT.given(mean=0.3, concentration=math.inf).group_columns()
    for name in ("mean", "median", "lower", "upper"):
        assert table[name].tolist() == [0.3] * 4
    assert table["sd"].tolist() == table["weight"].tolist() == [0.0] * 4
    near = FIT.given(mean=0.3, concentration=1e300).group_columns()
    for name in NUMBERS:
        assert near[name] == pytest.approx(table[name], rel=1e-13, abs=1e-145)


@pytest.mark.parametrize("minimum", [1e8, 1e12])
def test_a_prior_on_large_concentrations_pools_completely(minimum):
    """mean ~ Beta(Y+1, N-Y+1), and every theta is the mean, up to N^2/minimum."""
    fit = fitted(Y, N, pp.Prior(concentration=pp.Pareto(minimum, 5)))
    pooled, slack = stats.beta(Y.sum() + 1, N.sum() - Y.sum() + 1), N.sum() ** 2 / minimum
    population, groups = fit.population_columns(), fit.group_columns()
    for theta in (population["mean"][0], *groups["mean"]):
        assert theta == pytest.approx(pooled.mean(), rel=slack + fit.accuracy.mean, abs=0)
    for sd in (population["sd"][0], *groups["sd"]):
        assert sd == pytest.approx(pooled.std(), rel=slack + fit.accuracy.sd, abs=0)
    for name, p in (("lower", 0.025), ("median", 0.5), ("upper", 0.975)):
        for theta in (population[name][0], *groups[name]):
            assert pooled.cdf(theta) == pytest.approx(p, abs=slack + 1e-9)


@pytest.mark.parametrize("rate", [1e8, 1e12])
def test_a_prior_on_small_concentrations_does_not_pool(rate):
    """mean ~ Beta(I+S+1, I+F+1), concentration ~ Gamma(I+1, rate), theta_j = y_j/n_j, up to (log rate) N/rate."""
    fit = fitted(Y, N, pp.Prior(concentration=pp.Exponential(rate)))
    interior, failed, slack = 2, 1, 40 * N.sum() / rate
    population, groups = fit.population_columns(), fit.group_columns()
    mean = stats.beta(interior + 1, interior + failed + 1)
    size = stats.gamma(interior + 1, scale=1 / rate)
    assert population["mean"][0] == pytest.approx(mean.mean(), rel=slack + fit.accuracy.mean, abs=0)
    assert population["mean"][1] == pytest.approx(size.mean(), rel=slack + fit.accuracy.mean, abs=0)
    assert population["sd"][1] == pytest.approx(size.std(), rel=slack + fit.accuracy.sd, abs=0)
    assert groups["mean"][:3] == pytest.approx(RAW, rel=slack, abs=slack)
    assert groups["weight"][:3] == pytest.approx(1.0, abs=slack)
    assert groups["mean"][3] == pytest.approx(mean.mean(), rel=slack + fit.accuracy.mean, abs=0)
    for name, p in (("lower", 0.025), ("median", 0.5), ("upper", 0.975)):
        assert mean.cdf(population[name][0]) == pytest.approx(p, abs=slack + 1e-9)
        assert size.cdf(population[name][1]) == pytest.approx(p, abs=slack + 1e-9)


def test_many_trials_speak_for_themselves():
    """With 1e9 trials a group's posterior is its own rate, whatever the others say."""
    fit = solved("uniform-shrinkage", "unequal")
    y, n = 123456789, 10**9
    table = fit.group_columns()
    assert table["mean"][0] == pytest.approx(y / n, rel=1e-8)
    assert table["sd"][0] == pytest.approx(math.sqrt(y * (n - y) / n) / n, rel=1e-8)
    assert table["weight"][0] == pytest.approx(1.0, abs=1e-6)
