"""The marginal likelihood of rates against 50-digit arithmetic, from a shape of 1e-300 to 1e300.

Both forms are held against it: the sum over groups one by one, and the sum of functions of one variable. Values are
known up to a constant, so what is compared are differences from a point where all is calm; the deviance of a point is
twice its distance below that. Logs are multiples of 2^-20, so that their differences are exact.
"""

import functools

import mpmath as mp
import numpy as np
import pytest

from partialpool.distributions.marginals.gamma_poisson import Likelihood, PoissonCells, log_pair
from partialpool.distributions.populations.gamma import Point

DIGITS = 50
EPS = float(np.finfo(float).eps)
PROBLEMS = {
    "ordinary": ([0, 1, 2, 5, 3, 19], [20.0, 0.7, 1.5, 2.5, 10.0, 3.0], 1),
    "ones": ([0, 1], [1.0, 1.0], 3),
    "none": ([0, 0, 0], [0.5, 1.0, 4.0], 1),
    "about the direct sum": ([63, 64, 65, 0, 66], [6.4, 6.5, 6.6, 6.7, 13.0], 1),
    "thousands": ([120, 800, 0, 1500], [10.0, 12.0, 9.0, 15.0], 1),
    "a million, alike": ([10**6, 10**6 + 300, 10**6 - 900], [1.0, 1.0, 1.0], 1),
    "a billion": ([123456789, 0, 1, 10**9], [10.0, 10.0, 10.0, 17.0], 1),
    "unequal": ([123456789, 1, 0, 2], [1e9, 3.0, 2.0, 4.0], 1),
    "extremes": ([0, 50, 0, 50], [50.0, 50.0, 50.0, 50.0], 10),
    "odd units": ([3, 0, 7], [1e-12, 3e-13, 2e-11], 2),
    "far apart": ([1, 100000, 2, 0], [1e-6, 1e5, 1.0, 1e-3], 1),
}
LOG_SHAPE = [-690.0, -300.0, -40.0, -20.0, -3.0, -1e-6, 0.0, 1e-6, 0.5, 2.3, 3.0, 4.0, 7.0, 12.0, 17.0, 20.7, 25.0]
LOG_SHAPE += [30.0, 36.0, 40.0, 60.0, 80.0, 300.0, 690.0]
AWAY = [0.0, 1e-6, -1e-4, 1e-2, -0.3, 1.0, -3.0, 10.0, -20.0, 60.0, 300.0]  # of log mean from log(Y/E)


def dyadic(x):
    return np.round(np.asarray(x, dtype=float) * 2.0**20) / 2.0**20


@functools.cache
def pairs(name):
    y, e, times = PROBLEMS[name]
    return PoissonCells(np.array(y, float), np.array(e), np.full(len(y), float(times)))


@functools.cache
def points(name):
    y, e, _ = PROBLEMS[name]
    level = np.log(max(sum(y), 0.5) / sum(e))
    log_shape, log_mean = np.meshgrid(dyadic(LOG_SHAPE), dyadic(level + np.array(AWAY)))
    return Point(log_mean.ravel(), log_mean.ravel() * 0 + (log_shape - log_mean).ravel(), log_shape.ravel())


def exact(name, log_mean, log_shape):
    y, e, times = PROBLEMS[name]
    with mp.workdps(DIGITS + 30 + int(abs(log_shape) + abs(log_mean))):
        a, b = mp.exp(mp.mpf(log_shape)), mp.exp(mp.mpf(log_shape) - mp.mpf(log_mean))
        total = mp.mpf(0)
        for events, exposure in zip(y, e, strict=True):
            s = mp.mpf(exposure)
            total += rho(events, a) + a * (mp.log(b) - mp.log(b + s)) - events * mp.log(b + s)
        return times * total


def rho(v, a):
    if v <= 2000:
        product = mp.mpf(1)
        for i in range(v):
            product *= a + i
        return mp.log(product)
    return mp.loggamma(a + v) - mp.loggamma(a)


@functools.cache
def truth(name):
    at = points(name)
    return [exact(name, float(m), float(a)) for m, a in zip(at.log_mean, at.log_shape, strict=True)]


def one_by_one(name):
    at = points(name)
    some = pairs(name)
    return log_pair(some, at.log_mean[:, None], at.log_shape[:, None], at.log_rate[:, None]) @ some.count


def as_a_sum(name):
    at = points(name)
    return Likelihood(pairs(name))._many(at.log_mean, at.log_shape, at.log_rate)


def by_polynomials(name):
    """The same with the sums over exposures from panels, which few values would not be worth."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("partialpool.distributions.marginals.gamma_poisson._FEW_TERMS", 0)
        return as_a_sum(name)


def noise(name, form):
    """What the form says of itself, for the one by one form in problems of small counts too."""
    model = Likelihood(pairs(name))
    y, count = model.pairs.events, model.pairs.count
    return model._noise_of_sums if form is not one_by_one else 4.0 * EPS * (1.0 + np.sqrt(count @ (y + 1.0)))


@pytest.mark.parametrize("form", [one_by_one, as_a_sum, by_polynomials])
@pytest.mark.parametrize("name", PROBLEMS)
def test_against_fifty_digits(name, form):
    value, right = form(name), truth(name)
    top = max(range(len(right)), key=lambda i: right[i])
    for i, found in enumerate(value):
        deviance = float(2 * (right[top] - right[i]))
        error = abs((mp.mpf(float(found)) - mp.mpf(float(value[top]))) - (right[i] - right[top]))
        at = points(name)
        where = float(at.log_shape[i]), float(at.log_mean[i])
        logs = max(map(abs, where))  # counts multiply them, so that rounding is in proportion far from the mode
        bound = 2.0 * noise(name, form) * max(1.0, logs / 5.0) + 1e-12 * (1.0 + deviance)
        if deviance > 1500.0:  # beyond, the density underflows, and ten digits of its log are plenty
            bound += 1e-10 * deviance
        assert error <= bound, (where, float(found), deviance)


@pytest.mark.parametrize("size", [5.0, 50.0, 300.0, 1200.0])
def test_nothing_is_likelier_than_the_likeliest(size):
    """log p(y) is never above that of a Poisson variable with mean y, however far out the parameters are."""
    y, e = np.array([0.0, 1.0, 5.0, 149.0, 2430.0, 1e6, 1e9]), np.array([1.0, 3.4, 1e-3, 9.9, 62.0, 1e5, 1e-6])
    rng = np.random.default_rng(0)
    log_mean, log_shape = rng.uniform(-size, size, (2, 5000, 1))
    with np.errstate(all="ignore"):
        value = log_pair(PoissonCells(y, e, np.ones(7)), log_mean, log_shape, log_shape - log_mean)
    lost = np.isnan(value)  # -infinity to whoever integrates: right only where the mean is beyond all counts
    assert not lost[log_mean[:, 0] < 690.0].any()
    assert value[~lost].max() < 1e-9
