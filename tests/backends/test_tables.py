"""Every kind of table gives the same rows, and the same refusals."""

import datetime as dt
import decimal

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from partialpool.errors import CellError, ColumnError, DataError
from partialpool.io.backends import read

COLUMNS = {"y": [0, 3, 5], "n": [4, 6, 5], "lab": ["B", "A", "B"], "other": [1.5, None, 2.5]}


def relation(columns):
    connection = duckdb.connect()
    connection.register("rows", pa.table(columns))
    return connection.sql("SELECT * FROM rows")


MAKERS = {
    "dict": dict,
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "lazy": lambda c: pl.DataFrame(c).lazy(),
    "pyarrow": pa.table,
    "duckdb": relation,
    "narwhals": lambda c: nw.from_native(pl.DataFrame(c)),
    "narwhals lazy": lambda c: nw.from_native(pl.DataFrame(c).lazy()),
}
LIBRARIES = {"lazy": "polars", "narwhals": "polars", "narwhals lazy": "polars"}


@pytest.fixture(params=MAKERS)
def make(request):
    return MAKERS[request.param]


@pytest.mark.parametrize("kind", MAKERS)
def test_reads_the_wanted_columns(kind):
    rows = read(MAKERS[kind](COLUMNS), values=["y", "n"], labels=["lab"])
    assert rows.size == 3
    assert rows.dropped == 0
    assert rows.library == LIBRARIES.get(kind, kind)
    assert list(rows.columns) == ["y", "n", "lab"]
    assert rows.columns["y"].dtype == np.int64
    assert rows.columns["y"].tolist() == [0, 3, 5]
    assert rows.columns["lab"].dtype == object
    assert rows.columns["lab"].tolist() == ["B", "A", "B"]
    assert rows.number(2) == 3


def test_rows_are_frozen(make):
    rows = read(make(COLUMNS), values=["y"], labels=["lab"])
    with pytest.raises(ValueError, match="read-only"):
        rows.columns["y"][0] = 9
    with pytest.raises(TypeError):
        rows.columns["y"] = np.zeros(3)  # type: ignore[index]


def test_missing_cells_are_refused(make):
    data = make({"y": [1, None, 3, None], "lab": ["A", "B", "C", "D"]})
    with pytest.raises(CellError, match=r"'y' has no value in rows 2, 4\. .*missing='drop'"):
        read(data, values=["y"], labels=["lab"])


def test_missing_cells_are_dropped_and_counted(make):
    data = make({"y": [1, None, 3, 4], "lab": ["A", "B", None, "D"]})
    rows = read(data, values=["y"], labels=["lab"], missing="drop")
    assert rows.size == 2
    assert rows.dropped == 2
    assert rows.columns["y"].tolist() == [1, 4]
    assert rows.columns["lab"].tolist() == ["A", "D"]
    assert [rows.number(i) for i in range(2)] == [1, 4]


def test_missing_labels_are_refused(make):
    data = make({"y": [1, 2, 3], "lab": ["A", None, "C"]})
    with pytest.raises(CellError, match=r"'lab' has no value in row 2\."):
        read(data, values=["y"], labels=["lab"])


def test_names_that_look_missing_are_names(make):
    odd = ["NaN", "None", "", "NA", "null", "007", "7"]
    rows = read(make({"y": [1] * len(odd), "lab": odd}), values=["y"], labels=["lab"])
    assert rows.columns["lab"].tolist() == odd


def test_look_alikes_stay_distinct(make):
    odd = ["é", "e\u0301", "A", "\u0391", "ﬁ", "fi", "a\u200bb", "ab"]
    rows = read(make({"y": [1] * len(odd), "lab": odd}), values=["y"], labels=["lab"])
    assert rows.columns["lab"].tolist() == odd


def test_nan_is_missing(make):
    with pytest.raises(CellError, match=r"no value in row 2"):
        read(make({"y": [1.0, float("nan")]}), values=["y"], labels=[])


def test_nan_label_is_missing(make):
    with pytest.raises(CellError, match=r"no value in row 2"):
        read(make({"y": [1, 2], "lab": [1.5, float("nan")]}), values=["y"], labels=["lab"])


def test_infinity_is_refused(make):
    with pytest.raises(CellError, match=r"row 2: -inf.*not finite"):
        read(make({"y": [1.0, float("-inf")]}), values=["y"], labels=[])


