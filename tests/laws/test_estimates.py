"""Laws of estimates: order, shift, unit, splitting of rows, and limits."""

import functools

import numpy as np
import pytest
from scipy import stats

import partialpool as pp

NUMBERS = ("raw", "mean", "sd", "median", "lower", "upper", "weight")
LOCATIONS = ("raw", "mean", "median", "lower", "upper")
SCALES = ("sd",)
Y = (28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0)
S = (15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0)
PRIORS = {
    "uniform-shrinkage": "uniform-shrinkage",
    "flat": "flat",
    "dumouchel": "dumouchel",
    "jeffreys": "jeffreys",
    "half-cauchy, normal": pp.Prior(mean=pp.Normal(3.0, 20.0), sd=pp.HalfCauchy(10.0)),
    "uniform": pp.Prior(sd=pp.Uniform(1.0, 30.0)),
    "inverse gamma on the variance": pp.Prior(sd=pp.InverseGamma(1.0, 4.0, on="variance")),
}
ALL_PRIORS = pytest.mark.parametrize("prior", PRIORS)


def fitted(y, s, prior="uniform-shrinkage", **options):
    return pp.estimates({"y": list(y), "s": list(s)}, estimate="y", se="s", prior=PRIORS.get(prior, prior), **options)


@functools.cache
def tables(prior):
    fit = fitted(Y, S, prior)
    return fit.group_columns(), fit.population_columns()


def assert_same(one, other, names):
    for name in names:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


# --- order and splitting ---


@ALL_PRIORS
def test_rows_in_any_order(prior):
    order = [3, 7, 0, 5, 2, 1, 6, 4]
    fit = fitted(np.array(Y)[order], np.array(S)[order], prior)
    groups, population = tables(prior)
    assert_same({k: v[order] for k, v in groups.items()}, fit.group_columns(), NUMBERS)
    assert_same(population, fit.population_columns(), population)


def test_the_same_call_gives_the_same_digits():
    groups, population = tables("flat")
    again = fitted(Y, S, "flat")
    assert_same(groups, again.group_columns(), groups)
    assert_same(population, again.population_columns(), population)


def test_equal_groups_have_equal_rows():
    groups = fitted([1.0, 2.0, 1.0, 5.0, 1.0], [1.0, 1.0, 1.0, 2.0, 1.0]).group_columns()
    for name in NUMBERS:
        assert len(set(groups[name][[0, 2, 4]])) == 1


def test_estimates_of_one_group_combine_by_precision():
    """One estimate 8 +- 10 is two of 8 +- sqrt(200)."""
    y, s, g = [*Y, 8.0], [*S, np.sqrt(200.0)], [*"ABCDEFGH", "B"]
    s[1] = s[-1]
    fit = pp.estimates({"y": y, "s": s, "g": g}, estimate="y", se="s", group="g")
    groups, population = tables("uniform-shrinkage")
    for name in NUMBERS:
        assert fit.group_columns()[name] == pytest.approx(groups[name], rel=1e-12)
    for name in ("mean", "sd", "median", "lower", "upper"):
        assert fit.population_columns()[name] == pytest.approx(population[name], rel=1e-12)


def test_variances_in_place_of_standard_errors():
    data = {"y": list(Y), "v": [s * s for s in S]}
    fit = pp.estimates(data, estimate="y", variance="v")
    assert_same(tables("uniform-shrinkage")[0], fit.group_columns(), NUMBERS)
    assert list(fit.group_columns())[:4] == ["group", "y", "se", "raw"]


# --- shift, unit and sign ---


@ALL_PRIORS
@pytest.mark.parametrize("shift", [1e6, 2.0**40, -1e12])
def test_shift(prior, shift):
    """Everything moves along; differences to the last bit that the shifted numbers have."""
    moved = pp.Prior(mean=pp.Normal(3.0 + shift, 20.0), sd=pp.HalfCauchy(10.0)) if "normal" in prior else PRIORS[prior]
    fit = fitted([y + shift for y in Y], S, moved)
    groups, population = tables(prior)
    ulp = 2.0**-52 * abs(shift)
    for name in LOCATIONS:
        np.testing.assert_allclose(fit.group_columns()[name] - shift, groups[name], rtol=1e-13, atol=2 * ulp)
    for name in (*SCALES, "weight"):
        np.testing.assert_allclose(fit.group_columns()[name], groups[name], rtol=1e-12)
    for name in ("mean", "median", "lower", "upper"):
        np.testing.assert_allclose(
            fit.population_columns()[name][0] - shift, population[name][0], rtol=1e-13, atol=2 * ulp
        )
        np.testing.assert_allclose(fit.population_columns()[name][1], population[name][1], rtol=1e-12)


@pytest.mark.parametrize("prior", ["flat", "uniform-shrinkage", "dumouchel", "jeffreys"])
@pytest.mark.parametrize("power", [-900, -40, 3, 60, 900])
def test_units_of_a_power_of_two(prior, power):
    """Priors without a unit of their own give the same digits in any such unit."""
    unit = 2.0**power
    fit = fitted([y * unit for y in Y], [s * unit for s in S], prior)
    groups, population = tables(prior)
    for name in (*LOCATIONS, *SCALES):
        np.testing.assert_array_equal(fit.group_columns()[name] / unit, groups[name], err_msg=name)
    np.testing.assert_array_equal(fit.group_columns()["weight"], groups["weight"])
    for name in ("mean", "sd", "median", "lower", "upper"):
        np.testing.assert_array_equal(fit.population_columns()[name] / unit, population[name], err_msg=name)


