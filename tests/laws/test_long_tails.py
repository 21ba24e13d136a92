"""Proper priors whose scales span hundreds of powers of ten, against sums over plain fine lattices.

The likelihoods are products of rising factorials, factor by factor, in logs; nothing is shared with the library but the
densities of the priors.
"""

import time
from functools import cache

import numpy as np
import pytest

import partialpool as pp
from partialpool.priors import BetaPrior, GammaPrior

EVENTS, SIZES = np.array([3, 1, 5]), np.array([10, 12, 14])
DATA = {"events": EVENTS, "size": SIZES, "group": ["a", "b", "c"]}
PLAIN = 3e-5  # what the plain lattices are off by
SLOWEST = 20.0  # seconds of CPU; 1 is usual


def falling(q):
    def density(x):
        return (1.0 + x) ** -q

    return pp.Custom(density)


TAILS = {
    "inverse-gamma": pp.InverseGamma(1e-3, 1e-3),
    "custom 1.03": falling(1.03),
    "custom 1.01": falling(1.01),
    "custom 1.003": falling(1.003),
    "log-normal": pp.LogNormal(0, 100),
    "half-t": pp.HalfStudentT(0.01, 1),
    "gamma": pp.Gamma(1e-3, 1e-3),
    "two edges": pp.LogNormal(150, 100),
}


@cache
def lattice():
    """log of the first parameter, a line of the other, and the logs of the areas."""
    s, u = np.arange(-9.3, 9.3, 0.0125), np.arange(-6.0, 6.0, 0.03)
    first, second = 5.0 + 3.0 * np.sinh(s), 0.4 * np.sinh(u)
    area = np.log(3.0 * np.cosh(s))[:, None] + np.log(0.4 * np.cosh(u))[None, :]
    return first, second, area


def rising(log_a, count):
    """log of a (a + 1) ... (a + count - 1)."""
    return sum((np.logaddexp(log_a, np.log(i)) for i in range(1, count)), log_a if count else 0.0 * log_a)


@cache
def of_proportions():
    """log concentration, log mean, log(1 - mean), and log likelihood with the area of d log concentration d mean."""
    log_kappa, psi, area = lattice()
    psi = psi - 1.1
    log_mean, log_other = -np.logaddexp(0.0, -psi)[None, :], -np.logaddexp(0.0, psi)[None, :]
    log_kappa = log_kappa[:, None]
    value = area + log_mean + log_other
    for y, n in zip(EVENTS, SIZES, strict=True):
        value = value + rising(log_kappa + log_mean, y) + rising(log_kappa + log_other, n - y) - rising(log_kappa, n)
    return log_kappa, log_mean, log_other, value


@cache
def of_rates():
    """log shape, log mean, and log likelihood with the area of both."""
    log_shape, log_mean, area = lattice()
    log_shape, log_mean = log_shape[:, None], log_mean[None, :] - 1.4
    value = area + 0.0 * log_shape
    for y, e in zip(EVENTS, SIZES, strict=True):
        log_ratio = np.log(e) + log_mean - log_shape  # of exposure and rate
        with np.errstate(over="ignore", invalid="ignore"):
            none = np.where(
                log_ratio < -36.0,
                e * np.exp(log_mean),
                np.exp(log_shape) * np.logaddexp(0.0, log_ratio),
            )
        value = value + rising(log_shape, y) - y * log_shape + y * (log_mean - np.logaddexp(0.0, log_ratio)) - none
    return log_shape, log_mean, value


def check_first(log_first, p, quantiles, claimed):
    """The distribution function of the first parameter, at quantiles that were reported for it."""
    running = np.cumsum(p.sum(axis=1)) - 0.5 * p.sum(axis=1)
    with np.errstate(divide="ignore"):
        found = np.interp(np.log(quantiles), log_first[:, 0], running)
    finite = np.isfinite(quantiles)
    assert np.abs(found - [0.025, 0.5, 0.975])[finite].max() < claimed + 10 * PLAIN
    beyond = np.interp(709.78, log_first[:, 0], running)  # the largest double
    assert (np.array([0.025, 0.5, 0.975])[~finite] > beyond - 10 * PLAIN).all()


@pytest.mark.parametrize("name", TAILS)
def test_proportions(name):
    began = time.process_time()
    prior = pp.Prior(concentration=TAILS[name])
    fit = pp.proportions(DATA, successes="events", trials="size", group="group", prior=prior)
    groups, population, accuracy = fit.group_columns(), fit.population_columns(), fit.accuracy
    assert time.process_time() - began < SLOWEST
    assert float(accuracy) < PLAIN
    log_kappa, log_mean, log_other, value = of_proportions()
    value = value + BetaPrior(concentration=TAILS[name]).log_density(log_mean, log_other, log_kappa) + log_kappa
    p = np.exp(value - value.max())
    p = p / p.sum()
    mean, kappa = np.exp(log_mean), np.exp(np.minimum(log_kappa, 600.0))
    assert population["mean"][0] == pytest.approx(float((p * mean).sum()), rel=PLAIN)
    for j, (y, n) in enumerate(zip(EVENTS, SIZES, strict=True)):
        centre = (y + kappa * mean) / (n + kappa)
        expected = float((p * centre).sum())
        spread = (p * (centre * (1.0 - centre) / (n + kappa + 1.0) + (centre - expected) ** 2)).sum()
        assert groups["mean"][j] == pytest.approx(expected, rel=PLAIN)
        assert groups["sd"][j] == pytest.approx(float(np.sqrt(spread)), rel=PLAIN)
    check_first(log_kappa, p, [population[c][1] for c in ("lower", "median", "upper")], accuracy.probability)


@pytest.mark.parametrize("name", TAILS)
def test_rates(name):
    began = time.process_time()
    prior = pp.Prior(mean=pp.Gamma(2, 4), shape=TAILS[name])
    fit = pp.rates(DATA, events="events", exposure="size", group="group", prior=prior)
    groups, population, accuracy = fit.group_columns(), fit.population_columns(), fit.accuracy
    assert time.process_time() - began < SLOWEST
    log_shape, log_mean, value = of_rates()
    on_mean_rate = GammaPrior.of(mean=pp.Gamma(2, 4), shape=TAILS[name]).log_density(log_mean, log_shape - log_mean)
    value = value + on_mean_rate + log_shape  # d mean d rate = d log mean d log shape times shape
    p = np.exp(value - value.max())
    p = p / p.sum()
    mean, shape = np.exp(log_mean), np.exp(np.minimum(log_shape, 600.0))
    assert population["mean"][0] == pytest.approx(float((p * mean).sum()), rel=PLAIN)
    for j, (y, e) in enumerate(zip(EVENTS, SIZES, strict=True)):
        centre = (y + shape) / (e + shape / mean)
        expected = float((p * centre).sum())
        spread = (p * (centre / (e + shape / mean) + (centre - expected) ** 2)).sum()
        assert groups["mean"][j] == pytest.approx(expected, rel=PLAIN)
        assert groups["sd"][j] == pytest.approx(float(np.sqrt(spread)), rel=PLAIN)
    quantiles = [population[c][list(population["parameter"]).index("shape")] for c in ("lower", "median", "upper")]
    check_first(log_shape, p, quantiles, accuracy.probability)
