"""Counts: what is added up, and what is refused."""

import numpy as np
import pytest

import partialpool as pp
from partialpool.errors import CellError
from partialpool.io.backends import read
from partialpool.models.data.binomial import STATISTICS, counts


def fit(data, trials="n", group=None, **options):
    labels = [group] if isinstance(group, str) else list(group or ())
    values = ["y"] if trials is None else ["y", trials]
    return counts(read(data, values=values, labels=labels, **options), "y", trials, group)


def test_declaration():
    assert [statistic.role for statistic in STATISTICS] == ["successes", "trials"]


def test_rows_of_a_group_are_added_up():
    groups = fit({"y": [1, 2, 3], "n": [4, 5, 6], "g": ["b", "a", "b"]}, group="g")
    assert groups.labels["g"].tolist() == ["b", "a"]
    assert groups.statistics["successes"].tolist() == [4, 2]
    assert groups.statistics["trials"].tolist() == [10, 5]
    assert groups.columns == {"successes": "y", "trials": "n"}
    assert groups.notes == ()
    assert {x.dtype for x in groups.statistics.values()} == {np.dtype(np.int64)}


def test_several_group_columns():
    data = {"y": [1, 2, 3], "n": [4, 5, 6], "a": ["x", "x", "x"], "b": [1, 2, 1]}
    groups = fit(data, group=("a", "b"))
    assert groups.statistics["successes"].tolist() == [4, 2]
    assert list(groups.labels) == ["a", "b"]


@pytest.mark.parametrize("group", [None, (), []])
def test_each_row_is_a_group(group):
    groups = fit({"y": [1, 2], "n": [4, 5]}, group=group)
    assert groups.labels["group"].tolist() == [1, 2]


def test_trials_left_out():
    groups = fit({"y": [True, False, True], "g": [1, 1, 2]}, trials=None, group="g")
    assert groups.statistics["successes"].tolist() == [1, 1]
    assert groups.statistics["trials"].tolist() == [2, 1]
    assert groups.columns["trials"] == "trials"
    assert fit({"y": [0.0, 1.0]}, trials=None).statistics["successes"].dtype == np.int64


def test_trials_left_out_and_the_name_taken():
    groups = fit({"y": [1, 0], "trials": ["a", "b"]}, trials=None, group="trials")
    assert groups.columns["trials"] == "trials_"


@pytest.mark.parametrize("y", [[2, 0, 1], [-1, 0, 1], [0, 1.5, 3]])
def test_trials_left_out_takes_only_zero_and_one(y):
    with pytest.raises(CellError, match=r"neither 0 nor 1: row \d: y=.*trials=\.\.\."):
        fit({"y": y}, trials=None)


def test_no_trials_no_successes():
    assert fit({"y": [0, 1], "n": [0, 2]}).statistics["trials"].tolist() == [0, 2]
    with pytest.raises(CellError, match="row 1: y=1, n=0"):
        fit({"y": [1, 1], "n": [0, 2]})


def test_whole_floats_are_counts():
    groups = fit({"y": [3.0, 4.0], "n": [5, 6]})
    assert groups.statistics["successes"].tolist() == [3, 4]
    assert groups.statistics["successes"].dtype == np.int64


def test_nearly_whole_floats_are_not():
    with pytest.raises(CellError, match=r"1 row is refused, not a whole number: row 1: y=3\.0000000001\."):
        fit({"y": [3.0000000001, 4.0], "n": [5, 6]})


def test_first_five_rows_and_the_count():
    with pytest.raises(
        CellError, match=r"7 rows are refused, .*row 2: y=1\.5; .*row 6: y=1\.5 and 2 more\. Give counts"
    ):
        fit({"y": [1] + [1.5] * 7, "n": [5] * 8})


def test_more_successes_than_trials():
    with pytest.raises(
        CellError, match=r"2 rows are refused, more successes than trials: row 2: y=7, n=6; row 4: y=9, n=8\."
    ):
        fit({"y": [1, 7, 1, 9], "n": [5, 6, 7, 8]})


