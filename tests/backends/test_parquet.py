"""Parquet files, read by DuckDB under caps."""

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from partialpool.errors import CellError, ColumnError, DataError, FileError
from partialpool.io.backends import read


def counts(path, **options):
    return read(path, values=["y", "n"], labels=["g"], **options)


class TestParquet:
    TABLE = pa.table(
        {
            "g": ["A", None, "B", "007"],
            "y": pa.array([1, 2, None, 4], pa.int16()),
            "n": [2.0, 3.0, 4.0, 5.0],
            "d": pa.array([None, 1, 2, 3], pa.decimal128(10, 2)),
        }
    )

    def test_reads(self, tmp_path):
        pq.write_table(self.TABLE, tmp_path / "t.parquet")
        rows = read(tmp_path / "t.parquet", values=["y", "n"], labels=["g"], missing="drop")
        assert rows.library == "path"
        assert rows.dropped == 2
        assert rows.columns["g"].tolist() == ["A", "007"]
        assert rows.columns["y"].dtype == np.int64
        assert rows.columns["n"].tolist() == [2.0, 5.0]

    def test_missing(self, tmp_path):
        pq.write_table(self.TABLE, tmp_path / "t.parquet")
        with pytest.raises(CellError, match="'g' has no value in row 2"):
            read(tmp_path / "t.parquet", values=["n"], labels=["g"])

    def test_decimals_and_dictionaries(self, tmp_path):
        table = self.TABLE.set_column(0, "g", self.TABLE["g"].dictionary_encode())
        pq.write_table(table, tmp_path / "t.pq")
        rows = read(tmp_path / "t.pq", values=["d"], labels=["g"], missing="drop")
        assert rows.columns["d"].tolist() == [2.0, 3.0]

    def test_dates_stay_dates(self, tmp_path):
        days = np.array(["2020-01-02", "NaT", "2021-01-01"], dtype="M8[D]")
        pq.write_table(pa.table({"day": days, "y": [1, 2, 3]}), tmp_path / "t.parquet")
        rows = read(tmp_path / "t.parquet", values=["y"], labels=["day"], missing="drop")
        assert rows.columns["day"].tolist() == [days[0], days[2]]
        assert rows.columns["day"].dtype == days.dtype

    def test_batches_keep_the_order(self, tmp_path, monkeypatch):
        monkeypatch.setattr("partialpool.io.backends.duckdb.BATCH", 1000)
        size = 5500
        table = pa.table({"y": range(size), "g": [f"G{i % 13}" for i in range(size)]})
        pq.write_table(table, tmp_path / "t.parquet", row_group_size=700)
        rows = read(tmp_path / "t.parquet", values=["y"], labels=["g"])
        assert np.array_equal(rows.columns["y"], np.arange(size))
        assert rows.columns["g"].tolist() == table["g"].to_pylist()

    def test_no_rows(self, tmp_path):
        pq.write_table(self.TABLE.slice(0, 0), tmp_path / "t.parquet")
        with pytest.raises(DataError, match="no rows"):
            counts(tmp_path / "t.parquet")

    def test_names(self, tmp_path):
        nested = pa.array([{"y": 1}], pa.struct([("y", pa.int64())]))
        pq.write_table(pa.table([[1], [2], nested, [4], [5]], names=["y", "y", "s", "Y", "n"]), tmp_path / "t.parquet")
        with pytest.raises(ColumnError, match="'y' is there 2 times"):
            read(tmp_path / "t.parquet", values=["y"], labels=[])
        assert read(tmp_path / "t.parquet", values=["Y"], labels=["n"]).columns["Y"].tolist() == [4]
        with pytest.raises(ColumnError, match="Did you mean 'n'"):
            read(tmp_path / "t.parquet", values=["N"], labels=[])

    def test_hostile_names(self, tmp_path):
        name = 'a"; DROP TABLE t; --'
        folder = tmp_path / "k=9"
        folder.mkdir()
        path = folder / "it's [odd]*?.parquet"
        pq.write_table(pa.table({name: [3], "k": [1]}), path)
        rows = read(path, values=[name, "k"], labels=[])
        assert rows.columns[name].tolist() == [3]
        assert rows.columns["k"].tolist() == [1]

    def test_name_that_duckdb_uses(self, tmp_path):
        pq.write_table(pa.table({"file_row_number": [3]}), tmp_path / "t.parquet")
        with pytest.raises(FileError, match="Rename the column"):
            read(tmp_path / "t.parquet", values=["file_row_number"], labels=[])

    @pytest.mark.parametrize("cut", [4, 12, 40, 200])
    def test_damaged(self, tmp_path, cut):
        path = tmp_path / "t.parquet"
        pq.write_table(self.TABLE, path)
        path.write_bytes(path.read_bytes()[:-cut])
        with pytest.raises(FileError, match="cannot be read as Parquet"):
            counts(path)

    def test_small_file_of_many_rows(self, tmp_path):
        path = tmp_path / "t.parquet"
        with duckdb.connect() as connection:
            connection.execute(f"COPY (SELECT 1 AS y FROM range(60000000)) TO '{path}' (FORMAT parquet)")
        assert path.stat().st_size < 10**6
        with pytest.raises(FileError, match="more than 50,000,000 rows"):
            read(path, values=["y"], labels=[])

    def test_small_file_of_long_text(self, tmp_path, monkeypatch):
        monkeypatch.setattr("partialpool.io.backends.files.MAX_BYTES", 10**6)
        path = tmp_path / "t.parquet"
        pq.write_table(pa.table({"g": ["x" * 10_000] * 1000, "y": [1] * 1000}), path)
        assert path.stat().st_size < 10**5
        with pytest.raises(FileError, match="unpacks to more than 1,000,000 bytes"):
            read(path, values=["y"], labels=["g"])
        assert read(path, values=["y"], labels=[]).size == 1000
