"""Files are written whole or not at all, keep every digit, and never run."""

import csv
import datetime as dt
import errno
import fcntl
import io
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partialpool.errors import OutputError
from partialpool.io.output import atomic, writing
from partialpool.io.output.writing import csv_cell, json_text, write_table

TABLE = {
    "group": np.array(["007", "7", "Łódź"], dtype=object),
    "tumors": np.array([0, 2**60 + 1, 5]),
    "mean": np.array([0.1 + 0.2, 1 / 3, np.nan]),
}
EVERY_FORMAT = pytest.mark.parametrize("extension", [".csv", ".parquet", ".json"])


def read_back(path):
    if path.suffix == ".csv":
        with open(path, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="ascii"), parse_constant=pytest.fail)
    import pyarrow.parquet as pq

    return pq.read_table(path).to_pylist()


# --- what is written -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("extension", [".parquet", ".json", ".JSON"])
def test_every_digit_survives(tmp_path, extension):
    path = tmp_path / f"t{extension}"
    write_table(TABLE, path)
    rows = json.loads(path.read_text()) if extension == ".JSON" else read_back(path)
    assert rows == [
        {"group": "007", "tumors": 0, "mean": 0.30000000000000004},
        {"group": "7", "tumors": 2**60 + 1, "mean": 1 / 3},
        {"group": "Łódź", "tumors": 5, "mean": None},
    ]


