"""The marginal likelihood against 50-digit arithmetic, from concentration 1e-300 to 1e300.

Values are known up to a constant, so what is compared are differences from a point where all is calm; the deviance of
a point is twice its distance below the maximum.
"""

import functools

import mpmath as mp
import numpy as np
import pytest

from partialpool.distributions import Betas
from partialpool.distributions.marginals.beta_binomial import BinomialCells, likelihood
from partialpool.distributions.marginals.sampling import Observed
from partialpool.distributions.marginals.sampling_beta_binomial import BetaBinomials, beta_binomial_table

DIGITS = 50
PROBLEMS = {
    "ordinary": ([0, 1, 2, 5, 3, 9], [20, 20, 18, 25, 10, 30], 1),
    "single trials": ([0, 1], [1, 1], 3),
    "about the direct sum": ([63, 64, 65, 0, 66], [64, 65, 66, 67, 130], 1),
    "thousands": ([120, 800, 0, 1500], [1000, 1200, 900, 1500], 1),
    "a billion": ([123456789, 0, 1], [10**9, 10**9, 10**9], 1),
    "unequal": ([123456789, 1, 0, 2], [10**9, 3, 2, 4], 1),
    "extremes": ([0, 50, 0, 50], [50, 50, 50, 50], 10),
    "rare": ([3, 0, 7], [10**6, 10**7, 10**8], 2),
}
LOG_KAPPA = [
    -690.0,
    -300.0,
    -40.0,
    -20.0,
    -3.0,
    -1e-9,
    1e-9,
    0.5,
    3.0,
    4.0,
    7.0,
    12.0,
    20.7,
    25.0,
    36.0,
    80.0,
    300.0,
    690.0,
]
MEANS = {"ordinary": [0.01, 0.2, 0.5, 0.9], "rare": [1e-7, 1e-6, 1e-4]}


@functools.cache
def problem(name):
    y, n, times = PROBLEMS[name]
    y, n = np.array(y, float), np.array(n, float)
    return BinomialCells(y, n - y, np.full(len(y), float(times)))


def exact(name, log_mean, log_other, log_kappa):
    """The sum of lgamma differences, with digits to spare for what they cancel."""
    y, n, times = PROBLEMS[name]
    with mp.workdps(DIGITS + 30 + int(abs(log_kappa) / 2.3)):
        kappa = mp.exp(mp.mpf(log_kappa))
        a, b = mp.exp(mp.mpf(log_mean)) * kappa, mp.exp(mp.mpf(log_other)) * kappa
        total = mp.mpf(0)
        for yes, all_ in zip(y, n, strict=True):
            total += rho(yes, a) + rho(all_ - yes, b) - rho(all_, a + b)
        return +(times * total)


def rho(v, a):
    if v == 0:
        return mp.mpf(0)
    if v <= 2000:
        product = mp.mpf(1)
        for i in range(v):
            product *= a + i
        return mp.log(product)
    return mp.loggamma(a + v) - mp.loggamma(a)


def points(name):
    y, n, _ = PROBLEMS[name]
    return [*MEANS.get(name, []), (sum(y) + 0.5) / (sum(n) + 1.0)]


@pytest.mark.parametrize("name", PROBLEMS)
def test_against_fifty_digits(name):
    model, pairs = likelihood(problem(name)), []
    for mean in points(name):
        log_mean, log_other = float(np.log(mean)), float(np.log1p(-mean))
        found = model(np.array(log_mean), np.array(log_other), np.array(LOG_KAPPA))
        pairs += [(found[i], exact(name, log_mean, log_other, k)) for i, k in enumerate(LOG_KAPPA)]
    top = max(range(len(pairs)), key=lambda i: pairs[i][1])
    for value, truth in pairs:
        deviance = float(2 * (pairs[top][1] - truth))
        error = abs((mp.mpf(float(value)) - mp.mpf(float(pairs[top][0]))) - (truth - pairs[top][1]))
        assert error <= 1e-12 * (1.0 + deviance)


