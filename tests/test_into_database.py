"""Answers as a table of a DuckDB database: whole or not at all, from every kind of table, and nothing else changes."""

import datetime as dt
import os
import signal
import subprocess
import sys
import textwrap
import time
from decimal import Decimal

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import partialpool as pp
from partialpool.analysis.attaching import writing
from partialpool.io.output import databases
from shell import partialpool
from test_attach_into import ADDED, ADS, FIT, MAKERS, QUICK, answers, relation

OLD = [(1, "old")]


@pytest.fixture(scope="module")
def fit():
    return pp.proportions(FIT, successes="clicks", trials="n", group="ad", **QUICK)


@pytest.fixture
def shop(tmp_path):
    """A database with a table that is to be replaced, another one and a view."""
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name in ("groups", "rows", "other"):
            connection.execute(f"CREATE TABLE {name} AS SELECT 1 AS a, 'old' AS b")
        connection.execute("CREATE VIEW seen AS FROM other")
    return path


def read(path, table):
    """The table as a PyArrow table."""
    with duckdb.connect(str(path)) as connection:
        return connection.sql(f"FROM {quoted(table)}").to_arrow_table()


def types(path, table):
    with duckdb.connect(str(path)) as connection:
        return {row[0]: row[1] for row in connection.execute(f"DESCRIBE {quoted(table)}").fetchall()}


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def unchanged(path):
    with duckdb.connect(str(path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert tables == {"groups", "rows", "other"}
        assert all(connection.execute(f"FROM {name}").fetchall() == OLD for name in (*tables, "seen"))
    return sorted(os.listdir(path.parent)) == [path.name]


# --- every kind of table


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("kind", MAKERS)
def test_rows_of_every_kind(kind, new, fit, shop):
    path = shop.with_name("it's new.duckdb") if new else shop
    assert fit.attach(MAKERS[kind](ADS), into=str(path)) == path
    found = read(path, "rows")
    assert found.column_names == [*ADS, *ADDED]
    assert {name: found[name].to_pylist() for name in ADS} == ADS
    assert [found[name].to_pylist() for name in ADDED] == answers(fit)
    assert set(types(path, "rows").values()) <= {"VARCHAR", "BIGINT", "DOUBLE"}
    with duckdb.connect(str(path)) as connection:
        shown = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    assert shown == [("rows",)] if new else [("groups",), ("other",), ("rows",)]
    assert sorted(os.listdir(path.parent)) == sorted({path.name, shop.name})


def test_rows_of_files(fit, tmp_path):
    source = tmp_path / "in.parquet"
    pq.write_table(pa.table({**ADS, "cost": [Decimal("1.50")] * 6}), source)
    pd.DataFrame(ADS).to_csv(tmp_path / "in.csv", index=False)
    for data in (source, [source], str(tmp_path / "i*.parquet"), tmp_path / "in.csv"):
        found = read(fit.attach(data, into=tmp_path / "out.db"), "rows")
        assert found["ad"].to_pylist() == ADS["ad"]
        assert found["views"].to_pylist() == ADS["views"]
        assert [found[name].to_pylist() for name in ADDED] == answers(fit)
        if data != tmp_path / "in.csv":
            assert found["cost"].to_pylist() == [Decimal("1.50")] * 6
    rows = {"y": [3, 1, 0], "n": [9, 8, 7], "cost": [Decimal("0.1")] * 3}
    pq.write_table(pa.table(rows), source)
    single = pp.proportions(rows, successes="y", trials="n", **QUICK)
    for path in (tmp_path / "out.db", tmp_path / "new.ddb"):
        found = read(single.attach(source, into=path, table="single"), "single")
        assert found["cost"].to_pylist() == rows["cost"]
        assert found["posterior_mean"].to_pylist() == single.group_columns()["mean"].tolist()


def test_masked_cells_are_missing(fit, tmp_path):
    rows = np.ma.array([("a", 7), ("b", 5)], mask=[(False, True), (False, False)], dtype=[("ad", "U1"), ("x", int)])
    assert read(fit.attach(rows, into=tmp_path / "out.duckdb"), "rows")["x"].to_pylist() == [None, 5]
    assert pq.read_table(fit.attach(rows, into=tmp_path / "out.parquet"))["x"].to_pylist() == [None, 5]


def test_frames_of_polars_without_pyarrow(fit, shop, monkeypatch):
    monkeypatch.setattr(writing, "find_spec", lambda _: None)
    found = read(fit.attach(pl.DataFrame(ADS), into=shop), "rows")
    assert {name: found[name].to_pylist() for name in ADS} == ADS


def test_tables_of_answers(fit, shop):
    for name in ("groups", "population"):
        columns = getattr(fit, f"{name.removesuffix('s')}_columns")(0.8)
        for table in (None, "my answers"):
            assert getattr(fit, name)(0.8, into=shop, table=table) == shop
            found = read(shop, table or name)
            assert found.column_names == list(columns)
            assert found["median"].to_pylist() == columns["median"].tolist()
    empty = pp.proportions({"g": ["a", "b"], "y": [1, 0], "n": [3, 0]}, successes="y", trials="n", group="g")
    assert read(empty.groups(into=shop), "groups")["raw"].to_pylist() == [1 / 3, None]


@pytest.mark.parametrize("name", ['a "b"', "main.groups", "x.y.z", "select", "Ü '1'", "{0}\n%s", " "])
def test_any_text_is_a_name(name, fit, shop):
    for path in (shop, shop.with_name("new.duckdb")):
        fit.groups(into=path, table=name)
        fit.attach(relation(ADS), into=path, table=name + "2")
        assert read(path, name)["ad"].to_pylist() == FIT["ad"]
        assert read(path, name + "2")["ad"].to_pylist() == ADS["ad"]
    assert read(shop, "groups")["b"].to_pylist() == ["old"]


# --- types


LABELS = {
    "BIGINT": [3, 5],
    "DOUBLE": [2.5, -1.0],
    "BOOLEAN": [True, False],
    "VARCHAR": ["007", "7"],
    "DATE": [dt.date(2020, 1, 31), dt.date(1, 1, 1)],
    "TIMESTAMP": [dt.datetime(2020, 1, 31, 5, 6, 7, 8), dt.datetime(1969, 1, 1)],
}


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("make", [dict, pl.DataFrame, pa.table])
def test_labels_keep_their_types(kind, make, tmp_path):
    data = make({"g": LABELS[kind] * 2, "y": [1, 2, 3, 4], "n": [9, 9, 9, 9]})
    fit = pp.proportions(data, successes="y", trials="n", group="g", **QUICK)
    path = tmp_path / "out.duckdb"
    for table in (read(fit.groups(into=path), "groups"), read(fit.attach(data, into=path), "rows")[:2]):
        assert table["g"].to_pylist() == LABELS[kind]
    assert types(path, "groups")["g"] == types(path, "rows")["g"] == kind


def test_cells_keep_their_types(fit, tmp_path):
    path, size = tmp_path / "out.duckdb", 3000
    cells = {
        "decimal": [Decimal("1.5")] * (size - 2) + [Decimal("123456789.25"), None],
        "whole": [2**62 + 1] + [1] * (size - 2) + [None],
        "large": [2**70, 1] * (size // 2),
        "mixed": [1, 2.5] + [None] * (size - 2),
        "labels": ["a", 1] * (size // 2),
        "date": [dt.date(2020, 1, 1), None] * (size // 2),
        "time": [dt.time(1, 2, 3)] * size,
        "span": [dt.timedelta(microseconds=5)] * size,
        "zone": [dt.datetime(2020, 1, 1, tzinfo=dt.UTC)] * size,
        "nothing": [None] * size,
        "nan": [float("nan"), float("inf")] * (size // 2),
        "nanoseconds": np.full(size, "2020-01-01T00:00:00.000000001", "M8[ns]"),
        "days": np.array(["2020-01-01", "NaT"] * (size // 2), "M8[D]"),
        "unsigned": np.full(size, 2**63, np.uint64),
        "U": np.array(["x", "y"] * (size // 2)),
    }
    for i, name in enumerate(cells):
        fit.attach({"ad": ["a"] * size, name: cells[name]}, into=path, table=f"t{i}")
    kinds = [types(path, f"t{i}")[name] for i, name in enumerate(cells)]
    assert kinds == [
        "DECIMAL(11,2)", "BIGINT", "HUGEINT", "DOUBLE", "VARCHAR", "DATE", "TIME", "INTERVAL",
        "TIMESTAMP WITH TIME ZONE", "VARCHAR", "DOUBLE", "TIMESTAMP_NS", "DATE", "UBIGINT", "VARCHAR",
    ]  # fmt: skip
    wanted = {
        **cells, "labels": ["a", "1"] * (size // 2), "nan": [None, float("inf")] * (size // 2),
        "days": [dt.date(2020, 1, 1), None] * (size // 2), "unsigned": [2**63] * size, "U": ["x", "y"] * (size // 2),
    }  # fmt: skip
    for i, name in enumerate(cells):
        if name not in ("span", "zone", "nanoseconds", "large"):
            assert read(path, f"t{i}")[name].to_pylist() == wanted[name]
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("SELECT DISTINCT large::VARCHAR FROM t2").fetchall() in (
            [(str(2**70),), ("1",)],
            [("1",), (str(2**70),)],
        )


def test_types_of_frames_and_relations(fit, tmp_path):
    path = tmp_path / "out.duckdb"
    frame = pd.DataFrame({"ad": ["a", "b"], "x": [Decimal("1.25"), np.nan], "text": ["u", np.nan]})
    frame["kind"] = pd.Categorical(["u", None])
    found = read(fit.attach(frame, into=path), "rows")
    assert found["x"].to_pylist() == [Decimal("1.25"), None]
    assert found["text"].to_pylist() == ["u", None]
    assert found["kind"].to_pylist() == ["u", None]
    with duckdb.connect() as connection:
        connection.execute("CREATE TYPE mood AS ENUM ('a', 'b')")
        rows = connection.sql(
            f"SELECT 'a'::mood AS ad, {2**70}::HUGEINT AS h, INTERVAL 5 MICROSECONDS AS i, [1, 2] AS l"
        )
        fit.attach(rows, into=path)
    assert [*types(path, "rows").values()][:4] == ["ENUM('a', 'b')", "HUGEINT", "INTERVAL", "INTEGER[]"]


# --- databases that are open


def test_the_database_is_open_in_this_process(fit, shop):
    with duckdb.connect(str(shop)) as connection:
        connection.execute("CREATE TABLE ads (ad VARCHAR)")
        connection.execute("INSERT INTO ads VALUES ('a'), ('q')")
        fit.groups(into=shop)
        fit.attach(connection.table("ads"), into=shop)
        fit.attach(ADS, into=shop, table="ADS2")
        assert connection.execute("SELECT count(*) FROM groups").fetchall() == [(3,)]
        assert connection.execute("SELECT ad, posterior_mean IS NULL FROM rows").fetchall() == [
            ("a", False), ("q", True),
        ]  # fmt: skip
        assert connection.execute("SELECT count(*) FROM ads2").fetchall() == [(6,)]
        assert [name for (name,) in connection.execute("SELECT database_name FROM duckdb_databases()").fetchall()] == [
            "shop", "system", "temp",
        ]  # fmt: skip


@pytest.mark.parametrize("wrap", [lambda rows: rows, nw.from_native])
def test_a_connection_with_settings_writes_for_its_relations(wrap, fit, shop):
    with duckdb.connect(str(shop), config={"threads": 1}) as connection:
        connection.execute("CREATE TABLE ads AS SELECT 'a' AS ad, 3 AS clicks, 30 AS n UNION ALL SELECT 'b', 4, 40")
        rows = wrap(connection.table("ads"))
        fit.attach(rows, into=shop)
        pp.proportions(rows, successes="clicks", trials="n", group="ad", **QUICK).groups(into=shop)
        for name in ("rows", "groups"):
            assert sorted(connection.execute(f"SELECT ad FROM {name}").fetchall()) == [("a",), ("b",)]
        with pytest.raises(pp.OutputError, match=r"different configuration.*Close the connection"):
            fit.groups(into=shop)


def test_relations_of_other_connections(fit, shop):
    with duckdb.connect() as connection:
        rows = connection.sql("SELECT 'a' AS ad")
        fit.attach(rows, into=shop)
        assert read(shop, "rows")["ad"].to_pylist() == ["a"]
        connection.execute(f"ATTACH '{shop}' AS \"my shop\"")
        fit.attach(rows, into=shop, table="again")
        assert connection.execute('SELECT ad FROM "my shop".again').fetchall() == [("a",)]
        with pytest.raises(pp.OutputError, match=r"already attached by.*Close the connection"):
            fit.groups(into=shop)


def test_a_transaction_of_the_caller_is_kept(fit, shop):
    with duckdb.connect(str(shop)) as connection:
        rows = connection.sql("SELECT 'a' AS ad")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO other VALUES (2, 'new')")
        fit.attach(rows, into=shop)
        assert connection.execute("SELECT ad FROM rows").fetchall() == [("a",)]
        connection.execute("ROLLBACK")
    assert unchanged(shop)


def test_links(fit, shop, tmp_path):
    link = tmp_path / "link.duckdb"
    link.symlink_to(shop)
    with duckdb.connect(str(link)) as connection:
        assert fit.groups(into=link) == shop
        assert connection.execute("SELECT count(*) FROM groups").fetchall() == [(3,)]
    (tmp_path / "far.duckdb").symlink_to(tmp_path / "new.duckdb")
    assert fit.groups(into=tmp_path / "far.duckdb") == tmp_path / "new.duckdb"
    assert len(read(tmp_path / "new.duckdb", "groups")) == 3


def test_read_only_and_locked_databases(fit, shop):
    with duckdb.connect(str(shop), read_only=True) as connection:
        with pytest.raises(pp.OutputError, match=r"different configuration.*Close the connection"):
            fit.groups(into=shop)
        with pytest.raises(pp.OutputError, match=r"read-only mode.*Close the connection"):
            fit.attach(connection.sql("SELECT 'a' AS ad"), into=shop)
    hold = f"import duckdb, sys; c = duckdb.connect({str(shop)!r}); print('ready', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"ready\n"
        for write in (fit.groups, lambda **to: fit.attach(relation(ADS), **to), lambda **to: fit.attach(ADS, **to)):
            with pytest.raises(pp.OutputError, match=r"Could not set lock.*Close the connection or the program"):
                write(into=shop)
        holder.communicate()
    shop.chmod(0o444)
    with pytest.raises(pp.OutputError, match="it is read-only"):
        fit.groups(into=shop)
    assert unchanged(shop)


# --- refusals, and what is left after them


REFUSED = [
    ({"ad": ["a", "q"]}, {"unknown": "refuse"}, pp.DataError, "that the fit does not know|does not know the group q"),
    ({"ad": ["x", "y"]}, {}, pp.DataError, "no row of the table has a group that the fit knows"),
    ({"ad": ["a"], "posterior_mean": [1]}, {}, pp.ColumnError, "already has a column 'posterior_mean'"),
    ({"ad": ["a"]}, {"table": "Seen"}, pp.OutputError, "'Seen': it is a view"),
    ({"ad": ["a"]}, {"table": ""}, pp.RequestError, "'' is not the name of a table"),
    ({"ad": ["a"]}, {"table": 7}, pp.RequestError, "7 is not the name of a table"),
    ({"ad": ["a"]}, {"table": "\ud800"}, pp.RequestError, "is not the name of a table"),
]


@pytest.mark.parametrize(("columns", "options", "error", "said"), REFUSED)
@pytest.mark.parametrize("kind", ["dict", "polars", "relation", "own", "files"])
def test_what_is_refused(kind, columns, options, error, said, fit, shop, tmp_path_factory):
    with duckdb.connect(str(shop)) as connection:
        table = pa.table(columns)
        if kind == "own":
            data = connection.from_arrow(table)
        elif kind == "files":
            data = [tmp_path_factory.mktemp("in") / "in.parquet"]
            pq.write_table(table, data[0])
        else:
            data = MAKERS[kind](columns)
        with pytest.raises(error, match=said):
            fit.attach(data, into=shop, **options)
        if options.get("table") != "Seen":
            with pytest.raises(error, match=said):
                fit.attach(data, into=shop.with_name("new.duckdb"), **options)
        del data
    assert unchanged(shop)


def test_names_without_a_database(fit, tmp_path):
    for call in (
        lambda: fit.groups(table="x"),
        lambda: fit.population(into=tmp_path / "x.csv", table="x"),
        lambda: fit.attach(ADS, table="x"),
        lambda: fit.attach(ADS, into=tmp_path / "x.parquet", table="x"),
    ):
        with pytest.raises(pp.RequestError, match="'x' names a table of a DuckDB database, and the answers go to none"):
            call()
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("content", ["", "text", "SQLite format 3\0" * 100])
def test_a_file_that_is_no_database(content, fit, tmp_path):
    path = tmp_path / "other.db"
    path.write_text(content)
    for data in (ADS, relation(ADS), pl.DataFrame(ADS)):
        with pytest.raises(pp.OutputError, match="is not a DuckDB database"):
            fit.attach(data, into=path)
    with pytest.raises(pp.OutputError, match="is not a DuckDB database"):
        fit.groups(into=path)
    assert path.read_text() == content
    assert os.listdir(tmp_path) == ["other.db"]


@pytest.mark.parametrize(
    "query",
    [
        "FROM ads",
        "FROM main.ads",
        "FROM second",
        "SELECT * FROM shop.main.Ads AS x WHERE true",
        "SELECT * FROM ads JOIN (SELECT ad FROM ads) AS b USING (ad)",
    ],
)
def test_the_table_that_the_rows_come_from_is_never_replaced(query, fit, shop):
    with duckdb.connect(str(shop)) as connection:
        connection.execute("CREATE TABLE ads AS SELECT 'a' AS ad, 3 AS y, 30 AS n UNION ALL SELECT 'b', 4, 40")
        connection.execute("CREATE VIEW first AS FROM ads; CREATE VIEW second AS FROM first")
        connection.execute("ATTACH ':memory:' AS there; CREATE TABLE there.rows AS FROM ads")
        rows = connection.sql(query)
        own = pp.proportions(rows, successes="y", trials="n", group="ad", **QUICK)
        for write in (own.groups, lambda **to: fit.attach(rows, **to)):
            with pytest.raises(pp.OutputError, match="the table 'ADS': the data come from it"):
                write(into=shop, table="ADS")
        assert connection.execute("SELECT count(*) FROM ads").fetchall() == [(2,)]
        fit.attach(connection.sql("FROM there.rows"), into=shop)  # another table of that name
        assert connection.execute("SELECT count(*) FROM shop.rows").fetchall() == [(2,)]


def test_column_names_that_a_database_does_not_have(fit, shop):
    for columns in ({"ad": ["a"], "": [1]}, {"ad": ["a"], "x": [1], "X": [1]}):
        for make in (dict, pl.DataFrame, pd.DataFrame):
            with pytest.raises(pp.OutputError, match=r"is empty|in case only"):
                fit.attach(make(columns), into=shop)
    assert unchanged(shop)


def test_failures_of_the_system(fit, shop, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    new = shop.with_name("new.duckdb")
    monkeypatch.setattr(databases.Database, "copy", full)
    monkeypatch.setattr(databases.os, "link", full)
    monkeypatch.setattr(databases.os, "rename", full)
    for path in (shop, new):
        for data in (ADS, relation(ADS), pd.DataFrame(ADS)):
            with pytest.raises(pp.OutputError, match="No space left on device"):
                fit.attach(data, into=path)
        with pytest.raises(pp.OutputError, match="No space left on device"):
            fit.groups(into=path)
    monkeypatch.undo()
    assert unchanged(shop)


def test_another_writer_that_is_faster(fit, tmp_path, monkeypatch):
    path, link = tmp_path / "new.duckdb", os.link

    def late(made, target):
        path.write_text("another")
        link(made, target)

    monkeypatch.setattr(databases.os, "link", late)
    with pytest.raises(pp.OutputError, match="another program has just made it"):
        fit.groups(into=path)
    assert path.read_text() == "another"


@pytest.mark.parametrize("where", ["new", "old", "own"])
def test_an_interrupt_leaves_nothing(where, shop):
    script = textwrap.dedent("""
        import signal, sys, duckdb, partialpool as pp
        signal.signal(signal.SIGINT, signal.default_int_handler)
        data = {"g": [0, 1], "y": [1, 2], "n": [9, 9]}
        fit = pp.proportions(data, successes="y", trials="n", group="g", method="moments")
        connection = duckdb.connect(sys.argv[2])
        rows = connection.sql("SELECT i % 2 AS g, hash(i) AS h FROM range(20000000) t(i)")
        print("ready", flush=True)
        fit.attach(rows, into=sys.argv[1])
    """)
    path = shop.with_name("new.duckdb") if where == "new" else shop
    words = [sys.executable, "-c", script, path, shop if where == "own" else ":memory:"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout.readline() == b"ready\n"
        end = time.monotonic() + 30
        while where != "own" and not list(shop.parent.glob(".partialpool-*/made*")) and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=60)[1]
    assert running.returncode != 0
    assert said.splitlines()[-1].startswith(b"KeyboardInterrupt")
    assert unchanged(shop)


# --- at the shell


COLUMNS = ("--successes", "y", "--trials", "n", "--group", "lab", "--quiet")


@pytest.fixture
def folder(shop, monkeypatch):
    monkeypatch.chdir(shop.parent)
    (shop.parent / "labs.csv").write_text("lab,y,n,by\nA,1,9,u\nB,3,8,u\nA,2,7,v\nC,0,5,v\n")
    with duckdb.connect(str(shop)) as connection:
        connection.execute("CREATE TABLE labs AS FROM read_csv('labs.csv')")
        connection.execute("CREATE VIEW large AS FROM labs WHERE n > 5")
    return shop.parent


SHELL = [
    (("proportions", "labs.csv", *COLUMNS), (), "groups", 3),
    (("proportions", "shop.duckdb", "--table", "labs", *COLUMNS), (), "groups", 3),
    (("proportions", "shop.duckdb", "--table", "large", *COLUMNS), ("--out-table", 'my "x.y"'), 'my "x.y"', 2),
    (("proportions", "labs.csv", "--by", "by", *COLUMNS), ("--out-table", "each"), "each", 4),
    (("proportions", "shop.duckdb", "--table", "labs", "--by", "by", *COLUMNS), (), "groups", 4),
    (("attach", "labs.csv", *COLUMNS), (), "rows", 4),
    (("attach", "shop.duckdb", "--table", "labs", *COLUMNS), (), "rows", 4),
    (("attach", "shop.duckdb", "--query", "FROM labs", *COLUMNS), ("--out-table", "answers"), "answers", 4),
    (("ranks", "shop.duckdb", "--table", "labs", *COLUMNS), (), "rows", 3),
    (("pooling", "labs.csv", *COLUMNS), ("--out-table", "pooled"), "pooled", 9),
]


@pytest.mark.parametrize(("words", "named", "table", "rows"), SHELL)
def test_tables_at_the_shell(words, named, table, rows, folder):
    for path in ("shop.duckdb", "new.duckdb"):
        done = partialpool(*words, "--out", path, *named)
        assert done.returncode == 0, done.stderr
        found = read(folder / path, table)
        assert len(found) == rows
        assert types(folder / path, table).keys() & {"lab"}
    assert read(folder / "shop.duckdb", "other").to_pylist() == [{"a": 1, "b": "old"}]


def test_attach_prints_the_rows_of_a_database(folder):
    done = partialpool("attach", "shop.duckdb", "--table", "labs", *COLUMNS[:-1], "--json")
    assert done.returncode == 0, done.stderr
    assert '"lab": "C", "y": 0, "n": 5, "by": "v", "posterior_mean": 0.' in done.stdout


def test_attach_beside_a_saved_fit_is_told_the_memory(folder):
    done = partialpool("proportions", "shop.duckdb", "--table", "labs", *COLUMNS, "--save", "labs.fit")
    assert done.returncode == 0, done.stderr
    words = ("--fit", "labs.fit", "--memory", "1GB", "--out", "shop.duckdb", "--out-table", "answers", "--quiet")
    done = partialpool("attach", "shop.duckdb", "--table", "labs", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(read(folder / "shop.duckdb", "answers")) == 4
    done = partialpool("attach", "shop.duckdb", "--table", "labs", *words[:3], "some", *words[4:])
    assert done.returncode != 0
    assert "memory" in done.stderr


WRONG = [
    (("--out", "shop.duckdb", "--out-table", "Labs"), "cannot write the table 'Labs': the data come from it"),
    (("--out", "shop.duckdb", "--out-table", "large"), "it is a view of the database"),
    (("--out", "shop.duckdb", "--out-table", ""), "'' is not the name of a table"),
    (("--out", "new.csv", "--out-table", "x"), "'x' names a table of a DuckDB database"),
    (("--out-table", "x"), "'x' names a table of a DuckDB database"),
]


@pytest.mark.parametrize("command", ["proportions", "attach"])
@pytest.mark.parametrize(("words", "said"), WRONG)
def test_what_is_refused_at_the_shell(command, words, said, folder):
    done = partialpool(command, "shop.duckdb", "--table", "labs", *COLUMNS, *words)
    assert done.returncode != 0
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert len(read(folder / "shop.duckdb", "labs")) == 4
    assert not (folder / "new.csv").exists()
