"""Ranks of groups: published figures, sums, brute force, limits and refusals."""

import numpy as np
import pandas as pd
import pytest
from scipy import special as sc

import partialpool as pp
from partialpool.analysis.comparisons import alike, nodes, rank_sums
from partialpool.analysis.comparisons import ranking as module
from partialpool.analysis.comparisons.ranking import ranking
from partialpool.analysis.fitted_model import FittedModel
from partialpool.engine.conditionals import FINENESS, Conditionals
from simulated import OURS, drawn

SCHOOLS = pp.datasets.load("eight_schools")


def known(fit):
    return FittedModel(fit.family, fit.data, fit.results, fit.level)


def of(family, seed=0):
    function, data, roles = drawn(family, seed)
    return known(function(data, **roles))


def proportions(y, n, **options):
    return known(pp.proportions({"y": list(y), "n": list(n)}, successes="y", trials="n", **options))


def test_the_schools_to_all_printed_digits():
    found = ranking(known(pp.estimates(SCHOOLS, estimate="effect", se="se", group="school", prior="flat"))).columns()
    best = [0.25168, 0.10177, 0.08360, 0.09940, 0.05053, 0.07074, 0.20466, 0.13760]
    np.testing.assert_allclose(found["p_best"], best, atol=5.1e-6)
    expected = [3.491, 4.492, 5.011, 4.576, 5.451, 5.071, 3.569, 4.340]
    np.testing.assert_allclose(found["expected_rank"], expected, atol=5.1e-4)


@pytest.mark.parametrize("family", OURS)
def test_ranks_add_up(family):
    found = ranking(of(family))
    size = len(found.expected)
    each = np.diff(found.cumulative, axis=1, prepend=0.0)
    assert found.accuracy < 2.5e-7
    assert found.expected.sum() == pytest.approx(size * (size + 1) / 2, abs=1e-9)
    np.testing.assert_allclose(each.sum(axis=0), 1.0, atol=1e-9)  # each rank is somebody's
    np.testing.assert_allclose(each @ np.arange(1, size + 1), found.expected, atol=1e-8)
    assert np.all(each > -1e-12)


@pytest.mark.parametrize("family", OURS)
def test_the_lowest_first_is_the_mirror(family):
    this, that = ranking(of(family)), ranking(of(family), best="low")
    size = len(this.expected)
    np.testing.assert_allclose(that.expected, size + 1 - this.expected, atol=1e-8)
    np.testing.assert_allclose(that.cumulative[:, :-1], 1.0 - this.cumulative[:, -2::-1], atol=1e-8)


@pytest.mark.parametrize("family", OURS)
def test_brute_force(family):
    """Ranks of draws from the nodes' conditionals, at a finer set of nodes."""
    of_fit = of(family, 3)
    found = ranking(of_fit)
    nodes = of_fit.conditionals(4)
    rng = np.random.default_rng(1)
    draws, size = 200_000, nodes.size
    which = rng.choice(len(nodes.probability), draws, p=nodes.probability)
    theta = nodes.groups.part(nodes.where).part((slice(None), which)).drawn(rng)
    rank = size - np.argsort(np.argsort(theta, axis=0), axis=0)
    error = np.sqrt(np.maximum(found.cumulative * (1.0 - found.cumulative), 1e-6) / draws)
    below = (rank[..., None] <= np.arange(1, size + 1)).mean(axis=1)
    assert np.max(np.abs(below - found.cumulative) / error) < 5.0


@pytest.mark.parametrize("family", OURS)
def test_the_stated_accuracy_holds(family):
    of_fit = of(family, 5)
    found = ranking(of_fit)
    finest = rank_sums.averaged(of_fit.conditionals(5), found.ranks, high=True)
    where = of_fit.conditionals(5).where
    assert np.max(np.abs(finest.below[where] - found.cumulative)) <= found.accuracy


def test_equal_groups_are_equal_and_two_groups_need_no_rank():
    found = ranking(proportions([3, 3, 3, 3], [20, 20, 20, 20]))
    np.testing.assert_allclose(found.cumulative, np.tile([0.25, 0.5, 0.75, 1.0], (4, 1)), atol=1e-9)
    two = ranking(proportions([3, 9], [20, 20]))
    assert two.cumulative[0, 0] + two.cumulative[1, 0] == pytest.approx(1.0, abs=1e-10)
    one = ranking(proportions([3], [20], prior=pp.Prior(mean=pp.Beta(2, 2), concentration=pp.Gamma(2, 1))))
    assert one.expected[0] == pytest.approx(1.0, abs=1e-10)


