"""The command line: what it prints, where, and its exit code; as a real process where that makes a difference."""

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pytest

import partialpool as pp
from partialpool import cli, datasets, fit
from shell import partialpool as run

RATS = ["proportions", "--dataset", "rat_tumors"]
COLUMNS = ["group", "tumors", "rats", "raw", "mean", "sd", "median", "lower", "upper", "weight"]


def process(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "partialpool", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1", **environment},
        check=False,
        timeout=120,
    )


def good(*arguments, **environment):
    done = run(*arguments, **environment)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def bad(*arguments, **environment):
    """Refused: exit code 2, a message, no result and no traceback."""
    done = run(*arguments, **environment)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("partialpool: ")
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def rats_csv(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "rats.csv"
    path.write_bytes(datasets.path("rat_tumors").read_bytes())
    return path


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


# --- processes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        RATS,
        ["proportions", "--dataset", "rat_tumor"],
        ["ranks", "--dataset", "surgical", "--top", "3"],
        ["--version"],
        [],
    ],
    ids=" ".join,
)
def test_a_process_of_its_own_says_the_same(arguments):
    one, other = process(*arguments), run(*arguments)
    assert (one.returncode, one.stdout, one.stderr) == (other.returncode, other.stdout, other.stderr)


# --- results -------------------------------------------------------------------------------------------------


def test_the_tables_of_a_shipped_data_set():
    lines = good(*RATS, "--prior", "bda").splitlines()
    assert COLUMNS in [line.split() for line in lines]
    assert ["1", "0", "20", "0.0000", "0.0636", "0.0416"] in [line.split()[:6] for line in lines]
    assert "... 51 more rows ..." in lines
    assert "Population (95% intervals)" in lines
    assert max(map(len, lines)) <= 80


def test_all_groups():
    lines = good(*RATS, "--all", "--sort", "given").splitlines()
    rows = [line.split()[0] for line in lines if len(line.split()) == len(COLUMNS)]
    assert rows[-71:] == [str(group) for group in range(1, 72)]


def test_a_file_gives_what_its_data_set_gives(rats_csv):
    roles = ["--successes", "tumors", "--trials", "rats", "--group", "group"]
    assert good("proportions", rats_csv, *roles) == good(*RATS)


def test_json_is_one_strict_document():
    found = json.loads(good(*RATS, "--prior", "bda", "--level", "0.9", "--json"), parse_constant=pytest.fail)
    assert set(found) == {"population", "groups", "accuracy", "warnings", "model"}
    fit = pp.proportions(datasets.load("rat_tumors"), successes="tumors", trials="rats", group="group", prior="bda")
    expected = fit.group_columns(0.9)
    assert len(found["groups"]) == 71
    for name in COLUMNS:
        np.testing.assert_array_equal([row[name] for row in found["groups"]], expected[name])
    (concentration,) = [row for row in found["population"] if row["parameter"] == "concentration"]
    assert concentration["mean"] is None
    assert concentration["note"]
    assert found["accuracy"]["statement"] == str(fit.accuracy)
    assert found["model"]["level"] == 0.9
    assert found["model"]["prior"] == "bda"


def test_level_moves_the_intervals():
    rows = {level: json.loads(good(*RATS, "--json", "--level", level))["groups"][0] for level in ("0.5", "0.95")}
    assert rows["0.95"]["lower"] < rows["0.5"]["lower"] < rows["0.5"]["upper"] < rows["0.95"]["upper"]


