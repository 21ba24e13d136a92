"""Laws of rates: order, unit, splitting of rows, limits, the chain rule, and the estimates that plug in."""

import functools

import numpy as np
import pytest
from scipy import optimize, special, stats

import partialpool as pp

NUMBERS = ("raw", "mean", "sd", "median", "lower", "upper", "weight")
SCALED = NUMBERS[:-1]
Y = (5, 1, 5, 14, 3, 19, 1, 1, 4, 22)
E = (94.3, 15.7, 62.9, 126.0, 5.24, 31.4, 1.05, 1.05, 2.1, 10.5)
POWERS = {"mean": -1, "shape": 0, "rate": 1, "sd": -1}  # of the unit of exposure
PRIORS = {
    "uniform-shrinkage": "uniform-shrinkage",
    "jeffreys-mean": "jeffreys-mean",
    "bugs": pp.Prior(shape=pp.Exponential(1.0), rate=pp.Gamma(0.1, 1.0)),
    "mean and rate": pp.Prior(mean=pp.LogNormal(0.0, 1.5), rate=pp.HalfCauchy(3.0)),
    "mean and shape": pp.Prior(mean=pp.Exponential(1.0), shape=pp.Gamma(2.0, 1.0)),
    "cut off": pp.Prior(mean=pp.Exponential(1.0), shape=pp.Uniform(0.5, 4.0)),
}
ALL_PRIORS = pytest.mark.parametrize("prior", PRIORS)
SCALE_FREE = pytest.mark.parametrize("prior", ["uniform-shrinkage", "jeffreys-mean"])


def fitted(y=Y, e=E, prior="uniform-shrinkage", **options):
    data = {"y": list(y), "e": list(e)}
    return pp.rates(data, events="y", exposure="e", prior=PRIORS.get(prior, prior), **options)


@functools.cache
def tables(prior):
    fit = fitted(prior=prior)
    return fit.group_columns(), fit.population_columns()


def assert_same(one, other, names):
    for name in names:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


# --- order and splitting


@ALL_PRIORS
def test_rows_in_any_order(prior):
    order = [3, 7, 0, 5, 9, 2, 1, 8, 6, 4]
    fit = fitted(np.array(Y)[order], np.array(E)[order], prior)
    groups, population = tables(prior)
    assert_same({name: groups[name][order] for name in NUMBERS}, fit.group_columns(), NUMBERS)
    assert_same(population, fit.population_columns(), population)


def test_equal_groups_have_equal_rows():
    groups = tables("bugs")[0]
    for name in NUMBERS:
        assert groups[name][6] == groups[name][7]


def test_rows_of_a_group_add_up():
    """Events and exposures that are added up without rounding give the same digits."""
    y, e, g = [2, 3, *Y[1:]], [64.3, 30.0, *E[1:]], ["a", "a", *"bcdefghij"]
    fit = pp.rates({"y": y, "e": e, "g": g}, events="y", exposure="e", group="g")
    groups, population = tables("uniform-shrinkage")
    assert_same(groups, fit.group_columns(), NUMBERS)
    assert_same(population, fit.population_columns(), population)


def test_exposure_left_out_is_one():
    one = pp.rates({"y": [3, 0, 5]}, events="y").group_columns()
    assert_same(one, fitted([3, 0, 5], [1.0] * 3).group_columns(), NUMBERS)


# --- units


def in_units(prior, unit):
    """The tables with the exposure in other units, and back."""
    fit = fitted(Y, np.array(E) * unit, prior)
    groups, population = fit.group_columns(), fit.population_columns()
    back = {name: groups[name] * unit for name in SCALED} | {"weight": groups["weight"]}
    power = np.array([POWERS[name] for name in population["parameter"]])
    names = ("mean", "sd", "median", "lower", "upper")
    return back, {name: population[name] * unit**-power for name in names}


