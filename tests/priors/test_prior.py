"""The joint prior: by name, from components, as text; and what is refused."""

import numpy as np
import pytest

import partialpool as pp
from designs import fitted
from partialpool.priors import named, resolve

NAN, INF = float("nan"), float("inf")


def test_default_and_names():
    assert next(iter(named())) == "uniform-shrinkage"
    for name, prior in named().items():
        assert resolve(name) == prior
        assert prior.name == name
    assert resolve(pp.Prior()) == resolve(pp.Prior(mean=pp.Beta(1, 1), concentration=pp.UniformShrinkage()))


def test_uniform_shrinkage_takes_the_harmonic_mean_of_the_trials():
    """Over groups with data, by the design alone."""
    for y in ([0, 1, 5, 0], [1, 3, 2, 0]):
        fit = fitted(y, [2, 4, 8, 0], "uniform-shrinkage")
        assert fit.model.prior.concentration.scale == pytest.approx(3 / (1 / 2 + 1 / 4 + 1 / 8), rel=1e-15)
    assert fitted([1, 2], [3, 4], pp.Prior(concentration=pp.UniformShrinkage(9))).model.prior.concentration.scale == 9


@pytest.mark.parametrize(
    ("prior", "lines"),
    [
        (
            "bda",
            [
                "prior bda",
                "p(alpha, beta)          ~  (alpha+beta)^(-5/2)",
                "p(mean, concentration)  ~  concentration^(-3/2)",
                "mean: mean^0 at 0, (1-mean)^0 at 1",
                "concentration: ^-3/2 at 0, ^-3/2 at infinity",
            ],
        ),
        (
            "uniform-shrinkage",
            [
                "p(alpha, beta)          ~  1/(n0 + (alpha+beta))^2 (alpha+beta)^(-1)",
                "p(mean, concentration)  ~  1/(n0 + concentration)^2",
                "concentration: ^0 at 0, ^-2 at infinity",
            ],
        ),
        ("morris", ["(alpha+beta)^(-3)", "concentration^(-2)"]),
        (
            pp.Prior(mean=pp.Beta(2, 8), concentration=pp.Gamma(2, 0.1)),
            ["mean (1-mean)^7 concentration exp(-0.1 concentration)", "mean: mean^1 at 0, (1-mean)^7 at 1"],
        ),
        (
            pp.Prior(alpha=pp.Exponential(1), beta=pp.Pareto(1, 1.5)),
            ["exp(-1 alpha) beta^(-5/2) [beta > 1]", "alpha: ^0 at 0, vanishes at infinity", "beta: vanishes at 0"],
        ),
    ],
)
def test_print_shows_both_forms_and_the_exponents(prior, lines):
    text = str(resolve(prior))
    for line in lines:
        assert line in text
    assert "p(alpha, beta)" in text
    assert "p(mean, concentration)" in text


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: pp.Beta(-1, 1), "a and b must be 0 or more"),
        (lambda: pp.Beta(NAN, 1), "a must be a finite number"),
        (lambda: pp.Beta("1", 1), "a must be a finite number"),
        (lambda: pp.Gamma(0, 1), "shape must be a finite number above 0"),
        (lambda: pp.Gamma(1, -1), "rate must be a finite number above 0, not -1"),
        (lambda: pp.Exponential(INF), "rate must be a finite number above 0"),
        (lambda: pp.LogNormal(INF, 1), "mu must be a finite number"),
        (lambda: pp.LogNormal(0, 0), "sigma must be a finite number above 0"),
        (lambda: pp.HalfCauchy(0), "scale must be a finite number above 0"),
        (lambda: pp.HalfNormal(-2), "scale must be a finite number above 0"),
        (lambda: pp.HalfNormal(True), "scale must be a finite number above 0"),
        (lambda: pp.Pareto(0, 1), "minimum must be a finite number above 0"),
        (lambda: pp.Pareto(1, None), "shape must be a finite number above 0"),
        (lambda: pp.Power(NAN), "exponent must be a finite number"),
        (lambda: pp.Uniform(2, 1), "needs 0 <= lo < hi"),
        (lambda: pp.Uniform(-1, 1), "needs 0 <= lo < hi"),
        (lambda: pp.Uniform(0, INF), "hi must be a finite number"),
        (lambda: pp.UniformShrinkage(0), "scale must be a finite number above 0"),
        (
            lambda: pp.Prior(mean=pp.Gamma(1, 1)).joint("proportions"),
            r"does not fit the mean of proportions, which lies in \(0, 1\)",
        ),
        (lambda: pp.Prior(mean=pp.Uniform(0, 2)).joint("proportions"), "does not fit the mean of proportions"),
        (lambda: pp.Prior(concentration=pp.Beta(1, 1)), r"lies in \(0, 1\) and does not fit concentration"),
        (lambda: pp.Prior(alpha=pp.Beta(1, 1), beta=pp.Gamma(1, 1)), "does not fit alpha"),
        (lambda: pp.Prior(alpha=pp.Gamma(1, 1)), "A prior on alpha needs one on beta too"),
        (lambda: pp.Prior(beta=pp.Gamma(1, 1)), "A prior on alpha needs one on beta too"),
        (lambda: pp.Prior(alpha=pp.Gamma(1, 1), mean=pp.Beta(1, 1)), "not a mixture of both"),
        (lambda: pp.Prior(concentration=2.5), r"must be a density such as Gamma\(2, 0\.1\), not 2\.5"),
        (
            lambda: pp.Prior(concentration=pp.HalfCauchy(1, on="precision")),
            'concentration, sd, variance, not "precision"',
        ),
        (
            lambda: pp.Prior(alpha=pp.Gamma(1, 1, on="sd"), beta=pp.Gamma(1, 1)),
            'a prior on alpha can be on alpha, not "sd"',
        ),
    ],
)
def test_refused(make, said):
    with pytest.raises(pp.PriorError, match=said):
        make()


