"""Questions that are refused with the one that was meant."""

import json

import numpy as np
import pandas as pd
import pytest

import partialpool as pp
from partialpool.cli import main

SCHOOLS = pp.datasets.load("eight_schools")
FIT = pp.estimates(SCHOOLS, estimate="effect", se="se", group="school")


def test_a_new_group_in_a_list():
    with pytest.raises(pp.RequestError, match='groups="both" predicts every group and a new one'):
        FIT.predict(se=1, groups=["A", "new"])


def test_a_list_of_the_data_sets():
    with pytest.raises(AttributeError, match=r"no attribute 'list': names\(\) lists the data sets"):
        pp.datasets.list()
    with pytest.raises(AttributeError, match=r"no attribute 'nothing'$"):
        _ = pp.datasets.nothing


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: FIT.sensitivity(transform="exp"), "take np.exp of medians and of the ends of intervals"),
        (lambda: FIT.new_group(transform="tanh"), "take np.tanh of medians"),
        (lambda: FIT.probability(below=1, transform="exp"), r"on that scale, such as below=np\.log\(1\)"),
        (lambda: FIT.given(tau=0).meta_analysis(transform="exp"), r'given, population\(transform="exp"\) and groups'),
        (lambda: FIT.given(tau=0).meta_analysis(), r"With them given, population\(\) and groups\(\) answer"),
    ],
)
def test_another_scale(ask, said):
    with pytest.raises(pp.PartialpoolError, match=said):
        ask()


def test_a_named_index_that_is_not_used():
    table = pd.DataFrame({"y": [1, 2, 5], "t": [3.0, 4.0, 5.0]}, index=pd.Index(["A", "B", "C"], name="ward"))
    (said,) = [one for one in pp.rates(table, events="y", exposure="t").warnings if "index" in one]
    assert said.endswith("the index of the table (ward) is not used; if it names the groups, give group='ward'")
    assert not any("index" in one for one in pp.rates(table, events="y", exposure="t", group="ward").warnings)
    assert not any("index" in one for one in pp.rates(table.reset_index(drop=True), events="y").warnings)


def test_whole_numbers_that_an_empty_cell_made_floats():
    table = pd.DataFrame({"y": [1, 2, 5, 3], "n": [9, 9, 9, 9], "year": [2021, 2022, None, 2023], "h": list("AABB")})
    fit = pp.proportions(table, successes="y", trials="n", group=["h", "year"], missing="drop")
    assert fit.data.labels["year"].tolist() == [2021, 2022, 2023]
    assert fit.data.labels["year"].dtype == np.int64
    half = pp.proportions(table.assign(year=[0.5, 1.0, 2.0, 3.0]), successes="y", trials="n", group="year")
    assert half.data.labels["year"].tolist() == [0.5, 1.0, 2.0, 3.0]


@pytest.fixture
def saved(tmp_path):
    table = pd.DataFrame({"y": [1, 2, 5, None], "n": [9, 9, 9, 9], "h": ["U", "U", "B", "B"], "m": list("1212")})
    file = tmp_path / "h.fit"
    pp.proportions(table, successes="y", trials="n", group=["h", "m"], missing="drop").save(file)
    return str(file)


def test_a_saved_fit_does_not_repeat_what_was_missing(capsys, saved):
    assert main(["groups", "--fit", saved]) == 0
    assert "missing" not in capsys.readouterr().err


def test_labels_of_several_columns_at_the_shell(capsys, saved):
    assert main(["compare", "--fit", saved, "--one", "U 1", "--other", "B 1"]) == 2
    assert "such as 'U', '1', not by 'U 1': give the option once for each label." in capsys.readouterr().err


def test_quiet_alone_says_that_it_prints_nothing(capsys, saved):
    assert main(["compare", "--fit", saved, "--one", "U", "--one", "1", "--other", "B", "--other", "1", "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert not out
    assert "nothing is printed or written: --quiet goes with --out" in err


@pytest.mark.parametrize("how", [("--json",), ("--out", "-")])
def test_top_is_for_printed_tables(capsys, saved, how):
    assert main(["groups", "--fit", saved, "--top", "1", *how]) == 2
    assert "--top shortens the printed tables alone" in capsys.readouterr().err
    assert main(["ranks", "--fit", saved, "--top", "1", *how]) == 0


def test_methods_at_the_shell(capsys):
    assert main(["estimates", "--dataset", "eight_schools", "--method", "FE"]) == 2
    assert "complete pooling: partialpool pooling has it." in capsys.readouterr().err


TOTALS = "h,y,n\nA,1,9\nB,2,\nC,4,9\nD,3,8\nTotal,10,35\n"
COLUMNS = ("--successes", "y", "--trials", "n", "--group", "h", "--missing", "drop")


def test_a_total_is_left_out_by_its_label(capsys, tmp_path):
    file = tmp_path / "h.csv"
    file.write_text(TOTALS)
    assert main(["proportions", str(file), *COLUMNS]) == 0
    assert "leave it out by --exclude 'Total'" in capsys.readouterr().err
    assert main(["groups", str(file), *COLUMNS, "--exclude", "Total", "--exclude", "D", "--json"]) == 0
    out, err = capsys.readouterr()
    rows = json.loads(out)["groups"]
    wanted = pp.proportions({"y": [1, 4], "n": [9, 9], "h": ["A", "C"]}, successes="y", trials="n", group="h")
    assert [row["h"] for row in rows] == ["A", "C"]
    assert [row["mean"] for row in rows] == wanted.group_columns()["mean"].tolist()
    assert "1 row with a missing cell (line 3) was left out" in err
    assert "Total" not in err


def test_a_label_to_exclude_that_is_not_there(capsys, tmp_path, saved):
    file = tmp_path / "h.csv"
    file.write_text(TOTALS)
    assert main(["groups", str(file), *COLUMNS, "--exclude", "total"]) == 2
    assert "There is no label 'total' to exclude. Did you mean 'Total'?" in capsys.readouterr().err
    assert main(["groups", str(file), *COLUMNS[:4], *COLUMNS[6:], "--exclude", "Total"]) == 2
    assert "Name the column with the labels by --group." in capsys.readouterr().err
    assert main(["groups", "--fit", saved, "--exclude", "U"]) == 2
    assert "leave out --exclude" in capsys.readouterr().err