@SCALE_FREE
@pytest.mark.parametrize("unit", [2.0**-40, 2.0**3, 2.0**200, 1e9, 1e-9, 3.6e-7])
def test_units(prior, unit):
    """Exposure in other units gives the same answers, rescaled, to rounding."""
    groups, population = tables(prior)
    back, again = in_units(prior, unit)
    for name in NUMBERS:
        np.testing.assert_allclose(back[name], groups[name], rtol=2e-11, err_msg=name)
    for name, column in again.items():
        np.testing.assert_allclose(column, population[name], rtol=2e-10, err_msg=name)


def test_units_of_a_prior_with_a_unit():
    """A prior whose own scales move along gives the same answers too."""
    unit = 1e9
    prior = pp.Prior(mean=pp.LogNormal(float(-np.log(unit)), 1.5), rate=pp.HalfCauchy(3.0 * unit))
    groups, moved = tables("mean and rate")[0], fitted(Y, np.array(E) * unit, prior).group_columns()
    for name in SCALED:
        np.testing.assert_allclose(moved[name] * unit, groups[name], rtol=2e-11, err_msg=name)


# --- the next group, and the mean of the population


@pytest.mark.parametrize("prior", ["uniform-shrinkage", "bugs", "mean and rate", "cut off"])
def test_a_group_without_exposure_is_the_next_group(prior):
    """Labelled so, with the population's mean, and E[sd^2] more than the variance of that."""
    population = tables(prior)[1]
    fit = fitted([*Y, 0], [*E, 0.0], prior)
    groups = fit.group_columns()
    assert groups["note"].tolist() == [""] * len(Y) + ["no data"]
    for name in NUMBERS:
        bar = (
            1e-8 if name in ("median", "lower", "upper") else 1e-9
        )  # of quantiles, which each have a rule of their own
        np.testing.assert_allclose(groups[name][:-1], tables(prior)[0][name], rtol=bar)
    assert groups["weight"][-1] == 0.0
    mean, sd = population["mean"][0], population["sd"][0]
    np.testing.assert_allclose(groups["mean"][-1], mean, rtol=1e-11)
    np.testing.assert_allclose(
        groups["sd"][-1] ** 2, sd**2 + population["mean"][3] ** 2 + population["sd"][3] ** 2, rtol=1e-9
    )


def test_the_next_group_is_the_limit_of_little_exposure():
    groups = fitted([*Y, 0, 0], [*E, 0.0, 1e-9], "bugs").group_columns()
    for name in ("median", "lower", "upper"):
        np.testing.assert_allclose(groups[name][-1], groups[name][-2], rtol=1e-7)


# --- given


@pytest.mark.parametrize(
    "given", [{"shape": 0.7, "rate": 0.9}, {"mean": 0.8, "rate": 2.0}, {"mean": 0.8, "shape": 3.0}]
)
def test_given_is_the_closed_form(given):
    groups = fitted().given(**given).group_columns()
    shape = given.get("shape", given.get("mean", 0.0) * given.get("rate", 0.0))
    rate = given["rate"] if "rate" in given else shape / given["mean"]
    a, s = np.array(Y) + shape, np.array(E) + rate
    np.testing.assert_allclose(groups["mean"], a / s, rtol=1e-14)
    np.testing.assert_allclose(groups["sd"], np.sqrt(a) / s, rtol=1e-14)
    np.testing.assert_allclose(groups["weight"], np.array(E) / s, rtol=1e-14)
    for name, level in (("lower", 0.025), ("median", 0.5), ("upper", 0.975)):
        np.testing.assert_allclose(stats.gamma.cdf(groups[name], a, scale=1 / s), level, rtol=1e-13)


