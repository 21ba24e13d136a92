"""Columns given as arrays and Series in the place of names: the same fit as by names, or a refusal that says why."""

import array
import datetime as dt

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import partialpool as pp

ADS = {"ad": ["a", "b", "a", "c"], "clicks": [3, 4, 5, 9], "views": [30, 41, 52, 60], "cost": [1.5, 2.0, 2.5, 9.0]}
QUICK = {"method": "moments"}
NAMED = pp.proportions(ADS, successes="clicks", trials="views", group="ad", **QUICK).group_columns()


def same(fit, names=("ad", "clicks", "views")):
    found = fit.group_columns()
    assert tuple(found)[:3] == names
    for mine, theirs in zip(found.values(), NAMED.values(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


FRAMES = {
    "pandas": lambda c: pd.DataFrame(c, index=[7, 7, 0, 3]),
    "nullable": lambda c: pd.DataFrame(c).convert_dtypes(),
    "categorical": lambda c: pd.DataFrame(c).astype({"ad": "category"}),
    "polars": pl.DataFrame,
    "narwhals": lambda c: nw.from_native(pl.DataFrame(c)),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_series_have_their_own_names_and_give_their_own_library(kind):
    table = FRAMES[kind](ADS)
    fit = pp.proportions(successes=table["clicks"], trials=table["views"], group=table["ad"], **QUICK)
    same(fit)
    assert type(fit.groups()) is (pl.DataFrame if kind in ("polars", "narwhals") else pd.DataFrame)


@pytest.mark.parametrize(
    "make",
    [list, tuple, np.array, pl.Series, pd.Series, pd.Index, pa.array, lambda cells: pa.chunked_array([cells])],
)
def test_columns_without_a_name_are_called_by_their_role(make):
    fit = pp.proportions(successes=make(ADS["clicks"]), trials=make(ADS["views"]), group=make(ADS["ad"]), **QUICK)
    same(fit, ("group", "successes", "trials"))


def test_pyarrow_columns_give_a_pyarrow_table():
    table = pa.table(ADS)
    fit = pp.proportions(successes=table["clicks"], trials=table["views"], group=table["ad"], **QUICK)
    assert isinstance(fit.groups(), pa.Table)


@pytest.mark.parametrize("kind", [*FRAMES, "lazy", "pyarrow", "dict", "list of dicts", "duckdb", "csv"])
def test_names_and_arrays_may_be_mixed(kind, tmp_path):
    if kind == "csv":
        data = tmp_path / "ads.csv"
        pd.DataFrame(ADS).to_csv(data, index=False)
    elif kind == "duckdb":
        connection = duckdb.connect()
        connection.register("ads", pa.table(ADS))
        data = connection.sql("SELECT * FROM ads")
    else:
        others = {
            "lazy": lambda c: pl.DataFrame(c).lazy(),
            "pyarrow": pa.table,
            "dict": dict,
            "list of dicts": lambda c: [dict(zip(c, row, strict=True)) for row in zip(*c.values(), strict=True)],
        }
        data = (FRAMES | others)[kind](ADS)
    views, labels = np.array(ADS["views"]), [*ADS["ad"][:3], np.str_("c")]
    fit = pp.proportions(data, successes="clicks", trials=views, group="ad", **QUICK)
    same(fit, ("ad", "clicks", "trials"))
    fit = pp.proportions(data, successes=ADS["clicks"], trials="views", group="ad", **QUICK)
    same(fit, ("ad", "successes", "views"))
    same(pp.proportions(data, successes="clicks", trials="views", group=labels, **QUICK), ("group", "clicks", "views"))


def test_every_family_takes_columns():
    t, se, g = pd.Series([1.0, 2.0, 4.0], name="effect"), [1.0, 1.0, 0.5], pd.Series(["x", "y", "z"], name="school")
    by_name = {"effect": t, "se": se, "school": g}
    one = pp.estimates(estimate=t, se=se, group=g, **QUICK).group_columns()
    other = pp.estimates(by_name, estimate="effect", se="se", group="school", **QUICK).group_columns()
    squared = pp.estimates(estimate=t, variance=np.square(se), group=g, **QUICK).group_columns()
    assert list(one) == list(other)
    np.testing.assert_array_equal(one["mean"], other["mean"])
    np.testing.assert_array_equal(one["mean"], squared["mean"])
    events = pp.rates(events=pl.Series("deaths", [1, 2, 9]), exposure=(10.0, 11.0, 12.5), **QUICK).group_columns()
    assert list(events)[:4] == ["group", "deaths", "exposure", "raw"]
    values = pp.measurements(value=np.array([1.0, 2.0, 5.0, 7.0]), group=list("aabb"), **QUICK).group_columns()
    assert values["raw"].tolist() == [1.5, 6.0]
    summaries = pp.measurements(mean=[1.5, 6.0], sd=[0.7, 1.4], n=[2, 2], **QUICK).group_columns()
    assert summaries["raw"].tolist() == [1.5, 6.0]
    assert "sd_observed" in summaries


def test_outcomes_of_single_trials():
    fit = pp.proportions(successes=pd.Series([True, False, True, True], name="won"), group=list("aabb"), **QUICK)
    assert fit.group_columns()["won"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("group", "names"),
    [
        (["plant", pd.Series(["m", "m", "k", "k"], name="machine")], ["plant", "machine"]),
        ([["p", "p", "q", "q"], ["m", "m", "k", "k"]], ["group_1", "group_2"]),
        (pd.DataFrame({"plant": list("ppqq"), "machine": list("mmkk")}), ["plant", "machine"]),
        (pl.DataFrame({"plant": list("ppqq"), "machine": list("mmkk")}), ["plant", "machine"]),
        (pa.table({"plant": list("ppqq"), "machine": list("mmkk")}), ["plant", "machine"]),
        (nw.from_native(pl.DataFrame({"plant": list("ppqq")})), ["plant"]),
        (pd.DataFrame([["p", "m"], ["p", "m"], ["q", "k"], ["q", "k"]], columns=["x", "x"]), ["x", "group_2"]),
        (
            pd.MultiIndex.from_tuples([("p", 1), ("p", 2), ("q", 1), ("q", 2)], names=["plant", None]),
            ["plant", "group_2"],
        ),
        ([1, 1, 2, 2], ["group"]),
        ([dt.date(2024, 1, 1)] * 2 + [dt.date(2024, 1, 2)] * 2, ["group"]),
        (range(4), ["group"]),
        (array.array("l", [1, 1, 2, 2]), ["group"]),
        (np.array(["plant", "plant", "x", "x"]), ["group"]),
        (pd.Index(["a", "a", "b", "b"], name="key"), ["key"]),
        ([], ["group"]),
    ],
)
def test_group_columns(group, names):
    data = {"plant": list("ppqq"), "y": [1, 2, 3, 4], "n": [10, 20, 30, 40]}
    fit = pp.proportions(data, successes="y", trials="n", group=group, **QUICK)
    assert list(fit.data.labels) == names


def test_text_without_a_table_is_a_column_of_labels():
    fit = pp.proportions(successes=[1, 2], trials=[5, 6], group=["successes", "trials"], **QUICK)
    assert fit.data.labels["group"].tolist() == ["successes", "trials"]


def test_lists_of_text_beside_a_table_are_names_unless_they_repeat():
    data = {"y": [1, 2, 3], "n": [9, 9, 9]}
    with pytest.raises(pp.ColumnError, match=r"no column 'a'.* A list of text names columns; give labels as an array"):
        pp.proportions(data, successes="y", trials="n", group=["a", "b", "c"])
    fit = pp.proportions(data, successes="y", trials="n", group=["a", "b", "a"], **QUICK)
    assert fit.data.labels["group"].tolist() == ["a", "b"]


def test_names_are_not_used_twice():
    one, other = pd.Series([3, 4], name="n"), pd.Series([30, 41], name="n")
    fit = pp.proportions(successes=one, trials=other, group=pd.Series(["a", "b"], name="n"), **QUICK)
    assert (list(fit.data.labels), dict(fit.data.columns)) == (["group"], {"successes": "n", "trials": "trials"})
    fit = pp.proportions({"trials": [3, 4]}, successes="trials", trials=[5, 6], **QUICK)
    assert fit.data.columns["trials"] != "trials"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"successes": [1, 2], "trials": [5]}, pp.ColumnError, r"'successes' has 2, 'trials' has 1\. Give every"),
        ({"data": ADS, "successes": "clicks", "trials": [5]}, pp.ColumnError, "'clicks' has 4, 'trials' has 1"),
        ({"data": ADS, "successes": "clicks", "trials": "views", "group": [1, 2]}, pp.ColumnError, "'group' has 2"),
        ({"successes": "clicks", "trials": [5]}, pp.RequestError, "no table is given that could have 'clicks'"),
        ({"data": ADS, "successes": 3, "trials": "views"}, pp.RequestError, "3 is not text.* as an array or a Series"),
        ({"successes": [1, 2], "trials": 20}, pp.RequestError, "column name 20 is not text"),
        ({"data": ADS, "successes": pl.col("clicks"), "trials": "views"}, pp.RequestError, "is not text"),
        ({"data": ADS, "successes": np.float64(3), "trials": "views"}, pp.RequestError, "is not text"),
        ({"successes": np.zeros((2, 2)), "trials": [1, 2]}, pp.ColumnError, "one-dimensional"),
        ({"successes": pd.DataFrame({"y": [1, 2]}), "trials": [1, 2]}, pp.ColumnError, "one-dimensional"),
        ({"successes": [1, None], "trials": [1, 2]}, pp.CellError, r"'successes' has no value in row 2\."),
        ({"successes": [1, "x"], "trials": [1, 2]}, pp.CellError, "row 2: 'x'"),
        ({"successes": [3, 1], "trials": [2, 2]}, pp.CellError, "row 1: successes=3, trials=2"),
        ({"successes": [1, 1], "trials": [2, 2], "group": ["a", None]}, pp.CellError, "'group' has no value in row 2"),
        ({"successes": [1, 1], "trials": [2, 2], "group": [[1], [2, 3]]}, pp.ColumnError, "'group_1' has 1"),
        ({"successes": [], "trials": []}, pp.DataError, "no rows"),
        ({"data": 3, "successes": [1, 2], "trials": [3, 4]}, pp.DataError, "which is not read here"),
        ({"data": pd.Series([1]), "successes": [1], "trials": [3]}, pp.DataError, "which is not read here"),
        ({"data": ADS, "successes": [1], "trials": [3]}, pp.ColumnError, "'ad' has 4, 'successes' has 1"),
        (
            {"data": pl.DataFrame(ADS), "successes": [1], "trials": [3]},
            pp.ColumnError,
            "'the table' has 4, 'successes'",
        ),
        ({"data": ADS, "successes": "clicks", "trials": "views", "group": {"a", "b"}}, pp.RequestError, "is not text"),
        ({"data": ADS, "successes": "clicks", "trials": pl.DataFrame(ADS).lazy()}, pp.RequestError, "is not text"),
    ],
)
def test_what_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        pp.proportions(**arguments)


