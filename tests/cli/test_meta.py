"""Meta-analysis at the shell: the commands say what the functions say."""

import json

import numpy as np
import pandas as pd
import pytest

import partialpool as pp
from partialpool.cli import main

TRIALS = pd.DataFrame(
    {
        "trial": ["A", "B", "C", "D"],
        "year": [1990, 1985, 2001, 1999],
        "ai": [4, 6, 0, 62],
        "n1": [123, 306, 231, 598],
        "ci": [11, 29, 11, 48],
        "n2": [139, 303, 220, 567],
    }
)
EFFECT = ("--effect", "log odds ratio", "--events", "ai", "--events", "ci", "--sizes", "n1", "--sizes", "n2")
GROUP = ("--group", "trial", "--group", "year")


def said(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def file(tmp_path):
    TRIALS.to_csv(tmp_path / "trials.csv", index=False)
    return tmp_path / "trials.csv"


def fitted(**options):
    columns = {"events": ("ai", "ci"), "sizes": ("n1", "n2"), "group": ["trial", "year"]}
    return pp.estimates(TRIALS, effect="OR", **columns, **options)


def test_estimates_from_a_2x2_table(capsys, file):
    prior = "sd ~ HalfNormal(0.5)"
    code, out, err = said(capsys, "estimates", file, *EFFECT, *GROUP, "--prior", prior, "--json")
    assert code == 0
    assert "1/2 was added to the four cells of 1 trial (C 2001)" in err
    document = json.loads(out)
    assert [row["median"] for row in document["groups"]] == fitted(prior=prior).group_columns()["median"].tolist()
    assert document["model"]["prior"] == prior


def test_meta_analysis(capsys, file, tmp_path):
    picture, table = tmp_path / "forest.svg", tmp_path / "quantities.csv"
    arguments = ("meta-analysis", file, *EFFECT, *GROUP, "--transform", "exp", "--method", "reml")
    code, out, _ = said(capsys, *arguments, "--plot", "meta-analysis", picture, "--out", table)
    assert code == 0
    found = fitted(method="reml").meta_analysis(transform="exp")
    assert f"Q = {found.q:.2f} on 3 degrees of freedom" in out
    assert max(map(len, out.splitlines())) <= 80
    assert picture.stat().st_size > 10_000
    written = pd.read_csv(table)
    assert written["estimate"].to_numpy() == pytest.approx(found.columns()["estimate"], rel=1e-12)
    assert written.iloc[-1][["quantity", "estimate", "df", "p"]].tolist() == ["Q", found.q, 3, found.q_p]
    code, out, _ = said(capsys, *arguments, "--json")
    of_q = json.loads(out)["quantities"][-1]
    assert (of_q["quantity"], of_q["estimate"], of_q["df"], of_q["p"]) == ("Q", found.q, 3, found.q_p)
    assert [row["weight"] for row in json.loads(out)["groups"]] == found.weights.tolist()


def test_an_sd_at_its_edge_is_remarked_on(capsys):
    _, out, _ = said(capsys, "leave-one-out", "--dataset", "eight_schools", "--method", "reml")
    assert "The sd is estimated at 0, the edge of its range, with all groups and in every\nfit without a group" in out


def test_leave_one_out_and_cumulative(capsys, file):
    code, out, _ = said(capsys, "leave-one-out", file, *EFFECT, *GROUP, "--json")
    assert code == 0
    wanted = fitted().leave_one_out().columns()["influence"]
    assert [row["influence"] for row in json.loads(out)["rows"]] == wanted.tolist()
    code, out, _ = said(capsys, "cumulative", file, *EFFECT, *GROUP, "--order", "year", "--json")
    assert code == 0
    assert [row["year"] for row in json.loads(out)["rows"]][::2] == [1985, 1990, 1999, 2001]
    code, out, _ = said(capsys, "cumulative", "--dataset", "eight_schools", "--prior", "flat")
    assert code == 0
    assert "improper" in out


def test_each_parameter_without_a_group_has_digits_of_its_own(capsys):
    code, out, _ = said(capsys, "leave-one-out", "--dataset", "surgical")
    assert code == 0
    row = next(line.split() for line in out.splitlines() if line.startswith("B "))
    assert row == ["B", "mean", "0.07373", "0.05614", "0.09660", "-0.3757"]


def test_other_questions_take_trials_too(capsys, file):
    code, out, _ = said(capsys, "ranks", file, *EFFECT, *GROUP, "--json")
    assert code == 0
    wanted = fitted().rank_columns()["expected_rank"]
    assert np.array([row["expected_rank"] for row in json.loads(out)["rows"]]) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("estimates", "FILE", "--effect", "OR", "--events", "ai", "--sizes", "n1"), "--events takes 2 columns"),
        (("estimates", "FILE", "--events", "ai", "--events", "ci"), "name the effect to work out"),
        (("ranks", "FILE", "--events", "ai", "--events", "ci"), "--events is given 2 times"),
        (("meta-analysis", "--dataset", "rat_tumors"), "of estimates with standard errors"),
        (("meta-analysis", "--dataset", "bcg_vaccine", "--transform", "log"), 'Choose from: "exp", "tanh", "expit"'),
        (("cumulative", "--dataset", "bcg_vaccine", "--order", "size"), "no column 'size' of groups"),
        (("cumulative", "--dataset", "bcg_vaccine", "--plot", "forest", "x.png"), "draws no picture"),
        (("estimates", "--dataset", "eight_schools", "--prior", "sd ~ exit()"), "There is no density exit"),
        (("proportions", "--dataset", "rat_tumors", "--method", "reml"), '"reml" is for estimates'),
    ],
)
def test_refused(capsys, file, arguments, message):
    code, out, err = said(capsys, *(file if part == "FILE" else part for part in arguments))
    assert (code, out) == (2, "")
    assert message in err