def test_given_an_infinite_shape_is_complete_pooling():
    groups = fitted().given(mean=0.8, shape=np.inf).group_columns()
    for name in ("mean", "median", "lower", "upper"):
        np.testing.assert_array_equal(groups[name], 0.8)
    np.testing.assert_array_equal(groups["weight"], 0.0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"mean": 1.0}, r"given\(\) takes mean"),
        ({"mean": 1.0, "shape": 1.0, "rate": 1.0}, r"given\(\) takes mean"),
        (
            {"mean": 1.0, "concentration": 1.0},
            r"mean \(mu\) and rate, or shape and rate for these data, not mean \(mu\) and concentration \(kappa\)\.$",
        ),
        ({"mean": -1.0, "shape": 1.0}, "mean must be a finite number above 0, not -1.0"),
        ({"mean": 1.0, "rate": np.nan}, "rate must be a finite number above 0, not nan"),
        ({"mean": np.inf, "rate": 1.0}, "mean must be a finite number above 0, not inf"),
        ({"shape": np.inf, "rate": 1.0}, "shape must be a finite number above 0, not inf"),
    ],
)
def test_given_what_it_does_not_take(given, said):
    with pytest.raises(pp.RequestError, match=said):
        fitted().given(**given)


# --- limits and averages


def test_shapes_to_infinity_pool_completely():
    """With a scale-free mean, mean | data ~ Gamma(Y, E)."""
    fit = fitted(prior=pp.Prior(shape=pp.Uniform(1e12, 1e13)))
    groups = fit.group_columns()
    pooled = stats.gamma(sum(Y), scale=1 / sum(E))
    np.testing.assert_allclose(groups["mean"], sum(Y) / sum(E), rtol=1e-9)
    np.testing.assert_allclose(groups["sd"], pooled.std(), rtol=1e-9)
    np.testing.assert_allclose(pooled.cdf(groups["lower"]), 0.025, rtol=1e-8)
    assert np.all(groups["weight"] < 1e-9)


def test_rates_to_zero_pool_nothing():
    """theta_j | data ~ Gamma(y_j + shape, e_j), and a shape near zero adds nothing."""
    prior = pp.Prior(shape=pp.Uniform(1e-9, 1e-8), rate=pp.Uniform(1e-12, 1e-11))
    groups = fitted(prior=prior).group_columns()
    np.testing.assert_allclose(groups["mean"], np.array(Y) / E, rtol=1e-7)
    np.testing.assert_allclose(stats.gamma.cdf(groups["upper"], Y, scale=1 / np.array(E)), 0.975, rtol=1e-7)
    np.testing.assert_allclose(groups["weight"], 1.0, rtol=1e-10)


@ALL_PRIORS
def test_the_chain_rule(prior):
    """A group's mean is its own rate and E[mean] mixed; averaged over groups, events are expected as they were seen.

    E[theta_j | data] = E[w_j] y_j/e_j + E[(1 - w_j) mean]: between the raw rate and what the population can give.
    """
    groups, population = tables(prior)
    raw = np.array(Y) / E
    share = groups["weight"]
    assert np.all((share > 0.0) & (share < 1.0))
    rest = (groups["mean"] - share * raw) / (1.0 - share)
    assert np.all((rest > population["lower"][0] * 0.3) & (rest < population["upper"][0] * 2.0))
    assert np.all(np.diff(share[np.argsort(E)]) >= 0.0)  # more exposure, more weight


def test_learning_from_parts_is_learning_from_all():
    """p(shape, rate | all) from some groups as a prior for the rest: checked by weighing nodes of the first fit."""
    first = fitted(Y[:5], E[:5], "bugs").results.hyper
    at, p = first.point, first.probability
    log_shape, log_rate = at.log_shape[:, None], at.log_rate[:, None]
    shape, rate = np.exp(log_shape), np.exp(log_rate)
    y, e = np.array(Y[5:]), np.array(E[5:])
    gained = special.gammaln(y + shape) - special.gammaln(shape) + shape * log_rate - (y + shape) * np.log(rate + e)
    weight = p * np.exp(np.sum(gained, axis=1) - np.max(np.sum(gained, axis=1)))
    population = tables("bugs")[1]
    assert weight @ shape[:, 0] / weight.sum() == pytest.approx(population["mean"][1], rel=1e-7)
    assert weight @ rate[:, 0] / weight.sum() == pytest.approx(population["mean"][2], rel=1e-7)