def test_a_list_of_names_where_one_column_is_taken():
    data = {"width_mm": [1.0, 2.5, 3.0], "weight_g": [2.0, 2.5, 4.0], "lab": ["a", "a", "b"]}
    with pytest.raises(pp.RequestError) as refused:
        pp.measurements(data, value=["width_mm", "weight_g"], group="lab")
    assert str(refused.value) == (
        "value= takes one column, and ['width_mm', 'weight_g'] names 2. Make one fit for each: one with "
        "value='width_mm', the next with value='weight_g'."
    )
    with pytest.raises(pp.RequestError, match=r"not a list: write successes='clicks'\."):
        pp.proportions(ADS, successes=["clicks"], trials="views")


def test_a_list_of_numbers_that_are_text_is_a_column():
    written = pp.proportions(ADS, successes=[str(clicks) for clicks in ADS["clicks"]], trials="views", group="ad")
    wanted = pp.proportions(ADS, successes="clicks", trials="views", group="ad")
    assert written.group_columns()["mean"].tolist() == wanted.group_columns()["mean"].tolist()


def test_pandas_columns_of_other_rows_are_refused():
    clicks = pd.Series([3, 4], name="clicks")
    views = pd.Series([41, 30], name="views", index=[1, 0])
    with pytest.raises(pp.ColumnError, match=r"'clicks' and 'views' are not the same rows: their indexes differ"):
        pp.proportions(successes=clicks, trials=views, **QUICK)
    with pytest.raises(pp.ColumnError, match=r"data and 'views' are not the same rows"):
        pp.proportions(clicks.to_frame(), successes="clicks", trials=views, **QUICK)
    assert pp.proportions(successes=clicks, trials=views.to_numpy(), **QUICK).data.size == 2


