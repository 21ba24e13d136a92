"""Published figures, and figures computed in extended precision independently of this project.

"Exact" figures: deterministic quadrature in extended precision. The data are those that the package ships.
"""

import functools

import numpy as np
import pytest
from scipy.optimize import minimize

import partialpool as pp
from designs import fitted

# the columns of the shipped data sets: successes, trials
COLUMNS = {"rat_tumors": ("tumors", "rats"), "baseball_1970": ("hits", "at_bats")}


def data(name):
    loaded = pp.datasets.load(name)
    return tuple(list(map(int, loaded[column])) for column in COLUMNS[name])


@functools.cache
def solved(name, prior):
    return fitted(*data(name), prior)


RATS_BDA = functools.partial(solved, "rat_tumors", "bda")


def printed(text, units=0.51):
    """The figure, within half a unit of its last printed digit (a unit where its source cuts instead of rounding)."""
    decimals = len(text.partition(".")[2])
    return pytest.approx(float(text), abs=units * 10.0**-decimals, rel=0)


def population(fit, parameter, column, level=0.95):
    row = list(fit.results.parameters).index(parameter)
    return float(fit.population_columns(level)[column][row])


def quantile(fit, parameter, p):
    if p == 0.5:
        return population(fit, parameter, "median")
    return population(fit, parameter, "lower" if p < 0.5 else "upper", abs(1 - 2 * p))


# --- rats, Bayesian Data Analysis (3rd ed.), section 5.3, prior (alpha+beta)^(-5/2); exact figures ---------------

# row of the file: mean, sd, quantiles
RATS = {
    0: ("0.0635695778602", "0.041604944568", "0.00693489", "0.03214870", "0.05578863", "0.08668191", "0.16393819"),
    37: ("0.1430924766688", "0.043164085160", "0.06954754", "0.11212402", "0.13942459", "0.17009113", "0.23740656"),
    70: ("0.2108568397586", "0.075260009777", "0.08652930", "0.15629797", "0.20315956", "0.25720553", "0.37840809"),
}


@pytest.mark.parametrize("row", RATS)
def test_a_rat_laboratory(row):
    mean, sd, *quantiles = RATS[row]
    fit = RATS_BDA()
    outer, inner = fit.group_columns(0.95), fit.group_columns(0.5)
    assert outer["mean"][row] == printed(mean, 0.51 + 1e13 * fit.accuracy.mean * float(mean))
    assert outer["sd"][row] == printed(sd, 0.51 + 1e12 * fit.accuracy.sd * float(sd))
    found = [outer["lower"][row], inner["lower"][row], outer["median"][row], inner["upper"][row], outer["upper"][row]]
    for value, text in zip(found, quantiles, strict=True):
        assert value == printed(text)


def test_the_laboratory_with_the_most_tumours():
    table = RATS_BDA().group_columns()
    (row,) = np.flatnonzero((table["y"] == 16) & (table["n"] == 52))
    assert table["mean"][row] == printed("0.268739")
    assert table["sd"][row] == printed("0.054464")
    assert table["lower"][row] == printed("0.170080")
    assert table["upper"][row] == printed("0.382580")


def test_a_new_laboratory():
    y, n = data("rat_tumors")
    table = fitted([*y, 0], [*n, 0], "bda").group_columns()
    assert table["mean"][-1] == printed("0.144297")
    assert table["sd"][-1] == printed("0.089102")


def test_the_population_of_the_rats():
    fit = RATS_BDA()
    assert population(fit, "mean", "mean") == printed("0.1442973055")
    printed_quantiles = {0.025: "8.296740", 0.25: "12.438268", 0.5: "15.530512", 0.75: "19.604853", 0.975: "32.1230"}
    for p, text in printed_quantiles.items():
        # the source is good to six digits at its ends: 8.2967482657 and 32.1230054 are the 50-digit ones
        assert quantile(fit, "concentration", p) == pytest.approx(float(text), rel=1e-6)
    assert quantile(fit, "concentration", 0.025) == printed("8.2967482657", 1.0)
    assert quantile(fit, "concentration", 0.5) == printed("15.5305125441", 1.0)
    assert quantile(fit, "concentration", 0.975) == printed("32.12300543", 1.0)
    # the source is good to three digits; the others are those of another quadrature, of 3e6 points
    for parameter, texts in {
        "alpha": ("1.786", "2.224", "2.809", "1.785236", "2.224572", "2.810223"),
        "beta": ("10.627", "13.304", "16.821", "10.629332", "13.302941", "16.815043"),
    }.items():
        for p, rough, fine in zip((0.25, 0.5, 0.75), texts[:3], texts[3:], strict=True):
            assert quantile(fit, parameter, p) == pytest.approx(float(rough), rel=5e-4)
            assert quantile(fit, parameter, p) == printed(fine, 1.0)


