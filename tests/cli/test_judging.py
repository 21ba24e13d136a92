"""The commands check, sensitivity and calibrate say what their functions say; and every question takes a saved fit."""

import json
from functools import partial

import numpy as np
import pytest

import partialpool as pp
from partialpool.cli import main
from partialpool.cli.wording import at_the_shell

EXAMPLES = {
    "proportions": "surgical",
    "rates": "pump_failures",
    "estimates": "eight_schools",
    "measurements": "coagulation",
}


def said(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def fitted(family, **options):
    name = EXAMPLES[family]
    return getattr(pp, family)(pp.datasets.load(name), **pp.datasets.info(name).arguments, **options)


def records(columns):
    """Rows as JSON has them: missing numbers are null."""
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return [{name: plain(value) for name, value in row.items()} for row in rows]


def plain(value):
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not np.isfinite(value) else value


@pytest.mark.parametrize("family", EXAMPLES)
def test_check_says_what_its_function_says(capsys, tmp_path, family):
    found = fitted(family).check(draws=200, seed=3)
    file = tmp_path / "groups.csv"
    options = ["--dataset", EXAMPLES[family], "--draws", "200", "--seed", "3"]
    code, out, err = said(capsys, "check", *options, "--json", "--out", file)
    assert (code, err) == (0, "")
    document = json.loads(out)
    statistics = [row | {"note": at_the_shell(row["note"])} for row in records(found.statistic_columns())]
    assert document["statistics"] == statistics
    assert document["groups"] == records(found.group_columns())
    assert len(file.read_text().splitlines()) == 1 + len(document["groups"])
    code, out, _ = said(capsys, "check", *options)
    assert code == 0
    assert "none outlying" in out
    assert "largest residual" in out
    assert max(map(len, out.splitlines())) <= 80


def test_check_names_the_groups_that_do_not_fit(capsys, tmp_path):
    file = tmp_path / "odd.csv"
    file.write_text("group,y,n\n" + "".join(f"g{i},{10 + i % 3},100\n" for i in range(12)) + "odd,60,100\n")
    code, out, _ = said(capsys, "check", file, "--successes", "y", "--trials", "n", "--group", "group")
    assert code == 0
    assert "1 outlying" in out
    assert next(line for line in out.splitlines() if line.startswith("odd")).split()[5] == "True"


def test_a_note_that_several_rows_share_is_said_once(capsys):
    code, out, _ = said(capsys, "check", "--dataset", "horse_kicks", "--draws", "100")
    assert code == 0
    assert out.count("What the prior alone expects of the data is left out") == 1
    assert "pooled, sd: " in out


@pytest.mark.parametrize("family", EXAMPLES)
def test_sensitivity_says_what_its_function_says(capsys, tmp_path, family):
    found = fitted(family).sensitivity()
    file = tmp_path / "priors.csv"
    code, out, err = said(capsys, "sensitivity", "--dataset", EXAMPLES[family], "--json", "--out", file)
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["priors"] == records(found.columns())
    assert document["power"] == records(found.power_columns())
    assert document["accuracy"] == found.accuracy
    assert len(file.read_text().splitlines()) == 1 + len(document["priors"])
    code, out, _ = said(capsys, "sensitivity", "--dataset", EXAMPLES[family])
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80


def test_sensitivity_to_chosen_priors(capsys):
    options = ["--dataset", "surgical", "--priors", "bda", "--priors", "morris"]
    code, out, _ = said(capsys, "sensitivity", *options, "--json")
    assert code == 0
    assert list(dict.fromkeys(row["prior"] for row in json.loads(out)["priors"])) == [
        "uniform-shrinkage",
        "bda",
        "morris",
    ]


def test_calibrate_says_what_its_function_says(capsys):
    design = fitted("proportions").data.statistics["trials"]
    found = pp.checks.calibration(pp.proportions, design={"trials": design}, replications=24, seed=5)
    options = ["--dataset", "surgical", "--replications", "24", "--seed", "5"]
    code, out, err = said(capsys, "calibrate", *options, "--jobs", "1", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["rows"] == records(found.columns())
    code, again, _ = said(capsys, "calibrate", *options, "--jobs", "2", "--json")
    assert (code, again) == (0, out)
    code, out, _ = said(capsys, "calibrate", *options)
    assert code == 0
    assert "24 simulated data sets, parameters drawn from the prior" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("family", EXAMPLES)
def test_calibrate_at_fixed_parameters_has_the_labels_of_the_groups(capsys, family):
    fit = fitted(family)
    code, out, _ = said(
        capsys, "calibrate", "--dataset", EXAMPLES[family], "--at-fit", "--replications", "20", "--jobs", "1", "--json"
    )
    assert code == 0
    rows = json.loads(out)["rows"]
    label = next(iter(fit.data.labels))
    assert [row[label] for row in rows] == fit.data.labels[label].tolist()
    assert {row["replications"] for row in rows} == {20}
    medians = dict(zip(fit.population_columns()["parameter"], fit.population_columns()["median"], strict=True))
    names = {"proportions": ("mean", "concentration"), "rates": ("mean", "shape"), "estimates": ("mean", "sd")}
    role = {"proportions": "trials", "rates": "exposure", "estimates": "se", "measurements": "n"}[family]
    at = {name: medians[name] for name in names.get(family, ("mean", "sd", "sigma"))}
    found = pp.checks.calibration(
        getattr(pp, family), design={role: fit.data.statistics[role]}, at=at, replications=20, prior=fit.model.prior
    )
    assert [row["coverage"] for row in rows] == found.columns()["coverage"].tolist()


def test_calibrate_leaves_out_groups_without_data_and_keeps_the_method(capsys, tmp_path):
    file = tmp_path / "table.csv"
    file.write_text("group,y,n\na,1,10\nb,0,0\nc,4,12\nd,2,30\n")
    options = [file, "--successes", "y", "--trials", "n", "--group", "group", "--method", "empirical-bayes"]
    at = ["--at", "mean=0.2", "--at", "concentration=10", "--replications", "20", "--jobs", "1"]
    code, out, _ = said(capsys, "calibrate", *options, *at, "--json")
    assert code == 0
    rows = json.loads(out)["rows"]
    assert [row["group"] for row in rows] == ["a", "c", "d"]
    plugged = partial(pp.proportions, method="empirical-bayes")
    found = pp.checks.calibration(
        plugged, design={"trials": [10, 12, 30]}, at={"mean": 0.2, "concentration": 10}, replications=20
    )
    assert [row["width"] for row in rows] == found.columns()["width"].tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sensitivity", "--dataset", "surgical", "--priors", "flat"], 'no prior named "flat"'),
        (["sensitivity", "--dataset", "surgical", "--method", "moments"], "has no prior to be sensitive to"),
        (["check", "--dataset", "surgical", "--draws", "1"], "draws must be"),
        (["check", "--dataset", "surgical", "--plot", "forest", "x.png"], "draws no picture"),
        (["calibrate", "--dataset", "eight_schools"], "--at-fit"),
        (["calibrate", "--dataset", "surgical", "--at", "mean"], "--at takes NAME=VALUE"),
        (["calibrate", "--dataset", "surgical", "--at", "mean=0.1"], "--at takes mean (mu) and concentration (kappa)"),
        (["calibrate", "--dataset", "surgical", "--at", "mean=0.1", "--at-fit"], "give one of them"),
        (["calibrate", "--dataset", "surgical", "--replications", "3"], "replications must be"),
        (["calibrate", "--dataset", "surgical", "--jobs", "0"], "jobs must be"),
    ],
)
def test_what_is_refused(capsys, arguments, message):
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err


