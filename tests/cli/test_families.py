"""Every family at the shell, in process: the commands say what the functions say."""

import json

import pytest

import partialpool as pp
from partialpool import cli
from partialpool.models.registry import FAMILIES

EXAMPLES = {
    "proportions": "surgical",
    "rates": "pump_failures",
    "estimates": "eight_schools",
    "measurements": "coagulation",
}


def said(capsys, *arguments):
    code = cli.main(list(map(str, arguments)))
    done = capsys.readouterr()
    return code, done.out, done.err


def test_every_family_has_a_command_and_an_example(capsys):
    assert set(EXAMPLES) == set(FAMILIES)
    for family in FAMILIES:
        assert said(capsys, family, "--help")[0] == 0


@pytest.mark.parametrize(("family", "name"), EXAMPLES.items())
def test_a_command_says_what_its_function_says(capsys, family, name):
    code, out, err = said(capsys, family, "--dataset", name, "--json", "--level", "0.9")
    assert (code, err) == (0, "")
    fit = getattr(pp, family)(pp.datasets.load(name), **pp.datasets.info(name).arguments, level=0.9)
    document = json.loads(out)
    assert [row["lower"] for row in document["groups"]] == fit.group_columns()["lower"].tolist()
    assert [row["parameter"] for row in document["population"]] == fit.population_columns()["parameter"].tolist()
    assert document["model"]["family"] == FAMILIES[family].data


@pytest.mark.parametrize(("family", "name"), EXAMPLES.items())
def test_the_tables_say_what_was_fitted_and_fit_the_terminal(capsys, family, name):
    code, out, _ = said(capsys, family, "--dataset", name)
    assert code == 0
    fit = getattr(pp, family)(pp.datasets.load(name), **pp.datasets.info(name).arguments)
    assert out.startswith(f"{fit.data.size} groups: {FAMILIES[family].totals(fit.data)}\n")
    assert max(map(len, out.splitlines())) <= 80


KNOWN = {
    "proportions": ("mean=0.07, kappa=50", {"mean": 0.07, "concentration": 50.0}),
    "rates": ("shape = 0.8; rate = 0.5", {"shape": 0.8, "rate": 0.5}),
    "estimates": ("tau=5", {"sd": 5.0}),
    "measurements": ("sd=3, sigma=2.5, mean=64", {"sd": 3.0, "sigma": 2.5, "mean": 64.0}),
}


@pytest.mark.parametrize(("family", "name"), EXAMPLES.items())
def test_parameters_may_be_given(capsys, family, name, tmp_path):
    text, values = KNOWN[family]
    fit = getattr(pp, family)(pp.datasets.load(name), **pp.datasets.info(name).arguments)
    means = fit.given(**values).group_columns()["mean"].tolist()
    code, out, err = said(
        capsys, family, "--dataset", name, "--given", text, "--json", "--save", tmp_path / "a.fit", "--all"
    )
    assert (code, err) == (0, "")
    assert [row["mean"] for row in json.loads(out)["groups"]] == means
    code, out, _ = said(capsys, "groups", "--fit", tmp_path / "a.fit", "--json")
    assert [row["mean"] for row in json.loads(out)["groups"]] == means
    fit.save(tmp_path / "b.fit")
    parts = [part for pair in values.items() for part in ("--given", f"{pair[0]}={pair[1]}")]
    code, out, _ = said(capsys, "groups", "--fit", tmp_path / "b.fit", *parts, "--json")
    assert [row["mean"] for row in json.loads(out)["groups"]] == means


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("mean", "--given takes NAME=VALUE with a decimal point, such as mean=0.1, not 'mean'"),
        ("mean=0,1", "not '1'"),
        ("mean=__import__('os')", "not \"mean=__import__('os')\""),
        ("", "there is none"),
        ("men=0.1", "there is no parameter 'men'. Did you mean 'mean'?"),
        ("mean=0.1, mean=0.2", "mean is given twice"),
        ("mean=0.1", "--given takes mean (mu) and concentration (kappa), or alpha and beta for these data, not mean"),
        ("mean=0.1, concentration=nan", "concentration must be a finite number above 0"),
    ],
)
def test_given_parameters_that_cannot_be_right(capsys, given, message):
    code, _, err = said(capsys, "proportions", "--dataset", "surgical", "--given", given)
    assert code == 2
    assert message in err


def test_given_parameters_leave_nothing_to_ask_of_a_prior_or_to_estimate(capsys):
    data = ["--dataset", "eight_schools", "--given", "sd=5"]
    assert "--method" in said(capsys, "estimates", *data, "--method", "reml")[2]
    assert "leave out --given" in said(capsys, "leave-one-out", *data)[2]
    assert "leave out --given" in said(capsys, "calibrate", *data, "--at-fit")[2]


