"""The posterior as an object: what it prints, that it is frozen, its tables, and what it refuses to be asked."""

import dataclasses
import math

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import partialpool as pp
from designs import fitted, table

FIT = fitted([0, 2, 7, 0], [4, 9, 12, 0], "bda")
GROUP_COLUMNS = ["g", "y", "n", "raw", "mean", "sd", "median", "lower", "upper", "weight"]
POPULATION_COLUMNS = ["parameter", "mean", "sd", "median", "lower", "upper", "note"]


def test_repr():
    lines = repr(FIT).splitlines()
    assert lines[0] == "Posterior of 4 groups: binomial data, beta population, prior bda"
    row = FIT.population_columns()
    for i, name in enumerate(("mean", "concentration")):
        low, middle, high = (f"{row[column][i]:.4g}" for column in ("lower", "median", "upper"))
        assert lines[1 + i].split(maxsplit=1) == [name, f"median {middle}, 95% interval {low} to {high}"]
    assert lines[3].startswith("  accuracy: ")
    assert " ".join(line.strip() for line in lines[3:6]) == f"accuracy: {FIT.accuracy}"
    assert all(line.startswith("    ") for line in lines[4:6])
    assert max(map(len, lines)) <= 100
    assert (
        lines[6] == "  warning: only 2 groups with data: the prior dominates what is said of the population"
        or len(lines) == 7
    )
    assert lines[-1] == "  .groups() and .population() are the tables"
    assert str(FIT) == repr(FIT)


def test_repr_of_another_level_prior_and_method():
    assert "90% interval" in repr(fitted([1, 2, 5], [5, 6, 7], "bda", level=0.9))
    own = fitted([1, 2, 5], [5, 6, 7], pp.Prior(concentration=pp.Gamma(2, 0.1)))
    assert "prior mean ~ Beta(1, 1); concentration ~ Gamma(2, 0.1)" in repr(own)
    unnamed = fitted([1, 2, 5], [5, 6, 7], pp.Prior(concentration=lambda x: np.exp(-x)))
    assert "prior of the caller" in repr(unnamed)
    one = repr(fitted([3], [10], "bda"))
    assert one.startswith("Posterior of 1 group:")
    assert "warning: only 1 group with data: the prior dominates" in one
    given = repr(FIT.given(mean=0.25, concentration=8))
    assert "Posterior of 4 groups: binomial data, beta population, given" in given
    assert "0.25 (given)" in given


