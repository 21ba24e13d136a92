"""The beta distribution function in the logit of theta, against arithmetic with digits to spare."""

import mpmath as mp
import numpy as np
import pytest
from scipy import stats

from partialpool.distributions.populations.beta_distribution import cdf, log_norm, logit_quantile

ORDINARY = [
    (0.5, 0.5),
    (1.0, 1.0),
    (2.3, 14.1),
    (1e-3, 2.0),
    (1e-6, 1e-6),
    (40.0, 3.0),
    (1e3, 7.0),
    (5e4, 2e5),
    (0.2, 300.0),
]
SHARP = [(6e8, 5e8), (3e9, 60.0), (1e9, 1e5), (2e11, 8e11), (5e11, 5e11), (1e12, 100.0)]


def granularity(logit, a, b):
    """How far the distribution function moves when theta moves by two units in its last place."""
    theta = 1 / (1 + np.exp(abs(logit)))  # the smaller of theta and 1 - theta
    return 2 * np.spacing(theta) / (theta * (1 - theta) * np.sqrt(1 / a + 1 / b))


def exact(logit, a, b):
    """I_x(a, b) at x = 1/(1 + e^-logit), from the side where x is small."""
    if logit > 0:
        return 1 - exact(-logit, b, a)
    with mp.workdps(40):
        x = 1 / (1 + mp.exp(-mp.mpf(float(logit))))
        return mp.betainc(mp.mpf(a), mp.mpf(b), 0, x, regularized=True)


def by_quadrature(logit, a, b):
    """The same where the hypergeometric series is hopeless: the normalised density, integrated around its peak."""
    with mp.workdps(40):
        a, b, t = mp.mpf(a), mp.mpf(b), mp.mpf(float(logit))
        log_norm = mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
        middle, sd = mp.log(a / b), mp.sqrt(1 / a + 1 / b)

        def density(u):
            return mp.exp(log_norm - a * mp.log1p(mp.exp(-u)) - b * mp.log1p(mp.exp(u)))

        low, steps = middle - 14 * sd, 14
        if t <= low:
            return mp.mpf(0)
        ends = [low + (min(t, middle + 14 * sd) - low) * k / steps for k in range(steps + 1)]
        return mp.quad(density, ends)


@pytest.mark.parametrize(("a", "b"), ORDINARY)
def test_ordinary_parameters(a, b):
    middle, sd = np.log(a / b), np.sqrt(1 / a + 1 / b)
    for logit in np.unique(np.clip(middle + sd * np.array([-6.0, -1.0, -0.1, 0.0, 0.4, 3.0]), -600, 600)):
        truth = by_quadrature(logit, a, b) if min(a, b) > 5 and a + b > 500 else exact(logit, a, b)
        assert abs(cdf(np.array(logit), np.array(a), np.array(b)) - truth) <= 1e-12, logit


@pytest.mark.parametrize(("a", "b"), SHARP)
def test_sharp_parameters(a, b):
    middle, sd = np.log(a / b), np.sqrt(1 / a + 1 / b)
    for z in (-6.0, -1.0, -1e-3, 0.4, 3.0):
        logit = middle + z * sd
        slack = np.spacing(abs(logit)) / sd + granularity(logit, a, b)
        assert abs(cdf(np.array(logit), np.array(a), np.array(b)) - by_quadrature(logit, a, b)) <= 1e-12 + slack


@pytest.mark.parametrize(("a", "b"), [(1.1e6, 2e9), (3e9, 1.1e6), (5e6, 5e12)])
def test_two_terms_of_the_expansion(a, b):
    middle, sd = np.log(a / b), np.sqrt(1 / a + 1 / b)
    for z in (-5.0, -1.0, -2e-3, 5e-4, 0.0, 1e-3, 0.7, 4.0):
        logit = middle + z * sd
        assert abs(cdf(np.array(logit), np.array(a), np.array(b)) - by_quadrature(logit, a, b)) <= 2e-10, z


def test_far_from_a_sharp_peak():
    """Where theta is nothing beside its mean, or all: 0 and 1, and no NaN from rounding past the end."""
    a, b = np.array([1.2e10, 1.3e7, 1.5e7]), np.array([1.01e16, 1.26e13, 1.26e13])
    for logit, value in ((-700.0, 0.0), (-110.75, 0.0), (50.0, 1.0), (700.0, 1.0)):
        assert cdf(np.full(3, logit), a, b).tolist() == [value] * 3


def test_the_two_exact_functions_agree():
    for z in (-2.0, 0.3, 2.0):
        a, b = 300.0, 500.0
        logit = np.log(a / b) + z * np.sqrt(1 / a + 1 / b)
        assert abs(exact(logit, a, b) - by_quadrature(logit, a, b)) < mp.mpf(10) ** -25


@pytest.mark.parametrize(("a", "b"), [*ORDINARY, *SHARP])
def test_a_distribution_function(a, b):
    """Rising from 0 to 1, and mirrored by exchanging a and b."""
    logit = np.linspace(-60, 60, 241) if a + b < 1e5 else np.log(a / b) + np.linspace(-12, 12, 241) / np.sqrt(min(a, b))
    value = cdf(logit, np.array(a), np.array(b))
    assert np.all((value >= 0) & (value <= 1))
    assert np.all(np.diff(value) >= -1e-13)
    mirrored = cdf(-logit, np.array(b), np.array(a))
    assert np.all(np.abs(value + mirrored - 1.0) <= 1e-13 + (granularity(logit, a, b) if a + b > 1e5 else 0.0))


def test_no_jump_where_formulas_meet():
    """About a + b = 1e9, min(a, b) = 50 and logit 0."""
    for a, b in ((4e8, 6e8), (50.0, 2e9)):
        logit = np.log(a / b) + np.array([-2.0, -0.5, 0.0, 1.0, 3.0]) * np.sqrt(1 / a + 1 / b)
        below, above = (cdf(logit, np.array(a * (1 + e)), np.array(b * (1 + e))) for e in (-1e-15, 1e-15))
        assert below == pytest.approx(above, abs=1e-9 if min(a, b) < 1e3 else 1e-12)
    for a, b in ((2.0, 3.0), (1e10, 1e10)):
        below, above = cdf(np.array([-1e-300, 1e-300]), np.array(a), np.array(b))
        assert below == pytest.approx(above, abs=1e-14 + (granularity(0.0, a, b) if a > 1e5 else 0.0))


def test_parameters_of_nothing():
    """Beta(0, b) is a point at 0, Beta(a, 0) a point at 1, both 0 a coin."""
    assert cdf(np.array(-5.0), np.array(0.0), np.array(2.0)) == pytest.approx(1.0)
    assert cdf(np.array(5.0), np.array(2.0), np.array(0.0)) == pytest.approx(0.0)
    assert cdf(np.array([-5.0, 5.0]), np.array(0.0), np.array(0.0)) == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(("a", "b"), ORDINARY)
def test_norm_and_rough_quantile(a, b):
    assert log_norm(np.array(a), np.array(b)) == pytest.approx(float(-mp.log(mp.beta(a, b))), rel=1e-11)
    for p in (0.025, 0.5, 0.975):
        logit = logit_quantile(np.array(p), np.array(a), np.array(b))
        assert np.isfinite(logit)
        if min(a, b) >= 0.5:
            assert stats.beta.cdf(1 / (1 + np.exp(-logit)), a, b) == pytest.approx(p, abs=1e-6)
