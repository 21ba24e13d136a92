"""The joint prior of estimates and measurements: scales, defaults from the design, text and refusals."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

import partialpool as pp
from partialpool.priors import NormalPrior, named, resolve
from partialpool.priors.component import SCALES
from printed import value

INF = math.inf
TAU = np.geomspace(0.05, 40, 25)
SE2 = np.array([225.0, 100, 256, 121, 81, 121, 100, 324])
S2 = 8 / np.sum(1 / SE2)


def estimates(**parts):
    return pp.Prior(**parts).joint("estimates")


def measurements(**parts):
    return pp.Prior(**parts).joint("measurements")


# density on its own scale -> log density by another hand
DENSITIES = [
    (pp.HalfCauchy, (3,), stats.halfcauchy(scale=3).logpdf),
    (pp.HalfStudentT, (4, 2.5), lambda x: stats.t(4, scale=2.5).logpdf(x) + math.log(2)),
    (pp.InverseGamma, (2, 3), stats.invgamma(2, scale=3).logpdf),
    (pp.Gamma, (2, 0.4), stats.gamma(2, scale=2.5).logpdf),
    (pp.Exponential, (0.3,), stats.expon(scale=1 / 0.3).logpdf),
    (pp.HalfNormal, (4,), stats.halfnorm(scale=4).logpdf),
    (pp.LogNormal, (0.5, 1.2), stats.lognorm(1.2, scale=math.exp(0.5)).logpdf),
    (pp.UniformShrinkage, (2,), stats.betaprime(1, 1, scale=2).logpdf),
    (pp.DuMouchel, (2,), stats.betaprime(1, 1, scale=2).logpdf),
    (pp.Pareto, (0.0005, 1.5), stats.pareto(1.5, scale=0.0005).logpdf),
    (pp.Uniform, (0, 2000), stats.uniform(0, 2000).logpdf),
    (pp.Flat, (), lambda x: 0 * x),
    (pp.Power, (-1.25,), lambda x: -1.25 * np.log(x)),
]


@pytest.mark.parametrize(("kind", "numbers", "log_pdf"), DENSITIES, ids=[kind.__name__ for kind, *_ in DENSITIES])
@pytest.mark.parametrize("parameter", ["sd", "sigma"])
@pytest.mark.parametrize("scale", ["sd", "variance", "precision"])
def test_a_density_of_another_scale_has_the_jacobian(kind, numbers, log_pdf, parameter, scale):
    """A density of the variance v = sd^2 is 2 sd p(sd^2) for the sd; of the precision, 2 sd^-3 p(sd^-2)."""
    prior = measurements(**{parameter: kind(*numbers, on=scale)})
    part = getattr(prior, parameter)
    power = SCALES["sd"][scale]
    expected = log_pdf(TAU**power) + math.log(abs(power)) + (power - 1) * np.log(TAU)
    assert part.log_pdf(np.log(TAU)) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("kind", "numbers", "_"), DENSITIES, ids=[kind.__name__ for kind, *_ in DENSITIES])
@pytest.mark.parametrize("scale", ["sd", "variance", "precision"])
def test_exponents_are_slopes_and_proper_densities_have_mass_one(kind, numbers, _, scale):
    part = estimates(sd=kind(*numbers, on=scale)).sd
    low, high = part.support
    for t, sign, exponent, end in ((-90.0, 1, part.at_zero, low), (90.0, -1, part.at_infinity, high)):
        if end not in (0, INF):
            assert exponent == INF
        elif exponent < INF:
            near, far = part.log_pdf(np.array([t, t + 1.0]))
            assert sign * (far - near) == pytest.approx(exponent, abs=1e-6)
        else:
            near, far = part.log_pdf(np.array([t, t + 1.0]))
            assert sign * (far - near) > 20 or not np.isfinite(far - near)
    if part.is_power:
        return
    edges = np.linspace(-60, 60, 61)
    edges = np.unique(np.concatenate([edges, [math.log(end) for end in part.support if 0 < end < INF]]))
    mass = sum(
        integrate.quad(lambda t: math.exp(float(part.log_pdf_anywhere(np.array(t))) + t), a, b, epsabs=1e-12)[0]
        for a, b in pairwise(edges)
    )
    assert mass == pytest.approx(1.0, abs=1e-8)


def test_a_density_cut_off_at_one_vanishes_beyond():
    part = estimates(sd=pp.Uniform(0, 1)).sd
    assert (part.at_zero, part.at_infinity, part.support) == (0, INF, (0, 1))
    inverted = estimates(sd=pp.Uniform(0, 1, on="precision")).sd
    assert (inverted.at_zero, inverted.at_infinity, inverted.support) == (INF, 3, (1, INF))
    assert part.log_pdf_anywhere(np.log([0.5, 1.5])).tolist() == [0.0, -INF]
    proportions = pp.Prior(concentration=pp.Uniform(0, 1)).joint("proportions")
    assert proportions.part("concentration").at_infinity == INF


# --- what the design fills in --------------------------------------------------------------------------------------


def test_the_default_of_estimates():
    """p(tau) ~ tau / (s0^2 + tau^2)^2, s0^2 the harmonic mean of se^2 over groups with se > 0."""
    prior = estimates().for_design(np.append(SE2, 0.0))
    assert prior.sd.density.scale == pytest.approx(S2, rel=1e-14)
    expected = np.log(2 * S2 * TAU) - 2 * np.log(S2 + TAU**2)
    assert prior.sd.log_pdf(np.log(TAU)) == pytest.approx(expected, rel=1e-12)
    assert (prior.sd.at_zero, prior.sd.at_infinity) == (1, 3)
    assert prior.sigma is None
    assert prior.mean == pp.Flat()
    assert prior.family == "estimates"
    assert not prior.relative


def test_the_shrinkage_of_a_typical_estimate_is_uniform():
    """In whichever scale it is stated, s0^2/(s0^2 + tau^2) has density 1."""
    for scale in ("variance", "precision"):
        part = estimates(sd=pp.UniformShrinkage(on=scale)).for_design(SE2).sd
        jacobian = 2 * TAU * S2 / (S2 + TAU**2) ** 2
        assert np.exp(part.log_pdf(np.log(TAU))) == pytest.approx(jacobian, rel=1e-12)


def test_dumouchel():
    prior = named("estimates")["dumouchel"].for_design(SE2)
    s0 = math.sqrt(S2)
    assert np.exp(prior.sd.log_pdf(np.log(TAU))) == pytest.approx(s0 / (s0 + TAU) ** 2, rel=1e-12)
    assert np.exp(estimates(sd=pp.UniformShrinkage()).for_design(SE2).sd.log_pdf(np.log(TAU))) == pytest.approx(
        s0 / (s0 + TAU) ** 2, rel=1e-12
    )


def test_jeffreys():
    prior = named("estimates")["jeffreys"].for_design(np.append(SE2, 0.0))
    expected = np.sqrt(np.sum((TAU / (SE2[:, None] + TAU**2)) ** 2, axis=0))
    assert np.exp(prior.sd.log_pdf(np.log(TAU))) == pytest.approx(expected, rel=1e-12)
    part = prior.sd
    for t, exponent in ((-90.0, part.at_zero), (90.0, -part.at_infinity)):
        assert float(np.diff(part.log_pdf(np.array([t, t + 1])))[0]) == pytest.approx(exponent, abs=1e-9)
    assert part.log_pdf(np.array(0.3)).shape == ()
    assert part.log_pdf(np.zeros((2, 3))).shape == (2, 3)


def test_jeffreys_of_more_groups_than_fit_in_a_block():
    se2 = np.random.default_rng(3).uniform(1, 9, 3000)
    part = estimates(sd=pp.Jeffreys()).for_design(np.append(se2, se2)).sd
    expected = np.sqrt(2 * np.sum((TAU / (se2[:, None] + TAU**2)) ** 2, axis=0))
    assert np.exp(part.log_pdf(np.log(TAU))) == pytest.approx(expected, rel=1e-12)


def test_the_default_of_measurements():
    """(1/sigma) r / (1/n0 + r^2)^2 with respect to d mean d r d sigma, r = tau/sigma."""
    n = np.array([4.0, 6, 6, 8])
    n0 = 4 / np.sum(1 / n)
    prior = measurements().for_design(n)
    expected = np.log(2 / n0 * TAU) - 2 * np.log(1 / n0 + TAU**2)
    assert prior.relative
    assert prior.sd.log_pdf(np.log(TAU)) == pytest.approx(expected, rel=1e-12)
    assert prior.sigma.log_pdf(np.log(TAU)) == pytest.approx(-np.log(TAU), rel=1e-12)
    assert prior.family == "measurements"
    on_ratio = measurements(sd=pp.UniformShrinkage(on="ratio")).for_design(n).sd
    assert on_ratio.density.scale == pytest.approx(n0**-0.5, rel=1e-14)


def test_the_reference_prior_of_measurements():
    prior = resolve("reference", "measurements")
    assert not prior.relative
    assert prior.for_design(np.array([4.0, 6])) == prior
    sigma = np.geomspace(0.1, 9, 25)
    assert prior.log_density(0 * TAU, np.log(TAU), np.log(sigma)) == pytest.approx(-np.log(sigma), rel=1e-12)


def test_what_is_given_stays():
    prior = estimates(sd=pp.UniformShrinkage(7, on="variance"))
    assert prior.for_design(SE2) == prior
    assert prior.for_design(np.array([0.0])) == prior
    with pytest.raises(pp.PriorError, match="takes its scale from the groups' standard errors, and all are 0"):
        estimates().for_design(np.array([0.0, 0.0]))
    with pytest.raises(pp.PriorError, match="no standard errors yet"):
        estimates(sd=pp.Jeffreys()).sd.log_pdf(np.zeros(1))


def test_extreme_standard_errors():
    prior = estimates().for_design(np.array([1e-300, 1e300]))
    assert prior.sd.density.scale == pytest.approx(2e-300, rel=1e-14)
    assert np.isfinite(prior.sd.log_pdf(np.array([-500.0, 0.0, 500.0]))).all()


# --- the joint density and its text --------------------------------------------------------------------------------

ESTIMATES = {
    "default": {},
    "flat": {"sd": pp.Flat()},
    "normal mean": {"mean": pp.Normal(-1, 4), "sd": pp.HalfCauchy(5)},
    "on the variance": {"sd": pp.InverseGamma(0.5, 0.1, on="variance")},
    "on the precision": {"sd": pp.Gamma(2, 3, on="precision")},
    "power of the variance": {"sd": pp.Power(-1, on="variance")},
    "half-t": {"mean": pp.Normal(0, 4), "sd": pp.HalfStudentT(4, 2.5)},
    "dumouchel": {"sd": pp.DuMouchel()},
    "cut off": {"sd": pp.Uniform(0, 100)},
    "own": {"sd": lambda t: 1 / (1 + t) ** 2},
}
MEASUREMENTS = {
    "default": {},
    "reference": {"sd": pp.Flat(), "sigma": pp.Power(-1)},
    "normal mean": {"mean": pp.Normal(2, 4), "sd": pp.HalfNormal(3), "sigma": pp.HalfNormal(4)},
    "sigma on the precision": {"sigma": pp.Gamma(2, 3, on="precision")},
    "power of sigma's variance": {"sigma": pp.Power(-1, on="variance")},
    "flat on the ratio": {"sd": pp.Flat(on="ratio")},
    "flat on the squared ratio": {"sd": pp.Flat(on="squared-ratio"), "sigma": pp.Exponential(1)},
    "half-cauchy on the ratio": {"sd": pp.HalfCauchy(1, on="ratio")},
    "exponential on the squared ratio": {"sd": pp.Exponential(2, on="squared-ratio"), "sigma": pp.LogNormal(0, 1)},
}


def own(t):
    return 1 / (1 + t) ** 2


@pytest.mark.parametrize("name", ESTIMATES)
def test_estimates_print_the_density_that_they_have(name):
    prior = estimates(**ESTIMATES[name])
    filled = prior.for_design(np.array([2.0, 3.0]))
    mean = np.linspace(-3, 4, len(TAU))
    exact = filled.log_density(mean, np.log(TAU))
    inside = exact > -600
    assert inside.sum() > 10
    exact, mean, tau = exact[inside], mean[inside], TAU[inside]
    numbers = {"s0": math.sqrt(2.4), "pdf": own}
    text = np.log([value(prior.formula, mean=m, sd=t, **numbers) for m, t in zip(mean, tau, strict=True)])
    assert np.ptp(text - exact) < 1e-10


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_measurements_print_the_density_that_they_have(name):
    """With respect to d sd, and where it is stated on the ratio also to d ratio: d sd = sigma d ratio."""
    prior = measurements(**MEASUREMENTS[name])
    filled = prior.for_design(np.array([2.0, 3.0]))
    mean, sigma = np.linspace(-3, 4, len(TAU)), np.geomspace(9, 0.3, len(TAU))
    exact = filled.log_density(mean, np.log(TAU), np.log(sigma))
    inside = exact > -600
    assert inside.sum() > 10
    points = list(zip(mean, TAU, sigma, strict=True))
    texts = [(prior.formula, 0.0)]
    if prior.relative:
        texts.append((prior.formula_ratio, -np.log(sigma)))
    else:
        assert prior.formula_ratio == ""
    for text, jacobian in texts:
        read = np.array([value(text, mean=m, sd=t, sigma=s, ratio=t / s, n0=2.4) for m, t, s in points])
        assert np.ptp((np.log(read[inside]) - exact[inside]) + (jacobian + 0 * exact)[inside]) < 1e-10


@pytest.mark.parametrize(
    ("prior", "lines"),
    [
        (
            named("estimates")["uniform-shrinkage"],
            [
                "prior uniform-shrinkage",
                "  p(mean, sd)  ~  1/(s0^2 + sd^2)^2 sd",
                "  mean: ^0 at both ends",
                "  sd: ^1 at 0, ^-3 at infinity",
            ],
        ),
        (
            named("estimates")["jeffreys"],
            [
                "prior jeffreys",
                "  p(mean, sd)  ~  sqrt(sum_j (sd/(s_j^2 + sd^2))^2)",
                "  mean: ^0 at both ends",
                "  sd: ^1 at 0, ^-1 at infinity",
            ],
        ),
        (
            pp.Prior(mean=pp.Normal(0, 5)),
            [
                "prior",
                "  p(mean, sd)  ~  exp(-(mean/5)^2 / 2) 1/(s0^2 + sd^2)^2 sd",
                "  mean: vanishes at both ends",
                "  sd: ^1 at 0, ^-3 at infinity",
            ],
        ),
        (
            named("measurements")["uniform-shrinkage"],
            [
                "prior uniform-shrinkage",
                "  p(mean, ratio, sigma)  ~  1/(1/n0 + ratio^2)^2 ratio sigma^(-1),  ratio = sd/sigma",
                "  p(mean, sd, sigma)     ~  1/(1/n0 + (sd/sigma)^2)^2 (sd/sigma) sigma^(-2)",
                "  mean: ^0 at both ends",
                "  ratio: ^1 at 0, ^-3 at infinity",
                "  sigma: ^-1 at 0, ^-1 at infinity",
            ],
        ),
        (
            named("measurements")["reference"],
            [
                "prior reference",
                "  p(mean, sd, sigma)  ~  sigma^(-1)",
                "  mean: ^0 at both ends",
                "  sd: ^0 at 0, ^0 at infinity",
                "  sigma: ^-1 at 0, ^-1 at infinity",
            ],
        ),
    ],
)
def test_print(prior, lines):
    assert str(prior).splitlines() == lines


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: pp.Prior(mean=pp.StudentT(3, 0, 1), sd=pp.Flat()), "takes? a flat or normal prior, Flat"),
        (lambda: pp.Prior(mean=pp.Gamma(1, 1), sd=pp.Flat()), "flat or normal"),
        (lambda: pp.Prior(mean=pp.StudentT(3, 0, 1)).joint("estimates"), "flat or normal"),
        (lambda: estimates(mean=lambda m: np.exp(-m)), "flat or normal"),
        (lambda: pp.Prior(mean=3, sd=pp.Flat()), "must be a density such as"),
        (lambda: pp.Prior(sd=pp.Beta(1, 1)), "does not fit sd"),
        (lambda: pp.Prior(sd=pp.Normal(0, 1)), "lies in the whole line and does not fit sd"),
        (lambda: pp.Prior(sd=pp.Flat(on="concentration")), 'can be on sd, variance, precision, not "concentration"'),
        (lambda: pp.Prior(sigma=pp.Flat(on="ratio")), 'can be on sigma, sd, variance, precision, not "ratio"'),
        (
            lambda: estimates(sd=pp.HalfCauchy(1, on="ratio")),
            'can be on sd, variance, precision, not "ratio"',
        ),
        (lambda: measurements(sd=pp.UniformShrinkage(on="variance")), "nothing in the design sets that of sd"),
        (lambda: measurements(sd=pp.DuMouchel()), "nothing in the design sets that of sd"),
        (lambda: measurements(sigma=pp.UniformShrinkage()), "nothing in the design sets that of sigma"),
        (lambda: measurements(sd=pp.Jeffreys()), "fits the sd of estimates, nothing else"),
        (lambda: estimates(sd=pp.Jeffreys(on="variance")), "fits the sd of estimates, nothing else"),
        (lambda: estimates(sigma=pp.Flat()), "This prior is on sigma; estimates take mean and sd"),
        (lambda: estimates(concentration=pp.Flat()), "This prior is on concentration; estimates take mean and sd"),
    ],
)
def test_refused(make, said):
    with pytest.raises(pp.PriorError, match=said):
        make()


def test_a_bare_sd_on_the_ratio_is_for_measurements():
    assert "p(mean, ratio, sigma)" in str(pp.Prior(sd=pp.HalfCauchy(1, on="ratio")))
    assert isinstance(measurements(sd=pp.HalfCauchy(1, on="ratio")), NormalPrior)
