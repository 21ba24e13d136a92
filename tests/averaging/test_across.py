"""Quantiles of very many pairs by interpolation, beside those of each pair by itself."""

import numpy as np
import pytest

import partialpool as pp
from partialpool.answers import USUAL_LEVELS
from partialpool.averaging.across import FEWEST
from partialpool.averaging.quantiles import disagreement, quantiles
from partialpool.inference.proportions.rows import Proportions
from partialpool.inference.rates.rows import Rates
from partialpool.marginals import gamma_poisson
from partialpool.marginals.beta_binomial import Pairs


def across(pairs):
    """The rectangle of these pairs, which asks for no posterior."""
    return Proportions.across(None, pairs)


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


@pytest.mark.parametrize(("low", "high", "rate"), [(50.0, 5_000.0, 0.03), (1.0, 400.0, 0.3)])
def test_rates_as_each_by_itself(low, high, rate):
    rng = np.random.default_rng(4)
    e = rng.uniform(low, high, 3_000)
    answers = pp.rates(events=rng.poisson(rate * e), exposure=e).answers
    of, pairs = answers._fitted, answers.hyper.pairs
    assert Rates.across(None, pairs) is not None
    found, claim = of.quantiles(pairs, USUAL_LEVELS), of.error_for(pairs)
    some = np.random.default_rng(5).choice(len(pairs.count), 40, replace=False)
    assert disagreement(of.rule, found[:, some], pairs.subset(some), USUAL_LEVELS) <= claim < 1e-7


def test_two_halves_of_very_many_groups_keep_their_own_quantiles():
    """As many groups as were asked for before, but not the same."""
    hyper = alike(6_000, 50, 5_000, 0.03, 7)
    of, pairs = hyper.group_rule, hyper.pairs
    size = len(pairs.count) // 2
    halves = [pairs.subset(np.arange(start, start + size)) for start in (0, size)]
    both = [of.quantiles(half, USUAL_LEVELS) for half in halves]
    for half, found in zip(halves, both, strict=True):
        some = np.arange(0, size, size // 20)
        assert disagreement(of.rule, found[:, some], half.subset(some), USUAL_LEVELS) < 1e-7


def test_every_rate_is_found_again():
    rng = np.random.default_rng(1)
    e = rng.uniform(1.0, 900.0, FEWEST)
    pairs = gamma_poisson.Pairs(rng.poisson(0.2 * e).astype(float), e, np.ones(len(e)))
    square = Rates.across(None, pairs)
    back = square.cells(square.place(pairs))
    assert back.events == pytest.approx(pairs.events, abs=1e-9)
    assert back.exposure == pytest.approx(pairs.exposure, rel=1e-12)


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
    back = square.cells(square.place(pairs))
    assert back.successes == pytest.approx(pairs.successes, abs=1e-9)
    assert back.failures == pytest.approx(pairs.failures, abs=1e-9)


def test_a_rule_of_lines_needs_no_grid():
    """The quantiles of a few pairs by sums and by grids are the same."""
    hyper = pp.proportions({"y": [1, 0], "n": [49, 52]}, successes="y", trials="n").answers.hyper
    rule = hyper.group_rule.rule
    sums, grids = (quantiles(rule, hyper.pairs, USUAL_LEVELS, sample=sample) for sample in (False, True))
    assert disagreement(rule, grids, hyper.pairs, USUAL_LEVELS) < 1e-9
    assert sums == pytest.approx(grids, rel=1e-7)