def test_frozen():
    for name in ("data", "model", "results", "level", "warnings", "other"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(FIT, name, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        FIT.accuracy.mean = 0.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        FIT.model.prior = None
    with pytest.raises(AttributeError):
        FIT.accuracy = None


def test_tables_do_not_share_memory_with_the_posterior():
    first = FIT.groups()
    before = FIT.group_columns()["mean"].copy()
    first["mean"] = 0.0
    np.testing.assert_array_equal(FIT.group_columns()["mean"], before)


@pytest.mark.parametrize(
    ("make", "kind"), [(pd.DataFrame, pd.DataFrame), (pl.DataFrame, pl.DataFrame), (pa.table, pa.Table)]
)
def test_tables_come_back_in_the_library_of_the_data(make, kind):
    fit = pp.proportions(make(table([0, 2, 7, 0], [4, 9, 12, 0])), successes="y", trials="n", group="g", prior="bda")
    groups, population = fit.groups(), fit.population()
    assert isinstance(groups, kind)
    assert isinstance(population, kind)
    assert names(groups) == [*GROUP_COLUMNS, "note"]
    assert names(population) == POPULATION_COLUMNS
    assert list(map(str, column(groups, "g"))) == ["g0", "g1", "g2", "g3"]
    assert column(groups, "y") == [0, 2, 7, 0]
    assert column(groups, "mean") == FIT.group_columns()["mean"].tolist()
    assert missing(column(groups, "raw")[3])
    assert column(population, "parameter") == ["mean", "concentration", "alpha", "beta", "sd"]
    assert [missing(x) for x in column(population, "mean")] == [False, True, True, True, False]
    assert column(population, "median") == FIT.population_columns()["median"].tolist()
    assert isinstance(fit.given(mean=0.2, concentration=3).groups(), kind)


def test_tables_of_a_relation_can_be_queried_on_its_connection():
    with duckdb.connect() as connection:
        rows = connection.sql("SELECT * FROM (VALUES ('a', 1, 10), ('b', 3, 12), ('a', 0, 5)) t(ad, clicks, views)")
        fit = pp.proportions(rows, successes="clicks", trials="views", group="ad")
        groups = fit.groups()
        assert isinstance(groups, pd.DataFrame)  # the first of three libraries that is installed
        found = connection.sql("SELECT rows.ad, mean FROM rows JOIN groups USING (ad) ORDER BY rows.clicks").fetchall()
        mean = dict(zip(groups["ad"], groups["mean"], strict=True))
        assert found == [("a", mean["a"]), ("a", mean["a"]), ("b", mean["b"])]
        assert isinstance(fit.attach(rows), duckdb.DuckDBPyRelation)


def names(frame):
    return list(frame.column_names if isinstance(frame, pa.Table) else frame.columns)


def column(frame, name):
    return frame[name].to_pylist() if isinstance(frame, pa.Table) else list(frame[name])


def missing(cell):
    return cell is None or cell is pd.NA or math.isnan(cell)


def test_group_columns_keep_their_names_and_order():
    data = {"team": ["b", "a", "b"], "year": [1, 1, 1], "hits": [1, 2, 0], "tries": [4, 5, 6]}
    fit = pp.proportions(data, successes="hits", trials="tries", group=["team", "year"])
    columns = fit.group_columns()
    assert list(columns) == ["team", "year", "hits", "tries", *GROUP_COLUMNS[3:]]
    assert columns["team"].tolist() == ["b", "a"]
    assert columns["tries"].tolist() == [10, 5]
    assert columns["raw"].tolist() == [0.1, 0.4]


def test_the_note_is_there_only_when_it_says_something():
    assert "note" not in fitted([1, 2], [4, 5], "bda").group_columns()
    assert FIT.group_columns()["note"].tolist() == ["", "", "", "no data"]
    assert math.isnan(FIT.group_columns()["raw"][3])


@pytest.mark.parametrize(
    "level", [0, 1, 0.0, 1.0, -0.5, 95, 95.0, 100, float("nan"), float("inf"), "0.95", None, True, [0.9]]
)
def test_levels_that_are_refused(level):
    data = table([1, 2], [5, 5])
    asked = [lambda: pp.proportions(data, successes="y", trials="n", group="g", level=level)]
    if level is not None:
        asked += [lambda: FIT.groups(level), lambda: FIT.population(level), lambda: FIT.group_columns(level)]
    for ask in asked:
        with pytest.raises(pp.RequestError, match="level must be a probability above 0 and below 1, not "):
            ask()


@pytest.mark.parametrize(("level", "meant"), [(95, "0.95"), (99.9, "0.999"), (50, "0.5"), (np.int64(90), "0.9")])
def test_per_cent_are_recognised(level, meant):
    with pytest.raises(pp.RequestError, match=rf"did you mean {meant}\?"):
        FIT.population(level)


def test_levels_of_any_type_of_number():
    assert FIT.group_columns(np.float64(0.9))["lower"].tolist() == FIT.group_columns(0.9)["lower"].tolist()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, r"given\(\) takes mean"),
        ({"mean": 0.2}, r"given\(\) takes mean"),
        ({"concentration": 3}, r"given\(\) takes mean"),
        ({"alpha": 1}, r"given\(\) takes mean"),
        ({"mean": 0.2, "alpha": 1}, r"given\(\) takes mean"),
        ({"mean": 0.2, "concentration": 3, "alpha": 1}, r"given\(\) takes mean"),
        ({"mean": 0.2, "concentration": 3, "alpha": 1, "beta": 2}, r"given\(\) takes mean"),
        ({"mean": 0, "concentration": 3}, "mean must be above 0 and below 1, not 0"),
        ({"mean": 1.0, "concentration": 3}, "mean must be above 0 and below 1, not 1.0"),
        ({"mean": float("nan"), "concentration": 3}, "mean must be above 0 and below 1, not nan"),
        ({"mean": 0.2, "concentration": 0}, "concentration must be a finite number above 0, not 0"),
        ({"mean": 0.2, "concentration": -1}, "concentration must be a finite number above 0, not -1"),
        ({"mean": 0.2, "concentration": float("nan")}, "concentration must be a finite number above 0, not nan"),
        ({"alpha": 0, "beta": 1}, "alpha must be a finite number above 0, not 0"),
        ({"alpha": 1, "beta": float("inf")}, "beta must be a finite number above 0, not inf"),
    ],
)
def test_given_that_is_refused(arguments, said):
    with pytest.raises(pp.RequestError, match=said):
        FIT.given(**arguments)


def test_given_leaves_the_posterior_as_it_was():
    before = FIT.population_columns()["median"].tolist()
    given = FIT.given(alpha=2, beta=5)
    assert given.model.method == "given"
    assert given.data is FIT.data
    assert given.warnings == ()
    assert FIT.model.method == "full"
    assert FIT.population_columns()["median"].tolist() == before
    again = given.given(alpha=3, beta=1)
    assert again.population_columns()["mean"][0] == 0.75


def test_accuracy_is_a_number_and_a_sentence():
    accuracy = FIT.accuracy
    assert float(accuracy) == max(accuracy.mean, accuracy.sd, accuracy.probability)
    assert 0 < float(accuracy) < 1e-8
    assert f"means within {accuracy.mean:.0e}" in str(accuracy)
    assert accuracy.how in str(accuracy)
    assert "closed forms" in FIT.given(alpha=1, beta=2).accuracy.how


def test_repr_of_measurements_has_the_scatter_and_its_share():
    data = pp.datasets.load("coagulation")
    lines = repr(pp.measurements(data, value="time_seconds", group="diet")).splitlines()
    assert [line.split()[0] for line in lines[1:5]] == ["mean", "sd", "sigma", "icc"]