@pytest.mark.parametrize("method", ["full", "empirical-bayes", "moments"])
def test_methods(method):
    done = run(*RATS, "--method", method, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["groups"][70]["mean"] == pytest.approx(0.21, abs=0.02)


def test_several_group_columns_and_one_trial_a_row(tmp_path):
    path = write(tmp_path / "t.csv", "city,ward,hit\n" + "a,1,1\na,1,0\na,2,0\nb,1,1\nb,1,1\nb,1,0\n" * 3)
    groups = json.loads(
        run("proportions", path, "--successes", "hit", "--group", "city", "--group", "ward", "--json").stdout
    )
    rows = [[row[name] for name in ("city", "ward", "hit")] for row in groups["groups"]]
    assert [[row[0], str(row[1]), row[2]] for row in rows] == [["a", "1", 3], ["a", "2", 0], ["b", "1", 6]]


def test_options_override_the_data_set():
    stated = ["--successes", "tumors", "--trials", "rats", "--group", "group"]
    assert good(*RATS, *stated) == good(*RATS)
    assert "'hits'" in bad(*RATS, "--successes", "hits")


def test_missing_cells(tmp_path):
    path = write(tmp_path / "t.csv", "g,y,n\na,1,10\nb,,10\nc,4,12\nd,2,9\n")
    roles = ["--successes", "y", "--trials", "n", "--group", "g"]
    assert "line 3" in bad("proportions", path, *roles)
    done = run("proportions", path, *roles, "--missing", "drop", "--json")
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert [row["g"] for row in document["groups"]] == ["a", "c", "d"]
    assert document["warnings"] == [
        "1 row with a missing cell (line 3) was left out of the fit by --missing drop: fill the cell in to keep it"
    ]


def test_warnings_go_to_standard_error(tmp_path):
    path = write(tmp_path / "t.csv", "g,y,n\na,1,10\nb,2,10\n")
    done = run("proportions", path, "--successes", "y", "--trials", "n", "--group", "g")
    assert done.returncode == 0
    assert "partialpool: warning: " in done.stderr
    assert "warning" not in done.stdout


# --- files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["groups.csv", "groups.json", "groups.parquet"])
def test_out_writes_the_groups(tmp_path, name):
    path = tmp_path / name
    assert good(*RATS, "--prior", "bda", "--out", path, "--quiet") == ""
    if name.endswith("csv"):
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    elif name.endswith("json"):
        rows = json.loads(path.read_text(encoding="ascii"))
    else:
        rows = __import__("pyarrow.parquet").parquet.read_table(path).to_pylist()
    assert list(rows[0]) == COLUMNS
    assert float(rows[0]["mean"]) == pytest.approx(0.0635695778602, rel=1e-8)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_out_never_overwrites_the_input(tmp_path, rats_csv):
    path = tmp_path / "rats.csv"
    path.write_bytes(rats_csv.read_bytes())
    roles = ["--successes", "tumors", "--trials", "rats", "--group", "group"]
    assert "the data come from" in bad("proportions", path, *roles, "--out", path)
    assert path.read_bytes() == rats_csv.read_bytes()


def test_out_elsewhere_is_refused_before_any_work(tmp_path):
    assert "there is no folder" in bad(*RATS, "--out", tmp_path / "none" / "x.csv")
    assert ".csv, .parquet, .json" in bad(*RATS, "--out", tmp_path / "x.xlsx")


# --- the other commands --------------------------------------------------------------------------------------


def test_datasets():
    shown = good("datasets")
    for name in datasets.names():
        assert name in shown


def test_a_data_set_of_another_family_names_the_command_that_fits_it():
    said = bad("proportions", "--dataset", "pump_failures")
    assert "partialpool rates --dataset pump_failures" in said


def test_priors():
    shown = good("priors")
    assert "bda" in shown
    assert "(alpha+beta)^(-5/2)" in shown


def test_help():
    assert "partialpool proportions --dataset rat_tumors" in good()
    assert good() == good("--help")
    shown = good("proportions", "--help")
    for option in (
        "--successes",
        "--trials",
        "--group",
        "--prior",
        "--method",
        "--level",
        "--missing",
        "--out",
        "--json",
    ):
        assert option in shown


def test_version():
    assert good("--version") == f"partialpool {pp.__version__}\n"
    assert good("ranks", "--version") == f"partialpool {pp.__version__}\n"


def test_the_version_is_told_before_anything_slow_is_loaded():
    code = "import sys; from partialpool.cli import main; main(['--version']); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split("\n")[1].replace("'", "").strip("[]").split(", ")}
    assert not loaded & {"numpy", "scipy", "cyclopts", "narwhals", "duckdb"}


# --- refusals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["proportions"], "either a FILE or --dataset"),
        (["proportions", "x.csv", "--dataset", "rat_tumors"], "either a FILE or --dataset"),
        (["proportions", "x.csv"], "--successes is missing"),
        (["proportions", "no such.csv", "--successes", "y"], "no such.csv"),
        (["proportions", "--dataset", "rat_tumor"], "Did you mean 'rat_tumors'?"),
        ([*RATS, "--prior", "bad"], "bda"),
        ([*RATS, "--level", "95"], "0.95"),
        ([*RATS, "--level", "x"], "--level"),
        ([*RATS, "--method", "fast"], "empirical-bayes"),
        ([*RATS, "--missing", "keep"], "refuse"),
        ([*RATS, "--metod", "full"], "Did you mean --method?"),
        (["proportion"], "Did you mean"),
        (["proportions", "--group"], "--group requires an argument"),
    ],
)
def test_bad_use(arguments, said):
    assert said in bad(*arguments)


