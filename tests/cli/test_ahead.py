"""What cannot be right is refused before the fit: columns to sort by, names of groups, transforms, amounts."""

import json
from typing import get_args

import pytest

import partialpool as pp
from partialpool.cli import ahead, main, options
from partialpool.effects.scales import SCALES
from partialpool.fit import fitting
from partialpool.models.registry import FAMILIES
from partialpool.plots import style

RATS, SCHOOLS, TRIALS = (["--dataset", name] for name in ("rat_tumors", "eight_schools", "bcg_vaccine"))

SORTED = {
    "proportions": (["proportions", *RATS], "groups", "groups"),
    "rates": (["rates", "--dataset", "pump_failures"], "groups", "groups"),
    "measurements": (["measurements", "--dataset", "coagulation"], "groups", "groups"),
    "variances": (
        ["estimates", *TRIALS, "--estimate", "log_risk_ratio", "--variance", "log_risk_ratio_var"],
        "groups",
        "groups",
    ),
    "groups": (["groups", *SCHOOLS], "groups", "groups"),
    "pooling": (["pooling", *SCHOOLS], "groups", "pooling"),
    "ranks": (["ranks", *SCHOOLS], "rows", "ranks"),
    "pairs": (["compare", *TRIALS], "rows", "compare"),
    "predict": (["predict", *RATS, "--amount", "9"], "rows", "predict"),
    "probability": (["probability", *SCHOOLS, "--above", "3"], "rows", "probability"),
    "select": (["select", *SCHOOLS, "--above", "3", "--fdr", "0.6"], "rows", "select"),
    "intervals": (["intervals", *SCHOOLS], "rows", "intervals"),
    "check": (["check", *SCHOOLS, "--draws", "100"], "groups", "check"),
    "calibrate": (
        ["calibrate", *SCHOOLS, "--at", "mean=8", "--at", "sd=5", "--replications", "20", "--jobs", "1"],
        "rows",
        "calibrate",
    ),
    "meta-analysis": (["meta-analysis", *TRIALS], "groups", "meta-analysis"),
    "leave-one-out": (["leave-one-out", *SCHOOLS], "rows", "leave-one-out"),
}


def said(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def unfitted(monkeypatch):
    """A package that reads but cannot fit."""

    def refuse(family, *_):
        raise AssertionError(f"{family.name} was asked to fit")

    for family in FAMILIES.values():
        monkeypatch.setattr(type(family), "solve", refuse)


def test_every_table_that_can_be_sorted_is_tried():
    assert {name for _, _, name in SORTED.values()} == set(ahead.SORTED)


@pytest.mark.parametrize("case", SORTED)
def test_a_column_to_sort_by_is_looked_for_before_the_fit(capsys, unfitted, case):
    words, _, _ = SORTED[case]
    code, out, err = said(capsys, *words, "--sort", "spread")
    assert (code, out) == (2, "")
    assert 'there is no column "spread" to sort by; there are ' in err


@pytest.mark.parametrize("case", SORTED)
def test_the_columns_named_are_those_of_the_table(capsys, case):
    words, table, _ = SORTED[case]
    _, _, err = said(capsys, *words, "--sort", "spread")
    names = err.partition("there are ")[2].partition(", besides rank and given")[0].split(", ")
    code, out, _ = said(capsys, *words, "--json", "--sort", names[-1])
    assert code == 0
    columns = list(json.loads(out)[table][0])
    assert [name for name in columns if name not in ("note", "error")] == [
        name for name in names if name not in ("note", "error")
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["population", *RATS],
        ["attach", *RATS],
        ["sensitivity", *RATS],
        ["cumulative", *SCHOOLS],
        ["compare", *SCHOOLS, "--one", "A", "--other", "B"],
        ["calibrate", *SCHOOLS],
    ],
)
def test_tables_that_keep_their_order_say_so(capsys, unfitted, words):
    code, out, err = said(capsys, *words, "--sort", "mean")
    assert (code, out) == (2, "")
    assert "the rows of this table keep their order: leave out --sort." in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["compare", *SCHOOLS, "--one", "A", "--other", "Z"], "There is no group 'Z' in 'school'"),
        (["compare", *SCHOOLS, "--one", "A", "--other", "A"], "--one and --other are the same group, A"),
        (
            ["compare", *TRIALS, "--one", "Aronson", "--other", "TPT Madras"],
            "its 2 labels (author, year), such as 'Aronson', 1948, not by 'Aronson': give the option once for each",
        ),
        (["probability", *SCHOOLS, "--than", "Z"], "There is no group 'Z'"),
        (["select", *SCHOOLS, "--than", "Z"], "There is no group 'Z'"),
        (["select", *SCHOOLS, "--above", "3", "--fdr", "5"], "--fdr must be above 0 and below 1, not 5.0"),
        (["predict", *RATS, "--amount", "2.5"], "--amount: trials must be whole numbers, 0 or more, not 2.5"),
        (["check", *RATS, "--draws", "2"], "--draws must be a whole number of 100"),
        (["check", *RATS, "--seed", "-2"], "--seed must be a whole number of 0 or more"),
        (["sensitivity", *RATS, "--priors", "bdda"], 'Did you mean "bda"'),
        (["calibrate", *RATS, "--replications", "2"], "--replications must be a whole number of 20"),
        (["calibrate", *RATS, "--at", "mean=0.1"], "--at takes mean (mu) and concentration (kappa), or alpha and beta"),
        (["cumulative", *TRIALS, "--order", "size"], "There is no column 'size' of groups"),
        (["population", *RATS, "--transform", "exp"], "--transform is for estimates and measurements"),
        (["groups", *RATS, "--transform", "exp"], "--transform is for estimates and measurements"),
        (["meta-analysis", *RATS], "A meta-analysis is of estimates with standard errors, not of proportions"),
        (["meta-analysis", *TRIALS, "--transform", "log"], '"log"'),
        (["proportions", *RATS, "--plot", "meta-analysis", "a.png"], "is of estimates, not of proportions"),
        (["proportions", *RATS, "--method", "reml"], '"reml" is for estimates'),
        (["proportions", *RATS, "--method", "best"], "There is no method 'best'"),
        (["proportions", *RATS, "--prior", "flat"], "That is a prior of estimates"),
        (["proportions", *RATS, "--given", "mean=0.1"], "--given takes mean (mu) and concentration (kappa), or alpha"),
        (["estimates", *SCHOOLS, "--given", "mean=1"], "--given takes mean (mu) and sd (tau), or sd (tau) for these"),
        (["groups", *SCHOOLS, "--given", "sd=1, tau=2"], "tau and sd are two words for one parameter"),
        (["calibrate", *SCHOOLS], "the prior of the population's mean is improper: it is no distribution to draw from"),
        (["calibrate", *SCHOOLS], "Or fix the population: --at-fit, or --at NAME=VALUE."),
    ],
)
def test_options_that_cannot_be_right_are_refused_before_the_fit(capsys, unfitted, words, message):
    code, out, err = said(capsys, *words)
    assert (code, out) == (2, "")
    assert message in err
    assert "Python" not in err


