"""Columns of a dict: what is a column, and what a cell may be."""

import datetime as dt
import decimal
import uuid
from array import array
from collections import OrderedDict
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from partialpool.errors import CellError, ColumnError, DataError
from partialpool.io.backends import read


class TestDict:
    @pytest.mark.parametrize(
        "cells",
        [
            [3, 4],
            (3, 4),
            range(3, 5),
            array("l", [3, 4]),
            np.array([3, 4]),
            np.array([3, 4], dtype=object),
            np.array(["3", "4"]),
            np.array(["3", "4"], dtype=np.dtypes.StringDType()),
            np.array([3, 9, 4, 9])[::2],
            np.array([4, 3])[::-1],
            np.ma.array([3, 4], mask=[False, False]),
            [np.int64(3), np.int8(4)],
            [True + 2, 4],
            ["3", 4],
            pd.Series([3, 4]),
            pd.Index([3, 4]),
            pd.array([3, 4], dtype="Int64"),
            pd.Series([3, 4]).astype("category"),
            pd.Series(["3", "4"]).astype("category"),
            pl.Series([3, 4]),
            pa.array([3, 4]),
            pa.chunked_array([[3], [4]]),
        ],
        ids=lambda cells: type(cells).__module__ + "." + type(cells).__name__,
    )
    def test_columns_of_every_kind(self, cells):
        rows = read({"y": cells}, values=["y"], labels=[])
        assert rows.columns["y"].dtype == np.int64
        assert rows.columns["y"].tolist() == [3, 4]

    def test_any_mapping(self):
        assert read(OrderedDict(y=[1]), values=["y"], labels=[]).size == 1

    def test_read_only_arrays(self):
        cells = np.array([3.0, 4.0])
        cells.flags.writeable = False
        assert read({"y": cells}, values=["y"], labels=[]).columns["y"].tolist() == [3.0, 4.0]

    def test_masked_arrays(self):
        cells = np.ma.array([3, 99, 4], mask=[False, True, False])
        labels = np.ma.array([b"a".decode(), "b", "c"], mask=[False, False, True])
        with pytest.raises(CellError, match="no value in row 2"):
            read({"y": cells}, values=["y"], labels=[])
        rows = read({"y": cells, "g": labels}, values=["y"], labels=["g"], missing="drop")
        assert rows.columns["g"].tolist() == ["a"]
        numbers = np.ma.array([1.0, 2.0, np.inf], mask=[False, False, True])
        assert read({"y": numbers}, values=["y"], labels=[], missing="drop").size == 2

    def test_masked_text(self):
        cells = np.ma.array(["3", "x"], mask=[False, True])
        assert read({"y": cells}, values=["y"], labels=[], missing="drop").columns["y"].tolist() == [3]

    def test_foreign_byte_order(self):
        rows = read(
            {"y": np.array([1, 2], dtype=">i4"), "g": np.array([5, 6], dtype=">i8")}, values=["y"], labels=["g"]
        )
        assert rows.columns["y"].tolist() == [1, 2]

    @pytest.mark.parametrize("cells", [3, "abc", b"abc", {"a": 1}, {1, 2}, None, iter([1]), 2.5])
    def test_what_is_no_column(self, cells):
        with pytest.raises(ColumnError, match=r"column 'y' is a \w+, not a column"):
            read({"y": cells}, values=["y"], labels=[])

    @pytest.mark.parametrize("shape", [(), (2, 2), (1, 1, 1)])
    def test_other_shapes(self, shape):
        with pytest.raises(ColumnError, match="one-dimensional"):
            read({"y": np.zeros(shape)}, values=["y"], labels=[])

    def test_unequal_lengths(self):
        with pytest.raises(ColumnError, match=r"'y' has 2, 'n' has 3\. Give every column the same"):
            read({"y": [1, 2], "n": [1, 2, 3]}, values=["y", "n"], labels=[])

    @pytest.mark.parametrize("dtype", ["c16", "M8[D]", "m8[s]", "S3", "V4"])
    def test_arrays_that_are_no_numbers(self, dtype):
        with pytest.raises(CellError, match="which are not numbers"):
            read({"y": np.zeros(2, dtype=dtype)}, values=["y"], labels=[])

    @pytest.mark.parametrize("dtype", ["c16", "m8[s]", "S3", "V4"])
    def test_arrays_that_are_no_labels(self, dtype):
        with pytest.raises(CellError, match="text, numbers or dates"):
            read({"y": [1, 2], "g": np.zeros(2, dtype=dtype)}, values=["y"], labels=["g"])

    @pytest.mark.parametrize("cell", [1j, object(), print, (1, 2), np.timedelta64(1, "s"), dt.date(2020, 1, 1)])
    def test_objects_that_are_no_numbers(self, cell):
        with pytest.raises(CellError, match="row 2: "):
            read({"y": [1, cell]}, values=["y"], labels=[])

    @pytest.mark.parametrize("cell", [1j, object(), (1, 2), b"a", [1], {}])
    def test_objects_that_are_no_labels(self, cell):
        with pytest.raises(CellError, match="'g', row 2"):
            read({"y": [1, 2], "g": ["a", cell]}, values=["y"], labels=["g"])

    @pytest.mark.parametrize(
        "cell", [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT, decimal.Decimal("nan"), np.datetime64("NaT")]
    )
    def test_missing_objects(self, cell):
        data = {"y": ["1", cell], "g": ["a", cell]}
        assert read(data, values=["y"], labels=[], missing="drop").size == 1
        assert read(data, values=[], labels=["g"], missing="drop").size == 1

    @pytest.mark.parametrize(
        ("cell", "value"),
        [
            (Fraction(1, 2), 0.5),
            (decimal.Decimal("0.25"), 0.25),
            (np.float32(0.5), 0.5),
            (np.bool_(True), 1),
            (True, 1),
            (2**70, 2.0**70),
            (np.int8(4), 4),
        ],
    )
    def test_numbers_of_every_type(self, cell, value):
        assert read({"y": [0, cell]}, values=["y"], labels=[]).columns["y"].tolist() == [0, value]

    @pytest.mark.parametrize(
        "cell", [10**400, Fraction(10**400), decimal.Decimal("1e999"), decimal.Decimal("inf"), np.float64("inf")]
    )
    def test_what_no_float_can_hold(self, cell):
        with pytest.raises(CellError, match="finite"):
            read({"y": ["1", cell]}, values=["y"], labels=[])

    def test_labels_of_mixed_types(self):
        labels = ["a", 1, 2.5, True, np.int64(3), uuid.UUID(int=1), dt.time(1)]
        rows = read({"y": range(7), "g": labels}, values=["y"], labels=["g"])
        assert rows.columns["g"].dtype == object
        assert rows.columns["g"].tolist() == labels

    def test_labels_beyond_64_bits(self):
        rows = read({"y": [1, 2], "g": [2**70, 1]}, values=["y"], labels=["g"])
        assert rows.columns["g"].tolist() == [2**70, 1]
        rows = read({"y": [1, 2], "g": np.array([2**70, 1], dtype=object)}, values=["y"], labels=["g"])
        assert rows.columns["g"].tolist() == [2**70, 1]

    def test_object_labels_of_one_type_become_typed(self):
        for cells, kind in (([1, None], "i"), ([1.5, None], "f"), ([True, None], "b")):
            rows = read({"y": [1, 2], "g": cells}, values=["y"], labels=["g"], missing="drop")
            assert rows.columns["g"].dtype.kind == kind

    def test_not_a_time_label_is_missing(self):
        labels = np.array(["2020-01-01", "NaT"], dtype="M8[D]")
        assert read({"y": [1, 2], "g": labels}, values=["y"], labels=["g"], missing="drop").size == 1

    def test_scalar_dates(self):
        labels = ["a", np.datetime64("2020-01-02T03:04:05", "ns"), np.datetime64("2020-01-02", "D")]
        rows = read({"y": [1, 2, 3], "g": labels}, values=["y"], labels=["g"])
        assert [str(label) for label in rows.columns["g"]] == ["a", "2020-01-02 03:04:05", "2020-01-02 00:00:00"]

    def test_long_cells_are_cut_in_messages(self):
        with pytest.raises(CellError, match=r"row 1: 'xxx.*\.\.\.\)") as caught:
            read({"y": ["x" * 10_000]}, values=["y"], labels=[])
        assert len(str(caught.value)) < 300

    def test_many_columns_are_cut_in_messages(self):
        with pytest.raises(ColumnError, match=r"'c19' and 80 more"):
            read({f"c{i}": [1] for i in range(100)}, values=["zzz"], labels=[])

    def test_no_columns(self):
        with pytest.raises(ColumnError, match="have no columns"):
            read({}, values=["y"], labels=[])


