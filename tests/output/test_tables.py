"""Tables come back in the caller's library, and their missing cells as that library's own."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from partialpool.io.output import tables
from partialpool.io.output.tables import Table, to_native

COLUMNS = {
    "group": np.array(["007", "7", None], dtype=object),
    "rats": np.array([20, 2**60 + 1, 3]),
    "mean": np.array([0.25, 0.1 + 0.2, np.nan]),
}


def test_pandas():
    frame = to_native(COLUMNS, "pandas")
    assert isinstance(frame, pd.DataFrame)
    assert frame["rats"].tolist() == [20, 2**60 + 1, 3]
    assert frame["group"].tolist()[:2] == ["007", "7"]
    assert frame.isna().to_numpy().sum() == 2


def test_polars():
    frame = to_native(COLUMNS, "polars")
    assert isinstance(frame, pl.DataFrame)
    assert frame.schema == {"group": pl.String, "rats": pl.Int64, "mean": pl.Float64}
    assert frame["mean"].to_list() == [0.25, 0.1 + 0.2, None]
    assert frame["group"].to_list() == ["007", "7", None]


def test_pyarrow():
    frame = to_native(COLUMNS, "pyarrow")
    assert isinstance(frame, pa.Table)
    assert frame.to_pydict() == {
        "group": ["007", "7", None],
        "rats": [20, 2**60 + 1, 3],
        "mean": [0.25, 0.1 + 0.2, None],
    }


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_the_source_is_neither_shared_nor_changed(library):
    columns = {name: column.copy() for name, column in COLUMNS.items()}
    for column in columns.values():
        column.flags.writeable = False
    to_native(columns, library)
    for name, column in columns.items():
        assert column.tolist()[:2] == COLUMNS[name].tolist()[:2]


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_labels_of_several_types_become_text(library):
    frame = to_native({"group": np.array([7, "7", None, 2.5], dtype=object)}, library)
    column = frame["group"]
    assert (column.to_list() if library == "polars" else column.to_pylist()) == ["7", "7", None, "2.5"]


@pytest.mark.parametrize(
    ("installed", "kind"),
    [
        ({"pandas", "polars", "pyarrow"}, pd.DataFrame),
        ({"polars", "pyarrow"}, pl.DataFrame),
        ({"pyarrow"}, pa.Table),
        (set(), Table),
    ],
)
@pytest.mark.parametrize("library", ["dict", "path", "duckdb"])
def test_data_without_a_library_come_back_in_the_first_installed(monkeypatch, installed, kind, library):
    monkeypatch.setattr(tables, "find_spec", lambda name: name in installed or None)
    assert isinstance(to_native(COLUMNS, library), kind)


def test_a_table_reads_like_a_mapping_and_is_read_only():
    table = Table(COLUMNS)
    assert list(table) == ["group", "rats", "mean"]
    assert len(table) == 3
    assert table["rats"][1] == 2**60 + 1
    with pytest.raises(ValueError, match="read-only"):
        table["mean"][0] = 1
    assert COLUMNS["mean"].flags.writeable
    with pytest.raises(TypeError):
        table["mean"] = 1


def test_a_table_prints_as_one():
    assert [line.split() for line in repr(Table(COLUMNS)).splitlines()] == [
        ["group", "rats", "mean"],
        ["007", "20", "0.2500"],
        ["7", str(2**60 + 1), "0.3000"],
        ["3", "-"],
    ]


def test_equal_tables():
    assert Table(COLUMNS) == Table(COLUMNS)
    assert Table(COLUMNS) != Table({**COLUMNS, "mean": np.zeros(3)})
    assert Table(COLUMNS) != "a table"
    with pytest.raises(TypeError):
        hash(Table(COLUMNS))
