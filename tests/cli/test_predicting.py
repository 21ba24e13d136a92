"""Predictions at the shell: amounts of each group, some groups, new ones and totals, as Python has them."""

import json

import numpy as np
import pytest

import partialpool as pp
from partialpool.cli import main

PUMPS = "pump;f;h;next;note\nA;3;1,5;2,5;x\nB;5;4;10;y\nC;1;2;0,5;z\n"
COLUMNS = {"events": "f", "exposure": "h", "group": "pump"}
OPTIONS = ["--events", "f", "--exposure", "h", "--group", "pump"]


@pytest.fixture
def pumps(tmp_path):
    path = tmp_path / "pumps.csv"
    path.write_text(PUMPS)
    return path


def said(capsys, *arguments, code=0):
    assert main(["predict", *map(str, arguments)]) == code
    out, err = capsys.readouterr()
    return json.loads(out)["rows"] if code == 0 else err


def test_an_amount_is_no_column(capsys, pumps, tmp_path):
    file = tmp_path / "pumps.fit"
    pp.rates(pumps, **COLUMNS).save(file)
    for words in (["--fit", file, "--exposure", "100"], ["--fit", file, "--exposure", "h"], [pumps, "--exposure", "9"]):
        err = said(capsys, *words, code=2)
        assert "--exposure names a column of the data that are fitted: how much is to come is --amount." in err
    assert "leave out --exposure" in said(capsys, "--fit", file, "--exposure", "h", "--amount", "3", code=2)


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (["--amount-column", "next"], {"exposure": [2.5, 10.0, 0.5]}),
        (["--amount-column", "next", "--amount", "3"], {"exposure": [2.5, 10.0, 0.5, 3.0], "groups": "both"}),
        (["--amount-column", "next", "--groups", "C", "--groups", "A"], {"exposure": [0.5, 2.5], "groups": ["C", "A"]}),
        (["--amount-column", "next", "--total"], {"exposure": [2.5, 10.0, 0.5], "total": True}),
        (["--amount", "3", "--groups", "B"], {"exposure": 3, "groups": ["B"]}),
        (
            ["--amount", "3", "--groups", "B", "--groups", "C", "--total"],
            {"exposure": 3, "groups": ["B", "C"], "total": True},
        ),
        (["--amount", "3", "--groups", "new", "--total"], {"exposure": 3, "groups": "new", "total": True}),
        (["--amount", "3", "--groups", "new", "--new", "4"], {"exposure": 3, "groups": "new", "new": 4}),
    ],
)
def test_the_answers_are_those_of_python(capsys, pumps, tmp_path, options, asked):
    fit = pp.rates(pumps, **COLUMNS)
    found = fit.predict(**asked).columns()
    rows = said(capsys, pumps, *OPTIONS, *options, "--json")
    for name in ("pump", "exposure", "mean", "lower", "upper"):
        assert [row[name] for row in rows] == found[name].tolist()
    fit.save(tmp_path / "pumps.fit")
    file = [pumps] if "--amount-column" in options else []
    assert said(capsys, *file, "--fit", tmp_path / "pumps.fit", *options, "--json") == rows


def test_amounts_of_another_table(capsys, pumps, tmp_path):
    pp.rates(pumps, **COLUMNS).save(tmp_path / "pumps.fit")
    path = tmp_path / "next.csv"
    path.write_text("id;hours\nC;1,500\nA;2,500\nB;3,500\n")
    words = [path, "--fit", tmp_path / "pumps.fit", "--group", "id", "--amount-column", "hours", "--json"]
    assert [row["exposure"] for row in said(capsys, *words)] == [2.5, 3.5, 1.5]  # as the fit's own table
    assert "1500, without a separator" in said(capsys, *words, "--decimal", ".", code=2)
    said(capsys, *words, "--out", path, code=2)
    assert path.read_text().startswith("id;hours")