WITHOUT_A_PRIOR = ["population", "conditional", "prior-posterior", "sensitivity"]
GIVEN = ["--given", "mean=8, sd=5"]


@pytest.mark.parametrize("picture", WITHOUT_A_PRIOR)
@pytest.mark.parametrize(
    ("how", "cure"),
    [
        (["--method", "moments"], "fit with --method full to draw it."),
        (["--method", "DL"], "fit with --method full to draw it."),
        (GIVEN, "leave out --given, or save the fit without it."),
    ],
)
def test_pictures_of_what_a_method_does_not_learn_are_refused_before_the_fit(
    capsys, unfitted, tmp_path, picture, how, cure
):
    file = tmp_path / "a.png"
    code, out, err = said(capsys, "estimates", *SCHOOLS, *how, "--plot", "forest", file, "--plot", picture, file)
    assert (code, out) == (2, "")
    assert "must each name a file of its own" in err
    code, out, err = said(capsys, "estimates", *SCHOOLS, *how, "--plot", picture, file)
    assert (code, out) == (2, "")
    lacks = "prior" if picture in ("prior-posterior", "sensitivity") else "density of the population's parameters"
    assert f"has no {lacks}, and so no picture {picture}; {cure}" in err
    assert not file.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sensitivity", *RATS, "--method", "moments"], "no prior to be sensitive to; fit with --method full to see"),
        (["sensitivity", *SCHOOLS, *GIVEN], "no prior to be sensitive to; leave out --given, or save the fit without"),
        (["leave-one-out", *SCHOOLS, *GIVEN], "parameters are given here: leave out --given"),
        (["cumulative", *SCHOOLS, *GIVEN], "parameters are given here: leave out --given"),
        (["calibrate", *SCHOOLS, *GIVEN, "--at-fit"], "the parameters of this fit are given: leave out --given"),
        (["meta-analysis", *SCHOOLS, *GIVEN], "partialpool population and partialpool groups answer"),
        (["meta-analysis", *TRIALS, *GIVEN, "--transform", "exp"], "--transform too"),
        (["estimates", *SCHOOLS, *GIVEN, "--plot", "meta-analysis", "a.png"], "parameters are given here"),
    ],
)
def test_questions_about_what_is_not_learned_are_refused_before_the_fit(capsys, unfitted, words, message):
    code, out, err = said(capsys, *words)
    assert (code, out) == (2, "")
    assert message in err


def test_a_saved_fit_without_a_prior_refuses_the_same(capsys, tmp_path):
    file = tmp_path / "schools.fit"
    code, _, _ = said(capsys, "estimates", *SCHOOLS, "--method", "moments", "--save", file, "--quiet")
    assert code == 0
    words = ["groups", "--fit", file, "--quiet", "--plot"]
    assert "fit with --method full to draw it." in said(capsys, *words, "sensitivity", tmp_path / "a.png")[2]
    assert said(capsys, *words, "forest", tmp_path / "a.png")[0] == 0


