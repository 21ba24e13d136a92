"""Quantiles that judging a rule has found already are those that the rule would find again."""

import numpy as np
import pytest

import partialpool as pp
from partialpool.engine.mixtures.quantiles import disagreement, quantiles
from partialpool.engine.results import USUAL_LEVELS

FAR = pp.Prior(concentration=pp.HalfCauchy(1.0, on="sd"))


@pytest.mark.parametrize(
    ("y", "n", "prior"),
    [([5, 5, 0, 0, 0], [19, 50, 16, 52, 14], "bda"), ([0, 0, 0], [2, 2, 4], FAR)],
    ids=["confirmed by a finer rule", "the finest, one step away"],
)
def test_known_quantiles_are_quantiles_of_the_rule(y, n, prior):
    hyper = pp.proportions({"y": y, "n": n}, successes="y", trials="n", prior=prior).results.hyper
    of = hyper.group_rule
    known = of.quantiles(hyper.pairs, USUAL_LEVELS)
    assert disagreement(of.rule, known, hyper.pairs, USUAL_LEVELS) < 1e-13
    backwards = np.arange(len(hyper.pairs.count))[::-1]
    np.testing.assert_array_equal(of.quantiles(hyper.pairs.subset(backwards), USUAL_LEVELS), known[:, ::-1])


def test_others_and_other_levels_are_found():
    data = {"y": [5, 5, 0, 0, 0], "n": [19, 50, 16, 52, 14]}
    hyper = pp.proportions(data, successes="y", trials="n", prior="bda").results.hyper
    of, pairs = hyper.group_rule, hyper.pairs.subset(np.array([0, 1]))
    pairs = type(pairs)(pairs.successes + np.array([0.0, 1.0]), pairs.failures, pairs.count)  # the second is no group
    for levels in (USUAL_LEVELS, np.array([0.005, 0.5, 0.995])):
        found = of.quantiles(pairs, levels)
        assert disagreement(of.rule, found, pairs, levels) < 1e-13
        np.testing.assert_allclose(found, quantiles(of.rule, pairs, levels), rtol=1e-10)


def test_grids_take_the_place_of_sums_where_they_are_accurate():
    rng = np.random.default_rng(4)
    n = rng.integers(10, 101, 50)
    data = {"y": rng.binomial(n, rng.beta(2.0, 8.0, 50)), "n": n}
    hyper = pp.proportions(data, successes="y", trials="n").results.hyper
    of = hyper.group_rule
    assert of.sampling < 1e-12
    for levels, grids in ((USUAL_LEVELS, True), (np.array([1e-6, 0.5, 0.975]), False)):
        assert of._sampled(hyper.pairs, levels) is grids
        found, direct = of.quantiles(hyper.pairs, levels), quantiles(of.rule, hyper.pairs, levels)
        assert disagreement(of.rule, found, hyper.pairs, levels) < 1e-12
        np.testing.assert_allclose(found, direct, rtol=1e-11)


def test_grids_that_are_not_accurate_are_not_used():
    """Some of these distributions have a sharper component than a grid resolves."""
    rng = np.random.default_rng(7)
    y, n = rng.binomial(2000, rng.beta(5.0, 0.5, 40)), np.full(40, 2000)
    hyper = pp.proportions({"y": y, "n": n}, successes="y", trials="n").results.hyper
    of = hyper.group_rule
    found = of.quantiles(hyper.pairs, USUAL_LEVELS)
    assert disagreement(of.rule, found, hyper.pairs, USUAL_LEVELS) < of.error + 1e-11


def test_an_infinite_quantile_is_looked_at_too():
    """A quantile lost at an end is off by all that lies between, and not passed over as certain."""
    hyper = pp.proportions({"y": [3, 5, 9], "n": [9, 12, 20]}, successes="y", trials="n").results.hyper
    of, pairs = hyper.group_rule, hyper.pairs
    lost = of.quantiles(pairs, USUAL_LEVELS)
    lost[1, 0] = -np.inf
    assert disagreement(of.rule, lost, pairs, USUAL_LEVELS) == pytest.approx(0.5, abs=1e-6)