def test_csv_as_text(tmp_path):
    write_table(TABLE, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == (
        "group,tumors,mean\n007,0,0.30000000000000004\n7,1152921504606846977,0.3333333333333333\nŁódź,5,\n"
    ).encode()


@EVERY_FORMAT
def test_no_rows(tmp_path, extension):
    path = tmp_path / f"t{extension}"
    write_table({"group": np.array([], dtype=object), "mean": np.array([])}, path)
    assert read_back(path) == []


@EVERY_FORMAT
def test_columns_of_unequal_length_leave_nothing_behind(tmp_path, extension):
    with pytest.raises((ValueError, OutputError)):
        write_table({"a": np.arange(2), "b": np.arange(3)}, tmp_path / f"t{extension}")
    assert list(tmp_path.iterdir()) == []


def test_parquet_keeps_types(tmp_path):
    import pyarrow.parquet as pq

    columns = {
        "whole": np.array([1, 2]),
        "real": np.array([np.nan, np.inf]),
        "truth": np.array([True, False]),
        "text": np.array(["a", "b"]),
        "labels": np.array([None, 5], dtype=object),
        "mixed": np.array([5, "5"], dtype=object),
        "when": np.array([dt.date(2020, 1, 31), None], dtype=object),
        "stamp": np.array(["2020-01-31", "NaT"], dtype="datetime64[s]"),
    }
    write_table(columns, tmp_path / "t.parquet")
    table = pq.read_table(tmp_path / "t.parquet")
    types = {name: str(table.schema.field(name).type) for name in columns}
    assert (types["whole"], types["real"], types["truth"], types["text"]) == ("int64", "double", "bool", "string")
    assert types["labels"].startswith("int")
    rows = table.to_pydict()
    assert rows["real"] == [None, float("inf")]
    assert rows["labels"] == [None, 5]
    assert rows["mixed"] == ["5", "5"]
    assert rows["when"] == ["2020-01-31", None]
    assert rows["stamp"] == ["2020-01-31T00:00:00", None]


@pytest.mark.parametrize("name", ["", "\ud800"])
def test_parquet_refuses_names_that_it_cannot_hold(tmp_path, name):
    with pytest.raises(OutputError):
        write_table({name: np.arange(2)}, tmp_path / "t.parquet")
    assert list(tmp_path.iterdir()) == []


def test_parquet_refuses_names_that_differ_in_case_only(tmp_path):
    with pytest.raises(OutputError, match=r"case only; write \.csv or \.json"):
        write_table({"A": np.arange(2), "a": np.arange(2)}, tmp_path / "t.parquet")


@EVERY_FORMAT
def test_hostile_names_stay_text(tmp_path, extension):
    names = ['"; DROP TABLE x; --', "<script>", "it's", "a,b", "two\nlines", "\u2028"]
    path = tmp_path / f"it's {{x}} %1{extension}"
    write_table({name: np.array(["</script>"]) for name in names}, path)
    (row,) = read_back(path)
    assert list(row) == names
    assert set(row.values()) == {"</script>"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx"])
def test_a_spreadsheet_runs_no_cell(tmp_path, text):
    write_table({text: np.array([text], dtype=object), "x": np.array([-1.5])}, tmp_path / "t.csv")
    assert read_back(tmp_path / "t.csv") == [{"'" + text: "'" + text, "x": "-1.5"}]


@settings(deadline=None)
@given(st.floats(allow_nan=False))
def test_a_float_comes_back_from_csv(value):
    assert float(csv_cell(value)) == value


@settings(deadline=None)
@given(st.text().filter(lambda text: not text.startswith(writing.RUNS_IN_A_SPREADSHEET)))
def test_a_text_comes_back_from_csv(text):
    assert next(csv.reader(io.StringIO(csv_cell(text) + ",x\n", newline=""), strict=True)) == [text, "x"]


@settings(deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(), st.lists))
def test_json_is_strict_and_inert(value):
    text = json_text(value)
    assert json.loads(text, parse_constant=pytest.fail) == value
    assert text.isascii()
    assert not set(text) & set("<>&")


def test_json_refuses_what_it_lacks():
    with pytest.raises(ValueError, match="JSON"):
        json_text(float("nan"))


# --- what is refused -----------------------------------------------------------------------------------------


def refused(path, match, **kwargs):
    with pytest.raises(OutputError, match=match):
        write_table(TABLE, path, **kwargs)


@pytest.mark.parametrize("name", ["t", "t.xlsx", "t.csv.gz", ".csv"])
def test_unknown_extension(tmp_path, name):
    refused(tmp_path / name, r"\.csv, \.parquet, \.json")


def test_no_such_folder(tmp_path):
    refused(tmp_path / "none" / "t.csv", "there is no folder")


def test_a_folder(tmp_path):
    (tmp_path / "t.csv").mkdir()
    refused(tmp_path / "t.csv", "it is a folder")


def test_a_device(tmp_path):
    (tmp_path / "t.csv").symlink_to("/dev/full")
    refused(tmp_path / "t.csv", "not a regular file|must end in")
    os.mkfifo(tmp_path / "pipe.csv")
    refused(tmp_path / "pipe.csv", "not a regular file")


def test_a_read_only_file(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("old")
    path.chmod(0o444)
    refused(path, "read-only")
    assert path.read_text() == "old"


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_the_input_under_any_name(tmp_path, link):
    source = tmp_path / "in.csv"
    source.write_text("old")
    refused(source, "the data come from", sources=[object(), str(source)])
    link(source, tmp_path / "out.csv")
    refused(tmp_path / "out.csv", "the data come from", sources=[source])
    assert source.read_text() == "old"
    write_table(TABLE, tmp_path / "other.csv", sources=[source, "no such file", "\0"])


# --- failures on the way -------------------------------------------------------------------------------------


def failing(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@EVERY_FORMAT
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch, step, extension):
    path = tmp_path / f"t{extension}"
    path.write_text("old")
    monkeypatch.setattr(atomic.os, step, failing)
    refused(path, "No space left on device. What was there before is unchanged")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@EVERY_FORMAT
def test_a_disk_that_fills_up_while_writing(tmp_path, extension):
    """The system itself refuses to let the file grow."""
    path = tmp_path / f"t{extension}"
    path.write_text("old")
    code = (
        "import numpy as np, resource, signal, sys\n"
        "import duckdb\n"
        "from partialpool.errors import OutputError\n"
        "from partialpool.io.output.writing import write_table\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "columns = {'x': np.random.default_rng(1).random(50_000)}\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))\n"
        "try:\n"
        "    write_table(columns, sys.argv[1])\n"
        "except OutputError as error:\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.getrlimit(resource.RLIMIT_FSIZE)[1],) * 2)\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert "cannot write" in done.stdout
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_text_that_is_not_unicode(tmp_path):
    for extension in (".csv", ".parquet"):
        with pytest.raises(OutputError, match="cannot write"):
            write_table({"group": np.array(["\ud800"], dtype=object)}, tmp_path / f"t{extension}")
    write_table({"group": np.array(["\ud800"], dtype=object)}, tmp_path / "t.json")
    assert [path.name for path in tmp_path.iterdir()] == ["t.json"]


def test_an_interrupt_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("old")

    def interrupt(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_table(TABLE, path)
    assert [entry.read_text() for entry in tmp_path.iterdir()] == ["old"]


# --- the new file takes the old one's place ------------------------------------------------------------------


def test_permissions_and_links_are_kept(tmp_path):
    path, link = tmp_path / "t.csv", tmp_path / "link.csv"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_table(TABLE, link)
    assert link.is_symlink()
    assert path.read_text().startswith("group,")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_new_file_follows_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_table(TABLE, tmp_path / "t.csv")
    finally:
        os.umask(before)
    assert (tmp_path / "t.csv").stat().st_mode & 0o777 == 0o640


def test_a_very_long_name(tmp_path):
    write_table(TABLE, tmp_path / ("x" * 251 + ".csv"))
    assert len(list(tmp_path.iterdir())) == 1


def test_only_leftovers_of_the_same_file_that_nobody_holds_are_swept(tmp_path):
    path = tmp_path / "t.csv"
    dead = tmp_path / f"{atomic._stem(path)}000000000000.tmp"
    other = tmp_path / f"{atomic._stem(tmp_path / 'u.csv')}000000000000.tmp"
    dead.write_text("half")
    other.write_text("half")
    with atomic.replacing(path) as alive:
        dead.write_text("half")
        alive.write_text("slow")
        write_table(TABLE, path)  # another writer, meanwhile
        assert alive.read_text() == "slow"
        assert not dead.exists()
    assert path.read_text() == "slow"
    assert sorted(tmp_path.iterdir()) == sorted([path, other])


def test_a_temporary_file_swept_before_its_lock_is_made_again(tmp_path, monkeypatch):
    lock, calls = atomic._lock, []

    def swept_meanwhile(descriptor, *, wait):
        if not calls:
            calls.append(descriptor)
            for leftover in tmp_path.glob("*.tmp"):
                leftover.unlink()
        return lock(descriptor, wait=wait)

    monkeypatch.setattr(atomic, "_lock", swept_meanwhile)
    write_table(TABLE, tmp_path / "t.csv")
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.csv"]


def test_a_file_system_without_locks(tmp_path, monkeypatch):
    def no_locks(*_args):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    path = tmp_path / "t.csv"
    dead = tmp_path / f"{atomic._stem(path)}000000000000.tmp"
    dead.write_text("half")
    write_table(TABLE, path)
    assert path.exists()
    assert dead.exists()  # it may be someone's work in progress


CHILD = """
import sys, numpy as np
from partialpool.io.output.writing import write_table
size = 20_000
print("ready", flush=True)
while True:
    for value in (1, 2):
        write_table({"x": np.full(size, value)}, sys.argv[1])
"""


def test_kill_at_any_moment_leaves_a_whole_file(tmp_path):
    path = tmp_path / "t.csv"
    whole = {b"x\n" + b"%d\n" % value * 20_000 for value in (1, 2)}
    random = np.random.default_rng(7)
    killed_at_work = 0
    for _ in range(20):
        with subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            while not path.exists():
                time.sleep(0.001)
            time.sleep(random.uniform(0.0, 0.05))
            child.send_signal(signal.SIGKILL)
        assert path.read_bytes() in whole
        killed_at_work += len(list(tmp_path.iterdir())) > 1
    assert killed_at_work > 0, "no kill came at work: the test shows nothing"
    write_table(TABLE, path)
    assert list(tmp_path.iterdir()) == [path]
