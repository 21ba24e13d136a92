"""Quantiles of very many pairs by interpolation, beside those of each pair by itself."""

import numpy as np
import pytest

import partialpool as pp
from partialpool.distributions.marginals import gamma_poisson
from partialpool.distributions.marginals.beta_binomial import BinomialCells
from partialpool.engine.mixtures.across import FEWEST, Lines, Rectangle, way
from partialpool.engine.mixtures.quantiles import disagreement, quantiles
from partialpool.engine.mixtures.rule import every_line
from partialpool.engine.results import USUAL_LEVELS
from partialpool.models.inference.proportions.rows import Proportions
from partialpool.models.inference.rates.rows import Rates
from partialpool.safety import OTHER_RATES


def across(pairs):
    """The rectangle of these pairs, which asks for no posterior."""
    return Rectangle.of(Proportions.maps(None, pairs).plane, pairs)


def alike(groups, low, high, rate, seed):
    """Groups that all have the same rate: the concentration reaches far beyond all trials."""
    rng = np.random.default_rng(seed)
    n = rng.integers(low, high, groups)
    return pp.proportions({"y": rng.binomial(n, rate), "n": n}, successes="y", trials="n").results.hyper


@pytest.mark.parametrize(("low", "high", "rate"), [(50, 5_000, 0.03), (1, 400, 0.3)])
def test_as_each_by_itself(low, high, rate):
    hyper = alike(3_000, low, high, rate, 4)
    of, pairs = hyper.group_rule, hyper.pairs
    assert way(of.rule.source, pairs) is not None
    found, claim = of.quantiles(pairs, USUAL_LEVELS), of.error_for(pairs)
    some = np.random.default_rng(5).choice(len(pairs.count), 40, replace=False)
    assert disagreement(of.rule, found[:, some], pairs.subset(some), USUAL_LEVELS) <= claim < 1e-7


@pytest.mark.parametrize(("low", "high", "rate"), [(50.0, 5_000.0, 0.03), (1.0, 400.0, 0.3)])
def test_rates_as_each_by_itself(low, high, rate):
    rng = np.random.default_rng(4)
    e = rng.uniform(low, high, 3_000)
    results = pp.rates(events=rng.poisson(rate * e), exposure=e).results
    of, pairs = results._fitted, results.hyper.pairs
    assert way(of.rule.source, pairs) is not None
    found, claim = of.quantiles(pairs, USUAL_LEVELS), of.error_for(pairs)
    some = np.random.default_rng(5).choice(len(pairs.count), 40, replace=False)
    assert disagreement(of.rule, found[:, some], pairs.subset(some), USUAL_LEVELS) <= claim < 1e-7


