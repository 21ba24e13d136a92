"""The command `partialpool attach`: a table in, the same table with further columns out."""

import csv
import datetime as dt
import gzip
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import partialpool as pp
from partialpool.cli import main

ROLES = ["--successes", "deaths", "--trials", "n", "--group", "hospital", "--missing", "drop", "--method", "moments"]
TEXT = 'hospital;deaths;n;note;rate\n\nA;3;50;"say ""hi""";-1.50\n"B;b";0;40;007;+2\nA;2;30;NA;\nC;;30;=x;1e3\n'
ADDED = [f"posterior_{name}" for name in ("mean", "sd", "median", "lower", "upper", "weight")]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "hospitals.csv"
    path.write_text(TEXT)
    return path


@pytest.fixture
def fit(table):
    options = {"missing": "drop", "method": "moments"}
    return pp.proportions(table, successes="deaths", trials="n", group="hospital", **options)


def good(capsys, *words):
    assert main(list(map(str, words))) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def bad(capsys, *words):
    assert main(list(map(str, words))) == 2
    done = capsys.readouterr()
    assert done.out == ""
    return done.err


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_a_row_stays_in_one_line(capsys, tmp_path):
    (tmp_path / "visits.csv").write_text("ad,day,clicks,views\nspring,Mon,14,100\nautumn,Mon,2,40\nspring,Tue,11,90\n")
    roles = ["--successes", "clicks", "--trials", "views", "--group", "ad"]
    lines = good(capsys, "attach", tmp_path / "visits.csv", *roles).splitlines()
    header = next(i for i, line in enumerate(lines) if line.lstrip().startswith("posterior_ ---"))
    wanted = ["ad", "day", "clicks", "views", "mean", "sd", "median", "lower", "upper", "weight"]
    assert lines[header + 1].split() == wanted
    assert [len(line.split()) for line in lines[header + 2 : header + 5]] == [10, 10, 10]
    assert max(map(len, lines)) <= 80


def test_cells_of_a_csv_file_stay_as_they_are_written(capsys, table, fit, tmp_path):
    out = tmp_path / "out.csv"
    assert good(capsys, "attach", table, *ROLES, "--out", out, "--quiet") == ""
    header, *rows = rows_of(out)
    assert header == ["hospital", "deaths", "n", "note", "rate", *ADDED]
    assert [row[:5] for row in rows] == [
        ["A", "3", "50", 'say "hi"', "-1.50"],
        ["B;b", "0", "40", "007", "+2"],
        ["A", "2", "30", "NA", ""],
        ["C", "", "30", "'=x", "1e3"],  # as in every file that is written, no spreadsheet runs it
    ]
    found = fit.group_columns()
    for row, group in zip(rows, (0, 1, 0), strict=False):
        assert [float(cell) for cell in row[5:]] == [found[name.removeprefix("posterior_")][group] for name in ADDED]
    assert rows[3][5:] == [""] * 6
    assert table.read_text() == TEXT


def test_a_saved_fit_attaches_to_another_table(capsys, fit, tmp_path):
    fit.save(tmp_path / "h.fit")
    other = tmp_path / "patients.csv.gz"
    other.write_bytes(gzip.compress(b"patient,clinic\n1,A\n2,B;b\n3,new\n4,A\n"))
    out = tmp_path / "out.csv"
    options = ["--fit", tmp_path / "h.fit", "--group", "clinic", "--prefix", "p_", "--level", "0.5", "--out", out]
    good(capsys, "attach", other, *options, "--quiet")
    header, *rows = rows_of(out)
    assert header == ["patient", "clinic", *(f"p_{name.removeprefix('posterior_')}" for name in ADDED)]
    found = fit.group_columns(0.5)["upper"]
    assert [row[6] for row in rows] == [repr(float(found[0])), repr(float(found[1])), "", repr(float(found[0]))]
    said = bad(capsys, "attach", other, *options[:4], "--unknown", "refuse")
    assert "1 row has a group that the fit does not know: 'clinic' is 'new' (first in line 4)" in said


def test_rows_that_are_groups_are_matched_by_position(capsys, table, tmp_path):
    out = tmp_path / "out.csv"
    good(capsys, "attach", table, *ROLES[:4], *ROLES[6:], "--out", out, "--quiet")
    found = [row[5] != "" for row in rows_of(out)[1:]]
    assert found == [True, True, True, False]


def test_json_has_numbers_where_cells_are_numbers(capsys, table):
    document = json.loads(good(capsys, "attach", table, *ROLES, "--json"), parse_constant=pytest.fail)
    assert set(document) == {"rows", "accuracy", "warnings", "model"}
    row = document["rows"][1]
    assert {name: row[name] for name in ("hospital", "deaths", "n", "note", "rate")} == {
        "hospital": "B;b",
        "deaths": 0,
        "n": 40,
        "note": "007",
        "rate": 2.0,
    }
    assert document["rows"][3]["posterior_mean"] is None