@pytest.mark.parametrize(
    ("prior", "said"),
    [
        ("half-cauchy", r'There is no prior named "half-cauchy"\. Did you mean "half-cauchy-sd"\?'),
        ("flat", r'There is no prior named "flat"\. That is a prior of estimates\. Named priors'),
        ("xyzzy", "Named priors: uniform-shrinkage, bda"),
        (None, "prior must be a name or a Prior"),
        (pp.Beta(1, 1), "A density alone is the prior of the sd of estimates"),
    ],
)
def test_names_that_do_not_exist(prior, said):
    with pytest.raises(pp.PriorError, match=said):
        fitted([1, 2], [5, 5], prior)


def test_densities_and_priors_are_frozen_values():
    assert pp.Gamma(2, 0.1) == pp.Gamma(2, 0.1) != pp.Gamma(2, 0.2)
    with pytest.raises(AttributeError):
        pp.Gamma(2, 0.1).shape = 3
    with pytest.raises(AttributeError):
        pp.Prior().name = "mine"


# --- a density of the user's own -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pdf", "said"),
    [
        (lambda x: -np.exp(-x), "a density must be a finite number, 0 or more"),
        (lambda x: np.sin(x) * np.exp(-x), "a density must be a finite number, 0 or more"),
        (lambda x: np.nan * x, "is nan at"),
        (lambda x: np.where(x > 5, np.nan, np.exp(-x)), "is nan at"),
        (lambda x: np.where(x > 5, np.inf, np.exp(-x)), "is inf at"),
        (lambda x: 0.0 * x, "is 0 everywhere"),
        (lambda x: 1.0 + 0.0 * x, "is not normalisable"),
        (lambda x: 1 / (1 + x), "is not normalisable"),
        (lambda x: 1 / (x * (1 + x)), "is not normalisable"),
        (lambda x: x**-2.0, "is not normalisable"),
        ("exp(-x)", "pdf must be a function"),
    ],
)
def test_densities_of_a_user_that_are_refused(pdf, said):
    with pytest.raises(pp.PriorError, match=said):
        pp.Custom(pdf)