TWO = {
    "few events": lambda: pp.rates(events=[3, 0], exposure=[20.0, 31.0]),
    "one event": lambda: pp.rates(events=[0, 1], exposure=[5.0, 8.0]),
    "a giant beside a tiny one": lambda: pp.rates(events=[500_000, 0], exposure=[1e5, 0.3]),
    "conflict": lambda: pp.rates(events=[0, 100], exposure=[50.0, 1.0]),
    "no exposure": lambda: pp.rates(events=[3, 0], exposure=[10.0, 0.0]),
    "estimates": lambda: pp.estimates(estimate=[1.0, 2.0], se=[1.0, 1.5]),
    "known exactly": lambda: pp.estimates(estimate=[1.0, 2.0], se=[0.0, 1.5]),
    "rows": lambda: pp.measurements(mean=[1.0, 2.0], sd=[1.0, 1.2], n=[5, 6]),
    "one row": lambda: pp.measurements(mean=[1.0, 2.0], sd=[np.nan, 1.2], n=[1, 6]),
    "no success": lambda: pp.proportions(successes=[0, 0], trials=[5, 8]),
    "all successes": lambda: pp.proportions(successes=[5, 7], trials=[5, 8]),
}


def first_above(of):
    """P(theta_1 > theta_2) at each node: closed forms, or of betas the trapezoid rule."""
    one, two = of.part(0), of.part(1)
    if of.scale == "log":
        return sc.betainc(two.a, one.a, 1.0 / (1.0 + np.exp(one.log_s - two.log_s)))
    if of.scale == "standardised":
        return sc.ndtr((one.location - two.location) / np.hypot(one.sd, two.sd))
    t, size = np.linspace(-27.0, 27.0, 901)[:, None], np.minimum(one.spread, 1.0)
    z = one.bend + size * np.sinh(t)
    near = np.clip(z, -600.0, 600.0)  # beyond, theta is no double
    below = two.cdf(near) * np.exp(two.a * np.minimum(z - near, 0.0))
    below += two.sf(near) * -np.expm1(-two.b * np.maximum(z - near, 0.0))
    return 0.06 * size * np.sum(np.exp(one.log_density(z)) * below * np.cosh(t), axis=0)


@pytest.mark.parametrize("name", TWO)
def test_two_groups_against_closed_forms(name):
    """No event, one event, all successes, a giant, groups in conflict, known exactly or not at all."""
    of_fit = TWO[name]().known
    found = ranking(of_fit)
    nodes = of_fit.conditionals(3)
    exact = nodes.probability @ first_above(nodes.groups.part(nodes.where))
    assert found.accuracy < 2.5e-8
    assert abs(found.cumulative[0, 0] - exact) < min(found.accuracy, 1e-8)
    assert abs(found.cumulative[1, 0] - (1.0 - exact)) < min(found.accuracy, 1e-8)


def test_groups_of_very_different_size():
    """A group of ten million trials beside one of one: the sharp density is resolved."""
    found = ranking(proportions([0, 3_000_000, 5, 0], [1, 10_000_000, 20, 0]))
    np.testing.assert_allclose(np.diff(found.cumulative, axis=1, prepend=0.0).sum(axis=0), 1.0, atol=1e-8)


def test_given_parameters_against_a_double_integral():
    """Beta(2, 1) beside Beta(1, 2): P(first is larger) = 5/6."""
    fit = pp.proportions({"y": [1, 0], "n": [1, 1]}, successes="y", trials="n").given(alpha=1.0, beta=1.0)
    assert ranking(known(fit)).cumulative[0, 0] == pytest.approx(5.0 / 6.0, abs=1e-11)


def test_known_for_certain():
    fit = pp.proportions({"y": [1, 0], "n": [5, 5]}, successes="y", trials="n").given(mean=0.3, concentration=np.inf)
    with pytest.raises(pp.errors.RequestError, match="known for certain"):
        ranking(known(fit))
    fit = pp.estimates({"y": [1.0, 0.0], "se": [1.0, 1.0]}, estimate="y", se="se").given(mean=0.0, sd=0.0)
    with pytest.raises(pp.errors.RequestError, match="sd = 0"):
        ranking(known(fit))


def test_of_more_than_a_thousand_groups_some_ranks_are_shown(monkeypatch):
    rng = np.random.default_rng(8)
    n = rng.integers(20, 200, 120)
    of_fit = proportions(rng.binomial(n, rng.beta(4, 20, 120)), n)
    every = ranking(of_fit, top=10)
    monkeypatch.setattr(module, "EVERY_UP_TO", 100)
    monkeypatch.setattr(module, "_SOME", 40)
    some = ranking(of_fit, top=10)
    np.testing.assert_allclose(some.cumulative, every.cumulative[:, some.ranks.astype(int) - 1], atol=1e-12)
    np.testing.assert_allclose(some.expected, every.expected, atol=1e-10)
    one, other = every.columns(), some.columns()
    for name in ("p_best", "p_top"):
        np.testing.assert_allclose(other[name], one[name], atol=1e-12)
    for name in ("median_rank", "lower", "upper"):
        assert np.max(np.abs(other[name] - one[name])) <= 2
    with pytest.raises(pp.errors.RequestError, match="up to 100 groups"):
        some.probability_columns()