def test_missing_rows_are_dropped_from_all_columns():
    fit = pp.proportions(
        successes=pd.array([1, None, 3], dtype="Int64"), trials=[5, 6, 7], group=list("abc"), missing="drop", **QUICK
    )
    assert fit.data.labels["group"].tolist() == ["a", "c"]


@pytest.mark.parametrize("kind", ["lazy", "duckdb", "csv", "pandas"])
def test_a_table_whose_columns_are_all_given_says_the_library(kind, tmp_path):
    table = {
        "lazy": pl.DataFrame(ADS).lazy(),
        "duckdb": duckdb.sql("SELECT 1"),
        "csv": tmp_path,
        "pandas": pd.DataFrame(ADS),
    }
    fit = pp.proportions(table[kind], successes=ADS["clicks"], trials=ADS["views"], **QUICK)
    assert isinstance(fit.groups(), pl.DataFrame if kind == "lazy" else pd.DataFrame)


def test_the_arrays_of_the_caller_stay_as_they_are():
    y, n = np.array([1, 2]), np.array([5.0, 6.0])
    pp.proportions(successes=y, trials=n, group=np.array(["b", "a"]), **QUICK)
    assert y.flags.writeable
    assert (y.tolist(), n.tolist()) == ([1, 2], [5.0, 6.0])


def test_effects_take_columns_of_every_library():
    counts = {"a": [3, 7], "n1": [38, 114], "c": [3, 14], "n2": [39, 116]}
    plain = pp.effects.log_odds_ratio(*counts.values())
    for table in (pd.DataFrame(counts, index=[4, 4]), pd.DataFrame(counts).convert_dtypes(), pl.DataFrame(counts)):
        found = pp.effects.log_odds_ratio(*(table[name] for name in counts))
        np.testing.assert_array_equal(found.estimate, plain.estimate)
    arrow = pa.table(counts)
    np.testing.assert_array_equal(pp.effects.log_odds_ratio(*arrow.columns).estimate, plain.estimate)