def test_the_scale_of_the_numbers_is_said(capsys):
    code, out, _ = said(capsys, "meta-analysis", "--dataset", "bcg_vaccine", "--transform", "exp")
    assert code == 0
    assert "Risk ratios, and their weights in mu in per cent" in out
    assert out.endswith("mu, the prediction interval and the estimates are risk ratios; tau is not.\n")
    out = said(capsys, "meta-analysis", "--dataset", "bcg_vaccine")[1]
    assert out.endswith("--transform exp gives risk ratios in place of log_risk_ratio.\n")
    assert "--transform" not in said(capsys, "meta-analysis", "--dataset", "eight_schools")[1]


def test_groups_and_population_on_another_scale(capsys):
    trials = pp.datasets.load("bcg_vaccine")
    fit = pp.estimates(trials, estimate="log_risk_ratio", variance="log_risk_ratio_var", group=["author", "year"])
    for command, expected in (
        ("population", fit.population_columns(transform="exp")),
        ("groups", fit.group_columns(transform="exp")),
        ("cumulative", fit.cumulative(transform="exp").columns()),
        ("leave-one-out", fit.leave_one_out(transform="exp").columns()),
    ):
        words = [command, "--dataset", "bcg_vaccine", "--transform", "exp"]
        found = json.loads(said(capsys, *words, "--json")[1])
        rows = found.get(command, found.get("rows"))
        assert [row["median"] for row in rows] == expected["median"].tolist()
        assert "(95% intervals, risk ratio)" in said(capsys, *words)[1]


@pytest.mark.parametrize("method", ["REML", "reml", "DL", "dl", "ML", "Full"])
def test_methods_in_either_case_and_as_metafor_calls_them(capsys, method):
    code, out, err = said(capsys, "meta-analysis", "--dataset", "bcg_vaccine", "--method", method)
    assert code == 0
    assert "There is no method" not in err
    if method.upper() == "REML":
        assert "mu                    -0.7145  0.1798" in out


def test_forests_and_summaries_in_the_order_of_a_column(capsys):
    out = said(capsys, "meta-analysis", "--dataset", "bcg_vaccine", "--sort", "weight", "--top", "1")[1]
    assert "sorted by weight" in out
    assert "TPT Madras" in out
    assert "Aronson" not in out


def test_trials_are_added_in_the_order_of_any_column_of_their_file(capsys, tmp_path):
    path = tmp_path / "trials.csv"
    path.write_text("trial;y;s;year\nA;0,5;1;2003\nB;1,5;1;1999\nC;0,2;2;2001\n")
    words = ["cumulative", path, "--estimate", "y", "--se", "s", "--group", "trial", "--json"]
    assert main([*map(str, words), "--order", "year"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["trial"] for row in rows[::2]] == ["B", "C", "A"]
    assert main([*map(str, words[:-1]), "--order", "year", "--save", str(tmp_path / "a.fit")]) == 0
    capsys.readouterr()
    assert main(["cumulative", "--fit", str(tmp_path / "a.fit"), "--order", "year"]) == 2
    assert "The fit does not know its table" in capsys.readouterr().err


def test_the_first_rows_of_a_table_that_keeps_its_order(capsys, file):
    _, out, _ = said(capsys, "cumulative", file, *EFFECT, *GROUP, "--order", "year", "--top", "2")
    assert "... 6 more rows ..." in out
    assert [words[0] for words in map(str.split, out.splitlines()) if words[1:2] == ["1985"]] == ["B", "B"]
    assert not [words for words in map(str.split, out.splitlines()) if words[1:2] == ["1990"]]
