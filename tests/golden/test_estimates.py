"""Published figures of estimates, and figures computed in extended precision independently of this project."""

import functools

import numpy as np
import pytest
from scipy import special as sc

import partialpool as pp


def printed(text, units=0.51):
    """The figure, within half a unit of its last printed digit (a unit where its source cuts instead of rounding)."""
    decimals = len(text.partition(".")[2].partition("e")[0])
    power = int(text.partition("e")[2] or 0)
    return pytest.approx(float(text), abs=units * 10.0 ** (power - decimals), rel=0)


@functools.cache
def schools(kind, with_new=False):
    suffix = "_unrounded" if kind == "unrounded" else ""
    priors = {
        "flat": "flat",
        "normal": pp.Prior(mean=pp.Normal(0, 5), sd=pp.HalfCauchy(5)),
        "unrounded": pp.Prior(mean=pp.Normal(0, 50), sd=pp.HalfCauchy(25)),
    }
    table = pp.datasets.load("eight_schools")
    y, s = (list(table[f"{name}{suffix}"]) for name in ("effect", "se"))
    if with_new:
        y, s = [*y, 0.0], [*s, 1e9]
    return pp.estimates({"y": y, "s": s}, estimate="y", se="s", prior=priors[kind])


def cell(fit, row, column, level=0.95):
    return float(fit.population_columns(level)[column][["mean", "sd"].index(row)])


def five(table, place):
    """2.5, 25, 50, 75 and 97.5% of a row, from table(level)."""
    outer, inner = table(0.95), table(0.5)
    found = outer["lower"], inner["lower"], outer["median"], inner["upper"], outer["upper"]
    return [float(column[place]) for column in found]


# --- eight schools, rounded, flat mean and sd: exact figures ---


def test_the_sd_of_the_schools():
    fit = schools("flat")
    assert cell(fit, "sd", "mean") == printed("6.5754833")
    exact = ("0.24270", "2.46720", "5.23851", "9.12491", "20.7525")
    for value, text in zip(five(fit.population_columns, 1), exact, strict=True):
        assert value == printed(text)


def test_the_mean_of_the_schools():
    fit = schools("flat")
    assert cell(fit, "mean", "mean") == printed("7.9323750182")
    assert cell(fit, "mean", "sd") == printed("5.1783947797")


def test_school_a():
    exact = ("-2.105016", "5.975575", "10.240721", "15.533829", "31.623422")
    for value, text in zip(five(schools("flat").group_columns, 0), exact, strict=True):
        assert value == printed(text, 1.0)  # the 50-digit median is 10.24072034


def test_three_schools_have_medians_only():
    table = pp.datasets.load("eight_schools")
    data = {"y": list(table["effect"])[:3], "s": list(table["se"])[:3]}
    population = pp.estimates(data, estimate="y", se="s", prior="flat").population_columns()
    assert population["median"][1] == printed("23.05")
    assert np.isnan(population["mean"]).all()
    assert np.isnan(population["sd"]).all()
    assert population["note"].tolist() == [
        "mean does not exist: E[|mean|^m] is finite only for m < 1",
        "mean does not exist: E[sd^m] is finite only for m < 1",
    ]


def test_complete_pooling():
    """sd = 0, flat mean: the mean is the one weighted by precision."""
    table = pp.datasets.load("eight_schools")
    fit = pp.estimates(dict(table), estimate="effect", se="se", prior=pp.Prior(sd=pp.Uniform(0.0, 1e-9)))
    assert cell(fit, "mean", "mean") == printed("7.685617")
    assert cell(fit, "mean", "sd") == printed("4.071919")
    point = pp.estimates(dict(table), estimate="effect", se="se", method="moments")
    assert cell(point, "sd", "mean") == 0.0
    assert cell(point, "mean", "mean") == printed("7.685617")
    np.testing.assert_array_equal(point.group_columns()["mean"], cell(point, "mean", "mean"))


# --- eight schools with proper priors: exact figures ---


def test_normal_mean_and_half_cauchy_sd():
    fit = schools("normal")
    assert cell(fit, "mean", "mean") == printed("4.39682")
    assert cell(fit, "sd", "mean") == printed("3.59771")
    assert float(fit.group_columns()["mean"][0]) == printed("6.21188")


