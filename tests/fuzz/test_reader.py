"""Random tables: every kind of input tells the same, merging is a monoid, nothing is changed."""

import csv
import gzip
import io
import math

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merging import merge
from partialpool.errors import DataError, PartialpoolError
from partialpool.groups.groups import collapse
from partialpool.io.backends import read

STEADY = settings(
    derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

LABEL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=4).filter(str.strip) | st.sampled_from(
    ["007", "7", "NaN", "é"]
)  # none is blank: that is a missing cell of a text file, and a name elsewhere
WHOLE = st.integers(-5, 10) | st.sampled_from([2**53 + 1, -(2**63), 2**63 - 1])
FLOAT = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([0.5, -0.0, 1e300])
TEXT = st.sampled_from(["1", " 2", "3.5", "1,000", "12%", "NA", "", ".", "x", "true", "inf", "1e3", "-0", "007"])


@st.composite
def tables(draw):
    """A column of labels and a column of cells of one type, some missing."""
    size = draw(st.integers(0, 8))
    cell = draw(st.sampled_from([WHOLE, FLOAT, st.booleans(), TEXT]))
    if draw(st.booleans()):
        cell = cell | st.none()
    cells = draw(st.lists(cell, min_size=size, max_size=size))
    return {"g": draw(st.lists(LABEL, min_size=size, max_size=size)), "y": cells}


def arrow(columns):
    kinds = {type(cell) for cell in columns["y"]} - {type(None)}
    kind = {int: pa.int64(), float: pa.float64(), bool: pa.bool_(), str: pa.string()}[kinds.pop() if kinds else float]
    return pa.table({"g": pa.array(columns["g"], pa.string()), "y": pa.array(columns["y"], kind)})


def as_text(columns, delimiter):
    lines = io.StringIO()
    writer = csv.writer(lines, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return lines.getvalue().encode()


def relation(table):
    connection = duckdb.connect()
    connection.register("rows", table)
    return connection.sql("SELECT * FROM rows")


def every_kind(columns, folder):
    """The same table as everything that can be read."""
    table = arrow(columns)
    (folder / "t.csv").write_bytes(as_text(columns, ","))
    (folder / "s.csv").write_bytes(b"\xef\xbb\xbf" + as_text(columns, ";"))
    (folder / "z.csv.gz").write_bytes(gzip.compress(as_text(columns, "\t")))
    pq.write_table(table, folder / "t.parquet", row_group_size=3)
    nullable = table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get)
    frames = [table, nullable, pl.from_arrow(table), pl.from_arrow(table).lazy(), relation(table)]
    files = [folder / name for name in ("t.csv", "s.csv", "z.csv.gz", "t.parquet")]
    return [columns, {name: tuple(cells) for name, cells in columns.items()}, *frames, *files]


def outcome(data, missing):
    """Numbers, labels as text and the dropped rows; or the class of the refusal."""
    try:
        rows = read(data, values=["y"], labels=["g"], missing=missing)
    except PartialpoolError as error:
        return type(error)
    return rows.columns["y"].tolist(), [str(label) for label in rows.columns["g"]], rows.dropped


@STEADY
@given(tables(), st.sampled_from(["refuse", "drop"]))
def test_every_kind_of_input_tells_the_same(tmp_path, columns, missing):
    outcomes = [outcome(data, missing) for data in every_kind(columns, tmp_path)]
    assert all(other == outcomes[0] for other in outcomes), outcomes


@STEADY
@given(st.binary(max_size=200) | st.text(st.sampled_from('gy,;"\n\r \t1.Ae|'), max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path, content):
    for name, start in (("t.csv", b""), ("t.csv", b"g,y\n"), ("t.csv.gz", b"\x1f\x8b"), ("t.parquet", b"PAR1")):
        (tmp_path / name).write_bytes(start + content)
        kind = outcome(tmp_path / name, "drop")
        assert isinstance(kind, tuple) or issubclass(kind, DataError)


PART = st.lists(
    st.tuples(st.sampled_from(["a", "b", "7", "007"]) | st.integers(0, 3), st.integers(0, 2), st.integers(0, 2**60)),
    max_size=7,
)


def grouped(rows):
    labels = {"g": np.fromiter((r[0] for r in rows), object, len(rows)), "h": np.array([r[1] for r in rows], np.int64)}
    return collapse(labels, {"successes": np.array([r[2] for r in rows], np.int64)}, {"successes": "y"})


def told(groups):
    return [x.tolist() for x in groups.labels.values()], groups.statistics["successes"].tolist()


@STEADY
@given(PART, PART, PART)
def test_merge_is_a_monoid(a, b, c):
    nothing = grouped([])
    left = merge(merge(grouped(a), grouped(b)), grouped(c))
    right = merge(grouped(a), merge(grouped(b), grouped(c)))
    assert told(left) == told(right) == told(grouped(a + b + c))
    assert told(merge(nothing, left)) == told(left) == told(merge(left, nothing))


NUMBERS = st.sampled_from([np.int8, np.uint8, np.int64, np.uint64, np.float32, np.float64, np.bool_, object, str])


@STEADY
@given(st.lists(st.integers(0, 3), max_size=12), st.lists(st.integers(0, 2**40), min_size=12, max_size=12), NUMBERS)
def test_labels_of_every_type_group_alike(labels, y, dtype):
    cells = np.array(labels, dtype=np.int64)
    if dtype is np.bool_:
        cells = cells % 2
    totals = {}
    for label, value in zip(cells.tolist(), y, strict=False):
        totals[label] = totals.get(label, 0) + value
    result = collapse(
        {"g": cells.astype(dtype)}, {"successes": np.array(y[: len(labels)], np.int64)}, {"successes": "y"}
    )
    assert [int(label) for label in result.labels["g"].tolist()] == list(totals)
    assert result.statistics["successes"].tolist() == list(totals.values())


@STEADY
@given(st.lists(FLOAT, min_size=1, max_size=9), st.sampled_from([1, 2, -1]), st.booleans())
def test_arrays_are_never_changed(cells, step, writeable):
    array = np.array(cells)[::step]
    before = array.copy()
    array.flags.writeable = writeable
    result = outcome({"y": array, "g": array}, "drop")
    assert np.array_equal(array, before, equal_nan=True)
    assert array.flags.writeable == writeable
    finite = [cell for cell in before.tolist() if not math.isnan(cell)]
    if isinstance(result, tuple):
        assert result[0] == finite
    else:
        assert issubclass(result, DataError)
        assert not finite or any(map(math.isinf, finite))