def test_booleans_are_zero_and_one(make):
    rows = read(make({"y": [True, False, True]}), values=["y"], labels=[])
    assert rows.columns["y"].dtype == np.int64
    assert rows.columns["y"].tolist() == [1, 0, 1]


def test_missing_booleans_are_dropped(make):
    rows = read(make({"y": [True, None, False]}), values=["y"], labels=[], missing="drop")
    assert rows.columns["y"].tolist() == [1, 0]


def test_missing_floats_are_dropped(make):
    rows = read(make({"y": [0.5, None, 1.5]}), values=["y"], labels=[], missing="drop")
    assert rows.columns["y"].tolist() == [0.5, 1.5]


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("1,000", "write 1000, without a separator"),
        ("12 000", "write 12000, without a separator"),
        ("1,234.5", r"write 1234\.5, without"),
        ("0,5", r"write 0\.5, with a decimal point"),
        ("12%", "not a percentage"),
        ("inf", "finite"),
        ("-Infinity", "finite"),
        ("1e999", "finite"),
        ("9" * 400, "finite"),
        ("9" * 399, "finite"),
        ("three", "plain number"),
        ("1_000", "plain number"),
        ("0x10", "plain number"),
        ("١٢", "plain number"),
        ("1/2", "plain number"),
    ],
)
def test_text_that_is_no_number_is_refused_with_the_cure(make, text, cure):
    with pytest.raises(CellError, match=rf"(?s)'y'.*row 2: .*{cure}"):
        read(make({"y": ["1", text]}), values=["y"], labels=[])


def test_only_the_first_five_bad_cells_are_shown(make):
    with pytest.raises(CellError, match=r"7 cells \(row 1: 'x', .*row 5: 'x' and 2 more\) are not accepted"):
        read(make({"y": ["x"] * 7}), values=["y"], labels=[])


def test_only_the_first_five_missing_rows_are_shown(make):
    with pytest.raises(CellError, match=r"rows 2, 3, 4, 5, 6 and 2 more"):
        read(make({"y": [1] + [None] * 7}), values=["y"], labels=[])


def test_plain_text_is_parsed(make):
    rows = read(make({"y": [" 3 ", "+4", "-0"], "x": ["3.", ".5", "1e3"]}), values=["y", "x"], labels=[])
    assert rows.columns["y"].tolist() == [3, 4, 0]
    assert rows.columns["y"].dtype == np.int64
    assert rows.columns["x"].tolist() == [3.0, 0.5, 1000.0]
    assert rows.columns["x"].dtype == np.float64


def test_text_booleans(make):
    rows = read(make({"y": ["True", "false", "TRUE"]}), values=["y"], labels=[])
    assert rows.columns["y"].tolist() == [1, 0, 1]


@pytest.mark.parametrize("text", ["NA", "N/A", "nan", "NaN", "null", "NULL", "", " ", "."])
def test_missing_markers(make, text):
    rows = read(make({"y": ["1", text]}), values=["y"], labels=[], missing="drop")
    assert rows.columns["y"].tolist() == [1]
    with pytest.raises(CellError, match="no value in row 2"):
        read(make({"y": ["1", text]}), values=["y"], labels=[])


def test_no_rows(make):
    with pytest.raises(DataError, match="no rows"):
        read(
            make({"y": pa.array([], pa.int64()).to_numpy(), "lab": np.array([], dtype=str)}),
            values=["y"],
            labels=["lab"],
        )


def test_no_rows_left(make):
    with pytest.raises(DataError, match="each of the 2 rows has a missing cell"):
        read(make({"y": [None, 1.5], "x": [1.5, None]}), values=["y", "x"], labels=[], missing="drop")


@pytest.mark.parametrize(("wanted", "meant"), [("Y", "y"), ("labb", "lab"), (" LAB", "lab")])
def test_nearest_column_is_suggested(make, wanted, meant):
    with pytest.raises(
        ColumnError, match=rf"no column '{wanted}'\. Did you mean '{meant}'\? The columns are 'y', 'n', 'lab'"
    ):
        read(make(COLUMNS), values=["n"], labels=[wanted])


def test_spaces_around_names_are_forgiven(make):
    rows = read(make({" y": [1, 2], "lab\u00a0": ["a", "b"]}), values=["y "], labels=["lab"])
    assert list(rows.columns) == ["y ", "lab"]
    assert rows.columns["y "].tolist() == [1, 2]


