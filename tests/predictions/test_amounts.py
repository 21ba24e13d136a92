"""Amounts of data to come: by the labels of groups, or in their order, and never by chance."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import partialpool as pp
from partialpool.errors import RequestError

EVENTS = {"site": list("ABCD"), "y": [0, 4, 9, 2], "n": [20, 14, 24, 9]}
AMOUNT = {"A": 30, "B": 400, "C": 20, "D": 50}
TURNED = pd.Series([50, 20, 400, 30], index=list("DCBA"))


def fit(**columns):
    return pp.proportions(EVENTS | columns, successes="y", trials="n", group="site")


SITES = fit()
FITS = {
    "trials": SITES,
    "exposure": pp.rates(EVENTS, events="y", exposure="n", group="site"),
    "se": pp.estimates(EVENTS, estimate="y", se="n", group="site"),
    "n": pp.measurements({"site": list("AABBCCDD"), "v": [62, 60, 63, 67, 71, 68, 56, 61]}, value="v", group="site"),
}


def sizes(found):
    return found.columns()[found.wanted.role].tolist()


@pytest.mark.parametrize("role", FITS)
@pytest.mark.parametrize("given", [TURNED, AMOUNT, dict(reversed(AMOUNT.items()))], ids=["series", "dict", "turned"])
def test_labels_find_their_groups(role, given):
    found, in_order = (FITS[role].predict(**{role: x}) for x in (given, list(AMOUNT.values())))
    assert sizes(found) == list(AMOUNT.values())
    assert found.mean.tolist() == in_order.mean.tolist()
    assert found.upper.tolist() == in_order.upper.tolist()


@pytest.mark.parametrize("make", [list, tuple, np.array, pl.Series, pd.Series, lambda x: pd.Series(x, dtype="Int64")])
def test_without_labels_amounts_stand_in_order(make):
    assert sizes(SITES.predict(trials=make([30, 400, 20, 50]))) == [30, 400, 20, 50]


def test_some_groups_and_new_ones_by_label():
    assert sizes(SITES.predict(trials=AMOUNT, groups=["C", "A"])) == [20, 30]
    assert sizes(SITES.predict(trials=TURNED, groups=["C", "A"])) == [20, 30]
    assert sizes(SITES.predict(trials=AMOUNT, groups="D")) == [50]
    assert sizes(SITES.predict(trials=AMOUNT | {"new": 7}, groups="both")) == [30, 400, 20, 50, 7]
    assert sizes(SITES.predict(trials={"new": 7}, groups="new", new=3)) == [21]
    assert SITES.predict(trials=AMOUNT, total=True).mean == pytest.approx(
        SITES.predict(trials=AMOUNT).mean.sum(), rel=1e-7
    )


def test_labels_of_several_columns_and_of_other_kinds():
    two = pp.proportions(EVENTS | {"year": [1, 1, 2, 2]}, successes="y", trials="n", group=["site", "year"])
    index = pd.MultiIndex.from_tuples([("D", 2), ("C", 2), ("B", 1), ("A", 1)])
    assert sizes(two.predict(trials=pd.Series([50, 20, 400, 30], index=index))) == [30, 400, 20, 50]
    assert sizes(two.predict(trials={("D", 2): 4, ("C", 2): 3, ("A", 1): 1, ("B", 1): 2})) == [1, 2, 3, 4]
    numbers = fit(site=[7, 5, 3, 1])
    assert sizes(numbers.predict(trials=pd.Series([1, 2, 3, 4], index=[1, 3, 5, 7]))) == [4, 3, 2, 1]
    assert sizes(numbers.predict(trials={"7": 1, "5": 2, "3": 3, "1": 4})) == [1, 2, 3, 4]
    days = pd.date_range("2026-01-01", periods=4)
    dated = pp.proportions(pd.DataFrame(EVENTS | {"site": days}), successes="y", trials="n", group="site")
    assert sizes(dated.predict(trials=pd.Series([4, 3, 2, 1], index=days[::-1]))) == [1, 2, 3, 4]


FOREIGN = {
    "turned rows": ([3, 2, 1, 0], [1, 2, 3, 4]),
    "other labels": (list("ABCE"), [1, 2, 3, 4]),
    "rows left out": ([0, 1, 3, 4], [1, 2, 3, 4]),
    "twice": (list("ABCDD"), [1, 2, 3, 4, 5]),
}


@pytest.mark.parametrize("which", FOREIGN)
def test_an_index_of_other_rows_is_refused_with_the_cure(which):
    index, amount = FOREIGN[which]
    with pytest.raises(
        RequestError, match=r"trials=\{'A': \.\.\., 'B'.*\.to_numpy\(\), with one number.*order of groups"
    ):
        SITES.predict(trials=pd.Series(amount, index=index))


def test_an_index_that_may_be_labels_or_rows_is_refused():
    with pytest.raises(RequestError, match="may be the labels of the groups or no more than the order"):
        fit(site=[3, 1, 0, 2]).predict(trials=pd.Series([1, 2, 3, 4]))
    assert sizes(fit(site=[0, 1, 2, 3]).predict(trials=pd.Series([1, 2, 3, 4]))) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"A": 1, "C": 3}, "trials has no amount for 'B' and 'D'"),
        (AMOUNT | {"E": 1, "F": 2}, "trials has amounts for 'E' and 'F', which are no groups: the groups are 'A'"),
        (AMOUNT | {("A",): 1}, "names a group twice"),
        (AMOUNT | {"A": "x"}, "must be numbers"),
        (AMOUNT | {"A": -1}, "0 or more, not -1"),
        ({}, "no amount for 'A', 'B', 'C' and 'D'"),
    ],
)
def test_labels_that_are_not_those_of_the_groups(given, said):
    with pytest.raises(RequestError, match=said):
        SITES.predict(trials=given)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {},
            r"for each of the 4 groups, in the order of groups\(\), not 3 numbers\. By label .* trials=\{'A': \.\.\., ",
        ),
        ({"groups": "both"}, r"the 4 groups, in the order of groups\(\), and then the new one, not 3"),
        ({"groups": ["D", "B"]}, r"the 2 groups of groups=, in their order there, not 3.*\{'D': \.\.\., 'B': \.\.\.\}"),
        ({"groups": "new", "new": 2}, r"the 2 new groups, not 3 numbers.*\{'new': \.\.\.\}"),
    ],
)
def test_a_wrong_length_speaks_of_groups(options, said):
    for given in ([1, 2, 3], pd.Series([1, 2, 3])):
        with pytest.raises(RequestError, match=said):
            SITES.predict(trials=given, **options)


def test_groups_are_counted_where_rows_were_pooled_or_left_out():
    data = {"g": ["a", "b", "a", "c"], "y": [1, 2, 3, None], "n": [5, 5, 5, 5]}
    pooled = pp.proportions(data, successes="y", trials="n", group="g", missing="drop")
    with pytest.raises(RequestError, match="the 2 groups, in the order"):
        pooled.predict(trials=[9, 9, 9, 9])
