"""`repr` of a prior is code that makes it again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import partialpool as pp

SCOPE = {name: getattr(pp, name) for name in pp.__all__}

POSITIVE = st.floats(1e-6, 1e6)
ANY = st.floats(-1e6, 1e6)
ON_CONCENTRATION = st.sampled_from([None, "concentration", "sd", "variance"])
CONCENTRATIONS = st.one_of(
    st.builds(pp.HalfCauchy, POSITIVE, on=ON_CONCENTRATION),
    st.builds(pp.HalfNormal, POSITIVE, on=ON_CONCENTRATION),
    st.builds(pp.HalfStudentT, POSITIVE, POSITIVE, on=ON_CONCENTRATION),
    st.builds(pp.Gamma, POSITIVE, POSITIVE, on=ON_CONCENTRATION),
    st.builds(pp.Exponential, POSITIVE, on=ON_CONCENTRATION),
    st.builds(pp.InverseGamma, POSITIVE, POSITIVE),
    st.builds(pp.LogNormal, ANY, POSITIVE),
    st.builds(pp.Pareto, POSITIVE, POSITIVE),
    st.builds(pp.Power, st.floats(-5.0, 5.0)),
    st.builds(pp.UniformShrinkage, st.one_of(st.none(), POSITIVE)),
    st.just(pp.Flat()),
    st.none(),
)
NAMES = st.sampled_from(["", "mine", "it's", 'a "b"', "a\nb"])


@given(
    st.builds(
        pp.Prior,
        mean=st.one_of(st.none(), st.builds(pp.Beta, POSITIVE, POSITIVE)),
        concentration=CONCENTRATIONS,
        name=NAMES,
    )
)
def test_the_code_makes_the_same_prior(prior):
    assert eval(repr(prior), SCOPE) == prior
    assert "None" not in repr(prior)


@pytest.mark.parametrize(
    "prior",
    [
        pp.Prior(),
        pp.Prior(alpha=pp.Gamma(2, 1), beta=pp.Exponential(0.1)),
        pp.Prior(rate=pp.Gamma(2, 0.1), shape=pp.Gamma(1, 1)),
        pp.Prior(mean=pp.Normal(0, 5), sd=pp.HalfCauchy(5)),
        pp.Prior(mean=pp.Normal(-1.5, 2), sd=pp.Jeffreys()),
        pp.Prior(sd=pp.DuMouchel(2.0), sigma=pp.InverseGamma(2, 1, on="variance")),
        pp.Prior(sd=pp.Uniform(0, 1e300)),
        pp.Prior(mean=pp.Normal(np.float64(0.1), np.float64(3.0))),
    ],
)
def test_every_family(prior):
    assert eval(repr(prior), SCOPE) == prior


def test_densities_and_joint_priors_are_short_too():
    assert [repr(density) for density in (pp.HalfCauchy(1), pp.Normal(0, 5), pp.Flat(on="variance"))] == [
        *("HalfCauchy(scale=1)", "Normal(mean=0, sd=5)", "Flat(on='variance')")
    ]
    for family in ("proportions", "rates", "estimates", "measurements"):
        for prior in pp.priors.named(family).values():
            assert "on=None" not in repr(prior)


def test_a_density_class_of_the_callers_own_keeps_its_repr():
    class Mine(pp.Gamma):
        def __repr__(self):
            return "Mine"

    assert repr(Mine(1, 2)) == "Mine"
    assert repr(pp.Prior(concentration=Mine(1, 2))) == "Prior(concentration=Mine)"


def test_it_is_short():
    assert repr(pp.Prior()) == "Prior()"
    prior = pp.Prior(mean=pp.Beta(2, 8), concentration=pp.HalfCauchy(1, on="sd"))
    assert repr(prior) == "Prior(mean=Beta(a=2, b=8), concentration=HalfCauchy(scale=1, on='sd'))"


def test_a_density_of_the_callers_own_is_named():
    def decay(x):
        return np.exp(-x)

    prior = pp.Prior(concentration=pp.Custom(decay), mean=decay)
    assert repr(prior) == "Prior(mean=decay, concentration=Custom(pdf=decay))"
    assert eval(repr(prior), SCOPE | {"decay": decay}) == prior
    bounded = pp.Prior(concentration=pp.Custom(decay, (1.0, float("inf"))))
    assert eval(repr(bounded), SCOPE | {"decay": decay}) == bounded


def test_print_shows_the_formula():
    prior = pp.Prior(mean=pp.Beta(2, 8))
    assert str(prior).startswith("prior\n  p(alpha, beta)")
    assert "p(alpha, beta)" in prior._repr_html_()
    joint = prior.joint("proportions")
    assert "p(alpha, beta)" in joint._repr_html_()