def test_two_halves_of_very_many_groups_keep_their_own_quantiles():
    """As many groups as were asked for before, but not the same."""
    hyper = alike(2_600, 50, 5_000, 0.03, 7)
    of, pairs = hyper.group_rule, hyper.pairs
    size = len(pairs.count) // 2
    halves = [pairs.subset(np.arange(start, start + size)) for start in (0, size)]
    both = [of.quantiles(half, USUAL_LEVELS) for half in halves]
    for half, found in zip(halves, both, strict=True):
        some = np.arange(0, size, size // 20)
        assert disagreement(of.rule, found[:, some], half.subset(some), USUAL_LEVELS) < 1e-7


def test_sparse_rates_as_each_by_itself():
    """Distinct exposures over four decades with few events: a rectangle of them was 2.6e-7 off near its edges."""
    rng = np.random.default_rng(3)
    e = np.exp(rng.uniform(np.log(1e-3), np.log(10.0), 1_200))
    results = pp.rates(events=rng.poisson(0.3 * e), exposure=e).results
    of, pairs = results._fitted, results.hyper.pairs
    found, claim = of.quantiles(pairs, USUAL_LEVELS), of.error_for(pairs)
    some = np.concatenate([np.argsort(e)[:10], np.argsort(e)[-10:], np.argsort(pairs.events)[-10:]])
    assert disagreement(of.rule, found[:, some], pairs.subset(some), USUAL_LEVELS) <= claim < 1e-8


RATES = np.random.default_rng(1).uniform(1.0, 900.0, FEWEST)
RATES = gamma_poisson.PoissonCells(
    np.random.default_rng(2).poisson(0.2 * RATES).astype(float), RATES, np.ones(len(RATES))
)
TRIALS = np.arange(1.0, FEWEST + 1.0)
SUCCESSES = np.floor(0.2 * TRIALS * np.random.default_rng(1).uniform(0.9, 1.1, len(TRIALS)))
TRIALS = BinomialCells(SUCCESSES, TRIALS - SUCCESSES, np.ones(len(TRIALS)))
TURNED = BinomialCells(TRIALS.failures, TRIALS.successes, TRIALS.count)


@pytest.mark.parametrize(("family", "pairs"), [(Rates, RATES), (Proportions, TRIALS), (Proportions, TURNED)])
@pytest.mark.parametrize("of", ["lines", "plane"])
def test_every_cell_is_found_again(family, pairs, of):
    there = getattr(family.maps(None, pairs), of)
    assert there.cells(there.place(pairs)).data == pytest.approx(pairs.data, abs=1e-9)


def smooth(pairs):
    """Two functions of pairs as smooth as quantiles are."""
    rate = (pairs.events + 3.0) / (pairs.exposure + 20.0)
    return np.stack([np.log(rate), np.sqrt(rate)], axis=1)


def test_lines_and_a_rectangle_together_give_smooth_functions_of_every_cell():
    rng = np.random.default_rng(8)
    e = np.exp(rng.uniform(0.0, np.log(1_000.0), 4_000))
    pairs = gamma_poisson.PoissonCells(rng.poisson(0.2 * e).astype(float), e, np.ones(len(e)))
    both = way(Rates.__new__(Rates), pairs)
    assert [type(part) for _, part in both.parts] == [Lines, Rectangle]
    assert len(both.points.count) < 0.3 * len(e)
    assert both.between(smooth(both.points)) == pytest.approx(smooth(pairs), rel=1e-9, abs=1e-9)
    assert np.argmax(both.margin) in np.flatnonzero(both.margin > 0.99)


def test_where_theta_underflows_at_all_points_of_a_line_it_does_between_them():
    """One event among very many groups: the lower quantiles of the others are 0 in double precision."""
    e = np.random.default_rng(78).uniform(0.5, 1.5, 1_000)
    results = pp.rates(events=(np.arange(1_000) == 7).astype(float), exposure=e).results
    of, pairs = results._fitted, results.hyper.pairs
    found = of.quantiles(pairs, USUAL_LEVELS)
    one = np.flatnonzero(pairs.events)
    assert np.isfinite(found[:, one]).all()
    assert (np.delete(found, one, axis=1)[0] == -np.inf).all()
    some = np.concatenate([one, np.argsort(e)[:3], np.argsort(e)[-3:]])
    assert disagreement(of.rule, found[:, some], pairs.subset(some), USUAL_LEVELS) <= of.error_for(pairs) < 1e-8


def test_no_way_between_few_cells_or_between_cells_that_share_nothing():
    assert way(Rates.__new__(Rates), RATES.subset(np.arange(FEWEST - 1))) is None
    apart = gamma_poisson.PoissonCells(np.arange(30.0, 1_530.0), np.full(1_500, 7.0), np.ones(1_500))
    assert way(Rates.__new__(Rates), apart) is None


def test_a_rectangle_only_where_rates_are_alike():
    n = np.arange(1.0, FEWEST + 1.0) + 100.0
    pairs = BinomialCells(0.1 * n, 0.9 * n, np.ones(len(n)))
    assert across(pairs) is None  # all on one line
    mixed = BinomialCells(
        np.where(np.arange(len(n)) % 2, 0.1, 0.8) * n, np.where(np.arange(len(n)) % 2, 0.9, 0.2) * n, pairs.count
    )
    assert across(mixed) is None
    shaken = BinomialCells(pairs.successes + np.tile([0.0, 1.0, -1.0], FEWEST)[: len(n)], pairs.failures, pairs.count)
    assert across(shaken) is not None


def test_the_few_rates_with_events_are_as_exact_as_is_claimed():
    """Two groups of eighty have an event: their quantiles were 1.4e-9 off, under a claim of 8e-10."""
    e = np.random.default_rng(35).uniform(1.0, 10.0, 80)
    y = np.zeros(80)
    y[[20, 60]] = 1.0
    results = pp.rates(events=y, exposure=e).results
    of, pairs = results._fitted, results.hyper.pairs
    assert {0.0, 1.0} <= set(of.typical.events)
    fine, some = every_line(of.rule.source, 0.3, of.typical, 0.05), pairs.subset(pairs.events > 0.0)
    assert disagreement(fine, of.quantiles(some, USUAL_LEVELS), some, USUAL_LEVELS) <= OTHER_RATES * of.error


def test_a_rule_of_lines_needs_no_grid():
    """The quantiles of a few pairs by sums and by grids are the same."""
    hyper = pp.proportions({"y": [1, 0], "n": [49, 52]}, successes="y", trials="n").results.hyper
    rule = hyper.group_rule.rule
    sums, grids = (quantiles(rule, hyper.pairs, USUAL_LEVELS, sample=sample) for sample in (False, True))
    assert disagreement(rule, grids, hyper.pairs, USUAL_LEVELS) < 1e-9
    assert sums == pytest.approx(grids, rel=1e-7)
