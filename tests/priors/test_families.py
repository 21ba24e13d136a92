"""One vocabulary for all families: which prior fits which, and by which name."""

import numpy as np
import pytest

import partialpool as pp
from partialpool.priors import BetaPrior, GammaPrior, NormalPrior, named, resolve

KIND = {"proportions": BetaPrior, "rates": GammaPrior, "estimates": NormalPrior, "measurements": NormalPrior}
NAMES = {
    "proportions": ["uniform-shrinkage", "bda", "morris", "half-cauchy-sd", "pareto", "haldane"],
    "rates": ["uniform-shrinkage", "jeffreys-mean"],
    "estimates": ["uniform-shrinkage", "flat", "dumouchel", "jeffreys"],
    "measurements": ["uniform-shrinkage", "reference"],
}


@pytest.mark.parametrize("family", KIND)
def test_names(family):
    priors = named(family)
    assert list(priors) == NAMES[family]
    for name, prior in priors.items():
        assert isinstance(prior, KIND[family])
        assert (prior.name, prior.family) == (name, family)
        assert resolve(name, family) == prior
        assert resolve(prior, family) is prior
    assert resolve(pp.Prior(name="uniform-shrinkage"), family) == priors["uniform-shrinkage"]


@pytest.mark.parametrize("family", KIND)
def test_a_prior_of_another_family_is_refused(family):
    for other in KIND:
        if other != family:
            with pytest.raises(pp.PriorError, match=f"a prior of {other}; {family} take mean"):
                resolve(named(other)["uniform-shrinkage"], family)
    with pytest.raises(pp.PriorError, match=rf"no prior named \"xyzzy\"\. Named priors: .* \(for {family}\)"):
        resolve("xyzzy", family)
    with pytest.raises(pp.PriorError, match="must be a name or a Prior"):
        resolve(3.0, family)


def test_families_that_do_not_exist():
    for ask in (named, pp.Prior().joint, lambda family: resolve(pp.Prior(), family)):
        with pytest.raises(pp.PriorError, match="no family 'counts'; there are proportions, rates, estimates, measure"):
            ask("counts")


@pytest.mark.parametrize(
    ("prior", "first_line"),
    [
        (pp.Prior(), "p(alpha, beta)"),
        (pp.Prior(mean=pp.Flat()), "p(alpha, beta)"),
        (pp.Prior(mean=pp.Beta(2, 3)), "p(alpha, beta)"),
        (pp.Prior(mean=lambda m: m * (1 - m)), "p(alpha, beta)"),
        (pp.Prior(mean=pp.Gamma(2, 3)), "p(shape, rate)"),
        (pp.Prior(mean=pp.Uniform(0, 7)), "p(shape, rate)"),
        (pp.Prior(shape=pp.Gamma(2, 3)), "p(shape, rate)"),
        (pp.Prior(mean=pp.Normal(0, 3)), "p(mean, sd)"),
        (pp.Prior(sd=pp.Flat()), "p(mean, sd)"),
        (pp.Prior(mean=pp.Flat(), sd=pp.Flat(on="ratio")), "p(mean, ratio, sigma)"),
        (pp.Prior(sigma=pp.Flat()), "p(mean, ratio, sigma)"),
    ],
)
def test_a_prior_prints_as_that_of_the_first_family_that_takes_it(prior, first_line):
    assert str(prior).splitlines()[1].strip().startswith(first_line)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"concentration": pp.Flat(), "sd": pp.Flat()}, "No family takes a prior on concentration and sd: proportions"),
        ({"alpha": pp.Flat(), "rate": pp.Flat()}, "No family takes a prior on alpha and rate"),
        ({"rate": pp.Flat(), "sigma": pp.Flat()}, "measurements take mean, sd and sigma"),
        ({"mean": pp.StudentT(3, 0, 1)}, "The mean of estimates takes a flat or normal prior"),
        ({"mean": pp.Normal(0, 1), "concentration": pp.Flat()}, "does not fit the mean of proportions"),
        ({"mean": pp.Uniform(0, 0.5, on="sd"), "concentration": pp.Flat()}, 'can be on mean, not "sd"'),
        ({"alpha": pp.UniformShrinkage(), "beta": pp.Flat()}, "nothing in the design sets that of alpha"),
        ({"sd": "flat"}, r"The prior of sd must be a density such as Gamma\(2, 0\.1\), not 'flat'"),
        ({"mean": 0.5}, "The prior of mean must be a density"),
    ],
)
def test_refused_at_once(parts, said):
    with pytest.raises(pp.PriorError, match=said):
        pp.Prior(**parts)


def test_a_density_that_is_cut_off_does_not_do_for_alpha_and_beta():
    """Its edge is a slanted line in (mean, concentration), where the density would jump."""
    prior = resolve(pp.Prior(alpha=pp.Exponential(1), beta=pp.Uniform(1, 2)))
    with pytest.raises(pp.PriorError, match="is cut off, and the prior of beta must reach from 0 to infinity"):
        _ = prior.supports
    data = {"y": [1, 2], "n": [5, 6]}
    with pytest.raises(pp.PriorError, match="is cut off"):
        pp.proportions(data, successes="y", trials="n", prior=prior)


def test_uniform_shrinkage_on_another_scale_of_the_concentration_is_the_same_prior():
    """n0/(n0 + concentration) and its complement are uniform together."""
    plain = resolve("uniform-shrinkage").for_design(8.0).part("concentration")
    inverse = resolve(pp.Prior(concentration=pp.UniformShrinkage(on="variance"))).for_design(8.0).part("concentration")
    log_kappa = np.linspace(-9, 9, 19)
    assert inverse.log_pdf(log_kappa) == pytest.approx(plain.log_pdf(log_kappa), rel=1e-12)


def test_priors_are_frozen_values():
    assert pp.Prior(sd=pp.Flat()) == pp.Prior(sd=pp.Flat()) != pp.Prior(sd=pp.HalfCauchy(1))
    with pytest.raises(AttributeError):
        pp.Prior().sd = pp.Flat()
    with pytest.raises(AttributeError):
        resolve("flat", "estimates").sd = None
