"""The order of rows, the splitting of rows and the name of success make no difference, to the last bit."""

import functools

import numpy as np
import pytest
from scipy import stats

import partialpool as pp
from designs import DESIGNS, PRIORS, fitted, solved, table

ALL_PRIORS = pytest.mark.parametrize("prior", PRIORS)
NUMBERS = ("raw", "mean", "sd", "median", "lower", "upper", "weight")
SWAPPED = {"mean": "mean", "concentration": "concentration", "alpha": "beta", "beta": "alpha", "sd": "sd"}
Y, N = DESIGNS["mixed"]


@functools.cache
def tables(prior):
    fit = solved(prior, "mixed")
    return fit.group_columns(), fit.population_columns()


@functools.cache
def mirrored(prior):
    fit = fitted([b - a for a, b in zip(Y, N, strict=True)], N, PRIORS[prior][1])
    return fit.group_columns(), fit.population_columns()


def assert_same(one, other, names):
    for name in names:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


@ALL_PRIORS
def test_rows_in_any_order(prior):
    order = [2, 0, 3, 1]
    data = {name: [column[i] for i in order] for name, column in table(Y, N).items()}
    fit = pp.proportions(data, successes="y", trials="n", group="g", prior=PRIORS[prior][0])
    groups, population = tables(prior)
    assert_same({k: v[order] for k, v in groups.items()}, fit.group_columns(), ("g", *NUMBERS, "note"))
    assert_same(population, fit.population_columns(), population)


@ALL_PRIORS
def test_groups_with_failures_counted_in_place_of_successes(prior):
    groups, other = tables(prior)[0], mirrored(prior)[0]
    assert_same(groups, other, ("sd", "weight"))
    for name, opposite in (("mean", "mean"), ("median", "median"), ("lower", "upper"), ("upper", "lower")):
        assert_reflected(groups[name], other[opposite])


@ALL_PRIORS
def test_population_with_failures_counted_in_place_of_successes(prior):
    rows, other = tables(prior)[1], mirrored(prior)[1]
    names = list(rows["parameter"])
    swapped = [names.index(SWAPPED[name]) for name in names]
    for i, j in enumerate(swapped[1:], start=1):
        for name in ("mean", "sd", "median", "lower", "upper"):
            np.testing.assert_array_equal(rows[name][i], other[name][j], err_msg=f"{name} of {names[i]}")
    assert rows["sd"][0] == other["sd"][0]
    for name, opposite in (("mean", "mean"), ("median", "median"), ("lower", "upper"), ("upper", "lower")):
        assert_reflected(rows[name][:1], other[opposite][:1])


def assert_reflected(x, y):
    """The larger of the two is 1 minus the smaller, to the last bit."""
    small, large = np.minimum(x, y), np.maximum(x, y)
    np.testing.assert_array_equal(large, 1.0 - small)


@pytest.mark.parametrize("design", ["single trials", "extremes", "even", "identical", "one group"])
def test_other_designs_mirror_too(design):
    y, n = DESIGNS[design]
    one = solved("uniform-shrinkage", design)
    other = fitted([b - a for a, b in zip(y, n, strict=True)], n, "uniform-shrinkage")
    assert_same(one.group_columns(), other.group_columns(), ("sd", "weight"))
    assert_reflected(one.group_columns()["median"], other.group_columns()["median"])


def test_rows_of_a_group_are_added_up():
    split = {"y": [0, 1, 5, 1, 2, 0], "n": [4, 4, 5, 5, 7, 0], "g": ["g0", "g1", "g2", "g1", "g2", "g3"]}
    fit = pp.proportions(split, successes="y", trials="n", group="g")
    groups, population = tables("uniform-shrinkage")
    assert_same(groups, fit.group_columns(), groups)
    assert_same(population, fit.population_columns(), population)


def test_a_row_a_trial():
    y = [outcome for a, b in zip(Y, N, strict=True) for outcome in [1] * a + [0] * (b - a)]
    g = [f"g{i}" for i, b in enumerate(N) for _ in range(b)]
    fit = pp.proportions({"y": y, "g": g}, successes="y", group="g")
    some = fitted(Y[:3], N[:3], "uniform-shrinkage")
    assert_same(some.group_columns(), fit.group_columns(), ("g", "y", *NUMBERS))
    assert_same(some.population_columns(), fit.population_columns(), ("median", "lower", "upper", "note"))


def test_equal_groups_have_equal_rows():
    groups = solved("uniform-shrinkage", "identical").group_columns()
    for name in NUMBERS:
        assert len(set(groups[name])) == 1


def test_the_same_call_gives_the_same_digits():
    again = fitted(Y, N, "uniform-shrinkage")
    groups, population = tables("uniform-shrinkage")
    assert_same(groups, again.group_columns(), groups)
    assert_same(population, again.population_columns(), population)
    assert again.accuracy == solved("uniform-shrinkage", "mixed").accuracy


MORE_SUCCESSES = {"g": list("abcd"), "y": [3, 9, 17, 5], "n": [10, 12, 20, 5]}


def turned(data):
    return data | {"y": [n - y for y, n in zip(data["y"], data["n"], strict=True)]}


@pytest.mark.parametrize("data", [MORE_SUCCESSES, turned(MORE_SUCCESSES)], ids=["more", "fewer"])
def test_given_is_the_closed_form_whichever_outcome_is_the_more_frequent(data):
    found = pp.proportions(data, successes="y", trials="n", group="g").given(alpha=1.5, beta=4.0).group_columns()
    y, n = np.array(data["y"]), np.array(data["n"])
    np.testing.assert_allclose(found["mean"], (y + 1.5) / (n + 5.5), rtol=1e-14)
    np.testing.assert_allclose(stats.beta(y + 1.5, n - y + 4.0).cdf(found["lower"]), 0.025, rtol=1e-11)
    np.testing.assert_allclose(found["weight"], n / (n + 5.5), rtol=1e-14)


def test_the_three_poolings_have_the_same_scores_for_successes_as_for_failures():
    one, other = (
        pp.proportions(data, successes="y", trials="n", group="g").pooling()
        for data in (MORE_SUCCESSES, turned(MORE_SUCCESSES))
    )
    for name, column in one.score_columns().items():
        if name not in ("model", "note"):
            np.testing.assert_allclose(column, other.score_columns()[name], rtol=1e-11)
    np.testing.assert_allclose(one.group_columns()["mean"], 1.0 - other.group_columns()["mean"], rtol=1e-11)
    np.testing.assert_allclose(one.group_columns()["lower"], 1.0 - other.group_columns()["upper"], rtol=1e-9)
