"""The answers beside a caller's own rows, written to a file: whole or not at all, from every kind of table."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import partialpool as pp
from partialpool.analysis.attaching import copying
from partialpool.io.output import atomic

ADDED = [f"posterior_{name}" for name in ("mean", "sd", "median", "lower", "upper", "weight")]
QUICK = {"method": "moments"}
ADS = {
    "ad": ["b", "a", "b", None, "z", "a"],
    "day": ["=1+1", "mon", None, "-1.5", "@x", 'say "hi", {0}'],
    "views": [30, 41, 52, 60, 20, None],
}
FIT = {"ad": ["a", "b", "c"], "clicks": [3, 4, 5], "n": [30, 41, 52]}


@pytest.fixture(scope="module")
def fit():
    return pp.proportions(FIT, successes="clicks", trials="n", group="ad", **QUICK)


def relation(columns):
    connection = duckdb.connect()
    OPEN.append(connection)
    connection.register("rows", pa.table(columns))
    return connection.sql("SELECT * FROM rows")


OPEN = []
MAKERS = {
    "dict": dict,
    "list of dicts": lambda c: [dict(zip(c, row, strict=True)) for row in zip(*c.values(), strict=True)],
    "pandas": lambda c: pd.DataFrame(c, index=[7, 7, 0, 3, 1, 1]),
    "nullable": lambda c: pd.DataFrame(c).convert_dtypes(),
    "polars": pl.DataFrame,
    "lazy": pl.LazyFrame,
    "pyarrow": pa.table,
    "relation": relation,
}


def answers(fit):
    found = fit.group_columns()
    place = {label: i for i, label in enumerate(found["ad"])}
    return [
        [float(found[name.removeprefix("posterior_")][place[ad]]) if ad in place else None for ad in ADS["ad"]]
        for name in ADDED
    ]


def nothing_left(folder):
    return not list(folder.glob(".partialpool-*"))


# --- every kind of table


@pytest.mark.parametrize("kind", MAKERS)
def test_parquet_has_the_rows_in_their_order_and_types(kind, fit, tmp_path):
    data, out = MAKERS[kind](ADS), tmp_path / "it's {0}.parquet"
    assert fit.attach(data, into=out) == out
    found = pq.read_table(out)
    assert found.column_names == [*ADS, *ADDED]
    assert found["ad"].to_pylist() == ADS["ad"]
    assert found["day"].to_pylist() == ADS["day"]
    assert [None if x is None or x != x else x for x in found["views"].to_pylist()] == ADS["views"]
    if kind in ("nullable", "polars", "lazy", "pyarrow", "relation"):
        assert found.schema.field("views").type == pa.int64()
    assert [found[name].to_pylist() for name in ADDED] == answers(fit)
    assert nothing_left(tmp_path)


@pytest.mark.parametrize("kind", MAKERS)
def test_csv_has_nothing_that_a_spreadsheet_runs(kind, fit, tmp_path):
    out = fit.attach(MAKERS[kind](ADS), into=tmp_path / "out.csv")
    found = pd.read_csv(out, keep_default_na=False, dtype=str)
    assert list(found.columns) == [*ADS, *ADDED]
    assert [x.removeprefix("'") for x in found["day"]] == [x or "" for x in ADS["day"]]
    assert [found["day"][i][0] for i in (0, 4)] == ["'", "'"]
    assert [float(x) if x else None for x in found["posterior_mean"]] == answers(fit)[0]
    assert [float(x) if x else None for x in found["views"]] == ADS["views"]


def test_a_title_that_a_spreadsheet_would_run(fit, tmp_path):
    for data in (relation({"ad": ["a"], "=1": ["x"]}), {"ad": ["a"], "=1": ["x"]}):
        text = fit.attach(data, into=tmp_path / "out.csv").read_text()
        assert text.startswith("ad,'=1,posterior_mean")


# --- files


def write(path, columns, **options):
    pq.write_table(pa.table(columns), path, **options)
    return path


def test_parquet_files_keep_types_and_order(fit, tmp_path):
    size = 4000
    rng = np.random.default_rng(2)
    columns = {
        "id": pa.array(np.arange(size), pa.int32()),
        "clinic": pa.array(rng.choice(["a", "b", "c", "d"], size)).dictionary_encode(),
        "cost": pa.array([None if i % 7 else i for i in range(size)], pa.decimal128(12, 2)),
        "when": pa.array(np.arange(size), pa.timestamp("us", tz="UTC")),
        "codes": pa.array([[i, i + 1] for i in range(size)]),
        "file_row": pa.array(rng.random(size).astype(np.float32)),
    }
    whole = pa.table(columns)
    parts = [
        write(tmp_path / f"part {i}.parquet", whole[i * 1000 : i * 1000 + 1000], row_group_size=100) for i in range(4)
    ]
    one = write(tmp_path / "whole.pq", columns, row_group_size=128)
    for data in (one, str(one), parts, list(map(str, parts)), str(tmp_path / "part *.parquet")):
        found = pq.read_table(fit.attach(data, group="clinic", into=tmp_path / "out.parquet"))
        assert found.column_names == [*columns, *ADDED]
        assert found["id"].to_pylist() == list(range(size))
        for name in ("id", "cost", "when", "codes", "file_row"):
            assert found.schema.field(name).type == whole.schema.field(name).type or name == "codes"
            assert found[name].to_pylist() == whole[name].to_pylist()
        known = fit.group_columns()
        mean = dict(zip(known["ad"], known["mean"], strict=True))
        assert found["posterior_mean"].to_pylist() == [mean.get(label) for label in whole["clinic"].to_pylist()]
    backwards = pq.read_table(fit.attach(parts[::-1], group="clinic", into=tmp_path / "out.parquet"))
    assert backwards["id"].to_pylist() == [i + 1000 * k for k in (3, 2, 1, 0) for i in range(1000)]


def test_rows_beyond_the_limit_may_change_their_order_only(fit, tmp_path, monkeypatch):
    monkeypatch.setattr(copying, "ORDERED", 10)
    data = {"id": list(range(500)), "ad": ["a", "b", "c", "d", None] * 100}
    for rows in (write(tmp_path / "in.parquet", data), relation(data)):
        found = pq.read_table(fit.attach(rows, into=tmp_path / "out.parquet")).sort_by("id").to_pydict()
        expected = fit.attach(pa.table(data)).to_pydict()
        assert found == expected


def test_a_column_called_like_the_numbers_of_rows(fit, tmp_path):
    data = {
        "ad": ["b", "a", "c"],
        "file_row_number": [5, 3, 1],
        "partialpool_number": [1, 2, 3],
        "file_index": [3, 3, 3],
    }
    for rows in (write(tmp_path / "in.parquet", data), [tmp_path / "in.parquet"]):
        found = pq.read_table(fit.attach(rows, into=tmp_path / "out.parquet"))
        assert {name: found[name].to_pylist() for name in data} == data


def test_text_files(fit, tmp_path):
    (tmp_path / "in.csv").write_text('ad;note;rate\nb;=x;-1.50\na;007;+2\n"z";;1e3\n')
    lines = fit.attach(tmp_path / "in.csv", into=tmp_path / "out.csv").read_text().splitlines()
    assert [line.split(",")[:3] for line in lines] == [
        ["ad", "note", "rate"], ["b", "'=x", "-1.50"], ["a", "007", "+2"], ["z", "", "1e3"],
    ]  # fmt: skip
    found = pq.read_table(fit.attach(str(tmp_path / "in.csv"), into=tmp_path / "out.parquet"))
    assert found["rate"].to_pylist() == [-1.5, 2.0, 1000.0]


def test_rows_that_are_groups(tmp_path):
    rows = {"y": [3, 1, 0], "n": [9, 8, 7]}
    fit = pp.proportions(rows, successes="y", trials="n", **QUICK)
    mean = fit.group_columns()["mean"].tolist()
    one = write(tmp_path / "in.parquet", rows)
    cut = [{name: cells[part] for name, cells in rows.items()} for part in (slice(1), slice(1, 3))]
    halves = [write(tmp_path / f"{i}.parquet", part) for i, part in enumerate(cut)]
    for data in (one, halves, relation(rows), pd.DataFrame(rows)):
        found = pq.read_table(fit.attach(data, into=tmp_path / "out.parquet"))
        assert found["posterior_mean"].to_pylist() == mean
    with pytest.raises(pp.DataError, match="each row is its own group in this fit, which has 3 rows, and"):
        fit.attach([*halves, halves[0]], into=tmp_path / "out.parquet")
    with pytest.raises(pp.DataError, match="rows are matched by position"):
        fit.attach(write(tmp_path / "other.parquet", {"y": [1, 3, 0], "n": [9, 8, 7]}), into=tmp_path / "out.parquet")


@pytest.mark.parametrize(
    "labels", [[5, 3], [2.5, -1.0], [True, False], list(pd.to_datetime(["2020-01-01", "2021-02-03"]))]
)
def test_labels_of_other_kinds(labels, tmp_path):
    data = {"g": labels * 2, "y": [1, 2, 3, 4], "n": [9, 9, 9, 9]}
    fit = pp.proportions(data, successes="y", trials="n", group="g", **QUICK)
    path = write(tmp_path / "in.parquet", data)
    found = pq.read_table(fit.attach(path, into=tmp_path / "out.parquet"))
    assert found["posterior_mean"].to_pylist() == fit.group_columns()["mean"].tolist() * 2
    text = write(tmp_path / "text.parquet", {"g": ["x", "y"]})
    with pytest.raises(pp.DataError, match="holds text, and the groups of the fit are"):
        fit.attach(text, into=tmp_path / "out.parquet")


# --- refusals, and what is left after them


@pytest.mark.parametrize("make", [lambda c, p: write(p, c), lambda c, p: [write(p, c)], lambda c, p: relation(c)])
def test_what_is_refused(make, fit, tmp_path):
    out = tmp_path / "out.parquet"
    out.write_text("old")
    good, source = {"ad": ["a", "q"]}, tmp_path / "in.parquet"
    for columns, options, error, said in [
        (good, {"unknown": "refuse"}, pp.DataError, "the fit does not know the group q"),
        ({"ad": ["x", "y"]}, {}, pp.DataError, "no row of the table has a group that the fit knows"),
        ({"ad": [1, 2]}, {}, pp.DataError, "holds numbers, and the groups of the fit are text"),
        ({"ad": ["a"], "posterior_mean": [1]}, {}, pp.ColumnError, "already has a column 'posterior_mean'"),
        ({"x": ["a"]}, {}, pp.ColumnError, "there is no column 'ad'"),
    ]:
        with pytest.raises(error, match=said):
            fit.attach(make(columns, source), into=out, **options)
        assert out.read_text() == "old"
        assert nothing_left(tmp_path)
    nulls = pa.array([None, None], pa.string())
    assert pq.read_table(fit.attach(make({"ad": nulls}, source), into=out))["posterior_mean"].to_pylist() == [
        None,
        None,
    ]


def test_the_source_is_never_replaced(fit, tmp_path):
    source = write(tmp_path / "in.parquet", ADS)
    before = source.read_bytes()
    os.link(source, tmp_path / "other name.parquet")
    for data in (source, [source], str(tmp_path / "i*.parquet"), tmp_path / "other name.parquet"):
        with pytest.raises(pp.OutputError, match="it is the file that the data come from"):
            fit.attach(data, into=source)
    assert source.read_bytes() == before
    with pytest.raises(pp.OutputError, match=r"must end in one of \.csv, \.parquet"):
        fit.attach(source, into=tmp_path / "out.txt")
    with pytest.raises(pp.OutputError, match="there is no folder"):
        fit.attach(source, into=tmp_path / "none" / "out.csv")
    with pytest.raises(pp.FileError, match="no file matches"):
        fit.attach(str(tmp_path / "x*.parquet"), into=tmp_path / "out.csv")
    (tmp_path / "text.csv").write_text("ad\na\n")
    with pytest.raises(pp.FileError, match="are files of different kinds"):
        fit.attach([source, tmp_path / "text.csv"], into=tmp_path / "out.csv")
    (tmp_path / "more.csv").write_text("ad\nb\n")
    with pytest.raises(pp.FileError, match="is no Parquet file: several files"):
        fit.attach([tmp_path / "more.csv", tmp_path / "text.csv"], into=tmp_path / "out.csv")


def test_a_full_disk_leaves_the_old_file(fit, tmp_path, monkeypatch):
    source, out = write(tmp_path / "in.parquet", ADS), tmp_path / "out.parquet"
    out.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    for data in (source, relation(ADS), pd.DataFrame(ADS), ADS):
        with pytest.raises(pp.OutputError, match="No space left on device"):
            fit.attach(data, into=out)
        with pytest.raises(pp.OutputError, match="No space left on device"):
            fit.groups(into=out)
    assert out.read_text() == "old"
    assert nothing_left(tmp_path)


def test_nothing_is_left_in_the_connection(fit, tmp_path):
    rows = relation(ADS)
    fit.attach(rows, into=tmp_path / "out.parquet")
    left = OPEN[-1].sql("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    assert [name for (name,) in left if name.startswith("partialpool")] == []


def test_an_interrupt_leaves_nothing(tmp_path):
    script = textwrap.dedent("""
        import signal, sys, duckdb, partialpool as pp
        signal.signal(signal.SIGINT, signal.default_int_handler)
        data = {"g": [0, 1], "y": [1, 2], "n": [9, 9]}
        fit = pp.proportions(data, successes="y", trials="n", group="g", method="moments")
        rows = duckdb.sql("SELECT i % 2 AS g, hash(i) AS h FROM range(20000000) t(i)")
        print("ready", flush=True)
        fit.attach(rows, into=sys.argv[1])
    """)
    out = tmp_path / "out.parquet"
    out.write_text("old")
    with subprocess.Popen(
        [sys.executable, "-c", script, out], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout.readline() == b"ready\n"
        end = time.monotonic() + 30
        while nothing_left(tmp_path) and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.2)  # DuckDB stops when it comes to it, at the latest at the end
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=60)[1]
    assert running.returncode != 0
    assert said.splitlines()[-1].startswith(b"KeyboardInterrupt")
    assert out.read_text() == "old"
    assert nothing_left(tmp_path)


# --- tables of answers


def test_tables_of_answers_go_to_files(fit, tmp_path):
    for name in ("groups", "population"):
        table = getattr(fit, f"{name[:-1] if name == 'groups' else name}_columns")
        for ending in ("parquet", "csv", "json"):
            out = getattr(fit, name)(0.8, into=tmp_path / f"{name}.{ending}")
            assert out == tmp_path / f"{name}.{ending}"
        found = pq.read_table(tmp_path / f"{name}.parquet")
        assert found.column_names == list(table(0.8))
        assert found["median"].to_pylist() == table(0.8)["median"].tolist()
        assert pd.read_csv(tmp_path / f"{name}.csv")["lower"].tolist() == table(0.8)["lower"].tolist()
    with pytest.raises(pp.OutputError, match="must end in one of"):
        fit.groups(into=tmp_path / "out.xlsx")
    path = write(tmp_path / "in.parquet", FIT)
    with pytest.raises(pp.OutputError, match="it is the file that the data come from"):
        pp.proportions(path, successes="clicks", trials="n", group="ad", **QUICK).groups(into=path)
