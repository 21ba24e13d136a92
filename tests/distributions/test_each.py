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