@pytest.mark.parametrize("name", PROBLEMS)
def test_no_jump_where_formulas_meet(name):
    """Across log alpha, log beta or log kappa = 0, and the ends of the panels, neighbours differ by rounding alone."""
    model = likelihood(problem(name))
    for mean in points(name):
        log_mean, log_other = float(np.log(mean)), float(np.log1p(-mean))
        for place in (0.0, -log_mean, -log_other, np.log(64.0), np.log(2.0**14), -40.0, 36.7):
            k = place + np.array([-1e-13, -5e-14, 0.0, 5e-14, 1e-13])
            value = model(np.array(log_mean), np.array(log_other), k)
            scale = float(np.max(problem(name).trials @ problem(name).count))
            smooth = abs(value[4] - value[0]) + 4e-13 * (1 + np.ptp(value))
            slope_allowance = 2e-13 * min(scale, 2 * abs(float(value[2])) + 10)
            assert np.max(np.abs(np.diff(value))) <= smooth + slope_allowance


def test_the_ends():
    """kappa -> infinity: y log mean + (n-y) log(1-mean); kappa -> 0: kappa^I mean^(I+S) (1-mean)^(I+F)."""
    model = likelihood(problem("ordinary"))
    y, n, _ = PROBLEMS["ordinary"]
    for far in (500.0, 690.0):
        one, other = (model(np.log([m]), np.log1p([-m]), np.array([far]))[0] for m in (0.2, 0.4))
        assert one - other == pytest.approx(sum(y) * np.log(0.5) + (sum(n) - sum(y)) * np.log(0.8 / 0.6), rel=1e-14)
    low = np.array([-690.0, -600.0])
    value = model(np.log([0.2]), np.log([0.8]), low)
    assert value[1] - value[0] == pytest.approx(5 * 90.0, rel=1e-14)
    one, other = (model(np.log([m]), np.log1p([-m]), low[:1])[0] for m in (0.2, 0.4))
    assert one - other == pytest.approx(5 * np.log(0.5) + 6 * np.log(0.8 / 0.6), rel=1e-12)


@pytest.mark.parametrize("name", ["ordinary", "extremes", "rare"])
def test_shapes_broadcast(name):
    model = likelihood(problem(name))
    log_mean, log_other, log_kappa = np.log([[0.2], [0.3]]), np.log([[0.8], [0.7]]), np.linspace(-3, 30, 7)
    table = model(log_mean, log_other, log_kappa)
    assert table.shape == (2, 7)
    for i in range(2):
        for k in range(7):
            assert table[i, k] == pytest.approx(model(log_mean[i], log_other[i], log_kappa[k : k + 1])[0], rel=1e-14)


def test_counts_are_repetitions():
    once = BinomialCells(np.array([1.0, 1.0, 4.0]), np.array([5.0, 5.0, 0.0]), np.ones(3))
    twice = BinomialCells(np.array([1.0, 4.0]), np.array([5.0, 0.0]), np.array([2.0, 1.0]))
    at = np.log([0.3]), np.log([0.7]), np.linspace(-5, 9, 5)
    np.testing.assert_array_equal(likelihood(once)(*at), likelihood(twice)(*at))


@pytest.mark.parametrize(("y", "n"), [(0, 5000), (5000, 5000), (1200, 4000), (3, 4000), (4990, 5000)])
def test_tails_of_more_trials_than_are_tabulated(y, n):
    """None, all, some, hardly any and all but a few successes, at populations of every shape; the tails add up to 1."""
    rng = np.random.default_rng(0)
    a, b = np.exp(rng.uniform(-3.0, 6.0, (2, 40)))
    data = Observed(*np.array([[y], [n], [0], [0]], dtype=float))
    found = BetaBinomials(Betas(a[None], b[None]), data.size, {}).tails(data)
    table = beta_binomial_table(n, a, b)
    np.testing.assert_allclose(found.lower[0], table[:y].sum(axis=0), atol=1e-12)
    np.testing.assert_allclose(found.upper[0], table[y + 1 :].sum(axis=0), atol=1e-12)