# --- saved fits


@pytest.mark.parametrize("family", EXAMPLES)
def test_a_saved_fit_answers_every_question_as_its_table_does(capsys, tmp_path, family):
    file = tmp_path / "a.fit"
    code, _, err = said(capsys, family, "--dataset", EXAMPLES[family], "--level", "0.8", "--save", file, "--quiet")
    assert (code, err) == (0, "")
    amount = ["--amount", "7"]
    for command, more in (
        ("pooling", []),
        ("ranks", []),
        ("compare", []),
        ("predict", amount),
        ("check", ["--draws", "100"]),
        ("sensitivity", []),
        ("calibrate", ["--at-fit", "--replications", "20", "--jobs", "1"]),
    ):
        one = said(capsys, command, "--fit", file, *more, "--json")
        other = said(capsys, command, "--dataset", EXAMPLES[family], "--level", "0.8", *more, "--json")
        assert one == other
        assert one[0] == 0


def test_a_saved_fit_keeps_its_level_unless_another_is_asked_for(capsys, tmp_path):
    file = tmp_path / "a.fit"
    fitted("estimates", level=0.5, prior="flat").save(file)
    for options, level in (([], 0.5), (["--level", "0.9"], 0.9)):
        code, out, _ = said(capsys, "ranks", "--fit", file, "--json", *options)
        assert code == 0
        document = json.loads(out)
        assert document["model"]["level"] == level
        assert document["model"]["prior"] == "flat"
        expected = fitted("estimates", level=level, prior="flat").rank_columns()["upper"].tolist()
        assert [row["upper"] for row in document["rows"]] == expected