def test_unrounded_columns():
    fit = schools("unrounded")
    assert cell(fit, "sd", "mean") == printed("5.884511")
    assert cell(fit, "sd", "sd") == printed("4.869904")
    assert cell(fit, "sd", "median") == printed("4.758539")
    assert cell(fit, "sd", "lower") == printed(".2199559")
    assert cell(fit, "sd", "upper") == printed("18.05317")
    assert cell(fit, "mean", "mean") == printed("7.9860418")
    assert cell(fit, "mean", "sd") == printed("4.9955977")
    groups = fit.group_columns()
    assert float(groups["mean"][0]) == printed("11.098054")
    assert float(groups["sd"][0]) == printed("7.896712")
    assert fit.results.hyper.log_evidence == printed("-33.7269831")


def test_a_new_school():
    """A school of which nothing is known (an estimate with an error of 1e9) is the next school."""
    groups = schools("unrounded", with_new=True).group_columns()
    assert float(groups["sd"][-1]) == printed("9.1268525", 2.0)


# --- liver transplants: Röver 2020, Journal of Statistical Software 93(6) ---


@functools.cache
def transplants(with_new=False):
    table = pp.datasets.load("crins_transplant")
    y, v = (list(table[name]) for name in ("log_odds_ratio", "log_odds_ratio_var"))
    if with_new:
        y, v = [*y, 0.0], [*v, 1e18]
    prior = pp.Prior(mean=pp.Normal(0, 4), sd=pp.HalfNormal(0.5))
    return pp.estimates({"y": y, "v": v}, estimate="y", variance="v", prior=prior)


def test_transplants():
    fit = transplants()
    assert cell(fit, "sd", "mean") == printed(".38106")
    assert cell(fit, "sd", "sd") == printed(".25937")
    assert cell(fit, "sd", "median") == printed(".3445")
    assert cell(fit, "mean", "mean") == printed("-1.57643")
    assert cell(fit, "mean", "sd") == printed(".32937")
    assert float(transplants(with_new=True).group_columns()["sd"][-1]) == printed(".56653")


def test_transplants_beyond():
    """P(sd > 1) and P(mean > 0): the levels at which the quantiles are 1 and 0."""
    fit = transplants()
    p = 0.0209749
    assert cell(fit, "sd", "upper", 1.0 - 2.0 * p) == pytest.approx(1.0, abs=2e-6)
    p = 6.012690e-05
    assert cell(fit, "mean", "upper", 1.0 - 2.0 * p) == pytest.approx(0.0, abs=1e-7)


# --- closed form ---


@pytest.mark.parametrize("size", [3, 4, 5, 8, 30, 200])
def test_identical_estimates_of_equal_errors_under_a_flat_sd(size):
    """u = s^2/(s^2 + sd^2) ~ Beta((J-2)/2, 1/2)."""
    s, a = 3.0, 0.5 * (size - 2)
    fit = pp.estimates({"y": [7.0] * size, "s": [s] * size}, estimate="y", se="s", prior="flat")
    population, groups = fit.population_columns(), fit.group_columns()
    for column, p in (("lower", 0.025), ("median", 0.5), ("upper", 0.975)):
        x = population[column][1]
        assert sc.betainc(0.5, a, x**2 / (s**2 + x**2)) == pytest.approx(p, abs=1e-12)
    assert groups["weight"] == pytest.approx(0.5 / (a + 0.5), rel=1e-11)
    if size > 3:
        exact = s * np.exp(sc.betaln(a - 0.5, 1.0) - sc.betaln(a, 0.5))
        assert population["mean"][1] == pytest.approx(exact, rel=1e-11)
    if size > 4:
        square = s**2 * np.exp(sc.betaln(a - 1.0, 1.5) - sc.betaln(a, 0.5))
        assert np.hypot(population["mean"][1], population["sd"][1]) == pytest.approx(np.sqrt(square), rel=1e-11)
        # given sd, theta_j is 7 with variance s^2 b + (1-b)^2 (s^2 + sd^2)/J and the mean has (s^2 + sd^2)/J
        assert population["sd"][0] ** 2 == pytest.approx((s**2 + square) / size, rel=1e-11)
        inside = s**2 * (1.0 - a / (a + 0.5)) + s**2 * a / (a + 0.5) / size
        assert groups["sd"] ** 2 == pytest.approx(inside, rel=1e-11)
    for column in ("mean", "median"):
        assert groups[column] == pytest.approx(7.0, rel=1e-14)
