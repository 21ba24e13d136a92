"""Densities on the whole line."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

import partialpool as pp

LINES = {
    "Normal(0, 1)": (pp.Normal(0, 1), stats.norm(), math.inf),
    "Normal(-3, 0.2)": (pp.Normal(-3, 0.2), stats.norm(-3, 0.2), math.inf),
    "StudentT(3, 1, 2)": (pp.StudentT(3, 1, 2), stats.t(3, 1, 2), 4.0),
    "StudentT(1e9, 1, 2)": (pp.StudentT(1e9, 1, 2), stats.norm(1, 2), 1e9 + 1),
}


@pytest.mark.parametrize("name", LINES)
def test_the_formula_and_its_mass(name):
    density, other, _ = LINES[name]
    x = other.median() + other.std() * np.linspace(-8, 8, 33)
    assert density.log_pdf(x) == pytest.approx(other.logpdf(x), rel=1e-7 if density.at_infinity == 1e9 + 1 else 1e-12)
    mass = integrate.quad(lambda t: math.exp(float(density.log_pdf(np.array(t)))), -math.inf, math.inf, epsabs=1e-12)[0]
    assert mass == pytest.approx(1.0, abs=1e-9)
    assert density.support == (-math.inf, math.inf)


@pytest.mark.parametrize("name", LINES)
def test_the_exponent_at_infinity(name):
    density, _, exponent = LINES[name]
    assert density.at_infinity == exponent
    if exponent < 100:
        for sign in (1, -1):
            near, far = density.log_pdf(sign * np.array([1e8, 1e9]))
            assert (near - far) / math.log(10) == pytest.approx(exponent, abs=1e-6)


@pytest.mark.parametrize(
    ("density", "text"),
    [
        (pp.Normal(0, 5), "exp(-(mean/5)^2 / 2)"),
        (pp.Normal(2, 0.5), "exp(-((mean - 2)/0.5)^2 / 2)"),
        (pp.Normal(-2, 5), "exp(-((mean + 2)/5)^2 / 2)"),
        (pp.StudentT(4, 1.5, 2), "(1 + ((mean - 3/2)/2)^2/4)^(-5/2)"),
    ],
)
def test_the_text(density, text):
    assert density.formula("mean") == text


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: pp.Normal(math.inf, 1), "mean must be a finite number"),
        (lambda: pp.Normal(0, 0), "sd must be a finite number above 0"),
        (lambda: pp.StudentT(0, 0, 1), "df must be a finite number above 0"),
        (lambda: pp.StudentT(3, None, 1), "mean must be a finite number"),
        (lambda: pp.StudentT(3, 0, -1), "scale must be a finite number above 0"),
        (lambda: pp.HalfStudentT(-1, 1), "df must be a finite number above 0"),
        (lambda: pp.InverseGamma(1, 0), "scale must be a finite number above 0"),
        (lambda: pp.DuMouchel(-1), "scale must be a finite number above 0"),
    ],
)
def test_refused(make, said):
    with pytest.raises(pp.PriorError, match=said):
        make()


def test_an_inverse_gamma_asks_for_caution_and_others_do_not():
    assert "informative near 0" in pp.InverseGamma(1, 1).caution
    assert pp.HalfCauchy(1).caution == ""
    prior = pp.Prior(sd=pp.InverseGamma(0.1, 0.1, on="variance"), sigma=pp.HalfNormal(2)).joint("measurements")
    assert prior.cautions == (pp.InverseGamma(0.1, 0.1).caution,)
    assert pp.Prior().joint("proportions").cautions == ()
    assert len(pp.Prior(concentration=pp.InverseGamma(1, 1)).joint("proportions").cautions) == 1
    assert len(pp.Prior(shape=pp.InverseGamma(1, 1), rate=pp.InverseGamma(1, 1)).joint("rates").cautions) == 2
