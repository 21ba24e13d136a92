"""Probabilities that groups lie above, below or between values, and lists picked by them."""

import numpy as np
import pytest
from scipy import special as sc

import partialpool as pp
from partialpool.analysis.comparisons.comparing import compare
from partialpool.analysis.comparisons.exceedance import probability, select
from partialpool.analysis.fitted_model import FittedModel
from simulated import OURS, drawn

RATS = pp.datasets.load("rat_tumors")


def known(fit):
    return FittedModel(fit.family, fit.data, fit.results, fit.level)


def of(family, seed=0):
    function, data, roles = drawn(family, seed)
    fit = function(data, **roles)
    return known(fit), fit.group_columns(0.9)


@pytest.mark.parametrize("family", OURS)
def test_at_the_ends_of_the_intervals(family):
    fit, groups = of(family)
    for j in (0, 4):
        low, high = float(groups["lower"][j]), float(groups["upper"][j])
        assert probability(fit, below=low).probability[j] == pytest.approx(0.05, abs=2e-9)
        assert probability(fit, above=high).probability[j] == pytest.approx(0.05, abs=2e-9)
        assert probability(fit, between=(low, high)).probability[j] == pytest.approx(0.9, abs=2e-9)


@pytest.mark.parametrize("family", OURS)
def test_above_and_below_make_one(family):
    fit, groups = of(family, 1)
    for limit in (float(groups["median"][2]), "mean"):
        up, down = probability(fit, above=limit), probability(fit, below=limit)
        np.testing.assert_allclose(up.probability + down.probability, 1.0, atol=1e-9)
        assert 0.0 < up.accuracy < 1e-6


@pytest.mark.parametrize("family", OURS)
def test_above_the_mean_of_the_population_by_brute_force(family):
    fit, _ = of(family, 2)
    nodes, draws = fit.conditionals(5), 400_000
    rng = np.random.default_rng(5)
    which = rng.choice(len(nodes.probability), draws, p=nodes.probability)
    theta = nodes.groups.part((slice(None), which)).drawn(rng)
    share = (theta > nodes.phi["mean"][which]).mean(axis=1)[nodes.where]
    found = probability(fit, above="mean")
    assert np.max(np.abs(share - found.probability)) < 5 * 0.5 / np.sqrt(draws) + found.accuracy


@pytest.mark.parametrize("family", OURS)
def test_above_another_group(family):
    fit, _ = of(family, 3)
    found = probability(fit, than="g2")
    table = found.columns()
    j = list(table["g"]).index("g5")
    pair = compare(fit, "g5", "g2")
    assert abs(table["probability"][j] - pair.p_greater) <= found.accuracy + pair.accuracy
    assert np.isnan(table["probability"][fit.place("g2")])


def test_tails_keep_their_digits():
    fit = known(pp.proportions({"y": [3, 5], "n": [40, 50]}, successes="y", trials="n").given(alpha=2.0, beta=20.0))
    found = probability(fit, above=0.6).probability
    np.testing.assert_allclose(found, sc.betaincc([5.0, 7.0], [57.0, 65.0], 0.6), rtol=1e-9)
    assert np.all(found < 1e-14)


def test_a_list_keeps_its_share_of_false_discoveries():
    fit = known(pp.proportions(RATS, successes="tumors", trials="rats", group="group"))
    chosen = select(fit, above="mean", fdr=0.1)
    p = np.sort(probability(fit, above="mean").probability)[::-1]
    assert chosen.fdr == pytest.approx(np.mean(1.0 - p[: len(chosen.chosen)]))
    assert chosen.fdr <= 0.1 < np.mean(1.0 - p[: len(chosen.chosen) + 1])
    assert list(chosen.columns()) == ["group", "probability", "fdr"]
    assert len(chosen.table()) == len(chosen.chosen)
    assert "of 71 groups" in repr(chosen)
    none = select(fit, above=0.9, fdr=0.001)
    assert len(none.chosen) == 0
    assert none.fdr == 0.0
    assert repr(none).startswith("0 of 71")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "Give one of"),
        ({"above": 0.1, "below": 0.2}, "not above and below"),
        ({"above": 1.2}, "above 0 and below 1"),
        ({"above": "median"}, "takes a number"),
        ({"above": True}, "takes a number"),
        ({"between": (0.5, 0.2)}, "lower and a higher"),
        ({"than": "nobody"}, "no group"),
    ],
)
def test_refusals(asked, said):
    fit = known(pp.proportions(RATS, successes="tumors", trials="rats", group="group"))
    with pytest.raises(pp.errors.RequestError, match=said):
        probability(fit, **asked)


def test_what_other_families_cannot_be():
    with pytest.raises(pp.errors.RequestError, match="rate is a finite number above 0"):
        probability(of("rates")[0], above=-1.0)
    with pytest.raises(pp.errors.RequestError, match="finite"):
        probability(of("estimates")[0], below=float("inf"))
    with pytest.raises(pp.errors.RequestError, match="fdr must be"):
        select(of("estimates")[0], above=1.0, fdr=1.5)


def test_words():
    fit, _ = of("rates")
    assert repr(probability(fit, above="mean")).startswith("P(theta > the population mean) of 9 groups")
    assert list(probability(fit, below=0.3).table().columns) == ["g", "probability"]


@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("probability", lambda fit: fit.probability(above=0.1)),
        ("fdr", lambda fit: fit.select(above=0.1)),
        ("p_greater", lambda fit: fit.pair_columns()),
        ("p_best", lambda fit: fit.ranks()),
    ],
)
def test_a_group_column_with_the_name_of_a_result_is_refused(name, ask):
    fit = pp.proportions({name: ["a", "b", "c"], "y": [1, 2, 5], "n": [9, 9, 9]}, successes="y", trials="n", group=name)
    with pytest.raises(pp.errors.RequestError, match=f'"{name}" has the name of a result; rename it'):
        ask(fit)


def test_one_group_beside_thousands_that_differ(monkeypatch):
    """Through kinds that stand for the groups, and through all of them."""
    rng = np.random.default_rng(4)
    trials = np.exp(rng.uniform(np.log(10), np.log(2000), 4000)).astype(int)
    successes = rng.binomial(trials, rng.beta(2.0, 60.0, 4000))
    fit = known(pp.proportions(successes=successes, trials=trials))
    found = probability(fit, than="7")
    monkeypatch.setattr("partialpool.analysis.comparisons.pairs.kinds", lambda *_: None)
    exact = probability(fit, than="7")
    off = np.abs(found.probability - exact.probability)[np.arange(4000) != 6]
    assert off.max() <= found.accuracy < 2e-6
