"""What is particular to each data-frame library."""

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from partialpool.errors import CellError, ColumnError, DataError
from partialpool.io.backends import read


class TestPandas:
    def test_doubled_columns(self):
        frame = pd.DataFrame([[1, 2, 3]], columns=["y", "y", "n"])
        with pytest.raises(ColumnError, match="'y' is there 2 times"):
            read(frame, values=["y"], labels=[])
        assert read(frame, values=["n"], labels=[]).size == 1

    def test_a_level_of_the_index_is_a_column(self):
        index = pd.MultiIndex.from_tuples([("a", 1), ("b", 1), ("a", 2)], names=["lab", "y"])
        rows = read(pd.DataFrame({"y": [1, 2, 3]}, index=index), values=["y"], labels=["lab"])
        assert rows.columns["lab"].tolist() == ["a", "b", "a"]
        assert rows.columns["y"].tolist() == [1, 2, 3]

    def test_index_without_a_name_is_no_column(self):
        frame = pd.DataFrame({"y": [1]}, index=["a"])
        with pytest.raises(ColumnError, match=r"no column 'lab'\. The columns are 'y'\."):
            read(frame, values=["y"], labels=["lab"])

    def test_other_column_names(self):
        frame = pd.DataFrame([[1, 2]], columns=[0, "y"])
        assert read(frame, values=["y"], labels=[]).size == 1
        with pytest.raises(ColumnError, match=r"no column '0'\. Did you mean 0\?"):
            read(frame, values=["0"], labels=[])

    @pytest.mark.parametrize("dtype", ["Int64", "UInt8", "Float64", "int64[pyarrow]", "double[pyarrow]"])
    def test_nullable_numbers(self, dtype):
        frame = pd.DataFrame({"y": pd.array([1, None, 3], dtype=dtype)})
        assert read(frame, values=["y"], labels=[], missing="drop").columns["y"].tolist() == [1, 3]
        assert read(frame, values=[], labels=["y"], missing="drop").columns["y"].tolist() == [1, 3]
        with pytest.raises(CellError, match="row 2"):
            read(frame, values=["y"], labels=[])

    def test_nullable_booleans(self):
        frame = pd.DataFrame({"y": pd.array([True, None, False], dtype="boolean")})
        assert read(frame, values=["y"], labels=[], missing="drop").columns["y"].tolist() == [1, 0]

    @pytest.mark.parametrize("dtype", ["string", "str", object, "category", "string[pyarrow]"])
    def test_text_labels(self, dtype):
        frame = pd.DataFrame({"y": [1, 2, 3], "g": pd.Series(["b", "", None], dtype=dtype)})
        rows = read(frame, values=["y"], labels=["g"], missing="drop")
        assert rows.columns["g"].tolist() == ["b", ""]

    def test_sparse(self):
        frame = pd.DataFrame({"y": pd.arrays.SparseArray([0, 0, 3])})
        assert read(frame, values=["y"], labels=[]).columns["y"].tolist() == [0, 0, 3]

    def test_time_zones(self):
        times = pd.to_datetime(["2020-01-01", None]).tz_localize("UTC")
        frame = pd.DataFrame({"y": [1, 2], "t": times})
        rows = read(frame, values=["y"], labels=["t"], missing="drop")
        assert str(rows.columns["t"][0]).startswith("2020-01-01")

    def test_frame_is_not_changed(self):
        frame = pd.DataFrame({"y": pd.array([1, None], dtype="Int64"), "g": ["a", None]})
        before = frame.copy(deep=True)
        read(frame, values=["y"], labels=["g"], missing="drop")
        pd.testing.assert_frame_equal(frame, before)

    def test_filtered_frame(self):
        frame = pd.DataFrame({"y": [1, 2, 3]})
        rows = read(frame[frame["y"] != 2], values=["y"], labels=[])
        assert rows.columns["y"].tolist() == [1, 3]


