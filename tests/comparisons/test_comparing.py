"""Two groups beside one another: a published figure, symmetry, brute force, closed forms, and refusals."""

import numpy as np
import pytest
from scipy import integrate, stats

import partialpool as pp
from partialpool.analysis.comparisons.comparing import compare
from partialpool.analysis.comparisons.pairs import pair_columns
from partialpool.analysis.fitted_model import FittedModel
from simulated import OURS, drawn

SCHOOLS = pp.datasets.load("eight_schools")


def known(fit):
    return FittedModel(fit.family, fit.data, fit.results, fit.level)


def of(family, seed=0):
    function, data, roles = drawn(family, seed)
    return known(function(data, **roles))


def schools():
    return known(pp.estimates(SCHOOLS, estimate="effect", se="se", group="school", prior="flat"))


def given(y, n, alpha, beta):
    fit = pp.proportions({"g": ["a", "b"], "y": y, "n": n}, successes="y", trials="n", group="g")
    return known(fit.given(alpha=alpha, beta=beta))


def test_schools_a_and_c():
    found = compare(schools(), "A", "C")
    assert found.p_greater == pytest.approx(0.68053, abs=5.1e-6)
    assert found.accuracy < 1e-7


@pytest.mark.parametrize("family", OURS)
def test_the_other_way_round(family):
    fit = of(family, 2)
    this, that = (compare(fit, *pair).columns() for pair in (("g0", "g3"), ("g3", "g0")))
    np.testing.assert_allclose(this["p_greater"] + that["p_greater"], 1.0, atol=1e-9)
    np.testing.assert_allclose(this["lower"][0], -that["upper"][0], rtol=1e-6)
    np.testing.assert_allclose(this["sd"][0], that["sd"][0], rtol=1e-9)
    if len(this["lower"]) > 1:
        np.testing.assert_allclose(this["lower"][1:] * that["upper"][1:], 1.0, rtol=1e-6)
        np.testing.assert_allclose(this["median"][1:] * that["median"][1:], 1.0, rtol=1e-6)


@pytest.mark.parametrize("family", OURS)
def test_brute_force(family):
    fit = of(family, 7)
    nodes, draws = fit.conditionals(4), 1_000_000
    rng = np.random.default_rng(3)
    which = rng.choice(len(nodes.probability), draws, p=nodes.probability)
    pair = [fit.place("g1"), fit.place("g4")]
    one, other = (nodes.groups.part((nodes.where[j], which)).drawn(rng) for j in pair)
    found = compare(fit, "g1", "g4")
    table = found.columns()
    values = {"difference": one - other, "ratio": one / other}
    if family == "proportions":
        values["odds ratio"] = one / (1 - one) / (other / (1 - other))
    assert abs((one > other).mean() - found.p_greater) < 5 * 0.5 / np.sqrt(draws)
    for i, quantity in enumerate(table["quantity"]):
        x = values[quantity]
        for name, p in (("lower", 0.025), ("median", 0.5), ("upper", 0.975)):
            assert abs((x <= table[name][i]).mean() - p) < 5 * np.sqrt(p * (1 - p) / draws)
        if quantity == "difference":
            assert abs(x.mean() - table["mean"][i]) < 5 * x.std() / np.sqrt(draws)
            assert x.std() == pytest.approx(table["sd"][i], rel=0.01)


def test_two_betas_by_a_double_integral():
    fit = given([3, 9], [10, 12], 1.5, 4.0)
    one, other = stats.beta(4.5, 11.0), stats.beta(10.5, 7.0)
    found = compare(fit, "a", "b").columns()
    greater = integrate.quad(lambda t: one.pdf(t) * other.cdf(t), 0, 1, epsabs=1e-13)[0]
    assert found["p_greater"][0] == pytest.approx(greater, abs=1e-10)
    for name, p in (("lower", 0.025), ("upper", 0.975)):
        d, r, o = (found[name][i] for i in range(3))
        below = integrate.quad(lambda t, d=d: other.pdf(t) * one.cdf(t + d), 0, 1, epsabs=1e-12, limit=200)[0]
        assert below == pytest.approx(p, abs=1e-9)
        below = integrate.quad(lambda t, r=r: other.pdf(t) * one.cdf(t * r), 0, 1, epsabs=1e-12, limit=200)[0]
        assert below == pytest.approx(p, abs=1e-9)
        odds = integrate.quad(
            lambda t, o=o: other.pdf(t) * one.cdf(o * t / (1 - t + o * t)), 0, 1, epsabs=1e-12, limit=200
        )[0]
        assert odds == pytest.approx(p, abs=1e-9)
    ratio = one.mean() * (17.5 - 1) / (10.5 - 1)
    assert found["mean"][1] == pytest.approx(ratio, rel=1e-12)
    assert found["mean"][2] == pytest.approx(4.5 / (11.0 - 1) * 7.0 / (10.5 - 1), rel=1e-12)
    square = 4.5 * 5.5 / (15.5 * 16.5) * 16.5 * 15.5 / (9.5 * 8.5)
    assert found["sd"][1] == pytest.approx(np.sqrt(square - ratio**2), rel=1e-12)


