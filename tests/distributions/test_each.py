"""Betas, Gammas and Normals over the whole line, against 30 digits."""

import mpmath
import numpy as np
import pytest
from mpmath import mp
from scipy import integrate

from partialpool.distributions import Betas, Gammas, Normals

SIZES = [1e-3, 0.04, 0.5, 1.0, 2.5, 30.0, 4e3, 2e5, 3e7]
Z = [-3.0, -0.4, 0.0, 0.3, 2.0]


def beta_log_density(z, a, b):
    z, a, b = (mp.mpf(float(v)) for v in (z, a, b))
    theta = 1 / (1 + mp.exp(-z))
    return a * mp.log(theta) + b * mp.log(1 - theta) - (mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b))


def gamma_log_density(z, a, log_s):
    z, a, log_s = (mp.mpf(float(v)) for v in (z, a, log_s))
    return a * (z + log_s) - mp.exp(z + log_s) - mp.loggamma(a)


@pytest.mark.parametrize("a", SIZES)
def test_the_density_of_a_logit(a):
    b = np.array(SIZES)
    of = Betas(np.full(len(b), a), b)
    for away in Z:
        z = np.clip(of.middle + away * of.spread, -30, 30)
        with mpmath.workdps(30):
            exact = [float(beta_log_density(*row)) for row in zip(z, of.a, of.b, strict=True)]
        np.testing.assert_allclose(of.log_density(z), exact, rtol=1e-12, atol=3e-10)


@pytest.mark.parametrize("log_s", [-700.0, -2.0, 0.0, 40.0])
def test_the_density_of_a_log(log_s):
    of = Gammas(np.array(SIZES), np.full(len(SIZES), log_s))
    for away in Z:
        z = np.clip(of.middle + away * of.spread, -900, 900)
        with mpmath.workdps(60):
            exact = [float(gamma_log_density(*row)) for row in zip(z, of.a, of.log_s, strict=True)]
        np.testing.assert_allclose(of.log_density(z), exact, rtol=1e-9, atol=3e-8)


def each():
    a, b = (part.ravel() for part in np.meshgrid([0.3, 1.0, 4.0, 90.0], [0.5, 2.0, 700.0]))
    return {
        "betas": Betas(a, b),
        "gammas": Gammas(a, np.log(b)),
        "normals": Normals(a, b, origin=1e6, unit=0.25),
    }


@pytest.mark.parametrize("name", ["betas", "gammas", "normals"])
def test_density_distribution_function_and_moments_agree(name):
    of = each()[name]
    low, high = of.reach
    assert np.all(of.cdf(low) < 2e-16)
    assert np.all(of.sf(high) < 2e-16)
    for i in range(of.shape[0]):
        one = of.part(slice(i, i + 1))
        centre = float(one.middle[0])

        def density(z, one=one):
            return float(np.exp(one.log_density(np.array([z])))[0])

        def mass(f, lo, hi, centre=centre):
            parts = [integrate.quad(f, lo, centre, epsabs=1e-13, limit=300)[0]]
            return parts[0] + integrate.quad(f, centre, hi, epsabs=1e-13, limit=300)[0]

        ends = float(low[i]), float(high[i])
        assert mass(density, *ends) == pytest.approx(1.0, abs=1e-9)
        assert integrate.quad(density, ends[0], centre, epsabs=1e-13, limit=300)[0] == pytest.approx(
            float(one.cdf(np.array([centre]))[0]), abs=1e-9
        )
        theta = mass(lambda z, one=one: density(z) * (one.theta(np.array(z)) - one.mean[0]), *ends)
        assert abs(theta) < 1e-8 * float(np.sqrt(one.variance[0]))
        square = mass(lambda z, one=one: density(z) * (one.theta(np.array(z)) - one.mean[0]) ** 2, *ends)
        assert square == pytest.approx(float(one.variance[0]), rel=1e-7)


