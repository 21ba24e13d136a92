"""Tables at the shell show first what matters, in the order and number asked for; files keep the order of the data."""

import json

import numpy as np
import pytest

import partialpool as pp
from partialpool.cli import main

RATS = ["--dataset", "rat_tumors"]


def said(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def shown(capsys, *arguments):
    """The first cells of the rows of the table that begins with the word group."""
    code, out, err = said(capsys, *arguments)
    assert (code, err) == (0, "")
    lines = out[out.index("\ngroup ") + 1 :].splitlines()[1:]
    rows = lines[: next(i for i, line in enumerate(lines) if not line.strip() or line.startswith("("))]
    return [line.split()[0] for line in rows]


@pytest.fixture(scope="module")
def fit():
    return pp.proportions(pp.datasets.load("rat_tumors"), **pp.datasets.info("rat_tumors").arguments)


def labels(fit, by):
    return [str(label) for label in fit.data.labels["group"][np.argsort(by, kind="stable")]]


def test_groups_come_from_the_highest_mean_down_and_both_ends_are_shown(capsys, fit):
    order = labels(fit, -fit.group_columns()["mean"])
    assert shown(capsys, "proportions", *RATS) == [*order[:10], "...", *order[-10:]]
    assert shown(capsys, "proportions", *RATS, "--all") == order
    assert shown(capsys, "proportions", *RATS, "--top", 4) == [*order[:4], "..."]
    assert shown(capsys, "proportions", *RATS, "--top", 100) == order


def test_the_order_given_and_the_order_of_a_column(capsys, fit):
    given = [str(label) for label in fit.data.labels["group"]]
    assert shown(capsys, "proportions", *RATS, "--sort", "given") == [*given[:10], "...", *given[-10:]]
    assert shown(capsys, "proportions", *RATS, "--sort", "sd", "--all") == labels(fit, -fit.group_columns()["sd"])


def test_the_order_is_turned_around(capsys, fit):
    table = fit.group_columns()
    assert shown(capsys, "proportions", *RATS, "--reverse", "--all") == labels(fit, table["mean"])
    assert shown(capsys, "proportions", *RATS, "--sort", "raw", "--reverse", "--all") == labels(fit, table["raw"])
    given = [str(label) for label in fit.data.labels["group"]]
    for sort in ("given", "group"):
        assert shown(capsys, "groups", *RATS, "--sort", sort, "--reverse", "--top", 3) == [*given[:-4:-1], "..."]
    best = labels(fit, -fit.ranking().expected)
    assert shown(capsys, "ranks", *RATS, "--reverse", "--top", 3) == [*best[:3], "..."]
    rows = shown(capsys, "pooling", *RATS, "--reverse", "--top", 2)
    assert rows == [label for label in labels(fit, table["mean"])[:2] for _ in range(3)] + ["..."]


def test_titles_say_that_the_order_is_turned_around(capsys):
    for words, order in (
        (["ranks", *RATS], "(95% intervals), the best last\n"),
        (["groups", *RATS, "--sort", "raw"], "(95% intervals), sorted by raw, in reverse order\n"),
        (["groups", *RATS, "--sort", "given"], "(95% intervals), in reverse order\n"),
    ):
        assert order in said(capsys, *words, "--reverse")[1]
    code, out, err = said(capsys, "population", *RATS, "--reverse")
    assert (code, out) == (2, "")
    assert "keep their order: leave out --reverse." in err


@pytest.mark.parametrize("best", ["high", "low"])
def test_the_best_rank_comes_first_and_top_says_what_counts_as_the_top(capsys, fit, best):
    found = fit.ranking(best, 5)
    order = labels(fit, found.expected)
    assert shown(capsys, "ranks", *RATS, "--best", best) == [*order[:10], "...", *order[-10:]]
    assert shown(capsys, "ranks", *RATS, "--best", best, "--top", 5) == [*order[:5], "..."]
    rows = json.loads(said(capsys, "ranks", *RATS, "--best", best, "--top", 5, "--json")[1])["rows"]
    assert [row["p_top"] for row in rows] == found.columns()["p_top"].tolist()


def test_check_shows_the_least_expected_groups(capsys, tmp_path):
    file = tmp_path / "odd.csv"
    rows = [f"g{i},{10 + i % 3},100" for i in range(40)] + ["odd,60,100"] + [f"h{i},11,100" for i in range(9)]
    file.write_text("\n".join(["group,y,n", *rows]) + "\n")
    columns = ["--successes", "y", "--trials", "n", "--group", "group", "--draws", 100]
    found = shown(capsys, "check", file, *columns)
    assert found[0] == "odd"
    assert len(found) == 21
    assert found[-1] == "..."
    assert shown(capsys, "check", file, *columns, "--sort", "given")[:2] == ["g0", "g1"]


def test_labels_that_are_numbers_missing_values_and_texts_can_be_sorted_by(capsys, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("group,y,n\nb,1,9\na,0,0\nd,3,8\nc,5,9\n")
    columns = ["--successes", "y", "--trials", "n", "--group", "group"]
    code, out, _ = said(capsys, "proportions", file, *columns, "--sort", "group")
    assert code == 0
    assert [line[0] for line in out[out.index("\ngroup") + 1 :].splitlines()[1:5]] == ["a", "b", "c", "d"]
    code, out, _ = said(capsys, "proportions", file, *columns, "--sort", "raw")
    assert [line[0] for line in out[out.index("\ngroup") + 1 :].splitlines()[1:5]] == ["c", "d", "b", "a"]
    assert shown(capsys, "proportions", *RATS, "--sort", "group")[:3] == ["1", "2", "3"]
    for sort, order in (("group", "dcba"), ("raw", "bdca")):
        _, out, _ = said(capsys, "proportions", file, *columns, "--sort", sort, "--reverse")
        assert "".join(line[0] for line in out[out.index("\ngroup") + 1 :].splitlines()[1:5]) == order


def test_files_and_documents_keep_the_order_of_the_data(capsys, fit, tmp_path):
    file = tmp_path / "groups.csv"
    options = [*RATS, "--sort", "mean", "--out", file]
    code, out, _ = said(capsys, "proportions", *options, "--json")
    assert code == 0
    given = fit.data.labels["group"].tolist()
    assert [row["group"] for row in json.loads(out)["groups"]] == given
    assert [line.split(",")[0] for line in file.read_text().splitlines()[1:]] == [str(label) for label in given]


def test_the_models_of_one_group_stay_together(capsys, fit):
    order = labels(fit, -fit.group_columns()["mean"])
    rows = shown(capsys, "pooling", *RATS, "--top", 4)
    assert rows == [label for label in order[:4] for _ in range(3)] + ["..."]


def test_pairs_begin_with_the_surest(capsys, fit):
    code, out, _ = said(capsys, "compare", "--dataset", "eight_schools")
    assert code == 0
    rows = [line.split() for line in out.splitlines()]
    chance = [float(row[2]) for row in rows if len(row) == 5 and row[0] in "ABCDEFGH"]
    doubt = [min(p, 1 - p) for p in chance]
    assert len(doubt) == 20
    assert doubt == sorted(doubt)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["proportions", "--sort", "spread"], 'no column "spread" to sort by; there are group, tumors'),
        (["proportions", "--top", "0"], "--top must be a whole number of at least 1"),
        (["ranks", "--top", "-2", "--json"], "--top must be a whole number of at least 1"),
    ],
)
def test_orders_that_are_refused_write_nothing(capsys, tmp_path, arguments, message):
    file = tmp_path / "a.csv"
    code, out, err = said(capsys, *arguments, *RATS, "--out", file)
    assert (code, out) == (2, "")
    assert message in err
    assert not file.exists()


def test_only_lists_of_groups_are_shortened(capsys):
    code, out, _ = said(capsys, "check", "--dataset", "surgical", "--draws", 100, "--top", 2)
    assert code == 0
    assert sum(line.startswith(("same", "new", "prior ")) for line in out.splitlines()) == 12
    assert "... 10 more rows ..." in out


def test_predictions_are_in_order_too(capsys):
    code, out, _ = said(capsys, "predict", "--dataset", "surgical", "--amount", 100)
    assert code == 0
    means = [float(line.split()[2]) for line in out.splitlines() if len(line.split()) == 7 and "100" in line]
    assert len(means) == 13
    assert means == sorted(means, reverse=True)
    code, out, _ = said(capsys, "predict", "--dataset", "surgical", "--amount", 10, "--total")
    assert "first" not in out
