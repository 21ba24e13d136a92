"""The joint prior of rates: Jacobians, defaults, text and refusals."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

import partialpool as pp
from partialpool.priors import GammaPrior, named
from printed import value

INF = math.inf

COMPOSED = {
    "uniform-shrinkage": pp.Prior(),
    "jeffreys-mean": pp.Prior(mean=pp.Power(-0.5)),
    "mean": pp.Prior(mean=pp.Gamma(2, 0.5)),
    "mean and rate": pp.Prior(mean=pp.LogNormal(0, 1.5), rate=pp.HalfCauchy(3)),
    "powers of mean and rate": pp.Prior(mean=pp.Power(-0.5), rate=pp.Power(-1.5)),
    "rate": pp.Prior(rate=pp.Gamma(0.1, 1)),
    "shape and rate": pp.Prior(shape=pp.Exponential(1), rate=pp.Gamma(2, 1)),
    "powers of shape and rate": pp.Prior(shape=pp.Power(-0.5), rate=pp.Flat()),
    "shape": pp.Prior(shape=pp.HalfStudentT(3, 2)),
    "mean and shape": pp.Prior(mean=pp.Exponential(2), shape=pp.UniformShrinkage(4)),
    "mean, shape cut off": pp.Prior(mean=pp.Flat(), shape=pp.Uniform(0.5, 20)),
    "shape cut off below": pp.Prior(shape=pp.Pareto(0.5, 1), rate=pp.InverseGamma(1, 2)),
    "own": pp.Prior(mean=lambda m: np.exp(-m), rate=lambda r: r * np.exp(-r)),
}


def joint(name):
    return COMPOSED[name].joint("rates").for_design(2.5)


@pytest.fixture
def points():
    rng = np.random.default_rng(8)
    return rng.uniform(0.2, 6, (2, 40))


@pytest.mark.parametrize("name", COMPOSED)
def test_the_printed_densities_are_the_density_and_have_the_jacobian(name, points):
    """d mean d rate = d shape d rate / rate, and log_density is with respect to d mean d rate."""
    prior = joint(name)
    mean, rate = points
    exact = prior.log_density(np.log(mean), np.log(rate))
    texts = prior.formula_mean_rate, prior.formula_shape_rate
    known = {"pdf": lambda x: math.exp(-x)} if name == "own" else {}
    if name == "own":  # two functions with one name: only the text of the mean's is followed here
        texts = tuple(text.replace("pdf(rate)", "(rate exp(-rate))") for text in texts)
    first, second = (
        np.array([value(text, mean=m, rate=b, shape=m * b, **known) for m, b in zip(mean, rate, strict=True)])
        for text in texts
    )
    inside = np.isfinite(exact)
    assert inside.sum() > 20
    assert np.array_equal(first > 0, inside)
    assert np.ptp(np.log(first[inside]) - exact[inside]) < 1e-11
    assert np.ptp(np.log(second[inside] * rate[inside]) - exact[inside]) < 1e-11


def test_on_shape_and_rate_it_is_the_density_of_shape_and_rate_times_rate(points):
    mean, rate = points
    prior = pp.Prior(shape=pp.Gamma(2, 0.7), rate=pp.HalfNormal(3)).joint("rates")
    expected = stats.gamma(2, scale=1 / 0.7).logpdf(mean * rate) + stats.halfnorm(scale=3).logpdf(rate) + np.log(rate)
    assert prior.log_density(np.log(mean), np.log(rate)) == pytest.approx(expected, rel=1e-12)


def test_on_mean_and_shape_it_is_the_density_of_mean_and_shape_times_mean(points):
    mean, rate = points
    prior = pp.Prior(mean=pp.Exponential(0.7), shape=pp.HalfCauchy(3)).joint("rates")
    expected = stats.expon(scale=1 / 0.7).logpdf(mean) + stats.halfcauchy(scale=3).logpdf(mean * rate) + np.log(mean)
    assert prior.log_density(np.log(mean), np.log(rate)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["mean and rate", "shape and rate", "mean and shape"])
def test_mass_one(name):
    """Over (log mean, log rate), where the density is smooth."""
    prior = joint(name)
    t = np.linspace(-60, 60, 2401)
    s, u = np.meshgrid(t, t, indexing="ij")
    height = np.exp(prior.log_density(s, u) + s + u)
    assert integrate.trapezoid(integrate.trapezoid(height, t), t) == pytest.approx(1.0, abs=2e-4)


def test_uniform_shrinkage_is_uniform_in_the_shrinkage_and_takes_the_exposure():
    prior = pp.Prior().joint("rates")
    assert prior.for_design(2.5).rate.density.scale == 2.5
    assert prior.for_design(2.5).for_design(7.0).rate.density.scale == 2.5
    rate = np.geomspace(0.01, 100, 9)
    share = rate / (rate + 2.5)
    slope = 2.5 / (rate + 2.5) ** 2  # d share / d rate
    assert np.exp(prior.for_design(2.5).rate.log_pdf(np.log(rate))) == pytest.approx(slope, rel=1e-13)
    assert np.all((share > 0) & (share < 1))
    known = pp.Prior(rate=pp.UniformShrinkage(9)).joint("rates").for_design(2.5)
    assert known.rate.density.scale == 9
    no_rate = pp.Prior(shape=pp.Exponential(1)).joint("rates")
    assert no_rate.for_design(2.5) == no_rate


def test_the_exponents_and_supports():
    prior = joint("uniform-shrinkage")
    assert (prior.mean.at_zero, prior.mean.at_infinity) == (-1, 1)
    assert (prior.part("rate").at_zero, prior.part("rate").at_infinity) == (0, 2)
    assert list(prior.parts) == ["mean", "rate"]
    assert prior.supports == ((0, INF), (0, INF))
    cut = pp.Prior(mean=pp.Uniform(1, 3), rate=pp.Pareto(2, 1)).joint("rates")
    assert cut.supports == ((1, 3), (2, INF))
    assert joint("shape and rate").supports == ((0, INF), (0, INF))
    assert joint("mean, shape cut off").part("shape").support == (0.5, 20)
    assert list(joint("shape").parts) == ["mean", "shape"]
    assert joint("shape").rate is None


@pytest.mark.parametrize(
    ("prior", "lines"),
    [
        (
            named("rates")["uniform-shrinkage"],
            [
                "prior uniform-shrinkage",
                "  p(shape, rate)  ~  shape^(-1) 1/(e0 + rate)^2",
                "  p(mean, rate)   ~  mean^(-1) 1/(e0 + rate)^2",
                "  mean: ^-1 at 0, ^-1 at infinity",
                "  rate: ^0 at 0, ^-2 at infinity",
            ],
        ),
        (
            pp.Prior(shape=pp.Exponential(1), rate=pp.Gamma(0.5, 2)),
            [
                "prior",
                "  p(shape, rate)  ~  exp(-1 shape) rate^(-1/2) exp(-2 rate)",
                "  p(mean, rate)   ~  exp(-1 (mean rate)) rate^(-1/2) exp(-2 rate) rate",
                "  shape: ^0 at 0, vanishes at infinity",
                "  rate: ^-1/2 at 0, vanishes at infinity",
            ],
        ),
    ],
)
def test_print(prior, lines):
    assert str(prior).splitlines() == lines


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: GammaPrior.of(mean=pp.Flat(), rate=pp.Flat(), shape=pp.Flat()),
            "takes two of mean, rate and shape",
        ),
        (lambda: pp.Prior(mean=pp.Flat(), rate=pp.Flat(), shape=pp.Flat()), "takes two of mean, rate and shape"),
        (lambda: pp.Prior(mean=pp.Beta(1, 1), rate=pp.Flat()), r"lies in \(0, 1\) and does not fit mean of rates"),
        (lambda: pp.Prior(mean=pp.Normal(0, 1), rate=pp.Flat()), "lies in the whole line and does not fit"),
        (lambda: pp.Prior(rate=pp.Beta(1, 1)), "does not fit rate"),
        (lambda: pp.Prior(rate=pp.Gamma(1, 1, on="sd")), 'a prior on rate can be on rate, not "sd"'),
        (lambda: pp.Prior(shape=pp.UniformShrinkage()), "needs a scale: nothing in the design sets that of shape"),
        (lambda: pp.Prior(rate=pp.Jeffreys()), "fits the sd of estimates, nothing else"),
        (lambda: pp.Prior(sd=pp.Flat()).joint("rates"), "This prior is on sd; rates take mean and rate, or shape and"),
    ],
)
def test_refused(make, said):
    with pytest.raises(pp.PriorError, match=said):
        make()
