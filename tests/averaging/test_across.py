"""Quantiles of very many pairs by interpolation, beside those of each pair by itself."""

import numpy as np
import pytest

import partialpool as pp
from partialpool.answers import USUAL_LEVELS
from partialpool.averaging.across import FEWEST, across
from partialpool.averaging.quantiles import disagreement, quantiles
from partialpool.marginals.beta_binomial import Pairs


def alike(groups, low, high, rate, seed):
    """Groups that all have the same rate: the concentration reaches far beyond all trials."""
    rng = np.random.default_rng(seed)
    n = rng.integers(low, high, groups)
    return pp.proportions({"y": rng.binomial(n, rate), "n": n}, successes="y", trials="n").answers.hyper


@pytest.mark.parametrize(("low", "high", "rate"), [(50, 5_000, 0.03), (1, 400, 0.3)])
def test_as_each_by_itself(low, high, rate):
    hyper = alike(3_000, low, high, rate, 4)
    of, pairs = hyper.group_rule, hyper.pairs
    assert across(pairs) is not None
    found, claim = of.quantiles(pairs, USUAL_LEVELS), of.error_for(pairs)
    some = np.random.default_rng(5).choice(len(pairs.count), 40, replace=False)
    assert disagreement(of.rule, found[:, some], pairs.subset(some), USUAL_LEVELS) <= claim < 1e-7


def test_only_where_rates_are_alike_and_pairs_many():
    n = np.arange(1.0, FEWEST + 1.0) + 100.0
    pairs = Pairs(0.1 * n, 0.9 * n, np.ones(len(n)))
    assert across(pairs) is None  # all on one line: no square
    mixed = Pairs(
        np.where(np.arange(len(n)) % 2, 0.1, 0.8) * n, np.where(np.arange(len(n)) % 2, 0.9, 0.2) * n, pairs.count
    )
    assert across(mixed) is None
    shaken = Pairs(pairs.successes + np.tile([0.0, 1.0, -1.0], FEWEST)[: len(n)], pairs.failures, pairs.count)
    assert across(shaken) is not None
    assert across(shaken.subset(np.arange(FEWEST - 1))) is None


def test_every_pair_is_found_again():
    n = np.arange(1.0, FEWEST + 1.0)
    rng = np.random.default_rng(1)
    pairs = Pairs(np.floor(0.2 * n * rng.uniform(0.9, 1.1, len(n))), n - np.floor(0.2 * n), np.ones(len(n)))
    square = across(pairs)
    back = square.pairs(square.place(pairs))
    assert back.successes == pytest.approx(pairs.successes, abs=1e-9)
    assert back.failures == pytest.approx(pairs.failures, abs=1e-9)


def test_a_rule_of_lines_needs_no_grid():
    """The quantiles of a few pairs by sums and by grids are the same."""
    hyper = pp.proportions({"y": [1, 0], "n": [49, 52]}, successes="y", trials="n").answers.hyper
    rule = hyper.group_rule.rule
    sums, grids = (quantiles(rule, hyper.pairs, USUAL_LEVELS, sample=sample) for sample in (False, True))
    assert disagreement(rule, grids, hyper.pairs, USUAL_LEVELS) < 1e-9
    assert sums == pytest.approx(grids, rel=1e-7)