@pytest.mark.parametrize("name", ["betas", "gammas", "normals"])
def test_theta_and_z_and_draws(name):
    of = each()[name]
    z = of.middle
    np.testing.assert_allclose(of.line(of.theta(z)), z, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(of.cdf(z) + of.sf(z), 1.0, rtol=1e-12)
    rng = np.random.default_rng(4)
    draws = np.stack([of.drawn(rng) for _ in range(4000)])
    away = (draws.mean(axis=0) - of.mean) / np.sqrt(of.variance / 4000)
    assert np.max(np.abs(away)) < 5.0


def test_the_mirror_of_a_beta():
    of = Betas(np.array([0.3, 5.0]), np.array([9.0, 2.0]))
    z = np.array([-2.0, 1.5])
    np.testing.assert_allclose(of.mirrored.log_density(-z), of.log_density(z), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(of.mirrored.cdf(-z), of.sf(z), rtol=1e-13)


@pytest.mark.parametrize(("a", "z"), [(1e-9, -800.0), (1e-4, -900.0), (0.01, -2000.0)])
def test_a_rate_too_small_for_a_double_has_its_probability(a, z):
    """P(Z <= z) = e^(a z)/Gamma(a + 1), where e^z is 0 in double precision."""
    of = Gammas(np.array([a]), np.zeros(1))
    with mpmath.workdps(40):
        below = mpmath.exp(mpmath.mpf(a) * z) / mpmath.gamma(1 + mpmath.mpf(a))
        assert of.cdf(np.array([z]))[0] == pytest.approx(float(below), rel=1e-12)
        assert of.sf(np.array([z]))[0] == pytest.approx(float(1 - below), rel=1e-10)


@pytest.mark.parametrize("a", [2e5, 1e7, 1e9, 1e12])
@pytest.mark.parametrize("sds", [-7.0, -4.6, -4.0, 0.5, 4.3, 4.6, 6.0])
def test_sharp_rates_far_from_their_mean(a, sds):
    """Against the integral of the density, which is nearly normal."""
    x = a * (1.0 + sds / np.sqrt(a))
    of = Gammas(np.array([a]), np.zeros(1))
    with mpmath.workdps(40):
        scale, place = 1 / mpmath.sqrt(a), (mpmath.mpf(x) - a) / mpmath.sqrt(a)

        def density(u):
            return mpmath.exp(a * (mpmath.log1p(u * scale) - u * scale)) / (1 + u * scale)

        below, above = mpmath.quad(density, [-14, -9, place]), mpmath.quad(density, [place, 9, 14])
    got = of.cdf(np.log(np.array([x])))[0], of.sf(np.log(np.array([x])))[0]
    total = below + above
    rel = 1e-9 + 30.0 * abs(sds) * np.sqrt(a) * 2e-16  # the log of x is rounded
    assert got == pytest.approx((float(below / total), float(above / total)), rel=rel)


@pytest.mark.parametrize("name", ["betas", "gammas", "normals"])
def test_theta_and_z_agree(name):
    of = each()[name]
    z, step = np.array([-5.0, -0.3, 0.0, 1.7, 4.0]), 1e-5
    rise = (of.theta(z + step) - of.theta(z - step)) / (2.0 * step)
    np.testing.assert_allclose(np.exp(of.log_rise(z)), rise, rtol=1e-4)
    np.testing.assert_allclose(of.line(of.theta(z)), z, atol=1e-8)
    np.testing.assert_array_equal(of.at(z), of.theta(z))
    low, high = of.limits
    np.testing.assert_array_equal(of.at(np.array([low, high])), of.support)


@pytest.mark.parametrize("name", ["betas", "gammas", "normals"])
def test_joined_parts_are_the_whole(name):
    of = each()[name]
    rows = type(of).joined([of.part(slice(0, 3)), of.part(slice(3, None))])
    z = of.middle + 0.7 * of.spread
    np.testing.assert_array_equal(rows.cdf(z), of.cdf(z))
    np.testing.assert_array_equal(rows.mean, of.mean)
    away = of.from_origin - of.mean
    np.testing.assert_allclose(away, away[0], atol=1e-9)


@pytest.mark.parametrize("name", ["betas", "gammas", "normals"])
def test_the_shape_at_an_end_tells_the_density_there(name):
    of = each()[name]
    for end, shape in of.ends:
        near = of.line(np.array(np.abs(end - 1e-12)))
        far = of.line(np.array(np.abs(end - 1e-9)))
        falls = of.log_density(near) - of.log_rise(near) < of.log_density(far) - of.log_rise(far)
        np.testing.assert_array_equal(falls[shape != 1.0], (shape > 1.0)[shape != 1.0])