def test_warnings_of_a_saved_fit_are_said_again_but_for_missing_cells(capsys, tmp_path):
    table, file = tmp_path / "table.csv", tmp_path / "a.fit"
    table.write_text("y,n,g\n1,4,a\n,4,b\n2,4,A\n1,9,d\n")
    columns = ["--successes", "y", "--trials", "n", "--group", "g", "--missing", "drop"]
    _, _, first = said(capsys, "proportions", table, *columns, "--save", file, "--quiet")
    code, _, err = said(capsys, "ranks", "--fit", file)
    assert code == 0
    missing, alike = first.splitlines()
    assert "a missing cell (line 3) was left out" in missing
    assert "differ only in case" in alike
    assert err.splitlines() == [alike]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--prior", "bda"], "leave out --prior"),
        (["--prior", "uniform-shrinkage"], "leave out --prior"),
        (["--method", "full", "--missing", "drop"], "leave out --method, --missing"),
        (["--trials", "n"], "leave out --trials"),
        (["--group", "g"], "leave out --group"),
        (["--dataset", "surgical"], "one of the three"),
        (["--level", "2"], "level must be"),
        (["--save", "b.fit"], "leave out --save"),
    ],
)
def test_a_saved_fit_takes_nothing_that_it_has_already(capsys, tmp_path, arguments, message):
    file = tmp_path / "a.fit"
    fitted("proportions").save(file)
    code, out, err = said(capsys, "ranks", "--fit", file, *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_saving_is_refused_before_any_work_and_never_over_the_data(capsys, tmp_path):
    table = tmp_path / "table"
    table.write_text("y,n\n1,4\n")
    for name, message in (
        (tmp_path / "a.csv", "the name of a table"),
        (tmp_path / "none" / "a.fit", "there is no folder"),
        (table, "the file that the data come from"),
    ):
        code, out, err = said(
            capsys, "proportions", table, "--successes", "y", "--trials", "n", "--save", name, "--quiet"
        )
        assert (code, out) == (2, "")
        assert message in err
    code, _, err = said(capsys, "ranks", "--fit", table)
    assert code == 2
    assert "saved fit" in err
    code, _, err = said(capsys, "ranks", "--fit", tmp_path / "nothing.fit")
    assert code == 2
    assert "nothing.fit" in err


def test_two_outputs_are_never_one_file_and_a_picture_is_refused_before_any_work(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def never(*_, **__):
        raise AssertionError("fitted")

    monkeypatch.setattr("partialpool.fit.proportions", never)
    for arguments, message in (
        (["proportions", "--save", "x.png", "--plot", "forest", tmp_path / "x.png"], "a file of its own"),
        (["check", "--plot", "forest", "x.png"], "draws no picture"),
    ):
        code, out, err = said(capsys, *arguments, "--dataset", "surgical")
        assert (code, out) == (2, "")
        assert message in err
    assert not list(tmp_path.iterdir())


def test_a_note_names_a_group_that_is_a_number_with_its_column(capsys, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("id,y,n\n1,3,30\n2,4,33\n3,0,0\n4,9,40\n")
    columns = ["--successes", "y", "--trials", "n", "--group", "id", "--draws", "100"]
    assert main(["check", str(file), *columns]) == 0
    assert "\nid 3: no data" in capsys.readouterr().out
