"""Moments of very many groups of rates, from averages that depend on the exposure alone."""

import numpy as np
import pytest

import partialpool as pp
from partialpool.distributions.marginals import gamma_moments

DESIGNS = {
    "usual": (10.0, 1e3, 2.0, 0.1),
    "wide": (1e-6, 1e4, 2.0, 0.1),
    "alike": (1.0, 1.0001, 0.5, 3.0),
    "sparse": (0.01, 1.0, 0.05, 1.0),
}
PRIORS = {
    "default": "uniform-shrinkage",
    "heavy": pp.Prior(mean=pp.Gamma(0.5, 0.5), rate=pp.HalfCauchy(3)),
}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("prior", PRIORS)
def test_averages_by_exposure_give_the_moments_of_every_pair(design, prior):
    low, high, shape, scale = DESIGNS[design]
    rng = np.random.default_rng(7)
    e = np.exp(rng.uniform(np.log(low), np.log(high), 2500))
    e[:3] = 0.0
    y = rng.poisson(e * rng.gamma(shape, scale, len(e)))
    fit = pp.rates({"g": np.arange(len(e)), "y": y, "e": e}, events="y", exposure="e", group="g", prior=PRIORS[prior])
    hyper = fit.results.hyper
    every = hyper.pairs.informative
    found = gamma_moments._by_exposure(every, hyper.point, hyper.probability)
    expected = gamma_moments._pair_by_pair(every, hyper.point, hyper.probability)
    assert np.max(np.abs(found / expected - 1.0)) < 1e-12


def test_they_are_taken_only_where_they_agree(monkeypatch):
    rng = np.random.default_rng(8)
    e = np.exp(rng.uniform(-6.0, 20.0, 800))  # groups of millions of events, whose sds lose digits
    y = rng.poisson(e * rng.gamma(2.0, 0.1, len(e)))
    data = {"g": np.arange(len(e)), "y": y, "e": e}

    def fitted():
        return pp.rates(data, events="y", exposure="e", group="g").group_columns()

    exact = fitted()
    monkeypatch.setattr(gamma_moments, "_MUCH", 0)
    tried = fitted()
    for name in ("mean", "sd", "weight"):
        assert np.max(np.abs(tried[name] / exact[name] - 1.0)) < 2e-12


def test_one_exposure_for_all():
    hyper = pp.rates({"y": [0, 3, 1, 7, 2, 0, 1]}, events="y").results.hyper
    found = gamma_moments._by_exposure(hyper.pairs, hyper.point, hyper.probability)
    expected = gamma_moments._pair_by_pair(hyper.pairs, hyper.point, hyper.probability)
    assert np.max(np.abs(found / expected - 1.0)) < 1e-13