def test_the_mode_of_the_rats():
    """(log alpha/beta, log(alpha+beta)) with the Jacobian alpha beta; Gelman's plot reads (-1.75, 2.8)."""
    mode = highest(RATS_BDA(), (-1.75, 2.8))
    assert mode == pytest.approx([-1.785783, 2.741549], abs=6e-7)


def test_expectations_on_log_scales():
    """E log(alpha/beta) and E log(alpha+beta), over the nodes."""
    nodes = RATS_BDA().results.hyper.nodes
    at, p = nodes.point, nodes.probability
    assert (at.log_mean - at.log_other) @ p == printed("-1.784252")
    assert at.log_kappa @ p == printed("2.7555961332")


def highest(fit, start):
    """The mode in (logit mean, log concentration)."""
    hyper = fit.results.hyper

    def fall(x):
        logit, log_kappa = np.array(x)
        log_mean, log_other = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)
        value = hyper.likelihood(log_mean, log_other, log_kappa) + fit.model.prior.log_density(
            log_mean, log_other, log_kappa
        )
        return -float(value + log_mean + log_other + log_kappa)

    assert not hyper.flipped
    rough = minimize(fall, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000}).x
    return rough - polished(fall, rough)


def polished(fall, x, h=1e-3):
    """How far a minimum is off, by a Newton step with differences so wide that rounding does not matter."""
    steps = h * np.eye(2)
    slope = np.array([8 * (fall(x + e) - fall(x - e)) - (fall(x + 2 * e) - fall(x - 2 * e)) for e in steps]) / (12 * h)
    bend = [[fall(x + a + b) - fall(x + a - b) - fall(x - a + b) + fall(x - a - b) for a in steps] for b in steps]
    return np.linalg.solve(np.array(bend) / (4 * h * h), slope)


# --- ten groups of 5/10 under (alpha+beta)^(-5/2); exact figures ---------------------------------------------------


def test_ten_groups_alike():
    fit = fitted([5] * 10, [10] * 10, "bda")
    figures = {0.025: "12.00120", 0.25: "55.67120", 0.5: "169.74453", 0.75: "775.2849"}
    for (
        p,
        text,
    ) in figures.items():  # the source is good to six digits: 12.0012753 and 169.7445190 are the 50-digit ones
        assert quantile(fit, "concentration", p) == pytest.approx(float(text), rel=1e-5)
    assert quantile(fit, "concentration", 0.975) == printed("80590")
    assert quantile(fit, "concentration", 0.025) == printed("12.0012753156", 1.0)
    assert quantile(fit, "concentration", 0.5) == pytest.approx(169.744518967521, rel=1e-7)
    assert np.isnan(population(fit, "concentration", "mean"))


# --- baseball, Efron and Morris's 18 batters -----------------------------------------------------------------------


def test_baseball_mode():
    """Prior 1/(eta(1-eta)) x 1/(1+K)^2: the mode of (logit eta, log K) is (-1.013462, 4.4381)."""
    prior = pp.Prior(mean=pp.Beta(0, 0), concentration=pp.UniformShrinkage(1))
    mode = highest(fitted(*data("baseball_1970"), prior), (-1.0, 4.4))
    assert mode[0] == pytest.approx(-1.013462, abs=2e-6)
    assert mode[1] == printed("4.4381")
    assert mode == pytest.approx([-1.01346324, 4.43811442], abs=2e-7)  # the root of its gradient, in 30 digits


def check_clemente(fit, mean):
    best = int(np.argmax(fit.group_columns()["raw"]))
    assert (fit.data.statistics["successes"][best], fit.data.statistics["trials"][best]) == (18, 45)
    assert fit.group_columns()["mean"][best] == printed(mean)


def test_baseball_under_bda():
    fit = solved("baseball_1970", "bda")
    for p, text in zip((0.1, 0.5, 0.9), ("51.590", "225.820", "5333.6"), strict=True):
        assert quantile(fit, "concentration", p) == printed(text, 1.0)
    check_clemente(fit, "0.29387634")


def test_baseball_under_pareto():
    """The published quantiles are those of draws, 25.6, 64.8 and 221.7; 64.385811854 is the 50-digit median."""
    fit = solved("baseball_1970", "pareto")
    for p, text in zip((0.1, 0.5, 0.9), ("25.6", "64.8", "221.7"), strict=True):
        assert quantile(fit, "concentration", p) == pytest.approx(float(text), rel=0.01)
    assert quantile(fit, "concentration", 0.5) == pytest.approx(64.385811854426, rel=1e-7)
    check_clemente(fit, "0.3217")
