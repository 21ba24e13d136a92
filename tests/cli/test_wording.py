"""At the shell a message speaks of options, never of keywords."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest

import partialpool as pp
from partialpool.cli import commands, main, wording
from partialpool.distributions.predictive import rows, totals


def test_options_are_those_of_all_commands():
    assert commands.app is wording.app
    known = wording.options()
    assert {"successes", "missing", "fdr", "above", "kind", "draws", "top", "jobs"} <= set(known)
    assert known["at_fit"] == "--at-fit"
    assert set(known) >= wording.NOUNS


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("leave those rows out with missing='drop'.", "leave those rows out with --missing drop."),
        ('Use method="full", where', "Use --method full, where"),
        ('if these are variances, give variance="se of d"', "if these are variances, give --variance 'se of d'"),
        ("Without trials= each row is one trial: trials=...", "Without --trials each row is one trial: --trials"),
        ("swap successes= and trials=?", "swap --successes and --trials?"),
        ("Give value=, or mean=, sd= and n=: not both.", "Give --value, or --mean, --sd and --n: not both."),
        ("level must be a probability", "--level must be a probability"),
        ("fdr must be above 0", "--fdr must be above 0"),
        ('total=True adds up groups="all"', "--total adds up --groups all"),
        ("Give a file that fit.save() wrote.", "Give a file that --save wrote."),
        ("or use pp.estimates(), where", "or use partialpool estimates, where"),
        ("row 3: rats=-20", "row 3: rats=-20"),
        ("row 3: trials=-20", "row 3: trials=-20"),
        ("mean must be above 0 and below 1", "mean must be above 0 and below 1"),
        ("such as pp.Prior(sd=pp.HalfNormal(5)).", 'such as --prior "sd ~ HalfNormal(5)".'),
        (
            "pp.Prior(mean=pp.Beta(2, 8), concentration=pp.Gamma(2, 0.1))",
            '--prior "mean ~ Beta(2, 8); concentration ~ Gamma(2, 0.1)"',
        ),
        ('name both columns, group=["plant", "machine 1"]', "name both columns, --group plant --group 'machine 1'"),
        ("a label too: group=[..., 'year'].", "a label too: --group year."),
        ("takes events=(treated, control), or", "takes --events treated --events control, or"),
        ('or cells=("a", "b", "c", "d").', "or --cells a --cells b --cells c --cells d."),
        (
            "Name those of interest: leave_one_out([...]).",
            "In Python, fit.leave_one_out([...]) takes those of interest.",
        ),
        ("such as those that select() finds.", "such as those that partialpool select finds."),
        ("groups() and population() answer;", "partialpool groups and partialpool population answer;"),
        ("group='A' of colour='red'", "--group A of colour='red'"),
    ],
)
def test_keywords_become_options(message, shown):
    assert wording.at_the_shell(message) == shown


CSV = {
    "trials": "g,a,n,c,m\nA,1,9,2,9\nB,3,8,2,9\n",
    "nested": "p,m,y,n\nX,M1,1,9\nX,M2,2,9\nX,M3,3,9\nY,M1,1,9\nY,M2,4,9\n",
    "gap": "g,y,n\na,1,10\nb,,10\nc,4,12\n",
    "swapped": "g,y,n\na,10,1\nb,12,3\nc,11,4\n",
    "rates": "g,y,n\na,0.1,10\nb,0.2,12\nc,0.3,9\n",
    "alone": "g,y,n\na,1,10\n",
    "estimates": "g,y,n\na,1,-1\nb,2,4\nc,3,9\n",
}
PROPORTIONS = ["proportions", "--successes", "y", "--trials", "n"]


@pytest.mark.parametrize(
    ("table", "arguments", "message"),
    [
        ("gap", PROPORTIONS, "--missing drop"),
        ("swapped", PROPORTIONS, "did you swap --successes and --trials?"),
        ("swapped", ["proportions", "--successes", "y"], "--trials"),
        ("rates", PROPORTIONS, "Give counts"),
        ("alone", [*PROPORTIONS, "--method", "empirical-bayes"], "--method full"),
        (
            "rates",
            ["probability", "--estimate", "y", "--se", "n", "--method", "reml", "--above", "1", "--parameter", "tau"],
            "With --method reml the sd is a point estimate",
        ),
        ("gap", [*PROPORTIONS, "--level", "95"], "--level must be"),
        ("estimates", ["estimates", "--estimate", "y"], "--se"),
        (
            "estimates",
            ["estimates", "--estimate", "y", "--se", "n", "--variance", "n"],
            "--se or their squares as --va",
        ),
        ("estimates", ["measurements", "--value", "y"], "--group"),
        (
            "trials",
            ["estimates", "--effect", "OR", "--events", "a"],
            "takes --events treated --events control and --sizes",
        ),
        ("trials", ["estimates", "--effect", "OR", "--events", "a", "--sizes", "n"], "control_events), not 'a'."),
        ("nested", [*PROPORTIONS, "--group", "m"], "name both columns, --group p --group m"),
        (
            "gap",
            ["cumulative", *PROPORTIONS[1:], "--missing", "drop", "--order", "x"],
            "In the table there is no column",
        ),
        ("alone", ["calibrate", *PROPORTIONS[1:], "--at-fit"], "two groups or more with data are needed"),
        (
            "alone",
            ["predict", *PROPORTIONS[1:], "--amount", "9", "--total", "--groups", "both"],
            "--total adds up --groups all, a list of groups",
        ),
        ("estimates", ["measurements", "--mean", "y", "--group", "g"], "--mean, --sd and --n"),
    ],
)
def test_refusals_and_warnings_at_the_shell(capsys, tmp_path, table, arguments, message):
    file = tmp_path / "a.csv"
    file.write_text(CSV[table])
    main([arguments[0], str(file), *arguments[1:]])
    said = capsys.readouterr().err
    assert message in said
    assert not re.search(r"[a-z]=['\"\s.]|\bpp\.|\bfit\.", said)


def test_predictions_that_are_too_much_work_name_the_option():
    many = SimpleNamespace(size=np.full(3000, 1e9), trials=np.full(3000, 1e9), probability=np.ones(100))
    with pytest.raises(pp.RequestError, match="too much work at a time") as of_rows:
        rows._check_work(many)
    of_total = totals.too_much(SimpleNamespace(times=np.full(3000, 1.0), most=10**12))
    for refused in (of_rows.value, of_total):
        said = wording.at_the_shell(str(refused))
        assert said.endswith("by --groups once for each; in Python, fit.draws() is for all.")
        assert "numpy" not in said


def test_a_point_estimate_points_to_the_command_with_its_standard_error(capsys):
    words = ["probability", "--dataset", "eight_schools", "--method", "reml", "--above", "5", "--parameter", "mu"]
    assert main(words) == 0
    assert "from the standard error that partialpool meta-analysis shows" in " ".join(capsys.readouterr().out.split())


def test_warnings_and_notes_in_a_document_speak_of_options(capsys, tmp_path):
    path = tmp_path / "plants.csv"
    rows = ["a,M1,1,10", "a,M2,2,10", "a,M3,4,10", "b,M1,3,10", "b,M2,1,10", "c,M1,0,0"]
    path.write_text("\n".join(["plant,machine,y,n", *rows]))
    words = [
        str(path),
        "--successes",
        "y",
        "--trials",
        "n",
        "--group",
        "machine",
        "--method",
        "empirical-bayes",
        "--json",
    ]
    for command in ("proportions", "cumulative", "population"):
        assert main([command, *words]) == 0
        out, err = capsys.readouterr()
        document = json.loads(out)
        assert any("--group plant --group machine" in warning for warning in document["warnings"])
        assert err.splitlines() == [f"partialpool: warning: {warning}" for warning in document["warnings"]]
        if command == "cumulative":
            assert "Use --method full, where the prior decides" in document["rows"][0]["note"]
            assert 'method="full"' not in out


def test_notes_of_the_callers_table_stay_as_they_are(capsys, tmp_path):
    path = tmp_path / "wards.csv"
    path.write_text("ward,y,n,note\nA,1,10,missing='drop'\nB,2,10,\n")
    assert main(["attach", str(path), "--successes", "y", "--trials", "n", "--group", "ward", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["note"] == "missing='drop'"


def test_a_saved_fit_has_its_warnings_in_the_words_of_python(tmp_path):
    words = ["proportions", "--dataset", "rat_tumors", "--method", "empirical-bayes", "--quiet"]
    assert main([*words, "--save", str(tmp_path / "rats.fit")]) == 0
    fit = pp.proportions(
        pp.datasets.load("rat_tumors"), successes="tumors", trials="rats", group="group", method="empirical-bayes"
    )
    assert pp.load(tmp_path / "rats.fit").warnings == fit.warnings