def test_means_that_do_not_exist():
    fit = known(pp.proportions({"g": ["a", "b"], "y": [3, 0], "n": [10, 10]}, successes="y", trials="n", group="g"))
    found = compare(fit, "a", "b").columns()
    assert np.isfinite(found["mean"][0])
    assert np.isnan(found["mean"][1:]).all()
    assert "at least 2 successes of b" in found["note"][1]
    assert np.isfinite(found["median"]).all()


def test_very_different_sizes():
    """A certain proportion of 0.3 beside a small group: P(other < 0.3) from its own distribution function."""
    fit = given([30_000_000, 1], [100_000_000, 4], 2.0, 3.0)
    found = compare(fit, "a", "b")
    assert found.p_greater == pytest.approx(stats.beta(3, 6).cdf(0.3), abs=2e-6)
    upper = found.columns()["upper"][0]
    assert stats.beta(3, 6).cdf(0.3 - upper) == pytest.approx(0.025, abs=2e-6)


def test_units_do_not_matter():
    function, data, roles = drawn("rates", 4)
    one = compare(known(function(data, **roles)), "g0", "g1").columns()
    other = compare(known(function(data | {"e": data["e"] * 1e6}, **roles)), "g0", "g1").columns()
    np.testing.assert_allclose(other["upper"], one["upper"] / np.array([1e6, 1.0]), rtol=1e-7)
    np.testing.assert_allclose(other["p_greater"], one["p_greater"], atol=1e-9)


@pytest.mark.parametrize("family", OURS)
def test_all_pairs(family):
    fit = of(family, 5)
    table = pair_columns(fit)
    assert len(table["p_greater"]) == 36
    assert list(table) == ["g", "g_other", "p_greater", "mean", "sd", "error"]
    for i in (0, 17, 35):
        alone = compare(fit, table["g"][i], table["g_other"][i])
        assert abs(alone.p_greater - table["p_greater"][i]) < alone.accuracy + table["error"][i]
        assert alone.columns()["mean"][0] == pytest.approx(table["mean"][i], rel=1e-6, abs=1e-9)
        assert alone.columns()["sd"][0] == pytest.approx(table["sd"][i], rel=1e-6)


def test_equal_groups():
    fit = known(pp.proportions({"y": [3, 3, 5], "n": [20, 20, 20]}, successes="y", trials="n"))
    assert pair_columns(fit)["p_greater"][0] == 0.5


def test_refusals_and_words():
    fit = schools()
    with pytest.raises(pp.errors.RequestError, match="not with itself"):
        compare(fit, "A", "A")
    with pytest.raises(pp.errors.RequestError, match="no group 'Z'"):
        compare(fit, "A", "Z")
    with pytest.raises(pp.errors.RequestError, match=r"0\.9"):
        compare(fit, "A", "B", level=90)
    assert "P(A > C) = 0.680535" in repr(compare(fit, "A", "C"))
    assert list(compare(fit, "A", "B").table().columns)[:3] == ["quantity", "mean", "sd"]


def test_pairs_with_a_group_that_has_no_exposure():
    """Its mean is the next group's, which exists, and its sd, which does not."""
    data = {"g": ["a", "b", "c", "none"], "y": [3, 7, 1, 0], "e": [10.0, 12.0, 8.0, 0.0]}
    fit = pp.rates(data, events="y", exposure="e", group="g")
    groups, table = fit.group_columns(), fit.pair_columns()
    with_none = table["g_other"] == "none"
    np.testing.assert_array_equal(np.isnan(table["sd"]), with_none & np.isnan(groups["sd"][-1]))
    assert np.isnan(groups["sd"][-1])
    expected = [groups["mean"][i] - groups["mean"][-1] for i in range(3)]
    np.testing.assert_allclose(table["mean"][with_none], expected, rtol=1e-12)


def test_pairs_far_from_zero_keep_their_digits():
    rows = [1.0, 2.0, 4.0, 2.5, 3.0, 5.0]
    near, far = (
        pp.measurements({"g": list("aabbcc"), "y": [c + v for v in rows]}, value="y", group="g").pair_columns()
        for c in (0.0, 2.0**40)
    )
    for name in ("p_greater", "mean", "sd"):
        np.testing.assert_allclose(far[name], near[name], rtol=1e-9)