def test_checked_before_adding_up():
    with pytest.raises(CellError, match="row 1: y=7, n=6"):
        fit({"y": [7, 0], "n": [6, 100], "g": ["a", "a"]}, group="g")
    with pytest.raises(CellError, match="row 2: y=-1"):
        fit({"y": [7, -1], "n": [16, 100], "g": ["a", "a"]}, group="g")


def test_swapped():
    with pytest.raises(CellError, match=r"did you swap successes= and trials=\?"):
        fit({"y": [10, 12, 5], "n": [1, 2, 5]})


@pytest.mark.parametrize("column", ["y", "n"])
@pytest.mark.parametrize("value", [-1, -1.0, -0.5])
def test_negative(column, value):
    data = {"y": [1, 2], "n": [5, 6]}
    data[column] = [1, value]
    with pytest.raises(CellError, match=f"1 row is refused, negative: row 2: {column}={value}. Counts start at 0"):
        fit(data)


def test_rates_are_explained():
    with pytest.raises(CellError, match=r"a rate, not a count: row 1: y=0\.25.*successes = round\(rate \* trials\)"):
        fit({"y": [0.25, 0.5, 1.0], "n": [4, 6, 8]})
    with pytest.raises(CellError, match=r"a rate, not a count.*Give the number of trials"):
        fit({"y": [0, 0], "n": [0.25, 0.5]})
    with pytest.raises(CellError, match=r"a rate, not a count.*successes = round\(rate \* trials\)"):
        fit({"y": [0.25, 1.0]}, trials=None)


@pytest.mark.parametrize("column", ["y", "n"])
def test_floats_that_lost_digits(column):
    data = {"y": [1, 2], "n": [2**60, 2**60]}
    data[column] = [2.0**53, 2.0**53 + 2]
    with pytest.raises(CellError, match=r"a float above 2\^53: row 2: .*give integers"):
        fit(data)


def test_large_integers_are_exact():
    groups = fit({"y": [2**60 + 1, 1], "n": [2**60 + 3, 2], "g": [1, 1]}, group="g")
    assert groups.statistics["successes"].tolist() == [2**60 + 2]
    assert groups.statistics["trials"].tolist() == [2**60 + 5]


def test_totals_never_wrap():
    with pytest.raises(CellError, match="the total of a group exceeds"):
        fit({"y": [0] * 3, "n": [2**62] * 3, "g": [1] * 3}, group="g")


def test_dropped_rows_are_noted_and_numbered_as_in_the_source():
    data = {"y": [1, None, 9], "n": [2, 3, 10]}
    said = "was left out of the fit by missing='drop': fill the cell in to keep it"
    assert fit(data, missing="drop").notes == (f"1 row with a missing cell (row 2) {said}",)
    data = {"y": [1, None, None, 9], "n": [2, 3, 3, 5]}
    with pytest.raises(CellError, match="row 4: y=9, n=5"):
        fit(data, missing="drop")
    data["n"][3] = 10
    said = "were left out of the fit by missing='drop': fill the cells in to keep them"
    assert fit(data, missing="drop").notes == (f"2 rows with missing cells (rows 2, 3) {said}",)
    data = {"y": [None] * 7 + [1], "n": [2] * 8}
    assert fit(data, missing="drop").notes == (f"7 rows with missing cells (rows 1, 2, 3, 4, 5 and 2 more) {said}",)


@pytest.mark.parametrize(("trials", "hint"), [([1.234, 20.5], True), ([1.234, 2345], True), ([20.5, 7.25], False)])
def test_a_point_that_separates_thousands(trials, hint):
    with pytest.raises(CellError, match="not a whole number") as found:
        pp.proportions({"y": [1, 2], "n": trials}, successes="y", trials="n")
    assert ("if the point separates thousands" in str(found.value)) == hint