@pytest.mark.parametrize("prior", ["flat", "uniform-shrinkage"])
def test_units_of_a_billion(prior):
    fit = fitted([y * 1e9 for y in Y], [s * 1e9 for s in S], prior)
    groups, population = tables(prior)
    for name in (*LOCATIONS, *SCALES):
        np.testing.assert_allclose(fit.group_columns()[name] / 1e9, groups[name], rtol=1e-12, err_msg=name)
    for name in ("mean", "sd", "median", "lower", "upper"):
        np.testing.assert_allclose(fit.population_columns()[name] / 1e9, population[name], rtol=1e-12, err_msg=name)


@ALL_PRIORS
def test_sign(prior):
    mirrored = pp.Prior(mean=pp.Normal(-3.0, 20.0), sd=pp.HalfCauchy(10.0)) if "normal" in prior else PRIORS[prior]
    fit = fitted([-y for y in Y], S, mirrored)
    groups, population = tables(prior)
    for name, opposite in (("mean", "mean"), ("median", "median"), ("lower", "upper"), ("upper", "lower")):
        np.testing.assert_allclose(-fit.group_columns()[name], groups[opposite], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(-fit.population_columns()[name][0], population[opposite][0], rtol=1e-12)
    for name in ("median", "lower", "upper"):
        np.testing.assert_allclose(fit.population_columns()[name][1], population[name][1], rtol=1e-12)


# --- limits and links ---


def test_a_population_without_spread_pools_completely():
    fit = fitted(Y, S, pp.Prior(sd=pp.Uniform(0.0, 1e-12)))
    w = 1.0 / np.square(S)
    groups = fit.group_columns()
    np.testing.assert_allclose(groups["mean"], w @ Y / w.sum(), rtol=1e-12)
    np.testing.assert_allclose(groups["sd"], w.sum() ** -0.5, rtol=1e-12)
    assert np.all(groups["weight"] < 1e-24)


def test_a_population_of_vast_spread_leaves_the_groups_alone():
    fit = fitted(Y, S, pp.Prior(sd=pp.Pareto(1e12, 3.0)))
    groups = fit.group_columns()
    np.testing.assert_allclose(groups["mean"], Y, rtol=1e-12)
    np.testing.assert_allclose(groups["sd"], S, rtol=1e-12)
    np.testing.assert_allclose(groups["lower"], stats.norm.ppf(0.025, Y, S), rtol=1e-12)


@ALL_PRIORS
def test_a_group_without_information_is_the_next_group(prior):
    """Its mean is the population's, its variance E[sd^2] more than that of the population's mean."""
    if prior in ("uniform-shrinkage", "dumouchel", "jeffreys"):
        typical = {"scale": 11.0}
        density = pp.DuMouchel(**typical) if prior == "dumouchel" else pp.UniformShrinkage(**typical, on="variance")
        plain = pp.Prior(sd=density)
    else:
        plain = PRIORS[prior]
    population = fitted(Y, S, plain).population_columns()
    groups = fitted([*Y, 0.0], [*S, 1e12], plain).group_columns()
    assert groups["mean"][-1] == pytest.approx(population["mean"][0], rel=1e-10)
    mean, sd = population["mean"][1], population["sd"][1]
    assert groups["sd"][-1] ** 2 == pytest.approx(population["sd"][0] ** 2 + mean**2 + sd**2, rel=1e-10)


@pytest.mark.parametrize("prior", ["flat", "half-cauchy, normal"])
def test_the_mean_of_a_group_lies_between_its_estimate_and_the_mean(prior):
    groups, population = tables(prior)
    low, high = np.minimum(Y, population["mean"][0]), np.maximum(Y, population["mean"][0])
    assert np.all((low < groups["mean"] + 3.0) & (groups["mean"] - 3.0 < high))


def test_given_is_the_closed_form():
    fit = fitted(Y, S).given(mean=5.0, sd=7.0)
    b = 49.0 / (49.0 + np.square(S))
    groups = fit.group_columns()
    np.testing.assert_allclose(groups["weight"], b, rtol=1e-14)
    np.testing.assert_allclose(groups["mean"], 5.0 + b * (np.array(Y) - 5.0), rtol=1e-14)
    np.testing.assert_allclose(groups["sd"], np.sqrt(b) * S, rtol=1e-14)
    np.testing.assert_allclose(groups["upper"], stats.norm.ppf(0.975, groups["mean"], groups["sd"]), rtol=1e-13)


def test_given_without_spread_is_complete_pooling():
    groups = fitted([0.0, *Y], [0.0, *S]).given(mean=5.0, sd=0.0).group_columns()
    np.testing.assert_array_equal(groups["mean"][1:], 5.0)
    np.testing.assert_array_equal(groups["weight"], [1.0, *[0.0] * len(Y)])
    assert (groups["mean"][0], groups["sd"][0]) == (0.0, 0.0)


def test_a_prior_that_leaves_one_mean_and_one_sd_gives_the_conditional_posterior():
    narrow = pp.Prior(mean=pp.Normal(5.0, 1e-9), sd=pp.Uniform(7.0, 7.0 * (1 + 1e-12)))
    one, other = fitted(Y, S, narrow).group_columns(), fitted(Y, S).given(mean=5.0, sd=7.0).group_columns()
    for name in NUMBERS:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-9)
