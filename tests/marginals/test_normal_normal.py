"""The normal marginal against its definition, at ordinary and at extreme sds, and condensed against term by term."""

import mpmath
import numpy as np
import pytest
from scipy import stats

from partialpool.distributions.marginals import normal_condensed
from partialpool.distributions.marginals.normal_given import thetas, weights
from partialpool.distributions.marginals.normal_normal import conditional, distinct, noise, sample, scaled

Y = np.array([28.0, 8.0, -3.0, 7.0, 8.0, 1.0])
S = np.array([15.0, 10.0, 16.0, 11.0, 10.0, 11.0])
PRIORS = pytest.mark.parametrize("prior", [None, (3.0, 5.0)])


def exact(y, s, sd, prior, digits=60):
    """log p(y | sd), mean and sd of the population's mean, by mpmath."""
    with mpmath.workdps(digits):
        y, v = [mpmath.mpf(float(a)) for a in y], [mpmath.mpf(float(a)) ** 2 + mpmath.mpf(float(sd)) ** 2 for a in s]
        precision, first = mpmath.fsum(1 / a for a in v), mpmath.fsum(a / b for a, b in zip(y, v, strict=True))
        constant = mpmath.fsum(mpmath.log(2 * mpmath.pi * a) for a in v) / -2
        square = mpmath.fsum(a * a / b for a, b in zip(y, v, strict=True))
        if prior:
            m, r = (mpmath.mpf(a) for a in prior)
            precision, first, square = precision + r**-2, first + m / r**2, square + m * m / r**2
            constant -= mpmath.log(2 * mpmath.pi * r * r) / 2
        mean = first / precision
        constant += mpmath.log(2 * mpmath.pi / precision) / 2
        return constant - (square - precision * mean**2) / 2, mean, precision**-0.5


@PRIORS
@pytest.mark.parametrize("sd", [0.0, 1e-300, 1e-20, 1e-3, 1.0, 12.0, 1e5, 1e100, 1e300])
def test_the_marginal_at_any_sd(prior, sd):
    data = scaled(distinct(Y, S), prior)
    with np.errstate(divide="ignore"):
        found = conditional(sample(data), np.log(np.array([sd])) - data.log_unit)
    if sd == 1e300 and prior is None:
        sd = float(data.restored(found.sd[0]))
    value, mean, width = exact(Y, S, sd, prior, 700)
    lost = len(Y) - (prior is None)
    off = 1e-13 * (1.0 + abs(float(value)))
    assert found.log_likelihood[0] - lost * data.log_unit == pytest.approx(float(value), abs=off)
    assert data.centre + data.restored(found.mean[0]) == pytest.approx(float(mean), rel=1e-13)
    assert data.restored(found.mean_sd[0]) == pytest.approx(float(width), rel=1e-13)


@PRIORS
def test_an_exact_estimate_at_a_tiny_sd(prior):
    """One estimate of error 0: the marginal stays finite, and the mean goes to that estimate."""
    data = scaled(distinct(Y, np.where(Y == 7.0, 0.0, S)), prior)
    found = conditional(sample(data), np.log(np.array([1e-300, 1e-200, 1e-8])))
    assert np.ptp(found.log_likelihood) < 1e-12
    np.testing.assert_allclose(data.centre + data.restored(found.mean), 7.0, rtol=1e-13)


def test_two_equal_exact_estimates_have_a_pole():
    data = scaled(distinct(np.array([7.0, 7.0, 1.0]), np.array([0.0, 0.0, 3.0])), None)
    found = conditional(sample(data), np.log(np.array([1e-250, 1e-150])))
    assert found.log_likelihood[0] - found.log_likelihood[1] == pytest.approx(100.0 * np.log(10.0), rel=1e-12)


def test_different_exact_estimates_have_none():
    data = scaled(distinct(np.array([7.0, 8.0, 1.0]), np.array([0.0, 0.0, 3.0])), None)
    found = conditional(sample(data), np.log(np.array([1e-250, 1e-4])))
    assert found.log_likelihood[0] == -np.inf
    assert found.log_likelihood[1] < -1e4