@ALL_PRIORS
def test_intervals_of_all_levels_are_nested(prior):
    fit = fitted(prior=prior)
    wide, narrow = fit.group_columns(0.99), fit.group_columns(0.5)
    assert np.all(wide["lower"] < narrow["lower"])
    assert np.all(narrow["lower"] < narrow["median"])
    assert np.all(narrow["upper"] < wide["upper"])
    np.testing.assert_allclose(wide["median"], narrow["median"], rtol=1e-12)


# --- plug-in estimates


def log_marginal(logs, y=Y, e=E):
    a, b = np.exp(logs)
    y, e = np.array(y), np.array(e)
    return float(np.sum(special.gammaln(y + a) - special.gammaln(a) + a * np.log(b) - (y + a) * np.log(b + e)))


def test_empirical_bayes_is_a_maximum():
    population = fitted(method="empirical-bayes").population_columns()
    logs = np.log([population["mean"][1], population["mean"][2]])
    top = log_marginal(logs)
    for step in np.array([[1, 0], [0, 1], [1, 1], [1, -1]]) * 1e-3:
        assert log_marginal(logs + step) < top
        assert log_marginal(logs - step) < top
    found = optimize.minimize(lambda x: -log_marginal(x), logs + 0.3, method="Nelder-Mead", tol=1e-12)
    np.testing.assert_allclose(logs, found.x, rtol=1e-5, atol=1e-5)


def test_empirical_bayes_of_groups_more_alike_than_chance_pools_completely():
    fit = fitted([5, 5, 5, 6], [1.0] * 4, method="empirical-bayes")
    population = fit.population_columns()
    assert population["mean"][0] == pytest.approx(21 / 4, rel=1e-14)
    assert population["mean"][1] == np.inf
    assert "boundary" in population["note"][1]
    np.testing.assert_array_equal(fit.group_columns()["mean"], 21 / 4)


def test_the_moment_estimate():
    """E[S] = (J-1) m + A Var(theta), by hand for two groups of equal exposure."""
    population = fitted([2, 10], [2.0, 2.0], method="moments").population_columns()
    m, spread, a = 3.0, 2.0 * (4.0 + 4.0), 4.0 - 2.0
    variance = (spread - m) / a
    assert population["mean"][0] == pytest.approx(m, rel=1e-14)
    assert population["mean"][3] == pytest.approx(np.sqrt(variance), rel=1e-14)
    assert population["mean"][1] == pytest.approx(m * m / variance, rel=1e-14)


def test_the_moment_estimate_is_right_on_average():
    """Of many data sets with unequal exposures the mean of S - (J-1) m is A Var(theta)."""
    rng = np.random.default_rng(4)
    e = np.exp(rng.normal(0.0, 1.0, 12))
    theta = rng.gamma(2.0, 1.5, (20_000, 12))
    y = rng.poisson(theta * e)
    m = y.sum(axis=1) / e.sum()
    spread = ((y / e - m[:, None]) ** 2 * e).sum(axis=1)
    variance = (spread - 11 * m) / (e.sum() - (e * e).sum() / e.sum())
    assert variance.mean() == pytest.approx(4.5, abs=4.0 * variance.std() / np.sqrt(20_000))


@pytest.mark.parametrize("method", ["empirical-bayes", "moments"])
def test_what_estimates_need(method):
    for y, e in (([3], [1.0]), ([0, 0], [1.0, 2.0]), ([3, 0], [1.0, 0.0])):
        with pytest.raises(pp.RequestError, match=r'two groups with exposure, and events; .*Use method="full"'):
            fitted(y, e, method=method)
    fit = fitted(method=method)
    assert any("ignores the uncertainty" in warning for warning in fit.warnings)
