"""A slice is fitted as its rows would be alone: numbers, labels, warnings and errors."""

import datetime as dt

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import partialpool as pp
from partialpool.errors import RequestError
from partialpool.groups.source import SMALL
from sliced import FAMILIES, fitted, part, same, table


@pytest.mark.parametrize("family", FAMILIES)
def test_each_slice_is_the_fit_of_its_rows(family):
    columns = table()
    fits = fitted(family, columns, by="country")
    assert fits.keys() == list(dict.fromkeys(columns["country"]))
    for key, fit in fits.items():
        alone = fitted(family, part(columns, key))
        same(fit.group_columns(), alone.group_columns())
        same(fit.population_columns(0.8), alone.population_columns(0.8))
        assert fit.warnings == alone.warnings
        assert str(fit) == str(alone)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_tables_are_those_of_the_slices_below_one_another(family):
    columns = table()
    fits = fitted(family, columns, by="country")
    for name in ("population_columns", "group_columns"):
        for level in (None, 0.5):
            whole = getattr(fits, name)(level)
            assert next(iter(whole)) == "country"
            parts = [getattr(fitted(family, part(columns, key)), name)(level) for key in fits]
            same(
                {c: whole[c] for c in whole if c != "country"},
                {c: np.concatenate([p[c] for p in parts]) for c in parts[0]},
            )
            sizes = [len(next(iter(p.values()))) for p in parts]
            assert whole["country"].tolist() == [
                key for key, size in zip(fits, sizes, strict=True) for _ in range(size)
            ]


def test_without_by_nothing_changes():
    columns = table()
    assert isinstance(fitted("proportions", columns, by=None), pp.Posterior)
    same(fitted("proportions", columns, by=None).group_columns(), fitted("proportions", columns).group_columns())


def test_options_hold_for_every_slice():
    columns = table()
    options = {"prior": "sd ~ HalfNormal(0.5)", "level": 0.8, "method": "full", "tol": 1e-6}
    fits = fitted("estimates", columns, by="country", **options)
    alone = fitted("estimates", part(columns, "FR"), **options)
    same(fits["FR"].group_columns(), alone.group_columns())
    assert fits["FR"].model == alone.model
    ratio = fits.population_columns(transform="exp")
    which = ratio["country"] == "FR"
    same({name: ratio[name][which] for name in alone.population_columns()}, alone.population_columns(transform="exp"))


def test_dropped_rows_are_named_by_their_places_in_the_whole_table():
    columns = {"c": list("abab"), "g": ["x", "x", "y", "y"], "y": [1, 2, None, 3], "n": [9, 9, 9, 9]}
    fits = pp.proportions(columns, successes="y", trials="n", group="g", by="c", missing="drop")
    alone = pp.proportions(
        {"g": ["x", "y"], "y": [1, None], "n": [9, 9]}, successes="y", trials="n", group="g", missing="drop"
    )
    assert "(row 3)" in fits["a"].warnings[0]
    assert tuple(said.replace("row 3", "row 2") for said in fits["a"].warnings) == alone.warnings
    same(fits["a"].group_columns(), alone.group_columns())


def test_rows_without_a_group_column_are_numbered_within_their_slice():
    columns = table(rows=1)
    fits = pp.estimates(columns, estimate="effect", se="se", by="country")
    alone = pp.estimates(part(columns, "IT"), estimate="effect", se="se")
    same(fits["IT"].group_columns(), alone.group_columns())


@pytest.mark.parametrize("library", ["dict", "rows", "pandas", "polars", "lazy", "pyarrow", "csv", "parquet", "duckdb"])
def test_every_kind_of_table_is_cut(library, tmp_path):
    columns = {name: column.tolist() for name, column in table().items()}
    frame = pl.DataFrame(columns)
    path = tmp_path / f"sales.{library}"
    if library == "csv":
        frame.write_csv(path)
    if library == "parquet":
        frame.write_parquet(path)
    made = {
        "dict": lambda: columns,
        "rows": frame.to_dicts,
        "pandas": frame.to_pandas,
        "polars": lambda: frame,
        "lazy": frame.lazy,
        "pyarrow": frame.to_arrow,
        "csv": lambda: path,
        "parquet": lambda: path,
        "duckdb": lambda: duckdb.from_arrow(frame.to_arrow()),
    }
    fits = fitted("proportions", made[library](), by="country")
    wanted = fitted("proportions", columns, by="country")
    same(fits.group_columns(), wanted.group_columns())
    shown = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "lazy": pl.DataFrame}
    assert type(fits.population()) is type(fits["DE"].population())
    assert isinstance(fits.slices(), shown.get(library, object))
    assert fits["DE"].notes == wanted["DE"].notes