class Scattered:
    """An array of another library, whose data may be out of reach."""

    def __init__(self, cells=None):
        self.cells = cells

    def __array__(self, dtype=None, copy=None):
        if self.cells is None:
            raise TypeError("on another device")
        return np.array(self.cells)


class TestRows:
    """Tables that come row by row."""

    def test_lists_of_dicts(self):
        rows = read([{"y": 1, "g": "a"}, {"g": "b", "y": 2, "more": 3}], values=["y"], labels=["g"])
        assert rows.columns["y"].tolist() == [1, 2]
        assert rows.columns["g"].tolist() == ["a", "b"]
        assert rows.library == "dict"

    def test_a_key_that_is_not_there_is_a_missing_cell(self):
        data = ({"y": 1, "g": "a"}, {"g": "b"}, {"y": 3, "g": "c"})
        with pytest.raises(CellError, match=r"'y' has no value in row 2\."):
            read(data, values=["y"], labels=["g"])
        assert read(data, values=["y"], labels=["g"], missing="drop").columns["g"].tolist() == ["a", "c"]

    @pytest.mark.parametrize("kind", [np.asarray, lambda a: a.view(np.recarray), np.ma.asarray])
    def test_structured_arrays(self, kind):
        data = kind(np.array([("a", 1, 0.5), ("b", 2, 1.5)], dtype=[("g", "U3"), ("y", np.int16), ("x", float)]))
        rows = read(data, values=["y", "x"], labels=["g"])
        assert rows.columns["y"].tolist() == [1, 2]
        assert rows.columns["x"].tolist() == [0.5, 1.5]
        assert rows.columns["g"].tolist() == ["a", "b"]

    def test_masked_structured_arrays(self):
        data = np.ma.array([(1, 2), (3, 4)], mask=[(False, True), (False, False)], dtype=[("y", int), ("n", int)])
        assert read(data, values=["y", "n"], labels=[], missing="drop").columns["y"].tolist() == [3]

    def test_fields_of_several_numbers_are_refused(self):
        with pytest.raises(ColumnError, match=r"'y' is an array of shape \(2, 3\)"):
            read(np.zeros(2, dtype=[("y", float, 3)]), values=["y"], labels=[])

    def test_an_empty_list_has_no_rows(self):
        with pytest.raises(DataError, match="no rows"):
            read([], values=["y"], labels=[])

    def test_arrays_of_other_libraries(self):
        assert read({"y": Scattered([1, 2])}, values=["y"], labels=[]).columns["y"].tolist() == [1, 2]
        with pytest.raises(ColumnError, match=r"'y' is a Scattered that does not turn .*on another device\. Give"):
            read({"y": Scattered()}, values=["y"], labels=[])