def test_the_table_on_the_terminal_begins_with_the_groups(capsys, table, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = good(capsys, "attach", table, *ROLES).splitlines()
    assert "4 rows, and the posterior of their groups (95% intervals)" in lines
    assert any(line.split()[:3] == ["hospital", "deaths", "n"] for line in lines)
    assert max(map(len, lines)) <= 80


def test_parquet_keeps_its_types(capsys, tmp_path):
    columns = {
        "hospital": pa.array(["A", "B", "A", "C"]).dictionary_encode(),
        "deaths": pa.array([3, 0, 2, None], pa.int16()),
        "n": pa.array([50, 40, 30, 30], pa.int8()),
        "day": [dt.date(2024, 1, 31), None, dt.date(1900, 1, 1), dt.date(2000, 1, 1)],
        "list": [[1, 2], [], None, [3]],
        "record": [{"a": 1, "b": "x"}, None, {"a": None, "b": "y"}, {"a": 3, "b": ""}],
    }
    source, out = tmp_path / "in.parquet", tmp_path / "it's out.parquet"
    pq.write_table(pa.table(columns), source)
    good(capsys, "attach", source, *ROLES, "--out", out, "--quiet")
    before, after = pq.read_table(source), pq.read_table(out)
    assert after.column_names == [*columns, *ADDED]
    for name in ("deaths", "n", "day", "list", "record"):
        assert after[name].to_pylist() == before[name].to_pylist()
    assert [after.schema.field(name).type for name in ("deaths", "n", "day")] == [pa.int16(), pa.int8(), pa.date32()]
    means = after["posterior_mean"].to_pylist()
    assert means[0] == means[2]
    assert means[3] is None
    text = tmp_path / "out.csv"
    good(capsys, "attach", source, *ROLES, "--out", text, "--quiet")
    assert rows_of(text)[1][:4] == ["A", "3.0", "50", "2024-01-31"]


def test_data_sets_of_the_package(capsys, tmp_path):
    out = tmp_path / "schools.json"
    good(capsys, "attach", "--dataset", "eight_schools", "--out", out, "--quiet")
    rows = json.loads(out.read_text())
    fit = pp.estimates(pp.datasets.load("eight_schools"), estimate="effect", se="se", group="school")
    np.testing.assert_array_equal([row["posterior_mean"] for row in rows], fit.group_columns()["mean"])
    assert rows[0]["effect"] == 28


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--fit", "h.fit"], "give the FILE that the answers are to be attached to"),
        (["hospitals.csv", "--fit", "h.fit", "--successes", "deaths"], "leave out --successes"),
        (["hospitals.csv", "--fit", "h.fit", "--group", "clinic"], "there is no column 'clinic'"),
        (["hospitals.csv", "--fit", "h.fit", "--group", "note"], "no row of the table has a group that the fit knows"),
        (["hospitals.csv", "--fit", "h.fit", "--out", "hospitals.csv"], "it is the file that the data come from"),
        (["hospitals.csv", "--fit", "h.fit", "--out", "x.txt"], "its name must end in one of .csv"),
        (["nowhere.csv", "--fit", "h.fit"], "there is no file"),
        (["twice.csv", "--fit", "h.fit"], "column 'x' is there 2 times"),
        (["beside.csv", "--fit", "h.fit"], "columns 2, 3 have no name. Delete these columns if they are empty"),
        (["again.csv", "--fit", "h.fit"], "already has a column 'posterior_sd'"),
        (["hospitals.csv"], "name the columns of the data"),
    ],
)
def test_refusals(capsys, table, fit, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    fit.save("h.fit")
    (tmp_path / "twice.csv").write_text("hospital,x,x\nA,1,2\n")
    (tmp_path / "beside.csv").write_text("hospital,,\nA,,\n")
    (tmp_path / "again.csv").write_text("hospital,posterior_sd\nA,1\n")
    assert message in bad(capsys, "attach", *words)
    assert table.read_text() == TEXT


def test_files_in_python(table, fit):
    import pandas as pd

    found = fit.attach(table)
    assert isinstance(found, pd.DataFrame)
    assert found["n"].tolist() == [50, 40, 30, 30]
    assert found["note"].tolist() == ['say "hi"', "007", "NA", "=x"]
    assert found["rate"].tolist()[:2] == [-1.5, 2.0]
    assert found["posterior_mean"].tolist()[:3] == fit.group_columns()["mean"][[0, 1, 0]].tolist()
    assert np.isnan(found["posterior_mean"].tolist()[3])


def test_a_column_called_note_is_the_callers(capsys, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("note,y,n\nbad,1,20\ngood,2,30\nok,4,25\n")
    columns = ["--successes", "y", "--trials", "n", "--group", "note"]
    assert main(["proportions", str(path), *columns, "--save", str(tmp_path / "a.fit"), "--quiet"]) == 0
    assert main(["attach", str(path), *columns]) == 0
    first = capsys.readouterr().out
    assert "\ngood 2 30 " in first
    assert main(["attach", str(path), "--fit", str(tmp_path / "a.fit")]) == 0
    assert capsys.readouterr().out == first
