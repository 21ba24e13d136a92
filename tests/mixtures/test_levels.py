"""Lattices and adaptive panels are two ways to one distribution function: they must agree."""

import numpy as np
import pytest

import partialpool as pp
from partialpool.models.inference.proportions.levels import _over_lattices, _over_panels

P = np.array([0.025, 0.5, 0.975])
DATA = {"y": [1, 4, 0, 7, 3, 9], "n": [10, 12, 5, 20, 9, 30]}
PRIORS = {
    "default": "uniform-shrinkage",
    "cut off from below": pp.Prior(concentration=pp.Pareto(5.0, 1.5)),
    "means to either side of a half": pp.Prior(mean=pp.Uniform(0.1, 0.7), concentration=pp.Exponential(0.1)),
    "means below a half": pp.Prior(mean=pp.Uniform(0.25, 0.5), concentration=pp.Exponential(0.1)),
    "means above": pp.Prior(mean=pp.Uniform(0.3, 1.0)),
    "alpha and beta": pp.Prior(alpha=pp.Gamma(2.0, 1.0), beta=pp.Exponential(0.2)),
}


@pytest.mark.parametrize("prior", PRIORS.values(), ids=PRIORS.keys())
def test_both_ways_agree(prior):
    hyper = pp.proportions(DATA, successes="y", trials="n", prior=prior).results.hyper
    for name, level in hyper._levels.items():
        quick = _over_lattices(hyper.source, level, hyper.nodes, search=False).found(P)
        searched = _over_lattices(hyper.source, level, hyper.nodes, search=True).found(P)
        slow = _over_panels(hyper.source, level, P, searched.z, np.inf)
        assert max(searched.error, slow.error) < 1e-9, name
        if quick.error < 1e-9:
            assert quick.z == pytest.approx(slow.z, abs=1e-8), name
        assert searched.z == pytest.approx(slow.z, abs=1e-8), name


def test_a_prior_cut_off_on_both_sides_is_answered():
    prior = pp.Prior(concentration=pp.Uniform(2.0, 50.0))
    fit = pp.proportions(DATA, successes="y", trials="n", prior=prior)
    table = fit.population_columns()
    for lower, median, upper in zip(table["lower"], table["median"], table["upper"], strict=True):
        assert lower < median < upper
    assert fit.accuracy.probability < 1e-9


def test_many_groups_are_not_asked_for_more_than_rounding_leaves(monkeypatch):
    """The slow way could do no better than the noise of a million terms, and would take a minute."""

    def never(*_):
        raise AssertionError("the slow way")

    monkeypatch.setattr("partialpool.models.inference.proportions.levels._over_panels", never)
    rng = np.random.default_rng(1)
    n = np.exp(rng.uniform(np.log(10), np.log(1000), 300_000)).astype(int)
    y = rng.binomial(n, rng.beta(2, 14, len(n)))
    fit = pp.proportions({"y": y, "n": n}, successes="y", trials="n")
    assert fit.results.hyper.likelihood.noise > 1e-10
    table = fit.population_columns()
    assert np.isfinite(table["median"]).all()
    assert fit.accuracy.probability < 1e-7