KEYS = {
    "text": ["a", "b", "ä"],
    "int": [3, 1, 2],
    "float": [0.5, 1.5, 2.25],
    "date": [dt.date(2024, 1, 1), dt.date(2023, 5, 2), dt.date(2025, 1, 1)],
    "time": [dt.datetime(2024, 1, 1, 8), dt.datetime(2023, 5, 2), dt.datetime(2025, 1, 1)],
    "types": [1, "1", True],
}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("make", [list, pd.Series], ids=["list", "pandas"])
def test_keys_of_every_type_find_their_slice(kind, make):
    keys = KEYS[kind]
    counts = {"y": [1, 2, 3] * 2, "n": [10, 20, 30] * 2, "g": list("aaabbb"), "by": make(keys * 2)}
    fits = pp.proportions(counts, successes="y", trials="n", group="g", by="by")
    assert fits.keys() == keys
    assert [type(key) for key in fits] == [type(key) for key in keys] or kind == "time"
    for key, trials in zip(keys, (10, 20, 30), strict=True):
        assert key in fits
        assert fits[key].data.statistics["trials"].tolist() == [trials, trials]
    assert np.array(keys[:1])[0] in fits or kind == "types"


@pytest.mark.parametrize("library", ["polars", "pyarrow", "duckdb", "numpy", "pandas"])
def test_dates_of_every_library_are_found(library):
    days = [dt.date(2024, 1, 1), dt.date(2023, 5, 2)]
    frame = pl.DataFrame({"y": [1, 2] * 2, "n": [10, 20] * 2, "g": list("aabb"), "day": days * 2})
    arrow = frame.to_arrow()
    made = {"polars": frame, "pyarrow": arrow, "duckdb": duckdb.from_arrow(arrow), "pandas": frame.to_pandas()}
    made["numpy"] = {**frame.to_dict(), "day": frame["day"].to_numpy()}
    fits = pp.proportions(made[library], successes="y", trials="n", group="g", by="day")
    for day, trials in zip(days, (10, 20), strict=True):
        for key in (day, np.datetime64(day), pd.Timestamp(day), dt.datetime.combine(day, dt.time())):
            assert key in fits
            assert fits[key].data.statistics["trials"].tolist() == [trials, trials]
    assert dt.datetime(2024, 1, 1, 8) not in fits
    assert library == "pandas" or fits.keys() == days
    assert len(fits.population()) == 10


def test_several_columns_make_a_tuple_of_labels():
    columns = table(slices=2)
    columns["product"] = np.where(np.arange(len(columns["y"])) % 2 == 0, "tea", "coffee").astype(object)
    fits = fitted("proportions", columns, by=["country", "product"])
    assert list(fits.population_columns())[:3] == ["country", "product", "parameter"]
    assert ("DE", "tea") in fits
    assert "DE" not in fits
    rows = (columns["country"] == "DE") & (columns["product"] == "tea")
    alone = fitted("proportions", {name: column[rows] for name, column in columns.items()})
    same(fits["DE", "tea"].group_columns(), alone.group_columns())


def test_a_column_may_be_given_in_place_of_its_name():
    columns = table()
    frame = pd.DataFrame(columns)
    wanted = fitted("proportions", columns, by="country").group_columns()
    same(fitted("proportions", frame, by=frame["country"]).group_columns(), wanted)
    same(
        fitted("proportions", columns, by=columns["country"]).group_columns(),
        {"by": wanted["country"], **{k: v for k, v in wanted.items() if k != "country"}},
    )
    arrays = pp.proportions(successes=frame["y"], trials=frame["n"], group=frame["store"], by=[frame["country"]])
    same(arrays.group_columns(), wanted)


def test_by_may_be_one_of_the_group_columns():
    columns = table()
    fits = fitted("proportions", columns, group=["country", "store"], by="country")
    assert list(fits.group_columns())[:3] == ["country", "store", "y"]
    same(
        fits["FR"].group_columns(),
        fitted("proportions", part(columns, "FR"), group=["country", "store"]).group_columns(),
    )


def test_a_name_that_a_table_has_is_shown_apart():
    columns = table()
    columns["mean"] = columns["country"]
    fits = fitted("proportions", columns, by="mean")
    assert list(fits.population_columns())[:2] == ["mean_observed", "parameter"]
    assert next(iter(fits.group_columns())) == "mean_observed"