@pytest.mark.parametrize("pdf", [lambda x: 1 / (x * (1 - x)), lambda x: (1 - x) ** -1.0, lambda x: x**-1.5])
def test_densities_of_a_mean_that_are_refused(pdf):
    with pytest.raises(pp.PriorError, match=r"is not normalisable|is inf at"):
        pp.Custom(pdf, (0.0, 1.0))


def test_a_density_of_a_mean_may_grow_without_bound_if_its_mass_is_finite():
    """Jeffreys' x^(-1/2) (1-x)^(-1/2): where x rounds to 1 it is infinite, but nowhere inside."""
    own = pp.Custom(lambda x: (x * (1 - x)) ** -0.5, (0.0, 1.0))
    assert own.at_zero == pytest.approx(-0.5, abs=1e-6)
    assert own.at_infinity == pytest.approx(-0.5, abs=1e-3)


@pytest.mark.parametrize("within", [(1.0, 1.0), (2.0, 1.0), (-1.0, 1.0), (NAN, 1.0)])
def test_supports_that_are_refused(within):
    with pytest.raises(pp.PriorError, match="support must be"):
        pp.Custom(lambda x: np.exp(-x), within)


ALIKE = {
    "gamma": (lambda k: k * np.exp(-k / 10), pp.Prior(concentration=pp.Gamma(2, 0.1))),
    "half-cauchy": (lambda k: 5 / (1 + (k / 10) ** 2), pp.Prior(concentration=pp.HalfCauchy(10))),
    "shrinkage": (lambda k: (20 + k) ** -2.0, pp.Prior(concentration=pp.UniformShrinkage(20))),
    "beta": (pp.Prior(mean=lambda m: m * (1 - m) ** 7), pp.Prior(mean=pp.Beta(2, 8))),
    "on sd": (
        pp.Prior(concentration=pp.Custom(lambda s: 1 / (1 + s**2), on="sd")),
        pp.Prior(concentration=pp.HalfCauchy(1, on="sd")),
    ),
}


@pytest.mark.parametrize("name", ALIKE)
def test_a_density_of_a_user_equals_the_one_that_it_copies(name):
    own, known = ALIKE[name]
    own = own if isinstance(own, pp.Prior) else pp.Prior(concentration=own)
    data = [0, 2, 7, 3], [4, 9, 12, 20]
    one, other = fitted(*data, own), fitted(*data, known)
    error = one.accuracy.mean + other.accuracy.mean + 1e-13
    error_sd = one.accuracy.sd + other.accuracy.sd + 1e-13
    for table, same in (
        (one.group_columns(), other.group_columns()),
        (one.population_columns(), other.population_columns()),
    ):
        assert table["mean"] == pytest.approx(same["mean"], rel=error, abs=0, nan_ok=True)
        assert table["sd"] == pytest.approx(same["sd"], rel=error_sd, abs=0, nan_ok=True)
        for column in ("lower", "median", "upper"):
            assert table[column] == pytest.approx(same[column], rel=1e-7)


def test_a_density_of_a_user_prints_its_name():
    def mine(k):
        return np.exp(-k)

    assert "mine(concentration)" in str(pp.Prior(concentration=mine))
    assert "pdf(concentration)" in str(pp.Prior(concentration=lambda k: np.exp(-k)))


def test_a_density_that_fails_where_it_was_not_checked():
    """It is checked again wherever it is evaluated."""
    narrow = pp.Custom(lambda k: np.where(np.abs(k - 7) < 1e-3, -1.0, np.exp(-k)))
    with pytest.raises(pp.PriorError, match=r"is -1\.0 at 7"):
        narrow.log_pdf(np.log([7.0]), np.log([7.0]))
