"""Locations are printed with the digits in which their intervals differ."""

import numpy as np
import pytest

import partialpool as pp
from partialpool.io.output.spread import needed
from partialpool.io.output.terminal import draw


def cells(text):
    return [line.split()[1:] for line in text.splitlines()[1:]]


def table(**columns):
    return {"group": np.array(["a", "b"])} | {name: np.array(values) for name, values in columns.items()}


def test_a_column_shows_the_narrowest_interval():
    columns = table(mean=[1000.0103, 1000.0061], lower=[1000.0085, 999.9], upper=[1000.0121, 1000.1])
    assert cells(draw(columns)) == [["1000.0103", "1000.0085", "1000.0121"], ["1000.0061", "999.9000", "1000.1000"]]


def test_without_intervals_the_smallest_sd_counts():
    assert cells(draw(table(mean=[1000.0103, 1000.0061], sd=[0.0052, 0.4]))) == [
        ["1000.0103", "0.0052"],
        ["1000.0061", "0.4000"],
    ]


def test_rows_of_several_kinds_have_the_digits_of_their_own_interval():
    columns = table(median=[1000.0103, 0.12], lower=[1000.0085, 0.05], upper=[1000.0121, 0.4])
    assert cells(draw(columns, alike=False)) == [
        ["1000.0103", "1000.0085", "1000.0121"],
        ["0.1200", "0.05000", "0.4000"],
    ]


def test_locations_without_intervals_have_their_usual_digits():
    assert cells(draw(table(mean=[1000.0103, 1000.0061]))) == [["1000"], ["1000"]]
    assert draw({"mean": np.array([])}) == "mean"


def test_wide_intervals_change_nothing():
    columns = table(mean=[16.333, 0.5], lower=[12.0001, 0.4], upper=[21.5, 0.6])
    assert cells(draw(columns)) == [["16.33", "12.00", "21.50"], ["0.50", "0.40", "0.60"]]


def test_whole_numbers_stay_whole():
    assert cells(draw(table(raw=[1000.0, 1001.0], sd=[0.005, 0.005]))) == [["1000", "0.0050"], ["1001", "0.0050"]]


@pytest.mark.parametrize(("width", "at"), [(np.nan, 1.0), (np.inf, 1.0), (0.0, 1.0), (-1.0, 1.0), (1.0, np.nan)])
def test_a_width_that_says_nothing_needs_no_decimals(width, at):
    assert needed(width, at) is None


def test_decimals_end_with_the_digits_of_a_double():
    assert cells(draw(table(mean=[1e5 + 0.5, 1e5], sd=[1e-13, 1e-13])))[0][0] == "100000.500000000"


def test_very_large_numbers_show_their_intervals():
    columns = table(mean=[1.234567891e12, 1.0], lower=[1.234567881e12, 0.0], upper=[1.234567901e12, 2.0])
    assert cells(draw(columns))[0] == ["1.234567891e+12", "1.234567881e+12", "1.234567901e+12"]


@pytest.fixture(scope="module")
def lengths():
    """Parts of 1000.01 mm with an sd of 0.005 mm between the parts of a machine."""
    rng = np.random.default_rng(1)
    machine = np.repeat(["M1", "M2", "M3", "M4"], 12)
    value = 1000.01 + np.repeat(rng.normal(0.0, 0.003, 4), 12) + rng.normal(0.0, 0.005, 48)
    return pp.measurements({"machine": machine, "mm": value}, group="machine", value="mm")


@pytest.mark.parametrize("ask", ["__repr__", "intervals", "new_group", "predict", "leave_one_out"])
def test_what_is_printed_of_a_fit_tells_its_numbers_apart(lengths, ask):
    found = lengths if ask == "__repr__" else getattr(lengths, ask)(**({"n": 1} if ask == "predict" else {}))
    text = repr(found)
    assert "1000.0" in text
    assert " 1000 " not in text
    assert "1000," not in text


def test_a_notebook_shows_the_same_digits(lengths):
    assert "1000.0" in lengths.intervals()._repr_html_()