@PRIORS
def test_the_conditional_of_a_group(prior):
    """theta_j given sd by completing the square over (mean, theta_j), with its pivot in either place."""
    data = scaled(distinct(Y, S), prior)
    sd = 6.0
    given = conditional(sample(data), np.array([np.log(sd) - data.log_unit]))
    y, s = np.sort(Y[[0, 1, 2, 3, 5]]), dict(zip(Y, S, strict=True))
    raw = data.centre + data.restored(data.estimate)
    np.testing.assert_array_equal(np.sort(raw), y)
    b = sd**2 / (sd**2 + np.array([s[v] for v in raw]) ** 2)
    mean, width = data.centre + data.restored(given.mean), data.restored(given.mean_sd)
    for own in (np.ones(len(raw), bool), np.zeros(len(raw), bool)):
        theta = thetas(data.estimate, data.se, own, given)
        pivot = np.where(own, raw, data.centre)
        np.testing.assert_allclose(pivot + data.restored(theta.mean[:, 0]), mean + b * (raw - mean), rtol=1e-13)
        variance = b * np.array([s[v] for v in raw]) ** 2 + (1.0 - b) ** 2 * width**2
        np.testing.assert_allclose(data.restored(theta.sd[:, 0]) ** 2, variance, rtol=1e-13)
        np.testing.assert_allclose(theta.weight[:, 0], b, rtol=1e-13)
    np.testing.assert_allclose(weights(data.se, given)[:, 0], b, rtol=1e-13)


def test_distinct_pairs():
    of = distinct(np.array([1.0, 2.0, 1.0, -0.0, 0.0]), np.array([3.0, 1.0, 3.0, 1.0, 1.0]))
    assert of.estimate.tolist() == [0.0, 2.0, 1.0]
    assert of.se.tolist() == [1.0, 1.0, 3.0]
    assert of.count.tolist() == [2.0, 1.0, 2.0]
    assert of.where.tolist() == [2, 1, 2, 0, 0]


@pytest.mark.parametrize("unit", [2.0**-1000, 1.0, 2.0**1000])
def test_scaling_is_exact(unit):
    one, other = scaled(distinct(Y, S), None), scaled(distinct(Y * unit, S * unit), None)
    np.testing.assert_array_equal(one.estimate, other.estimate)
    np.testing.assert_array_equal(one.se, other.se)
    assert 0.5 <= max(np.abs(one.estimate).max(), one.se.max()) < 1.0
    np.testing.assert_array_equal(other.restored(other.se), distinct(Y * unit, S * unit).se)


def test_differences_do_not_overflow():
    data = scaled(distinct(np.array([1e308, -1.7e308]), np.array([1e307, 1e306])), None)
    assert np.isfinite(data.estimate).all()
    assert np.abs(data.estimate).max() < 1.0


# --- condensed ---


@PRIORS
@pytest.mark.parametrize(("size", "spread"), [(3000, 0.3), (5000, 2.0)])
def test_condensed_sums_are_the_sums(prior, size, spread):
    rng = np.random.default_rng(size)
    s = np.exp(rng.normal(0.0, spread, size))
    y = rng.normal(1.0, np.hypot(s, 0.7))
    data = scaled(distinct(y, s), prior)
    few = sample(data)
    assert isinstance(few, normal_condensed.Condensed)
    assert len(few.se) < size / 5
    log_sd = np.linspace(-30.0, 5.0, 36)
    sd = np.exp(log_sd)[:, None]
    h = np.hypot(data.se, sd)
    w = 1.0 / h**2
    mean = w @ data.estimate / w.sum(axis=1)
    if prior:
        extra = data.prior[1] ** -2
        mean = (w @ data.estimate + extra * data.prior[0]) / (w.sum(axis=1) + extra)
    found = conditional(few, log_sd)
    np.testing.assert_allclose(found.mean, mean, rtol=1e-12, atol=1e-13)
    plain = stats.norm.logpdf(data.estimate, mean[:, None], h).sum(axis=1)
    if prior:
        plain += stats.norm.logpdf(mean, *data.prior) + np.log(found.mean_sd) + 0.5 * np.log(2 * np.pi)
    else:
        plain += np.log(found.mean_sd) + 0.5 * np.log(2 * np.pi)
    assert np.all(np.abs(found.log_likelihood - plain) <= 4.0 * noise(few, found) + 1e-12)


def test_what_is_not_condensed():
    assert not normal_condensed.worthwhile(np.linspace(1.0, 2.0, 900))
    assert not normal_condensed.worthwhile(np.concatenate([[0.0], np.linspace(1.0, 2.0, 9000)]))
    assert not normal_condensed.worthwhile(np.geomspace(1e-40, 1.0, 9000))
    assert normal_condensed.worthwhile(np.linspace(1.0, 2.0, 9000))
