"""P(Y > y) and P(Y < y) of predictions agree with their distribution functions."""

import json

import numpy as np
import pytest

import partialpool as pp
from partialpool.cli import main


def rats():
    data = {"lab": ["a", "b", "c"], "y": [1, 3, 4], "n": [20, 20, 14]}
    return pp.proportions(data, successes="y", trials="n", group="lab").predict(trials=10, groups="both")


def schools():
    return pp.estimates(pp.datasets.load("eight_schools"), estimate="effect", se="se", group="school").predict(se=5)


@pytest.mark.parametrize("limit", [-1, 0, 2, 2.5, 9, 10, 11])
def test_counts(limit):
    found = rats()
    for group in ("a", "c", "new"):
        p, count = found.pmf(group), np.arange(11)
        assert found.probability(above=limit, group=group) == pytest.approx(p[count > limit].sum(), abs=1e-11)
        assert found.probability(below=limit, group=group) == pytest.approx(p[count < limit].sum(), abs=1e-11)
    table = found.probability(above=limit)
    assert table["probability"][2] == pytest.approx(found.probability(above=limit, group="c"), rel=1e-12)


def test_estimates():
    found = schools()
    table = found.probability(below=0.0)
    assert list(table) == ["school", "se", "probability"]
    for place, group in enumerate(table["school"]):
        below = float(found.cdf(0.0, group))
        assert table["probability"][place] == pytest.approx(below, rel=1e-10)
        assert found.probability(above=0.0, group=group) == pytest.approx(1.0 - below, rel=1e-10)


@pytest.mark.parametrize("limits", [{}, {"above": 1, "below": 2}, {"above": "x"}, {"below": np.inf}, {"above": True}])
def test_refused(limits):
    with pytest.raises(pp.RequestError, match="Of a prediction"):
        rats().probability(**limits)


def test_the_printed_prediction_names_it():
    assert ".probability(above=...)" in repr(rats())


def test_the_command_says_the_same(capsys):
    assert (
        main(["predict", "--dataset", "surgical", "--amount", "100", "--groups", "new", "--above", "5", "--json"]) == 0
    )
    row = json.loads(capsys.readouterr().out)["rows"][0]
    fit = pp.proportions(pp.datasets.load("surgical"), successes="deaths", trials="operations", group="hospital")
    expected = fit.predict(trials=100, groups="new").probability(above=5, group="new")
    assert row["probability"] == pytest.approx(expected, rel=1e-9)
    assert main(["predict", "--dataset", "surgical", "--amount", "100", "--above", "5", "--below", "2"]) != 0


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("surgical --amount 100 --above 5", "P(predicted successes > 5), for trials 100, the most probable first"),
        ("pump_failures --amount 9 --below 3", "P(predicted events < 3), for exposure 9, the most probable first"),
        ("pump_failures --amount 9 --below 3 --total", "P(predicted total < 3), for exposure 9"),
        ("eight_schools --amount 5 --above 1.5 --groups A", "P(predicted estimate > 1.5), for se 5"),
        ("factory --amount 2 --above 90 --groups new", "P(predicted mean > 90), for n 2"),
    ],
)
def test_the_title_at_the_shell_says_what_is_predicted(capsys, asked, title):
    assert main(["predict", "--dataset", *asked.split()]) == 0
    assert title in capsys.readouterr().out.splitlines()