def test_improper_posterior(tmp_path):
    path = write(tmp_path / "t.csv", "y,n\n0,10\n0,20\n0,15\n")
    roles = ["--successes", "y", "--trials", "n"]
    assert "improper" in bad("proportions", path, *roles, "--prior", "bda")
    assert run("proportions", path, *roles).returncode == 0


# --- hostile surroundings --------------------------------------------------------------------------------------


def test_hostile_names_are_text(tmp_path):
    path = write(tmp_path / "t.csv", '"\x1b[2Jg",y,n\n\x1b[31mred,1,10\na\u202eb,2,10\n</script>,3,10\n=1+1,3,11\n')
    arguments = ["proportions", path, "--successes", "y", "--trials", "n", "--group", "\x1b[2Jg"]
    done = run(*arguments, "--out", tmp_path / "o.csv")
    assert done.returncode == 0, done.stderr
    assert not set(done.stdout + done.stderr) & {"\x1b", "\u202e"}
    assert r"\x1b[31mred" in done.stdout
    assert "\n'=1+1," in (tmp_path / "o.csv").read_text(encoding="utf-8")
    document = run(*arguments, "--json").stdout
    assert "</script>" not in document
    assert json.loads(document)["groups"][2]["\x1b[2Jg"] == "</script>"
    assert "\x1b" not in bad("proportions", path, "--successes", "\x1b[31my")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding(tmp_path, encoding):
    path = write(tmp_path / "t.csv", "g,y,n\nŁódź,1,10\n東京,2,10\nb,3,10\n")
    done = subprocess.run(
        [sys.executable, "-m", "partialpool", "proportions", path, "--successes=y", "--trials=n", "--group=g"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        check=True,
    )
    assert (r"\u0141" if encoding != "utf-8" else "Łódź") in done.stdout.decode(encoding)


@pytest.mark.parametrize("columns", [1, 20, 40, 200])
def test_any_width(columns):
    lines = good(*RATS, COLUMNS=str(columns)).splitlines()
    tables = [line for line in lines if "%" not in line and "all" not in line]
    assert max(map(len, tables)) <= max(columns, 20)


@pytest.mark.parametrize("arguments", [[*RATS, "--all"], [*RATS, "--json"], ["--help"], ["priors"]])
def test_a_closed_pipe_ends_quietly(arguments):
    read, write_end = os.pipe()
    os.close(read)  # nobody reads, from the first byte on
    command = [sys.executable, "-m", "partialpool", *arguments]
    done = subprocess.run(command, stdout=write_end, stderr=subprocess.PIPE, check=False)
    os.close(write_end)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_behind_standard_output():
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "partialpool", *RATS]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "partialpool: cannot write the results to standard output: No space left on device.\n"


@pytest.mark.parametrize(("closed", "code"), [("2>&-", 0), (">&-", 2), (">&- 2>&-", 2)])
@pytest.mark.parametrize("command", ["priors", "demo"])
def test_closed_streams(command, closed, code):
    command = f'"{sys.executable}" -m partialpool {command} {closed}'
    done = subprocess.run(command, shell=True, capture_output=True, check=False)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr


# --- inside this process: what no shell can bring about ----------------------------------------------------------


@pytest.fixture
def bug(monkeypatch):
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError("over\nand out \x1b[31m")

    monkeypatch.setattr(fit, "proportions", broken)


def test_a_bug_of_ours_is_one_line(bug, capsys):
    assert cli.main(RATS) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(r"partialpool: sorry, this is a bug of ours (ZeroDivisionError: over and out \x1b[31m")
    assert said.err.count("\n") == 1
    assert "PARTIALPOOL_DEBUG=1" in said.err


def test_a_bug_of_ours_with_its_traceback(bug, capsys, monkeypatch):
    monkeypatch.setenv("PARTIALPOOL_DEBUG", "1")
    assert cli.main(RATS) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt(monkeypatch, capsys):
    def stop(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(fit, "proportions", stop)
    assert cli.main(RATS) == 130
    assert capsys.readouterr().err == ""


def test_main_reads_the_arguments_of_the_process(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["partialpool", "priors"])
    assert cli.main() == 0
    assert "bda" in capsys.readouterr().out


# --- cold start ------------------------------------------------------------------------------------------------


def test_a_plain_run_loads_nothing_heavy():
    code = f"import sys; from partialpool.cli import main; main({[*RATS, '--quiet']!r}); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.replace("'", "").strip("[]\n").split(", ")}
    assert not loaded & {"duckdb", "pandas", "polars", "pyarrow", "rich", "matplotlib"}
