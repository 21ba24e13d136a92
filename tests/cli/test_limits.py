"""The commands probability, select and intervals say what their functions say."""

import json

import pytest

import partialpool as pp
from partialpool.cli import main

EXAMPLES = {
    "proportions": ("surgical", "0.1"),
    "rates": ("pump_failures", "0.5"),
    "estimates": ("eight_schools", "-0.5"),
    "measurements": ("coagulation", "64"),
}


def said(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def rows(capsys, *arguments):
    code, out, err = said(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)["rows"]


def records(columns):
    return [dict(zip(columns, map(plain, row), strict=True)) for row in zip(*columns.values(), strict=True)]


def plain(value):
    value = value.item() if hasattr(value, "item") else value
    return None if value != value or value in (float("inf"), float("-inf")) else value


def fitted(family):
    name = EXAMPLES[family][0]
    return getattr(pp, family)(pp.datasets.load(name), **pp.datasets.info(name).arguments)


def test_the_group_that_others_are_compared_with_has_no_probability_and_it_is_said_why(capsys):
    out = said(capsys, "probability", "--dataset", "eight_schools", "--than", "A")[1]
    assert out.endswith("\nA itself has no probability: the others are compared with it.\n")
    assert "itself" not in said(capsys, "probability", "--dataset", "eight_schools", "--above", "3")[1]


@pytest.mark.parametrize("family", EXAMPLES)
def test_probability_and_select_say_what_their_functions_say(capsys, tmp_path, family):
    name, limit = EXAMPLES[family]
    fit = fitted(family)
    for option, value, criterion in (
        ("--above", limit, {"above": float(limit)}),
        ("--below", limit, {"below": float(limit)}),
        ("--above", "mean", {"above": "mean"}),
        ("--above", "mu", {"above": "mean"}),
    ):
        found = fit.probability(**criterion)
        assert rows(capsys, "probability", "--dataset", name, option, value) == records(found.columns())
        chosen = fit.select(**criterion, fdr=0.2)
        assert rows(capsys, "select", "--dataset", name, option, value, "--fdr", 0.2) == records(chosen.columns())
    file = tmp_path / "list.csv"
    code, out, _ = said(capsys, "select", "--dataset", name, "--above", limit, "--fdr", 0.5, "--out", file)
    assert code == 0
    chosen = fit.select(above=float(limit), fdr=0.5)
    assert len(file.read_text().splitlines()) == 1 + len(chosen.chosen)
    assert f"{len(chosen.chosen)} of {fit.data.size} groups are listed" in out
    assert max(map(len, out.splitlines())) <= 80


def test_two_limits_and_another_group(capsys):
    fit = fitted("estimates")
    between = rows(capsys, "probability", "--dataset", "eight_schools", "--between", "-1", "5.5")
    assert between == records(fit.probability(between=(-1, 5.5)).columns())
    than = rows(capsys, "probability", "--dataset", "eight_schools", "--than", "C")
    assert than == records(fit.probability(than="C").columns())
    assert than[2]["probability"] is None
    code, out, _ = said(capsys, "probability", "--dataset", "eight_schools", "--than", "C")
    assert code == 0
    assert "P(the group's value > that of C)" in out
    assert out.index("\nA ") < out.index("\nE ") < out.index("\nC ")


@pytest.mark.parametrize("family", EXAMPLES)
def test_a_parameter_of_the_population(capsys, family):
    name, limit = EXAMPLES[family]
    found = fitted(family).probability(above=float(limit), parameter="mean")
    words = ("probability", "--dataset", name, "--parameter", "mu", "--above", limit)
    assert rows(capsys, *words) == records(found.columns())
    code, out, _ = said(capsys, *words)
    assert code == 0
    assert f"mean > {float(limit):g}" in out
    assert "Accuracy: probabilities within" in out


def test_a_group_of_several_labels(capsys):
    code, out, _ = said(capsys, "probability", "--dataset", "bcg_vaccine", "--than", "TPT Madras", "--than", 1980)
    assert code == 0
    assert "that of TPT Madras 1980" in out


@pytest.mark.parametrize("kind", ["central", "shortest", "lower", "upper"])
def test_intervals_of_every_kind(capsys, kind):
    for family, (name, _) in EXAMPLES.items():
        found = getattr(pp, family)(pp.datasets.load(name), **pp.datasets.info(name).arguments, level=0.8).intervals(
            kind=kind
        )
        assert rows(capsys, "intervals", "--dataset", name, "--kind", kind, "--level", 0.8) == records(found.columns())


def test_an_empty_list_is_said_without_a_table(capsys):
    code, out, _ = said(capsys, "select", "--dataset", "rat_tumors", "--above", "0.5")
    assert code == 0
    assert "0 of 71 groups are listed" in out
    assert "probability  fdr" not in out


def test_check_and_select_point_to_each_other(capsys):
    assert "partialpool select" in said(capsys, "check", "--dataset", "surgical", "--draws", 100)[1]
    assert "partialpool check" in said(capsys, "select", "--dataset", "surgical", "--above", "mean")[1]
    for command, other in (("check", "select"), ("select", "check")):
        assert f'"partialpool {other}"' in said(capsys, command, "--help")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["select"], "give one of --above, --below, --between and --than, not none"),
        (["probability", "--above", "1", "--than", "A"], "not --above and --than"),
        (["select", "--above", "high"], "--above takes a number, or mean for the population's mean, not 'high'"),
        (["select", "--above", "1", "--fdr", "2"], "--fdr must be above 0 and below 1"),
        (["probability", "--parameter", "mu", "--than", "A"], "--parameter goes with --above or --below and a number"),
        (["probability", "--parameter", "mu", "--above", "mean"], "--parameter goes with --above or --below"),
        (["probability", "--parameter", "rho", "--above", "0"], "There is no parameter 'rho'; there are mean, sd"),
        (["probability", "--than", "Z"], "There is no group 'Z'"),
        (["intervals", "--kind", "wide"], "--kind"),
        (["probability", "--between", "5", "1"], "--between takes a lower and a higher value"),
    ],
)
def test_what_is_refused(capsys, arguments, message):
    code, out, err = said(capsys, arguments[0], "--dataset", "eight_schools", *arguments[1:])
    assert (code, out) == (2, "")
    assert message in err


def test_a_limit_that_no_proportion_has(capsys):
    code, _, err = said(capsys, "select", "--dataset", "surgical", "--above", "1.2")
    assert code == 2
    assert "--above cannot be 1.2" in err
