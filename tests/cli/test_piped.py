"""Tables that come through a pipe, as real processes of a real shell: what a file gives, a pipe gives too."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from partialpool import datasets
from partialpool.cli import piped
from partialpool.errors import FileError
from shell import partialpool

COLUMNS = "--successes tumors --trials rats --group group"
COMMAND = f'"{sys.executable}" -m partialpool'


def shell(command, folder):
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "80", "TMPDIR": str(folder / "tmp")},
        check=False,
        timeout=120,
    )


@pytest.fixture
def folder(tmp_path):
    rats = datasets.path("rat_tumors").read_bytes()
    (tmp_path / "rats.csv").write_bytes(rats)
    (tmp_path / "rats.csv.gz").write_bytes(gzip.compress(rats))
    parquet = pytest.importorskip("pyarrow.parquet")
    csv = pytest.importorskip("pyarrow.csv")
    parquet.write_table(csv.read_csv(tmp_path / "rats.csv"), tmp_path / "rats.parquet")
    (tmp_path / "tmp").mkdir()
    return tmp_path


@pytest.fixture
def expected(folder):
    return partialpool("proportions", "rats.csv", *COLUMNS.split(), folder=folder).stdout


@pytest.mark.parametrize(
    "command",
    [
        "cat rats.csv | {0} proportions - {1}",
        "cat rats.csv.gz | {0} proportions {1} -",
        "{0} proportions - {1} < rats.parquet",
        "cat rats.parquet | {0} proportions /dev/stdin {1}",
        "{0} proportions /dev/stdin {1} < rats.csv",
        "{0} proportions <(cat rats.csv) {1}",
        "{0} proportions <(cat rats.parquet) {1}",
        "mkfifo pipe; cat rats.csv > pipe & {0} proportions pipe {1}",
    ],
)
def test_a_pipe_gives_what_a_file_gives(folder, expected, command):
    done = shell(command.format(COMMAND, COLUMNS), folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == expected
    assert "71 groups" in expected
    assert not list((folder / "tmp").iterdir())


def test_questions_read_standard_input_too(folder):
    done = shell(f"cat rats.csv | {COMMAND} ranks - {COLUMNS} --top 2 --json", folder)
    assert (done.returncode, done.stderr) == (0, "")
    of_file = partialpool("ranks", "rats.csv", *COLUMNS.split(), "--top", 2, "--json", folder=folder)
    assert done.stdout == of_file.stdout


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("{0} proportions - {1} < /dev/null", "standard input is empty"),
        ("{0} proportions - {1} <&-", "standard input is closed"),
        ("printf 'PK\\x03\\x04...' | {0} proportions - {1}", "standard input holds a zip archive or a spreadsheet"),
        ("(cat rats.csv; echo 1) | {0} proportions - {1}", "standard input, line 73: 1 cell where the header has 3"),
        ("{0} proportions - {1} --out rats.csv < rats.csv", "'rats.csv': it is the file that the data come from"),
        ("{0} proportions - - {1} < rats.csv", "'-' belongs to no option"),
        ("{0} proportions - --dataset rat_tumors < rats.csv", "either a FILE or --dataset"),
        ("{0} proportions https://example.org/a.csv {1}", "'https://example.org/a.csv' is an address"),
    ],
)
def test_what_is_refused(folder, command, message):
    done = shell(command.format(COMMAND, COLUMNS), folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert "partialpool-" not in done.stderr
    assert not list((folder / "tmp").iterdir())
    assert (folder / "rats.csv").read_bytes() == datasets.path("rat_tumors").read_bytes()


@pytest.mark.parametrize("first", [b"g,y,n", b"PAR1"])
def test_more_than_a_disk_can_hold_is_refused(monkeypatch, tmp_path, first):
    monkeypatch.setattr(piped, "MOST", 10)
    monkeypatch.setattr("partialpool.io.backends.files.MAX_BYTES", 10)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = subprocess.Popen([sys.executable, "-c", f"open({str(pipe)!r}, 'wb').write({first!r} + bytes(3 * 2**20))"])
    with pytest.raises(FileError, match="brings more than 10 bytes"), piped.copies():
        piped.plain_file(pipe)
    writer.wait()


def test_a_plain_file_is_read_where_it_is(tmp_path):
    assert piped.plain_file(tmp_path / "a.csv") == str(tmp_path / "a.csv")
    assert piped.plain_file(Path("a\0b")) == "a\0b"


def test_a_table_goes_to_standard_output_as_it_would_to_a_file(folder):
    for words in (
        f"proportions rats.csv {COLUMNS}",
        "population --dataset rat_tumors",
        "ranks --dataset surgical --top 2",
    ):
        to_file = partialpool(*words.split(), "--quiet", "--out", "out.csv", folder=folder)
        for way in ("--out -", "--out=-", "--out - --quiet"):
            found = shell(f"{COMMAND} {words} {way}", folder)
            assert (found.returncode, found.stderr) == (to_file.returncode, to_file.stderr) == (0, "")
            assert found.stdout == (folder / "out.csv").read_text()
    assert list((folder / "tmp").iterdir()) == []


def test_a_table_from_a_pipe_to_a_pipe(folder):
    for command in ("proportions", "attach"):
        partialpool(command, "rats.csv", *COLUMNS.split(), "--quiet", "--out", "out.csv", folder=folder)
        found = shell(f"cat rats.csv | {COMMAND} {command} - {COLUMNS} --out - | cat", folder)
        assert found.stderr == ""
        assert found.stdout == (folder / "out.csv").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--out - --json", "--json and --out - both print on standard output"),
        ("--save -", "--save takes the name of a file; only a table, --out -, can go to standard output"),
        ("--plot forest -", "--plot takes the name of a file"),
    ],
)
def test_what_cannot_go_to_standard_output_is_refused(folder, words, message):
    found = shell(f"{COMMAND} proportions rats.csv {COLUMNS} {words}", folder)
    assert (found.returncode, found.stdout) == (2, "")
    assert message in found.stderr


def test_a_table_that_comes_without_a_hyphen_is_told_of_it(folder):
    told = "or - for the table that comes on standard input."
    for command in (f"cat rats.csv | {COMMAND} proportions {COLUMNS}", f"{COMMAND} ranks {COLUMNS} < rats.csv"):
        done = shell(command, folder)
        assert (done.returncode, done.stdout) == (2, "")
        assert told in done.stderr
    both = shell(f"cat rats.csv | {COMMAND} proportions rats.csv --dataset rat_tumors", folder)
    assert told not in both.stderr
