"""Quantiles: in order, nested in the level, inside their range, and close to the ends of the unit interval."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from designs import PRIORS, solved

LEVELS = (0.01, 0.9, 0.95, 1 - 1e-9)
SUPPORT = {"mean": (0, 1), "concentration": (0, np.inf), "alpha": (0, np.inf), "beta": (0, np.inf), "sd": (0, 0.5)}


def check_nested(tables):
    """Over increasing levels lower falls and upper rises, until a double cannot hold it, and the median stays."""
    for narrow, wide in pairwise(tables):
        assert np.all((wide["lower"] < narrow["lower"]) | (narrow["lower"] == 0))
        assert np.all((wide["upper"] > narrow["upper"]) | (narrow["upper"] == 1))
        assert narrow["median"] == pytest.approx(wide["median"], rel=1e-9)
    for table in tables:
        assert np.all((table["lower"] < table["median"]) & (table["median"] < table["upper"]))


@pytest.mark.parametrize("prior", PRIORS)
def test_intervals_of_the_population_are_nested(prior):
    fit = solved(prior, "mixed")
    tables = [fit.population_columns(level) for level in LEVELS]
    check_nested(tables)
    for i, name in enumerate(tables[0]["parameter"]):
        low, high = SUPPORT[name]
        assert all(low < table["lower"][i] < table["upper"][i] < high for table in tables)


@pytest.mark.parametrize("prior", PRIORS)
def test_intervals_of_groups_are_nested(prior):
    fit = solved(prior, "mixed")
    tables = [fit.group_columns(level) for level in LEVELS]
    check_nested(tables)
    for table in tables:
        assert np.all((table["lower"] >= 0) & (table["upper"] <= 1))


@pytest.mark.parametrize("prior", ["uniform-shrinkage", "bda", "beta, gamma"])
def test_an_interval_of_no_probability_is_the_median(prior):
    for table in (solved(prior, "mixed").population_columns(1e-12), solved(prior, "mixed").group_columns(1e-12)):
        for name in ("lower", "upper"):
            assert table[name] == pytest.approx(table["median"], rel=1e-8)


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("level", [0.1, 0.95, 1 - 1e-9])
def test_quantiles_invert_the_average_of_the_conditionals(prior, level):
    """sum over nodes of P(node) P(theta_j <= quantile | node) is the level."""
    fit = solved(prior, "ordinary")
    hyper, table = fit.results.hyper, fit.group_columns(level)
    at, p = hyper.nodes.point, hyper.nodes.probability
    mean, other, kappa = np.exp(at.log_mean), np.exp(at.log_other), np.exp(np.minimum(at.log_kappa, 30.0))
    if hyper.flipped:
        mean, other = other, mean
    for j in (0, 3, 7):
        y, n = table["y"][j], table["n"][j]
        for name, q in (("lower", 0.5 * (1 - level)), ("median", 0.5), ("upper", 0.5 * (1 + level))):
            reached = stats.beta.cdf(table[name][j], y + mean * kappa, n - y + other * kappa) @ p
            far = p[at.log_kappa > 12.0].sum()  # there the conditional is sharper than the nodes are dense
            assert abs(reached - q) <= 1e-9 + far


@pytest.mark.parametrize("prior", ["uniform-shrinkage", "half-cauchy-sd", "alpha, beta"])
def test_the_level_of_the_fit_is_the_level_of_its_tables(prior):
    fit = solved(prior, "mixed")
    assert fit.level == 0.95
    for name in ("lower", "upper"):
        np.testing.assert_array_equal(fit.group_columns()[name], fit.group_columns(0.95)[name])
        np.testing.assert_array_equal(fit.population_columns()[name], fit.population_columns(0.95)[name])
