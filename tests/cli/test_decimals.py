"""Files of places where a comma begins the decimals and semicolons separate cells."""

import json

import pytest

import partialpool as pp
from partialpool import cli

WARDS = "ward;deaths;rate;share\nA;3;1,5;0,25\nB;4;2,25;0,5\nC;1;0,5;0,75\n"
COLUMNS = {"events": "deaths", "exposure": "rate", "group": "ward"}
OPTIONS = ("--events", "deaths", "--exposure", "rate", "--group", "ward")


@pytest.fixture
def wards(tmp_path):
    path = tmp_path / "wards.csv"
    path.write_text(WARDS)
    return path


def said(capsys, *arguments, code=0):
    assert cli.main([*map(str, arguments)]) == code
    out, err = capsys.readouterr()
    return json.loads(out) if code == 0 else err


def test_decimal_commas_are_read_by_themselves(capsys, wards):
    rows = said(capsys, "rates", wards, *OPTIONS, "--json")["groups"]
    assert [row["rate"] for row in rows] == [1.5, 2.25, 0.5]
    plain = pp.rates({"ward": ["A", "B", "C"], "deaths": [3, 4, 1], "rate": [1.5, 2.25, 0.5]}, **COLUMNS)
    assert [row["mean"] for row in rows] == plain.group_columns()["mean"].tolist()


@pytest.mark.parametrize(("decimal", "rate"), [(",", 1.5), (".", None)])
def test_the_option_says_what_a_file_does_not_show(capsys, tmp_path, decimal, rate):
    path = tmp_path / "wards.csv"
    path.write_text("ward;deaths;rate\nA;3;1,500\nB;4;2,250\n")
    assert "say --decimal , if the comma is a decimal comma" in said(capsys, "rates", path, *OPTIONS, code=2)
    answer = said(capsys, "rates", path, *OPTIONS, "--decimal", decimal, "--json", code=0 if rate else 2)
    if rate:
        assert answer["groups"][0]["rate"] == rate


def test_attached_cells_are_numbers_and_stay_as_they_are_written(capsys, wards, tmp_path):
    out = tmp_path / "out.csv"
    row = said(capsys, "attach", wards, *OPTIONS, "--json", "--out", out)["rows"][0]
    assert (row["rate"], row["share"]) == (1.5, 0.25)
    assert out.read_text().splitlines()[1].startswith('A,3,"1,5","0,25",')


def test_rows_that_are_groups_are_known_again(wards, tmp_path):
    fit = pp.rates(wards, events="deaths", exposure="rate")
    fit.save(tmp_path / "wards.fit")
    assert pp.load(tmp_path / "wards.fit").data.source == fit.data.source
    assert fit.data.source.decimal == ","
    table = {"deaths": [3, 4, 1], "rate": ["1,5", "2,25", "0,5"]}
    assert fit.attach(table)["posterior_mean"].tolist() == fit.group_columns()["mean"].tolist()
    with pytest.raises(pp.DataError, match=r"row 1 of the table has rate=2\.5"):
        fit.attach(table | {"rate": ["2,5", "2,25", "0,5"]})


def test_text_in_memory_has_decimal_commas_if_it_is_said():
    table = {"ward": ["A", "B"], "deaths": [3, 4], "rate": ["1,5", "2,25"]}
    assert pp.rates(table, **COLUMNS, decimal=",").data.statistics["exposure"].tolist() == [1.5, 2.25]
    with pytest.raises(pp.DataError, match=r"write 1\.5, with a decimal point, or say decimal=','"):
        pp.rates(table, **COLUMNS)


def test_numbers_with_decimal_commas_are_no_labels_of_groups_that_begin_anew(tmp_path):
    path = tmp_path / "machines.csv"
    rows = ["M1;3;0,5", "M2;4;0,5", "M1;1;1,5", "M2;2;1,5", "M3;2;1,5"]
    path.write_text("\n".join(["machine;events;setting", *rows]))
    assert pp.rates(path, events="events", group="machine").warnings == ()
    path.write_text("\n".join(["machine;events;setting", *rows]).replace("0,5", "low").replace("1,5", "high"))
    assert len(pp.rates(path, events="events", group="machine").warnings) == 1
