"""Priors that are refused with what to write in their place, and priors that a method does not use."""

import pytest

import partialpool as pp
from partialpool.cli import main

RATS = pp.datasets.load("rat_tumors")
SCHOOLS = pp.datasets.load("eight_schools")
SCOPE = {name: getattr(pp, name) for name in pp.__all__}


def rats(**options):
    return pp.proportions(RATS, successes="tumors", trials="rats", **options)


@pytest.mark.parametrize(
    "prior",
    [
        *("(a+b)^(-5/2)", "(alpha + beta)^(-5/2)", "(beta+alpha)**-2.5", "(a+b)^{-5/2}"),
        *("p(alpha,beta) ~ (alpha+beta)^(-5/2)", "p(alpha, beta) ∝ (alpha + beta)^(-5/2)", "p(a,b) ~ (a+b)^-2.5"),
    ],
)
def test_the_prior_of_the_book_has_a_name(prior):
    with pytest.raises(pp.PriorError, match='write prior="bda"'):
        rats(prior=prior)


@pytest.mark.parametrize(
    ("prior", "instead"),
    [
        ("sd ~ Uniform(0, 0.5)", "concentration ~ Uniform(lo=0.0, hi=0.5, on='sd')"),
        ("mean ~ Beta(1, 1); sd ~ Uniform(0, 0.5)", "concentration ~ Uniform(lo=0.0, hi=0.5, on='sd')"),
        ("tau ~ HalfNormal(1, on='variance')", "concentration ~ HalfNormal(scale=1.0, on='variance')"),
    ],
)
def test_an_sd_of_proportions_is_a_concentration_on_another_scale(prior, instead):
    with pytest.raises(pp.PriorError) as refused:
        rats(prior=prior)
    assert f'"{instead}"' in str(refused.value)
    assert "estimates" not in str(refused.value)
    assert rats(prior=instead).population_columns()["mean"][0] > 0.0


def test_a_prior_with_such_an_sd_says_so_itself():
    with pytest.raises(pp.PriorError, match=r"concentration ~ Uniform\(lo=0, hi=0.5, on='sd'\)"):
        pp.Prior(mean=pp.Beta(1, 1), sd=pp.Uniform(0, 0.5))


def test_a_prior_without_effect_is_warned_of(capsys):
    columns = {"estimate": "effect", "se": "se"}
    said = 'the prior sd ~ HalfNormal(5) has no effect, since method "reml" uses none'
    assert any(
        said in one for one in pp.estimates(SCHOOLS, **columns, prior="sd ~ HalfNormal(5)", method="REML").warnings
    )
    assert not any("no effect" in one for one in pp.estimates(SCHOOLS, **columns, method="REML").warnings)
    assert not any("no effect" in one for one in pp.estimates(SCHOOLS, **columns, prior="sd ~ HalfNormal(5)").warnings)
    assert main(["population", "--dataset", "eight_schools", "--prior", "sd ~ HalfNormal(5)", "--method", "REML"]) == 0
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("family", ["proportions", "rates", "estimates", "measurements"])
def test_the_repr_of_a_joint_prior_is_code(family):
    for prior in pp.priors.named(family).values():
        assert eval(repr(prior), SCOPE) == prior


def test_the_repr_of_the_prior_of_a_fit_is_code_that_it_takes_again():
    for prior in ("uniform-shrinkage", "bda", pp.Prior(alpha=pp.Gamma(2, 1), beta=pp.Exponential(0.1))):
        used = rats(prior=prior).model.prior
        assert eval(repr(used), SCOPE) == used
        assert rats(prior=eval(repr(used), SCOPE)).model.prior == used
    shaped = pp.Prior(rate=pp.Gamma(2, 0.1), shape=pp.Gamma(1, 1)).joint("rates")
    assert eval(repr(shaped), SCOPE) == shaped


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "HKSJ"}, 'Knapp and Hartung are not offered: where trials are few, method="full"'),
        ({"method": "Paule-Mandel"}, "Paule and Mandel is not offered: where trials are few"),
        ({"method": "PM"}, "Paule and Mandel is not offered"),
        ({"method": "EB"}, 'method="empirical-bayes" is maximum likelihood here'),
        ({"test": "knha"}, "unexpected keyword argument 'test'. The intervals of Knapp and Hartung"),
    ],
)
def test_methods_of_other_software(options, said):
    with pytest.raises(pp.PartialpoolError) as refused:
        pp.estimates(SCHOOLS, estimate="effect", se="se", **options)
    assert said in str(refused.value)