def test_many_groups_that_are_hardly_apart(monkeypatch):
    """Their ranks change quickly with theta: panels as wide as a group's own spread would be off by 1e-3."""
    rng = np.random.default_rng(3)
    n = rng.integers(20, 60, 150)
    of_fit = proportions(rng.binomial(n, 0.3), n)
    found = ranking(of_fit)
    assert found.accuracy < 3e-6
    monkeypatch.setattr(rank_sums, "_SDS", 1.5)
    monkeypatch.setattr(rank_sums, "_FINE", 1.5)
    nodes = of_fit.contrasts(4)
    exact = rank_sums.averaged(nodes, found.ranks, high=True)
    assert np.max(np.abs(exact.below[nodes.where] - found.cumulative)) <= found.accuracy
    assert np.max(np.abs(exact.expected[nodes.where] - found.expected)) <= 150 * found.accuracy


def test_tables():
    found = ranking(known(pp.estimates(pd.DataFrame(SCHOOLS), estimate="effect", se="se", group="school")), top=2)
    table, long = found.table(), found.probabilities()
    assert list(table.columns) == ["school", "expected_rank", "median_rank", "lower", "upper", "p_best", "p_top"]
    assert list(long.columns) == ["school", "rank", "probability"]
    assert len(long) == 64
    assert table["p_top"][0] == pytest.approx(long["probability"][:2].sum(), abs=1e-12)
    assert (table["lower"] <= table["median_rank"]).all()
    assert "rank 2 or better" in repr(found)
    narrow = ranking(known(pp.estimates(SCHOOLS, estimate="effect", se="se", group="school")), level=0.5).columns()
    assert np.all(narrow["upper"] - narrow["lower"] <= table["upper"] - table["lower"])


@pytest.mark.parametrize(
    ("options", "message"),
    [({"best": "big"}, "best must be"), ({"top": 0}, "top must be"), ({"top": 1.5}, "top"), ({"level": 95}, "0.95")],
)
def test_refusals(options, message):
    with pytest.raises(pp.errors.RequestError, match=message):
        ranking(of("estimates"), **options)


def test_a_family_without_conditionals_says_so():
    with pytest.raises(pp.errors.RequestError, match="not worked out"):
        ranking(of("toy"))


def test_nodes_are_a_distribution():
    for family in OURS:
        for kind in ("conditionals", "contrasts"):
            nodes: Conditionals = getattr(of(family), kind)(2)
            assert nodes.probability.sum() == pytest.approx(1.0, abs=1e-12)
            assert np.all(nodes.probability > 0.0)


def many(name, size):
    rng = np.random.default_rng(4)
    if name == "estimates":
        y = rng.normal(rng.standard_t(3, size), 1.0)  # some far from all others
        return pp.estimates({"y": y, "se": rng.uniform(0.5, 2.0, size)}, estimate="y", se="se")
    if name == "measurements":
        n = rng.integers(2, 10, size)
        theta = np.repeat(rng.normal(0.0, 0.7, size), n)
        return pp.measurements({"y": rng.normal(theta, 1.0), "g": np.repeat(np.arange(size), n)}, value="y", group="g")
    if name == "rates":
        e = rng.gamma(2.0, 20.0, size)
        return pp.rates({"y": rng.poisson(e * rng.gamma(4.0, 0.25, size)), "e": e}, events="y", exposure="e")
    n = rng.integers(1000, 30_000, size) if name == "alike" else rng.integers(10, 3000, size)
    n[:3] = 0 if name == "sparse" else n[:3]
    share = {"alike": 0.03, "sparse": rng.beta(2, 80, size), "spread": rng.beta(30, 30, size)}[name]
    return pp.proportions({"y": rng.binomial(n, share), "n": n}, successes="y", trials="n")


