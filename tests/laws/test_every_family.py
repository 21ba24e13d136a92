"""Laws that hold in every family, found through tests/simulated.py: a new family is put to them by one line there."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from merging import merge
from printed import unfolded
from simulated import FAMILIES, drawn

pytestmark = pytest.mark.parametrize("family", FAMILIES)
SUMMARIES = ("raw", "mean", "sd", "median", "lower", "upper", "weight")


def columns_by_group(fit, level=None):
    """Every cell of the table of groups, by the name of the group."""
    table = fit.group_columns(level)
    order = np.argsort(table["g"].astype(str))
    return {name: column[order] for name, column in table.items()}


def the_same(one, other, exactly=True):
    a, b = columns_by_group(one), columns_by_group(other)
    assert a.keys() == b.keys()
    for name, column in a.items():
        if exactly or column.dtype.kind != "f":
            np.testing.assert_array_equal(column, b[name], err_msg=name)
        else:
            np.testing.assert_allclose(column, b[name], rtol=1e-9, atol=1e-12, err_msg=name)


def test_the_order_of_the_groups_does_not_matter(family):
    function, data, roles = drawn(family)
    first = data["g"][0]
    there = np.argsort(data["g"] == first, kind="stable")  # whole groups change places, their rows do not
    moved = {name: column[there] for name, column in data.items()}
    the_same(function(data, **roles), function(moved, **roles))


def test_the_order_of_the_rows_matters_no_more_than_rounding(family):
    function, data, roles = drawn(family)
    order = np.random.default_rng(1).permutation(len(data["g"]))
    the_same(
        function(data, **roles),
        function({name: column[order] for name, column in data.items()}, **roles),
        exactly=False,
    )


def test_groups_of_parts_merge_to_the_groups_of_the_whole(family):
    function, data, roles = drawn(family)
    half = len(data["g"]) // 2 + 1
    first, rest = (
        function({n: c[part] for n, c in data.items()}, **roles).data for part in (slice(half), slice(half, None))
    )
    whole, both = function(data, **roles).data, merge(first, rest)
    for name, labels in whole.labels.items():
        assert labels.tolist() == both.labels[name].tolist()
    for role, values in whole.statistics.items():
        np.testing.assert_allclose(both.statistics[role], values, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_quantiles_are_in_order_and_intervals_nested(family, seed):
    function, data, roles = drawn(family, seed)
    fit = function(data, **roles)
    narrow, wide = fit.group_columns(0.5), fit.group_columns(0.99)
    for column in (narrow, wide):
        assert (column["lower"] < column["median"]).all()
        assert (column["median"] < column["upper"]).all()
    assert (wide["lower"] < narrow["lower"]).all()
    assert (narrow["upper"] < wide["upper"]).all()
    np.testing.assert_allclose(narrow["median"], wide["median"], rtol=1e-8)
    for row in zip(*(fit.population_columns(level)["lower"] for level in (0.99, 0.9, 0.5)), strict=True):
        assert sorted(row) == list(row)


@pytest.mark.parametrize("seed", range(3))
def test_every_number_is_one_and_the_accuracy_is_stated(family, seed):
    function, data, roles = drawn(family, seed)
    fit = function(data, **roles)
    table = fit.group_columns()
    assert all(np.isfinite(table[name]).all() for name in SUMMARIES)
    assert ((table["weight"] > 0) & (table["weight"] < 1)).all()
    assert (table["sd"] > 0).all()
    population = fit.population_columns()
    for mean, note in zip(population["mean"], population["note"], strict=True):
        assert np.isfinite(mean) or "does not exist" in note
    assert 0 < float(fit.accuracy) < 1e-8
    assert fit.accuracy.how


def test_a_group_leans_on_the_others(family):
    """The population is wider than no data at all would leave it: estimates lie closer together than raw ones."""
    function, data, roles = drawn(family)
    table = function(data, **roles).group_columns()
    assert np.ptp(table["mean"]) < np.ptp(table["raw"])


def test_a_posterior_is_frozen_and_leaves_the_data_alone(family):
    function, data, roles = drawn(family)
    before = {name: column.copy() for name, column in data.items()}
    for column in data.values():
        column.flags.writeable = False
    fit = function(data, **roles)
    fit.groups()
    with pytest.raises(dataclasses.FrozenInstanceError):
        fit.level = 0.5
    for name, column in before.items():
        np.testing.assert_array_equal(column, data[name])


def test_tables_come_back_in_the_library_of_the_data(family):
    function, data, roles = drawn(family)
    fit = function(pd.DataFrame(data), **roles)
    assert isinstance(fit.groups(), pd.DataFrame)
    assert isinstance(fit.population(), pd.DataFrame)
    the_same(fit, function(data, **roles))


def test_the_text_of_a_posterior_says_what_it_is(family):
    function, data, roles = drawn(family)
    fit = function(data, **roles)
    assert f"{fit.data.size} groups" in repr(fit)
    assert str(fit.accuracy) in unfolded(fit)