def test_pictures_without_matplotlib_are_refused_before_anything_is_read(capsys, monkeypatch):
    monkeypatch.setattr(style, "find_spec", lambda _: None)
    code, out, err = said(capsys, "proportions", *RATS, "--plot", "forest", "a.png")
    assert (code, out) == (2, "")
    assert 'Pictures need Matplotlib: pip install "partialpool[plots]".' in err


def test_a_saved_fit_is_asked_the_same(capsys, tmp_path):
    columns = {"estimate": "effect", "se": "se", "group": "school"}
    file = tmp_path / "schools.fit"
    pp.estimates(pp.datasets.load("eight_schools"), **columns).save(file)
    assert 'no column "spread"' in said(capsys, "groups", "--fit", file, "--sort", "spread")[2]
    assert "no group 'Z'" in said(capsys, "compare", "--fit", file, "--one", "A", "--other", "Z")[2]


def test_what_is_refused_after_one_fit_is_not_remembered():
    with pytest.raises(ZeroDivisionError), fitting.looking(lambda *_: 1 / 0):
        pp.proportions({"y": [1], "n": [2]}, successes="y", trials="n")
    pp.proportions({"y": [1], "n": [2]}, successes="y", trials="n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["ranks", "a.fit"], "'a.fit' is a saved fit: give it by --fit, as in partialpool groups --fit a.fit"),
        (["proportions", "a.fit", "--successes", "y"], "'a.fit' is a saved fit"),
        (["a.csv"], "A command comes first, such as partialpool proportions a.csv"),
        (
            ["proportions", "a.csv"],
            "--successes is missing: name the column that holds it. The columns are 'g', 'y', 'n'.",
        ),
        (["ranks", "a.csv"], "--successes and --trials. The columns are 'g', 'y', 'n'."),
        (["ranks", "none.csv"], "for example --successes and --trials.\n"),
        (["compare", "--fit", "a.fit", "A", "B"], "'B' belongs to no option. Put quotes around a name that has spaces"),
        (["compare", "--fit", "a.fit", "A", "B"], "give an option for each group: --one Mercy --other Hope."),
        (["sensitivity", "a.csv", "--priors", "bda", "morris"], "each column or prior: --priors bda --priors morris."),
        (["rates", "a.csv", "--events", "y", "--group", "g,n"], "An option names one column: --group g --group n."),
        (["rates", "a.csv", "--events", "y", "--group", "g,n", "--group", "n"], "'g', 'y', 'n'. An option names one"),
        (
            ["estimates", "a.csv", "--effect", "OR", "--events", "y,n", "--sizes", "n"],
            "not 'y,n'. Give the option 2 times.",
        ),
    ],
)
def test_what_a_beginner_writes_is_answered_with_what_was_meant(capsys, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("g,y,n\nA,1,9\nB,2,9\nC,4,9\n")
    assert main(["proportions", "a.csv", "--successes", "y", "--trials", "n", "--save", "a.fit", "--quiet"]) == 0
    assert main(words) == 2
    assert message in capsys.readouterr().err


def test_transforms_at_the_shell_are_those_of_the_package():
    assert set(get_args(get_args(options.Transform)[0])) == set(SCALES)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["estimates", "a.csv", "--events", "a", "c"], "'c' belongs to no option"),
        (["proportions", "a.csv", "--successes", "Patients", "died"], "Put quotes around a name that has spaces"),
        (
            ["proportions", *RATS, "--plot", "forest"],
            "--plot takes two values, not 1, such as --plot forest forest.png",
        ),
        (["groups", *RATS, "--sort", "-raw"], "--sort takes a column, such as --sort raw; --reverse turns the order"),
        (["select", *RATS, "--between", "0.1"], "--between takes two values, not 1"),
        (["proportions", *RATS, "--transform", "exp"], "It is an option of estimates, measurements"),
        (["estimates", *TRIALS, "--tarnsfomr", "exp"], "Did you mean --transform?"),
    ],
)
def test_a_command_line_that_cannot_be_read(capsys, words, message):
    code, out, err = said(capsys, *words)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["proportions", "--trials", "n"], "--successes"),
        (["rates", "--exposure", "n"], "--events"),
        (["ranks", "--trials", "n"], "--successes"),
    ],
)
def test_the_column_that_a_family_cannot_do_without_is_asked_for(tmp_path, capsys, words, option):
    table = tmp_path / "a.csv"
    table.write_text("g,y,n\na,1,10\nb,2,20\n")
    assert main([words[0], str(table), *words[1:]]) == 2
    said = f"partialpool: {option} is missing: name the column that holds it. The columns are 'g', 'y', 'n'.\n"
    assert capsys.readouterr().err == said