class TestPolars:
    def test_categories(self):
        frame = pl.DataFrame(
            {
                "y": [1, 2],
                "c": pl.Series(["b", "a"], dtype=pl.Categorical),
                "e": pl.Series(["b", "a"], dtype=pl.Enum(["a", "b"])),
            }
        )
        rows = read(frame, values=["y"], labels=["c", "e"])
        assert rows.columns["c"].tolist() == rows.columns["e"].tolist() == ["b", "a"]

    def test_lazy_frame_that_fails(self, tmp_path):
        with pytest.raises(DataError, match="lazy frame cannot be collected"):
            read(pl.scan_csv(tmp_path / "none.csv"), values=["y"], labels=[])

    def test_nan_is_not_null_but_missing(self):
        frame = pl.DataFrame({"y": [1.0, None, float("nan")]})
        rows = read(frame, values=["y"], labels=[], missing="drop")
        assert rows.dropped == 2

    def test_chunks(self):
        frame = pl.concat([pl.DataFrame({"y": [1]}), pl.DataFrame({"y": [2]})], rechunk=False)
        assert read(frame, values=["y"], labels=[]).columns["y"].tolist() == [1, 2]


class TestPyArrow:
    def test_doubled_columns(self):
        table = pa.table([[1], [2], [3]], names=["y", "y", "n"])
        with pytest.raises(ColumnError, match="'y' is there 2 times"):
            read(table, values=["y"], labels=[])
        assert read(table, values=["n"], labels=[]).columns["n"].tolist() == [3]

    def test_dictionaries(self):
        table = pa.table({"y": [1, 2], "g": pa.array(["b", None]).dictionary_encode()})
        assert read(table, values=["y"], labels=["g"], missing="drop").columns["g"].tolist() == ["b"]


class TestDuckDB:
    def test_doubled_columns(self):
        with pytest.raises(ColumnError, match="'y' is there 2 times"):
            read(duckdb.sql("SELECT 1 AS y, 2 AS y"), values=["y"], labels=[])

    def test_totals_are_exact(self):
        query = (
            "SELECT g, sum(y) AS y, 2.0::DECIMAL(5, 1) AS n FROM (VALUES ('a', 9007199254740993)) t(g, y) GROUP BY g"
        )
        rows = read(duckdb.sql(query), values=["y", "n"], labels=["g"])
        assert rows.columns["y"].tolist() == [9007199254740993]
        assert rows.columns["n"].tolist() == [2.0]

    def test_labels(self):
        query = "SELECT 1 AS y, 'a'::ENUM('a', 'b') AS e, 5::HUGEINT AS h, uuid() AS u, 'x\"y' AS \"quoted\"\"name\""
        rows = read(duckdb.sql(query), values=["y"], labels=["e", "h", "u", 'quoted"name'])
        assert rows.columns["e"].tolist() == ["a"]
        assert rows.columns['quoted"name'].tolist() == ['x"y']

    def test_nothing_but_nulls(self):
        with pytest.raises(DataError, match="missing cell"):
            read(duckdb.sql("SELECT NULL AS y"), values=["y"], labels=[], missing="drop")

    def test_relation_that_fails(self):
        relation = duckdb.sql("SELECT CAST(x AS INTEGER) AS y FROM (VALUES ('1'), ('q')) t(x)")
        with pytest.raises(DataError, match="DuckDB relation cannot be run"):
            read(relation, values=["y"], labels=[])

    def test_row_cap(self, monkeypatch):
        monkeypatch.setattr("partialpool.io.backends.files.MAX_ROWS", 10)
        with pytest.raises(DataError, match=r"more than 10 rows. Add the rows of each group up"):
            read(duckdb.sql("SELECT range AS y FROM range(1000000000000)"), values=["y"], labels=[])

    def test_nested_labels(self):
        with pytest.raises(CellError, match="text, numbers or dates"):
            read(duckdb.sql("SELECT 1 AS y, {'a': 1} AS g"), values=["y"], labels=["g"])
