"""A slice that cannot be fitted does not stop the others; a request that cannot be met is refused at once."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import partialpool as pp
from sliced import fitted, part, same, table

GOOD = {"g": ["a", "b", "c"], "y": [1, 2, 4], "n": [10, 12, 14]}
BAD = {
    "more successes than trials": {"y": [1, 30, 4]},
    "negative": {"y": [1, -2, 4]},
    "no value": {"y": [1, None, 4]},
    "not accepted as a number": {"y": ["1", "two", "4"]},
    "a label cannot be": {"g": ["a", b"b", "c"]},
    "not a whole number": {"y": [1.5, 2.0, 4.0]},
    "improper": {"n": [0, 0, 0], "y": [0, 0, 0]},
}


def with_bad(**cells):
    """A good slice, a bad one, and the good one again."""
    bad = {**GOOD, **cells}
    whole = {name: [*GOOD[name], *bad[name], *GOOD[name]] for name in GOOD}
    return {"c": ["first"] * 3 + ["bad"] * 3 + ["last"] * 3, **whole}


@pytest.mark.parametrize("said", BAD)
def test_a_bad_slice_is_reported_in_its_row(said):
    options = {"successes": "y", "trials": "n", "group": "g", "prior": "bda"}
    fits = pp.proportions(with_bad(**BAD[said]), by="c", **options)
    assert list(fits.failed) == ["bad"]
    with pytest.raises((pp.DataError, pp.PriorError)) as alone:
        pp.proportions({**GOOD, **BAD[said]}, **options)
    assert said in str(alone.value) or said == "improper"
    with pytest.raises(type(alone.value)) as found:
        fits["bad"]
    assert str(found.value) == fits.failed["bad"]
    assert fits.failed["bad"].replace("row 5", "row 2").replace("row 4", "row 1") == str(alone.value)
    for name in ("population_columns", "group_columns"):
        table = getattr(fits, name)()
        row = np.flatnonzero(table["c"] == "bad")
        assert len(row) == 1
        assert table["note"][row[0]] == fits.failed["bad"]
        assert pd.isna([table[cell][row[0]] for cell in table if cell not in ("c", "note")]).all()
        good = getattr(pp.proportions(GOOD, **options), name)()
        for key in ("first", "last"):
            rows = table["c"] == key
            assert all(table[cell][rows].tolist() == good[cell].tolist() for cell in ("lower", "median", "upper"))
    assert fits.slice_columns()["error"].tolist() == [None, fits.failed["bad"], None]
    assert [key for key, _ in fits.items()] == ["first", "last"]
    assert len(fits) == 3
    assert list(fits) == ["first", "bad", "last"]
    assert "1 slice has no fit, 'bad': " in repr(fits)


@pytest.mark.parametrize("family", ["estimates", "measurements", "rates"])
def test_a_bad_slice_of_every_family(family):
    columns = table()
    columns["se"][columns["country"] == "FR"] *= -1.0
    columns["y"][columns["country"] == "FR"] *= -1
    columns["effect"][columns["country"] == "FR"] = np.inf
    fits = fitted(family, columns, by="country")
    assert list(fits.failed) == ["FR"]
    same(fits["IT"].group_columns(), fitted(family, part(columns, "IT")).group_columns())


def test_every_slice_may_be_bad():
    columns = {**with_bad(), "y": [99] * 9}
    fits = pp.proportions(columns, successes="y", trials="n", group="g", by="c")
    assert list(fits.failed) == ["first", "bad", "last"]
    assert fits.population_columns()["note"].tolist() == list(fits.failed.values())
    assert len(fits.group_columns()["note"]) == 3
    assert "3 slices have no fit, the first of them 'first'" in repr(fits)
    assert list(fits.items()) == []


def test_a_slice_of_one_group_is_fitted_as_alone():
    columns = {name: [*cells, *cells[:1]] for name, cells in GOOD.items()} | {"c": ["x"] * 3 + ["one"]}
    fits = pp.proportions(columns, successes="y", trials="n", group="g", by="c")
    alone = pp.proportions({name: cells[:1] for name, cells in GOOD.items()}, successes="y", trials="n", group="g")
    same(fits["one"].group_columns(), alone.group_columns())
    assert fits["one"].warnings == alone.warnings
    assert fits.slice_columns()["warnings"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"by": "kountry"}, pp.ColumnError, "country"),
        ({"by": []}, pp.RequestError, "names no column"),
        ({"by": "y"}, pp.RequestError, "two roles"),
        ({"by": 3}, pp.RequestError, "by= takes"),
        ({"by": "country", "prior": "nonsense"}, pp.PriorError, "nonsense"),
        ({"by": "country", "level": 1.5}, pp.RequestError, "level"),
        ({"by": "country", "trials": "m"}, pp.ColumnError, "'m'"),
        ({"by": "country", "missing": "keep"}, pp.RequestError, "missing"),
        ({"by": "country", "method": "guess"}, pp.RequestError, "guess"),
        ({"bye": "country"}, pp.CallError, "Did you mean by=?"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_at_once(options, error, said):
    with pytest.raises(error, match=said.replace("?", r"\?")):
        fitted("proportions", table(), **options)


def test_a_missing_label_is_refused_or_dropped():
    columns = pd.DataFrame(table())
    columns.loc[[3, 8], "country"] = None
    with pytest.raises(pp.CellError, match="column 'country' has no value in rows 4, 9"):
        fitted("proportions", columns, by="country")
    fits = fitted("proportions", columns, by="country", missing="drop")
    assert fits.slice_columns()["rows"].sum() == len(columns) - 2
    assert fits.warnings == ("2 rows without a label in by= belong to no slice, and missing='drop' leaves them out",)


def test_a_table_has_a_level_and_a_transform_that_exist():
    fits = fitted("proportions", table(), by="country")
    with pytest.raises(pp.RequestError, match="level"):
        fits.population(level=2)
    with pytest.raises(pp.RequestError, match="transform is for estimates"):
        fits.groups(transform="exp")


def test_a_slice_that_does_not_exist_is_a_missing_key():
    fits = fitted("proportions", table(), by="country")
    with pytest.raises(KeyError) as error:
        fits["de"]
    assert isinstance(error.value, pp.SliceError)
    assert "Did you mean 'DE'?" in str(error.value)
    assert "de" not in fits
    assert [] not in fits


def test_a_question_to_all_slices_says_how_to_ask_one():
    fits = fitted("proportions", table(), by="country")
    with pytest.raises(AttributeError, match=r"such as fits\['\w\w'\]\.ranks\(\)$"):
        fits.ranks()
    with pytest.raises(AttributeError, match=r"such as fits\['\w\w'\]\.plot$"):
        _ = fits.plot
    with pytest.raises(AttributeError, match="'Fits' object has no attribute 'rank'"):
        fits.rank()


def test_whole_numbers_stay_whole_where_cells_are_missing():
    bad = with_bad(**BAD["negative"])
    options = {"successes": "y", "trials": "n", "group": "g", "by": "c"}
    frame = pp.proportions(pd.DataFrame(bad), **options).groups()
    assert str(frame["y"].dtype) == "Int64"
    frame = pp.proportions(pl.DataFrame(bad), **options).groups()
    assert frame["y"].dtype == pl.Int64
    assert frame["y"].null_count() == 1
