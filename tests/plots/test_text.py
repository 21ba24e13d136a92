"""Names and their places."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from partialpool.io.output.characters import visible
from partialpool.plots.some import remark, some
from partialpool.plots.text import LONGEST, apart, labels, short, title_of

NUMBERS = st.lists(st.floats(-1e3, 1e3), max_size=30)


@given(st.text())
def test_a_name_is_short_and_on_one_line(text):
    shown = short(text)
    assert len(shown) <= LONGEST
    assert shown == visible(shown)


def test_names_of_several_columns():
    columns = {"state": np.array(["a", None], dtype=object), "county": np.array([1, 2])}
    assert labels(columns, ["state", "county"]) == ["a / 1", " / 2"]


@given(NUMBERS)
def test_places_are_apart_and_in_order(values):
    at = np.array(values)
    found = apart(at, 2.0)
    order = np.argsort(at, kind="stable")
    assert np.all(np.diff(found[order]) >= 2.0 - 1e-9)


def test_places_that_are_apart_stay():
    at = np.array([5.0, 0.0, 9.0])
    assert np.array_equal(apart(at, 2.0), at)


@given(NUMBERS.filter(len), st.integers(12, 40))
def test_a_sample_has_both_ends_and_no_one_twice(values, most):
    at = np.array(values)
    which = some(at, most)
    assert len(set(which.tolist())) == len(which) == min(most, len(at))
    assert (at[which[0]], at[which[-1]]) == (at.min(), at.max())


def test_a_whole_is_not_remarked_on():
    assert remark(5, 5, "the mean") == ""


def test_a_title_has_no_stray_spaces():
    assert title_of(["# deaths ", " Admissions  2024"]) == "# deaths / Admissions 2024"
