"""One theta at a time where rows of the population's parameters are spikes beside the points that stand for them.

Few groups that are alike leave populations possible that are far narrower than what is known of their mean: a limit
between two points of such a row then falls between two spikes. The quantiles of a fit, at any level, are found in
another way, which smooths each row.
"""

import numpy as np
import pytest

import partialpool as pp
from partialpool.analysis.comparisons.exceedance import probability
from partialpool.analysis.exports.to_scipy import off_the_fit, to_scipy
from partialpool.analysis.fitted_model import FittedModel
from partialpool.analysis.intervals.intervals import intervals
from partialpool.analysis.intervals.lattice import everywhere
from partialpool.engine.conditionals import ALONG, FINENESS, refined_along
from partialpool.engine.mixture import Mixture
from partialpool.engine.mixtures.rule import smaller_rule

LEVELS = (0.3, 0.9)
FEW = {
    "one rate": (pp.rates, {"y": [3], "e": [10]}),
    "two rates": (pp.rates, {"y": [0, 3], "e": [10, 10]}),
    "alike rates": (pp.rates, {"y": [30, 33, 28], "e": [10, 10, 10]}),
    "no successes": (pp.proportions, {"y": [0, 0, 0], "n": [5, 8, 9]}),
    "huge and alike": (pp.proportions, {"y": [2, 3], "n": [10**6, 10**6]}),
    "two proportions": (pp.proportions, {"y": [0, 3], "n": [10, 10]}),
    "alike proportions": (pp.proportions, {"y": [30, 33, 28], "n": [100, 100, 100]}),
}


def known(name):
    function, data = FEW[name]
    roles = {"events": "y", "exposure": "e"} if function is pp.rates else {"successes": "y", "trials": "n"}
    fit = function(data, **roles)
    return FittedModel(fit.family, fit.data, fit.results, fit.level), fit


@pytest.mark.parametrize("name", FEW)
def test_probabilities_and_distributions_are_as_near_to_other_quantiles_as_they_claim(name):
    of, fit = known(name)
    last = fit.data.size - 1
    theta = to_scipy(of, fit.data.size)
    for level in LEVELS:
        table = fit.group_columns(level)
        for end, p in (("lower", 0.5 - 0.5 * level), ("upper", 0.5 + 0.5 * level)):
            x = float(table[end][last])
            if x == 0.0:  # a theta that is nothing to double precision
                continue
            found = probability(of, below=x)
            assert abs(found.probability[last] - p) <= found.accuracy + fit.accuracy.probability
            assert abs(theta.cdf(x) - p) <= theta.dist.accuracy
            assert found.accuracy < 1e-8
            assert probability(of, above=x).probability[last] == pytest.approx(1.0 - p, abs=1e-8)
        for kind, ends in (("central", ("lower", "upper")), ("lower", ("upper",)), ("upper", ("lower",))):
            same = fit.group_columns(level if kind == "central" else abs(2.0 * level - 1.0))
            shown = intervals(of, level, kind=kind)
            assert shown.accuracy < 1e-8
            if kind == "central" or level > 0.5:
                for end in ends:
                    assert getattr(shown, end)[last] == pytest.approx(same[end][last], rel=1e-9)


def test_a_small_probability_keeps_its_digits():
    """Far beyond what a difference from 1 can show, nodes tell how small it is."""
    data = {"y": [0, 20, 31], "n": [1000, 200, 300]}
    fit = pp.proportions(data, successes="y", trials="n")
    of = FittedModel(fit.family, fit.data, fit.results, fit.level)
    p = probability(of, above=0.3).probability[0]
    whole, logit = everywhere(of)[0], np.log(3.0 / 7.0)
    expected = whole.groups.part((whole.where[0], slice(None))).sf(logit) @ whole.probability
    assert p == pytest.approx(expected, rel=0.2)
    assert 0.0 < p < 1e-30


def test_a_distribution_is_held_against_the_quantiles_of_the_fit():
    of, _ = known("alike rates")
    assert off_the_fit(of, 1, to_scipy(of, 2).dist.mixture) < 1e-8
    coarse = of.contrasts(0)
    off = off_the_fit(of, 1, Mixture(coarse.probability, coarse.groups.part(coarse.where[[1]])))
    assert 1e-6 < off < 0.5
    assert off_the_fit(of, None, to_scipy(of).dist.mixture) == 0.0  # nothing else is known of the next group


def test_finer_rows_hold_what_the_rows_hold():
    hyper = known("two proportions")[1].results.hyper
    rule = smaller_rule(hyper.source, 50, hyper.typical, thin=True)
    assert rule.narrow
    one, four = rule.finer(1), rule.finer(4)
    assert len(four) > 2 * len(one) - len(rule.nodes)
    assert four.probability.sum() == pytest.approx(one.probability.sum(), rel=1e-9)
    mean = [np.exp(at.point.log_mean) @ at.probability for at in (one, four)]
    assert mean[1] == pytest.approx(mean[0], rel=1e-9)


def test_many_groups_take_no_finer_rows_than_memory_holds():
    assert [refined_along(fineness, 1) for fineness in FINENESS] == list(ALONG)
    assert refined_along(6, 1_000_000) == 4
    assert refined_along(6, 10**9) == 1


NEXT = {
    "rates": (pp.rates(events=[3] * 4, exposure=[1.0] * 4), 2.950151583252763, 0.2947253511755045),
    "proportions": (pp.proportions(successes=[3] * 4, trials=[10] * 4), 0.3103713009940246, 3.5151261303605215),
}


@pytest.mark.parametrize("name", NEXT)
def test_the_next_group_beside_groups_that_are_alike(name):
    """Median and density there by a trapezoid rule with rows, where they are spikes, integrated between two points."""
    fit, median, density = NEXT[name]
    found = fit.new_group()
    assert abs(found.median - median) * density < 2e-9
    assert abs(float(found.cdf(median)) - 0.5) <= found.accuracy.probability + 2e-10
    assert found.accuracy.probability < 1e-8


def test_the_shortest_interval_of_no_successes_begins_at_0():
    fit = pp.proportions(successes=[0, 0, 0], trials=[10, 5, 3])
    shortest, lower = fit.intervals(kind="shortest"), fit.intervals(kind="lower")
    np.testing.assert_array_equal(shortest.lower, 0.0)
    np.testing.assert_allclose(shortest.upper, lower.upper, rtol=3e-7)
    assert shortest.accuracy < 1e-7
