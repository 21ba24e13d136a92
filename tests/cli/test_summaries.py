"""The commands groups and population show the tables of a fit, also of one that was saved."""

import json

import pytest

import partialpool as pp
from partialpool.cli import main

EXAMPLES = ["surgical", "pump_failures", "eight_schools", "coagulation"]


def said(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    return out


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_tables_are_those_of_the_fit(capsys, tmp_path, name):
    family = pp.datasets.info(name).family
    fit = getattr(pp, family)(pp.datasets.load(name), **pp.datasets.info(name).arguments)
    fit.save(tmp_path / "a.fit")
    whole = json.loads(said(capsys, family, "--dataset", name, "--json"))
    for command in ("groups", "population"):
        for source in (["--dataset", name], ["--fit", tmp_path / "a.fit"]):
            document = json.loads(said(capsys, command, *source, "--json"))
            assert document[command] == whole[command]
            assert document["accuracy"] == str(fit.accuracy)
    shown = said(capsys, family, "--dataset", name)
    for command in ("groups", "population"):
        table = said(capsys, command, "--dataset", name)
        start = table.index("\n" + command.capitalize())
        assert table[start : table.index("\n\n", start)] in shown


def test_a_saved_fit_shows_its_best_groups(capsys, tmp_path):
    rats = pp.proportions(pp.datasets.load("rat_tumors"), **pp.datasets.info("rat_tumors").arguments)
    rats.save(tmp_path / "rats.fit")
    out = said(capsys, "groups", "--fit", tmp_path / "rats.fit", "--top", 2)
    assert [line.split()[0] for line in out[out.index("\ngroup") + 1 :].splitlines()[1:3]] == ["70", "68"]


@pytest.mark.parametrize(("family", "name"), [("estimates", "bcg_vaccine"), ("measurements", "coagulation")])
def test_a_command_that_fits_shows_its_tables_on_another_scale(capsys, tmp_path, family, name):
    words = [family, "--dataset", name, "--transform", "expit"]
    document = json.loads(said(capsys, *words, "--json", "--out", tmp_path / "a.json"))
    for table in ("groups", "population"):
        there = json.loads(said(capsys, table, "--dataset", name, "--transform", "expit", "--json"))
        assert document[table] == there[table]
    assert json.loads((tmp_path / "a.json").read_text()) == document["groups"]
    shown = said(capsys, *words)
    assert "Population (95% intervals, " in shown
    assert "Groups (95% intervals, " in shown


def test_a_picture_of_a_command_that_fits_is_on_its_scale(capsys, tmp_path):
    words = ["estimates", "--dataset", "bcg_vaccine", "--quiet"]
    for picture in ("forest", "shrinkage", "meta-analysis", "population"):
        for name, scale in (("own", []), ("other", ["--transform", "expit"])):
            said(capsys, *words, *scale, "--plot", picture, tmp_path / f"{name}.svg")
        same = (tmp_path / "own.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()
        assert same == (picture == "population")


@pytest.mark.parametrize("family", ["proportions", "rates"])
def test_families_with_a_scale_of_their_own_take_no_transform(capsys, family):
    assert (
        main([family, "--dataset", {"proportions": "surgical", "rates": "pump_failures"}[family], "--transform=exp"])
        == 2
    )
    assert "--transform" in capsys.readouterr().err