def test_groups_of_several_labels(capsys, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("p,m,y,n\na,1,3,9\na,2,4,9\nb,1,2,9\n")
    words = [path, "--successes", "y", "--trials", "n", "--group", "p", "--group", "m", "--amount", "5"]
    rows = said(capsys, *words, "--groups", "a", "--groups", "2", "--groups", "b", "--groups", "1", "--json")
    assert [(row["p"], row["m"]) for row in rows] == [("a", 2), ("b", 1)]
    assert "named by its 2 labels (p, m)" in said(capsys, *words, "--groups", "a", code=2)


def test_rows_that_are_groups(capsys, pumps):
    rows = said(capsys, pumps, *OPTIONS[:4], "--amount-column", "next", "--json")
    assert [row["exposure"] for row in rows] == [2.5, 10.0, 0.5]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "give --amount, how much data is to come, or --amount-column"),
        (["--amount-column", "nxt"], "there is no column 'nxt'. Did you mean 'next'?"),
        (["--amount-column", "note"], "the column 'note' holds no numbers"),
        (["--amount-column", "next", "--groups", "new"], "give --amount for new ones"),
        (["--amount-column", "next", "--groups", "both"], "--groups both takes both"),
        (["--amount-column", "next", "--groups", "A", "--amount", "3"], "--groups both takes both"),
        (["--amount", "0"], "--amount: exposure must be finite numbers, above 0, not 0"),
        (["--amount", "1", "--groups", "X"], "no group 'X' in 'pump'"),
        (["--amount", "1", "--new", "2"], "--new is how many new groups are added up: give --groups new with it"),
        (["--amount", "1", "--total", "--groups", "both"], "or new groups: --groups new with --new."),
    ],
)
def test_what_is_refused_is_refused_before_the_fit(capsys, pumps, monkeypatch, options, message):
    def never(*_):
        raise AssertionError

    monkeypatch.setattr("partialpool.models.inference.rates.solve", never)
    assert message in said(capsys, pumps, *OPTIONS, *options, code=2)


def test_an_amount_that_cannot_be_names_the_option(capsys, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("g,y,n,m\na,1,9,2.5\nb,2,9,3\n")
    words = [path, "--successes", "y", "--trials", "n", "--group", "g", "--amount-column", "m"]
    assert "--amount-column: trials must be whole numbers, 0 or more, not 2.5" in said(capsys, *words, code=2)
    assert np.isfinite(said(capsys, path, *words[1:7], "--amount", "3", "--json")[0]["mean"])


def test_a_saved_fit_needs_the_file_of_the_amounts(capsys, pumps, tmp_path):
    pp.rates(pumps, **COLUMNS).save(tmp_path / "pumps.fit")
    err = said(capsys, "--fit", tmp_path / "pumps.fit", "--amount-column", "next", code=2)
    assert "give the FILE whose column 'next' holds the amounts" in err


@pytest.mark.parametrize("named", [True, False])
def test_amounts_that_are_missing_are_named_with_their_lines_and_the_cure(capsys, tmp_path, named):
    path = tmp_path / "x.csv"
    path.write_text("g,y,n,next\na,1,20,5\nb,2,22,\nc,3,30,7\nd,1,25,\n")
    words = [path, "--successes", "y", "--trials", "n", *["--group", "g"] * named, "--amount-column", "next"]
    err = said(capsys, *words, code=2)
    names = "(b, d)" if named else "(group 2, group 4)"
    assert f"2 groups {names} have none. Fill the cells in (lines 3, 5), or name those to predict, --groups" in err
    groups = ["c", "a"] if named else ["3", "1"]
    rows = said(capsys, *words, "--groups", groups[0], "--groups", groups[1], "--json")
    assert [row["trials"] for row in rows] == [7, 5]


def test_amounts_of_the_data_that_are_missing_are_named_with_the_option_that_leaves_them_out(capsys, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("g,y,n\na,1,20\nb,2,\nc,3,30\nd,1,NA\n")
    for columns in (["--successes", "y", "--trials", "n"], ["--events", "y", "--exposure", "n"]):
        words = [path, *columns, "--group", "g", "--amount", "3"]
        err = said(capsys, *words, code=2)
        assert "column 'n' has no value in lines 3, 5" in err
        assert "--missing drop" in err
        assert len(said(capsys, *words, "--missing", "drop", "--json")) == 3
    err = said(capsys, path, "--estimate", "y", "--se", "n", "--group", "g", "--amount", "1", code=2)
    assert "column 'n' has no value in lines 3, 5" in err