@pytest.mark.parametrize("name", ["alike", "sparse", "spread", "rates", "estimates", "measurements"])
def test_many_groups_through_kinds_that_stand_for_them(name, monkeypatch):
    """The same numbers as from all groups at the same nodes, within what is claimed."""
    size, high = 4000 if name == "alike" else 2000, name in ("alike", "spread", "estimates")
    monkeypatch.setattr(alike, "_WORTH", 1.0)
    of_fit = known(many(name, size))
    nodes = of_fit.contrasts(0)
    few = alike.kinds(of_fit, nodes)
    assert 0 < np.count_nonzero(~few.single) < len(few.single)
    ranks = np.unique(np.geomspace(1, size, 30).round())
    found, direct = (rank_sums.averaged(nodes, ranks, high=high, of=of) for of in (few, None))
    values = np.column_stack([found.expected / size, found.below])
    off = np.abs(few.of_groups(values, slice(None)) - np.column_stack([direct.expected / size, direct.below]))
    assert off.max() <= few.off(values) < 1e-4
    assert off[:, 1].max() < 1e-7  # P(rank = 1)


def test_ranks_of_many_groups_add_up():
    fit = many("sparse", 4000)
    found = fit.ranking(top=20)
    assert alike.kinds(fit.known, fit.known.contrasts(0)) is not None
    assert found.accuracy < 1e-5
    assert np.max(np.abs(found.cumulative.sum(axis=0) - found.ranks)) < 4000 * found.accuracy
    columns = found.columns()
    assert columns["expected_rank"].mean() == pytest.approx(2000.5, rel=1e-6)
    assert columns["p_best"].sum() == pytest.approx(1.0, abs=1e-4)


def test_few_groups_and_groups_far_apart_stand_for_themselves():
    few, apart = many("spread", 1000), many("rates", 1600)
    assert alike.kinds(few.known, few.known.contrasts(0)) is None
    assert alike.kinds(apart.known, apart.known.contrasts(0)) is None


def test_a_top_beyond_the_groups_is_refused():
    fit = pp.proportions({"y": [1, 0], "n": [5, 5]}, successes="y", trials="n")
    with pytest.raises(pp.errors.RequestError, match="number of groups, 2, not 99"):
        fit.ranking(top=99)
    assert fit.ranking().top == 2  # unless it is the 3 that was not asked for


@pytest.mark.parametrize("size", [200, 12_000])
def test_sparse_groups_of_very_different_sizes(size):
    """Trials from 10 to 5,000 at about 2 percent: small groups say more extreme things than large ones do."""
    rng = np.random.default_rng(3)
    trials = np.exp(rng.uniform(np.log(10), np.log(5000), size)).astype(int)
    successes = rng.binomial(trials, rng.beta(1.6, 78.0, size))
    found = ranking(pp.proportions(successes=successes, trials=trials).known, top=20)
    columns = found.columns()
    assert found.accuracy < 1e-4
    assert abs(columns["p_best"].sum() - 1.0) < size * found.accuracy
    assert abs(columns["p_top"].sum() - 20.0) < size * found.accuracy
    assert columns["p_best"].max() < 0.9
    best = np.argsort(-columns["p_best"])[:5]
    draws = pp.proportions(successes=successes, trials=trials).draws(4000, seed=5).theta
    counted = np.bincount(np.argmax(draws, axis=1), minlength=size)[best] / 4000
    np.testing.assert_allclose(columns["p_best"][best], counted, atol=0.035)


def test_the_claim_holds_for_the_worst_of_all_groups():
    """A few groups would not show how fine the nodes must be: the worst of these 130 is ten times worse than theirs."""
    rng = np.random.default_rng(12)
    exposure = np.exp(rng.uniform(2.0, 8.0, 130))
    events = rng.poisson(exposure * rng.gamma(10.0, 0.1, 130))
    fit = pp.rates({"y": events, "e": exposure}, events="y", exposure="e")
    found = fit.ranking()
    finest = rank_sums.averaged(fit.known.contrasts(FINENESS[-1]), found.ranks, high=True)
    assert np.abs(found.cumulative - finest.below[found._below.where]).max() < found.accuracy < 3e-7


@pytest.mark.parametrize(("sd", "thinned"), [(0.1, True), (2.0, False)])
def test_where_only_the_finest_thinned_nodes_serve_the_fewer_nodes_are_taken(sd, thinned):
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(150), np.append(60, rng.integers(1, 9, 149)))
    value = rng.normal(rng.normal(0.0, sd, 150)[group], 1.0)
    fit = pp.measurements({"v": value, "g": group}, value="v", group="g").known
    finest, lattice = fit.contrasts(5), fit.conditionals(2)

    def ask(at):
        good = at.probability is finest.probability or at.probability is lattice.probability
        return np.array([0.0 if good else 1e-3])

    found = nodes.chosen(fit, ask)
    assert (len(finest.probability) < len(fit.conditionals(1).probability)) == thinned
    assert (found.at, found.first) == ((fit.contrasts, 5) if thinned else (fit.conditionals, 1))
