"""Every density of a positive parameter or of a mean: mass one, an independent formula, and its exponents."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

import partialpool as pp
import printed
from partialpool.priors import Prior, named

INF = math.inf

# name -> (density, log density by another hand, its exponents at the ends)
POSITIVE = {
    "Gamma(2.5, 0.1)": (pp.Gamma(2.5, 0.1), stats.gamma(2.5, scale=10).logpdf, 1.5, INF),
    "Gamma(0.3, 4)": (pp.Gamma(0.3, 4), stats.gamma(0.3, scale=0.25).logpdf, -0.7, INF),
    "Exponential(0.05)": (pp.Exponential(0.05), stats.expon(scale=20).logpdf, 0, INF),
    "LogNormal(2, 1.5)": (pp.LogNormal(2, 1.5), stats.lognorm(1.5, scale=math.exp(2)).logpdf, INF, INF),
    "HalfCauchy(7)": (pp.HalfCauchy(7), stats.halfcauchy(scale=7).logpdf, 0, 2),
    "HalfNormal(7)": (pp.HalfNormal(7), stats.halfnorm(scale=7).logpdf, 0, INF),
    "Pareto(3, 1.5)": (pp.Pareto(3, 1.5), stats.pareto(1.5, scale=3).logpdf, INF, 2.5),
    "Uniform(2, 50)": (pp.Uniform(2, 50), stats.uniform(2, 48).logpdf, INF, INF),
    "Uniform(0, 50)": (pp.Uniform(0, 50), stats.uniform(0, 50).logpdf, 0, INF),
    "UniformShrinkage(12)": (pp.UniformShrinkage(12), stats.betaprime(1, 1, scale=12).logpdf, 0, 2),
    "DuMouchel(3)": (pp.DuMouchel(3), stats.betaprime(1, 1, scale=3).logpdf, 0, 2),
    "HalfStudentT(4, 2.5)": (pp.HalfStudentT(4, 2.5), lambda x: stats.t(4, scale=2.5).logpdf(x) + math.log(2), 0, 5),
    "HalfStudentT(0.5, 7)": (pp.HalfStudentT(0.5, 7), lambda x: stats.t(0.5, scale=7).logpdf(x) + math.log(2), 0, 1.5),
    "InverseGamma(2, 3)": (pp.InverseGamma(2, 3), stats.invgamma(2, scale=3).logpdf, INF, 3),
    "InverseGamma(0.5, 0.1)": (pp.InverseGamma(0.5, 0.1), stats.invgamma(0.5, scale=0.1).logpdf, INF, 1.5),
    "Custom": (pp.Custom(lambda x: 4 * x * np.exp(-2 * x)), stats.gamma(2, scale=0.5).logpdf, 1, INF),
}
UNIT = {
    "Beta(1, 1)": (pp.Beta(1, 1), stats.beta(1, 1).logpdf, 0, 0),
    "Beta(0.5, 3)": (pp.Beta(0.5, 3), stats.beta(0.5, 3).logpdf, -0.5, 2),
    "Beta(20, 90)": (pp.Beta(20, 90), stats.beta(20, 90).logpdf, 19, 89),
    "Uniform(0.25, 0.5)": (pp.Uniform(0.25, 0.5), stats.uniform(0.25, 0.25).logpdf, INF, INF),
    "Uniform(0, 1)": (pp.Uniform(0, 1), stats.uniform(0, 1).logpdf, 0, 0),
}
IMPROPER = {
    "Power(-1.5)": (pp.Power(-1.5), lambda x: -1.5 * np.log(x), -1.5, 1.5),
    "Power(2)": (pp.Power(2), lambda x: 2 * np.log(x), 2, -2),
    "Flat()": (pp.Flat(), lambda x: 0 * x, 0, 0),
}
ALL = {**POSITIVE, **IMPROPER}


def inside(density):
    """Points of the support, far apart."""
    low, high = density.support
    x = np.geomspace(1e-12, 1e12, 49) if high > 1 else np.linspace(0.001, 0.999, 49)
    return x[(x > low) & (x < high)]


def log_pdf(density, x):
    return density.log_pdf(np.log(x), np.log1p(-x) if density.support[1] <= 1 else np.log(x))


@pytest.mark.parametrize("name", [*ALL, *UNIT])
def test_the_formula(name):
    density, formula, _, _ = {**ALL, **UNIT}[name]
    x = inside(density)
    x = x[formula(x) > -700]
    assert len(x) >= 3
    assert log_pdf(density, x) == pytest.approx(formula(x), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", [*POSITIVE, *UNIT])
def test_mass_one(name):
    density = {**POSITIVE, **UNIT}[name][0]
    low, high = (math.log(end) if 0 < end < INF else None for end in density.support)

    def height(t):
        x = math.exp(t)
        log_rest = np.array(math.log1p(-x) if x < 1 else 0.0)
        return math.exp(float(density.log_pdf(np.array(t), log_rest)) + t)

    ends = (-120.0 if low is None else low, 120.0 if high is None else min(high, -1e-16) if name in UNIT else high)
    middle = np.linspace(*ends, 41)
    mass = sum(integrate.quad(height, a, b, epsabs=1e-13, limit=200)[0] for a, b in pairwise(middle))
    assert mass == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("name", ALL)
def test_the_exponents_are_the_slopes_at_the_ends(name):
    density, _, at_zero, at_infinity = ALL[name]
    assert (density.at_zero, density.at_infinity) == pytest.approx((at_zero, at_infinity), abs=1e-6)
    low, high = density.support
    if low == 0 and at_zero < INF:
        assert slope(density, -200.0) == pytest.approx(at_zero, abs=1e-6)
    if high == INF and at_infinity < INF:
        assert -slope(density, 200.0) == pytest.approx(at_infinity, abs=1e-6)
    if low == 0 and at_zero == INF:
        assert slope(density, -200.0) > 50
    if high == INF and at_infinity == INF:
        steeper = [slope(density, t) for t in (2.0, 3.5, 5.0)]
        assert steeper[0] > steeper[1] > steeper[2]


def slope(density, t):
    at = np.array([t, t + 1.0])
    first, second = density.log_pdf(at, at)
    return float(second - first)


@pytest.mark.parametrize("name", UNIT)
def test_the_exponents_of_a_mean(name):
    density, _, at_zero, at_one = UNIT[name]
    assert (density.at_zero, density.at_infinity) == (at_zero, at_one)
    if density.support == (0, 1):
        for log_x, log_rest, exponent in (([-60, -61], [0, 0], at_zero), ([0, 0], [-60, -61], at_one)):
            first, second = density.log_pdf(np.array(log_x, float), np.array(log_rest, float))
            assert first - second == pytest.approx(exponent, abs=1e-12)


@pytest.mark.parametrize("name", [name for name in ALL if name not in ("Uniform(2, 50)", "Uniform(0, 50)")])
@pytest.mark.parametrize(("scale", "power"), [("sd", -0.5), ("variance", -1.0), ("concentration", 1.0), (None, 1.0)])
def test_a_density_on_another_scale(name, scale, power):
    """p(concentration) = p(x) |dx/d concentration| with x = concentration^power, and its exponents follow."""
    density, formula, at_zero, at_infinity = ALL[name]
    if name == "Custom":
        density = pp.Custom(density.pdf, on=scale)
    else:
        density = type(density)(*(getattr(density, f) for f in fields(density)), on=scale)
    part = Prior(concentration=density).joint("proportions").part("concentration")
    kappa = np.geomspace(1e-3, 1e3, 25)
    low, high = part.support
    kappa = kappa[(kappa > low) & (kappa < high)]
    kappa = kappa[formula(kappa**power) > -600]
    assert len(kappa) > 2
    expected = formula(kappa**power) + np.log(abs(power)) + (power - 1) * np.log(kappa)
    assert part.log_pdf(np.log(kappa)) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    inner = (at_zero, at_infinity) if power > 0 else (at_infinity, at_zero)
    signs = (1, 1) if power > 0 else (-1, -1)
    low_end = power * signs[0] * inner[0] + power - 1
    high_end = power * signs[1] * inner[1] - power + 1
    assert (part.at_zero, part.at_infinity) == pytest.approx((low_end, high_end), abs=1e-5)


def fields(density):
    return [name for name in density.__dataclass_fields__ if name != "on"]


@pytest.mark.parametrize("name", named())
def test_named_priors_in_alpha_and_beta_have_the_jacobian(name):
    """d mean d concentration = d alpha d beta / (alpha+beta): the two forms that print(prior) shows agree."""
    prior = named()[name].for_design(12.5)
    rng = np.random.default_rng(5)
    alpha, beta = rng.uniform(1, 30, (2, 20))
    whole = alpha + beta
    mean, log_kappa = alpha / whole, np.log(whole)
    exact = prior.log_density(np.log(mean), np.log1p(-mean), log_kappa)
    first = np.log([value(prior.formula_mean_concentration, m, k) for m, k in zip(mean, whole, strict=True)])
    second = np.log([value(prior.formula_alpha_beta, a / (a + b), a + b) for a, b in zip(alpha, beta, strict=True)])
    assert np.ptp(first - exact) < 1e-12
    assert np.ptp(second + np.log(whole) - exact) < 1e-12


COMPOSED = {
    "beta and gamma": Prior(mean=pp.Beta(2, 8), concentration=pp.Gamma(2, 0.1)),
    "beta and log-normal": Prior(mean=pp.Beta(0.5, 0.5), concentration=pp.LogNormal(2, 1.5)),
    "half-normal on sd": Prior(concentration=pp.HalfNormal(0.3, on="sd")),
    "exponential on variance": Prior(concentration=pp.Exponential(2, on="variance")),
    "uniform": Prior(mean=pp.Uniform(0.1, 0.9), concentration=pp.Uniform(0.1, 80)),
    "power on sd": Prior(concentration=pp.Power(0.5, on="sd")),
    "power and beta": Prior(mean=pp.Beta(3, 2), concentration=pp.Power(-2)),
    "half-normal of a half": Prior(concentration=pp.HalfNormal(7.5)),
    "exponential of a half": Prior(concentration=pp.Exponential(1.5)),
    "alpha and beta": Prior(alpha=pp.Gamma(1.5, 0.3), beta=pp.HalfCauchy(4)),
    "powers of alpha and beta": Prior(alpha=pp.Power(-0.5), beta=pp.LogNormal(1, 2)),
}


@pytest.mark.parametrize("name", COMPOSED)
def test_composed_priors_print_the_density_that_they_have(name):
    prior = COMPOSED[name].joint("proportions")
    rng = np.random.default_rng(6)
    alpha, beta = rng.uniform(3, 30, (2, 20))
    whole = alpha + beta
    mean = alpha / whole
    exact = prior.log_density(np.log(mean), np.log1p(-mean), np.log(whole))
    first = np.log([value(prior.formula_mean_concentration, m, k) for m, k in zip(mean, whole, strict=True)])
    second = np.log([value(prior.formula_alpha_beta, m, k) for m, k in zip(mean, whole, strict=True)])
    assert np.ptp(first - exact) < 1e-11
    assert np.ptp(second + np.log(whole) - exact) < 1e-11


def value(formula, mean, concentration):
    """A printed density of proportions."""
    alpha, beta = mean * concentration, (1 - mean) * concentration
    return printed.value(formula, mean=mean, concentration=concentration, alpha=alpha, beta=beta, n0=12.5)


def test_values_are_read_as_they_are_written():
    assert value("mean^2 (1-mean)^(-1/2) [0.1 < mean < 0.9]", 0.25, 3.0) == pytest.approx(0.0625 * 0.75**-0.5)
    assert value("[0.5 < mean]", 0.25, 3.0) == 0.0
    assert value("exp(-((log concentration - 2)/4)^2 / 2) / concentration", 0.5, 1.0) == pytest.approx(math.exp(-0.125))