def test_a_name_that_is_there_is_taken_with_its_spaces(make):
    rows = read(make({"y ": [1, 2], "y": [3, 4], " y": [5, 6]}), values=["y"], labels=[])
    assert rows.columns["y"].tolist() == [3, 4]


def test_names_that_differ_in_spaces_are_not_guessed(make):
    with pytest.raises(ColumnError, match=r"no column 'y', but 'y ' and ' y'\. Name the one that is meant"):
        read(make({"y ": [1, 2], " y": [5, 6]}), values=["y"], labels=[])


def test_one_column_has_one_role_whatever_its_spaces(make):
    with pytest.raises(ColumnError, match=r"column 'y' is asked for in two roles, once as 'y'"):
        read(make({"y": [1, 2]}), values=["y", "y "], labels=[])


def test_far_name_lists_the_columns(make):
    with pytest.raises(ColumnError, match=r"no column 'zzz'\. The columns are 'y', "):
        read(make(COLUMNS), values=["zzz"], labels=[])


def test_numbers_as_labels_stay_numbers(make):
    rows = read(
        make({"y": [1, 2], "a": [7, 8], "b": [0.5, 1.5], "c": [True, False]}), values=["y"], labels=["a", "b", "c"]
    )
    assert [rows.columns[name].dtype.kind for name in "abc"] == ["i", "f", "b"]


def test_dates_as_labels(make):
    days = [dt.date(2020, 1, 2), dt.date(2021, 3, 4)]
    rows = read(make({"y": [1, 2], "day": days}), values=["y"], labels=["day"])
    assert [str(day)[:10] for day in rows.columns["day"]] == ["2020-01-02", "2021-03-04"]
    gap = make({"y": [1, 2], "day": [days[0], None]})
    assert read(gap, values=["y"], labels=["day"], missing="drop").size == 1


def test_date_times_as_labels(make):
    times = [dt.datetime(2020, 1, 2, 3, 4), dt.datetime(2021, 1, 1)]
    rows = read(make({"y": [1, 2], "t": times}), values=["y"], labels=["t"])
    assert str(rows.columns["t"][0]).replace(" ", "T")[:16] == "2020-01-02T03:04"


def test_dates_are_no_numbers(make):
    with pytest.raises(CellError, match="number"):
        read(make({"y": [dt.date(2020, 1, 2)]}), values=["y"], labels=[])


def test_decimals(make):
    cells = [decimal.Decimal("3.00"), decimal.Decimal("4.50"), None]
    rows = read(make({"y": cells}), values=["y"], labels=[], missing="drop")
    assert rows.columns["y"].tolist() == [3.0, 4.5]


def test_decimal_labels(make):
    cells = [decimal.Decimal("3.00"), decimal.Decimal("4.50")]
    rows = read(make({"y": [1, 2], "g": cells}), values=["y"], labels=["g"])
    assert [str(label) for label in rows.columns["g"]] == ["3.00", "4.50"]


def test_lists_in_cells_are_refused(make):
    data = make({"y": [1, 2], "g": [[1], [2]], "v": [[1], [2]]})
    with pytest.raises(CellError, match="'g'"):
        read(data, values=["y"], labels=["g"])
    with pytest.raises(CellError, match="'v'"):
        read(data, values=["v"], labels=[])


def test_bytes_are_refused(make):
    data = make({"y": [1, 2], "g": [b"a", b"b"]})
    with pytest.raises(CellError, match=r"'g'.*text, numbers or dates"):
        read(data, values=["y"], labels=["g"])
    with pytest.raises(CellError, match="'g'"):
        read(data, values=["g"], labels=[])


def test_integers_of_every_width(make):
    for dtype in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
        rows = read(make({"y": np.array([0, 100], dtype=dtype)}), values=["y"], labels=[])
        assert rows.columns["y"].dtype == np.int64
        assert rows.columns["y"].tolist() == [0, 100]


def test_integers_beyond_64_bits_become_floats(make):
    rows = read(make({"y": np.array([1, 2**64 - 1], dtype=np.uint64)}), values=["y"], labels=[])
    assert rows.columns["y"].dtype == np.float64


def test_large_integers_stay_exact(make):
    rows = read(
        make({"y": [2**53 + 1, None]}) if make is not pd.DataFrame else make({"y": [2**53 + 1]}),
        values=["y"],
        labels=[],
        missing="drop",
    )
    assert rows.columns["y"].tolist() == [2**53 + 1]