def test_what_was_said_of_the_data_is_said_of_given_parameters_too(capsys, tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("y,n\n1,20\n,20\n3,30\n", encoding="utf-8")
    given = ["--given", "mean=0.1, concentration=20", "--missing", "drop"]
    code, _, err = said(capsys, "proportions", path, "--successes", "y", "--trials", "n", *given)
    assert code == 0
    assert "left out of the fit" in err


def test_columns_given_win_over_those_of_a_data_set(capsys):
    arguments = ["estimates", "--dataset", "eight_schools", "--estimate", "effect_unrounded", "--se", "se_unrounded"]
    code, out, _ = said(capsys, *arguments)
    assert code == 0
    assert out.startswith("8 groups: effect_unrounded with se_unrounded")
    assert "28.39" in out


def test_counts_and_their_totals_have_no_exponent(capsys):
    code, out, _ = said(capsys, "rates", "--dataset", "kidney_cancer", "--top", "3")
    assert code == 0
    assert out.startswith("3,114 groups: 49453 deaths over 983845055 person_years\n")
    assert "e+" not in out.replace("1e+06", "")  # the unit of a column, where a row would not fit into a line
    code, out, _ = said(capsys, "predict", "--dataset", "kidney_cancer", "--amount", "983845055", "--top", "3")
    assert code == 0
    assert "e+" not in out


def test_a_file_of_summaries_says_what_the_rows_say(capsys, tmp_path):
    fit = pp.measurements(pp.datasets.load("coagulation"), value="time_seconds", group="diet")
    rows = fit.data.statistics
    lines = ["diet,m,s,n", *(f"{g},{m!r},{s!r},{n}" for g, m, s, n in zip("ABCD", *summaries(rows), strict=True))]
    path = tmp_path / "summaries.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, out, err = said(
        capsys, "measurements", path, "--mean", "m", "--sd", "s", "--n", "n", "--group", "diet", "--json"
    )
    assert (code, err) == (0, "")
    means = [row["mean"] for row in json.loads(out)["groups"]]
    assert means == pytest.approx(fit.group_columns()["mean"].tolist(), rel=1e-11)


def summaries(statistics):
    return [statistics[name].tolist() for name in ("mean", "sd", "n")]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_file_without_its_columns_is_refused(capsys, family, tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    code, out, err = said(capsys, family, path)
    assert (code, out) == (2, "")
    assert "is missing: name the column that holds it." in err


@pytest.mark.parametrize(("family", "name"), EXAMPLES.items())
def test_a_data_set_of_another_family_names_the_right_command(capsys, family, name):
    other = next(command for command in FAMILIES if command != family)
    code, _, err = said(capsys, other, "--dataset", name)
    assert code == 2
    assert f"partialpool {family} --dataset {name}" in err


@pytest.mark.parametrize("family", FAMILIES)
def test_priors_of_each_family(capsys, family):
    code, out, _ = said(capsys, "priors", family)
    assert code == 0
    for name, prior in pp.priors.named(family).items():
        assert name in out
        assert str(prior).splitlines()[1].strip() in out


@pytest.mark.parametrize(("family", "name"), EXAMPLES.items())
def test_ranks_and_comparisons_of_every_family(capsys, tmp_path, family, name):
    fit = getattr(pp, family)(pp.datasets.load(name), **pp.datasets.info(name).arguments)
    code, out, err = said(capsys, "ranks", "--dataset", name, "--json", "--best", "low", "--top", "2")
    assert (code, err) == (0, "")
    rows = json.loads(out)["rows"]
    assert [row["p_best"] for row in rows] == fit.rank_columns(best="low", top=2)["p_best"].tolist()
    code, out, _ = said(capsys, "ranks", "--dataset", name)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    labels = [str(label) for label in next(iter(fit.data.labels.values()))[:2]]
    code, out, _ = said(capsys, "compare", "--dataset", name, "--one", labels[0], "--other", labels[1], "--json")
    assert code == 0
    assert json.loads(out)["rows"][0]["p_greater"] == fit.compare(*labels).p_greater
    file = tmp_path / "pairs.csv"
    code, out, _ = said(capsys, "compare", "--dataset", name, "--out", file, "--quiet")
    assert (code, out) == (0, "")
    assert len(file.read_text().splitlines()) == 1 + fit.data.size * (fit.data.size - 1) // 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "--dataset", "eight_schools", "--one", "A"], "name both groups"),
        (["compare", "--dataset", "eight_schools", "--one", "A", "--other", "Z"], "There is no group 'Z'"),
        (["compare", "--dataset", "eight_schools", "--plot", "forest", "x.png"], "draws no picture"),
        (["ranks", "--dataset", "eight_schools", "--top", "0"], "top must be"),
    ],
)
def test_questions_that_are_refused(capsys, arguments, message):
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(("family", "name"), EXAMPLES.items())
def test_predictions_of_every_family(capsys, family, name):
    fit = getattr(pp, family)(pp.datasets.load(name), **pp.datasets.info(name).arguments)
    role = {"proportions": "trials", "rates": "exposure", "estimates": "se", "measurements": "n"}[family]
    code, out, err = said(capsys, "predict", "--dataset", name, "--amount", "7", "--json")
    assert (code, err) == (0, "")
    rows = json.loads(out)["rows"]
    assert [row["lower"] for row in rows] == fit.predict(**{role: 7}, groups="both").columns()["lower"].tolist()
    code, out, _ = said(capsys, "predict", "--dataset", name, "--amount", "7", "--total")
    assert code == 0
    assert "total" in out