def test_a_small_table_is_remembered_by_each_slice_and_a_large_one_is_not():
    columns = table()
    columns["size"] = np.array([int(store[2:]) for store in columns["store"]])
    fit = fitted("proportions", pd.DataFrame(columns), by="country")["IT"]
    assert fit.data.source.table.data["country"].unique().tolist() == ["IT"]
    large = {name: np.tile(column, SMALL // 10) for name, column in columns.items()}
    assert fitted("proportions", large, by="country")["IT"].data.source.table is None


@pytest.mark.parametrize("times", [1, 500])
def test_a_hint_at_two_group_columns_is_that_of_the_slice(times):
    plants = [f"{plant}" for plant in "NNSSS" for _ in range(4)] * times
    machines = [f"M{i}" for i in (1, 2, 1, 2, 3) for _ in range(4)] * times
    columns = {"plant": plants, "machine": machines, "y": [1, 0, 2, 3] * 5 * times, "n": [9] * 20 * times}
    whole = {name: cells * 2 for name, cells in columns.items()} | {"year": [1] * 20 * times + [2] * 20 * times}
    fits = pp.proportions(whole, successes="y", trials="n", group="machine", by="year")
    alone = pp.proportions(columns, successes="y", trials="n", group="machine")
    assert any("begin anew" in said for said in alone.warnings)
    assert fits[1].warnings == alone.warnings


TRIALS = {
    "region": list("NSNSNS"),
    "trial": list("abcdef"),
    "ai": [4, 6, 3, 0, 5, 2],
    "ci": [11, 29, 11, 0, 9, 4],
    "n1": [123, 306, 231, 40, 90, 80],
    "n2": [139, 303, 220, 42, 91, 77],
}


@pytest.mark.parametrize("zeros", ["drop", "correct"])
def test_effects_are_worked_out_in_each_slice(zeros):
    roles = {"effect": "OR", "events": ("ai", "ci"), "sizes": ("n1", "n2"), "group": "trial", "double_zero": zeros}
    fits = pp.estimates(TRIALS, **roles, by="region")
    for region in "NS":
        which = [i for i, one in enumerate(TRIALS["region"]) if one == region]
        alone = pp.estimates({name: [cells[i] for i in which] for name, cells in TRIALS.items()}, **roles)
        same(fits[region].group_columns(transform="exp"), alone.group_columns(transform="exp"))
        assert fits[region].warnings == alone.warnings


def test_summaries_are_read_in_each_slice():
    columns = {
        "c": list("xxyyxy"),
        "g": list("abcdef"),
        "m": [1.0, 2.0, 1.5, 1.0, 3.0, 2.5],
        "s": [0.5, None, 0.25, 0.5, 1.0, None],
        "n": [4, 1, 5, 6, 3, 2],
    }
    roles = {"mean": "m", "sd": "s", "n": "n", "group": "g"}
    fits = pp.measurements(columns, **roles, by="c")
    x = {name: [cells[i] for i in (0, 1, 4)] for name, cells in columns.items()}
    same(fits["x"].group_columns(), pp.measurements(x, **roles).group_columns())
    assert "column 's' has no value in row 6" in fits.failed["y"]


def test_a_total_is_found_in_each_slice():
    columns = {"c": list("xxxxyyyy"), "g": ["a", "b", "d", "Total"] * 2}
    columns |= {"y": [1, 2, 3, 6, 3, 4, 5, 12], "n": [10, 20, 31, 61, 11, 25, 37, 73]}
    fits = pp.proportions(columns, successes="y", trials="n", group="g", by="c")
    y = {name: cells[4:] for name, cells in columns.items()}
    alone = pp.proportions(y, successes="y", trials="n", group="g")
    assert "row 8" in fits["y"].warnings[0]
    assert tuple(said.replace("row 8", "row 4") for said in fits["y"].warnings) == alone.warnings
    assert fits.warnings == (f"2 slices have warnings, the first of 'x': {fits['x'].warnings[0]}",)


def test_a_slice_is_not_updated_with_rows_of_all_slices():
    data = {"c": ["a", "a", "b", "b"], "g": [1, 2, 1, 2], "y": [1, 2, 0, 3], "n": [5, 6, 7, 8]}
    fits = pp.proportions(data, successes="y", trials="n", group="g", by="c")
    with pytest.raises(RequestError, match="one of the slices of by="):
        fits["a"].update(data)
