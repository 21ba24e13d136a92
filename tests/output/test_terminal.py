"""A table fits its terminal, and no name can play tricks there."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partialpool.io.output.characters import span, visible, wrap
from partialpool.io.output.numbers import number
from partialpool.io.output.terminal import draw


def table(**columns):
    return {name: np.asarray(values) for name, values in columns.items()}


def test_numbers_of_one_kind_share_their_decimals():
    columns = table(group=["a", "b", "c"], mean=[0.06357, 0.26874, np.nan], rats=[20, 2400, 3])
    assert draw(columns).splitlines() == [
        "group    mean  rats",
        "a      0.0636    20",
        "b      0.2687  2400",
        "c           -     3",
    ]


def test_numbers_of_several_kinds_have_four_digits_each():
    columns = table(parameter=["mean", "concentration"], sd=[0.0133, 4567.891])
    assert draw(columns, alike=False).splitlines() == [
        "parameter           sd",
        "mean           0.01330",
        "concentration     4568",
    ]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([0.0, -0.0], ["0", "0"]),
        ([0.0, 0.5, 1.234e-5], ["0.0000", "0.5000", "1.2e-05"]),
        ([12345.678, 2.0], ["12346", "2"]),
        ([42.0, np.nan, 7.0], ["42", "-", "7"]),
        ([42.0, 7.5], ["42.00", "7.50"]),
        ([-3.0, 28.0], ["-3", "28"]),
        ([1e12, 1.0], ["1.000e+12", "1.000"]),
        ([np.inf, 0.25], ["inf", "0.2500"]),
        ([np.nan, np.nan], ["-", "-"]),
        ([True, False], ["True", "False"]),
    ],
)
def test_awkward_numbers(values, shown):
    lines = draw(table(x=values), keys=0).splitlines()
    assert [line.strip() for line in lines[1:]] == shown


@settings(deadline=None)
@given(st.floats(-1e300, 1e300))
def test_a_number_is_right_to_four_digits(value):
    assert float(number(value)) == pytest.approx(value, rel=5e-4, abs=0)


def test_labels_that_are_numbers_stand_right():
    assert draw({"group": np.array([7, 100, None], dtype=object)}).splitlines() == ["group", "    7", "  100", "    -"]


def test_a_long_table_shows_both_ends():
    lines = draw(table(group=np.arange(1, 101)), rows=5).splitlines()
    assert [line.strip() for line in lines] == ["group", "1", "2", "3", "... 95 more rows ...", "99", "100"]
    assert len(draw(table(group=np.arange(1, 101))).splitlines()) == 101


def test_a_narrow_terminal_gets_blocks_that_repeat_the_group():
    columns = table(group=["a", "b"], mean=[0.5, 0.25], lower=[0.25, 0.125], upper=[0.75, 0.5])
    text = draw(columns, width=22)
    assert [line.split() for line in text.splitlines()] == [
        ["group", "mean", "lower"],
        ["a", "0.5000", "0.2500"],
        ["b", "0.2500", "0.1250"],
        [],
        ["group", "upper"],
        ["a", "0.7500"],
        ["b", "0.5000"],
    ]


def test_columns_close_ranks_to_fit():
    columns = table(group=["a"], mean=[0.5], sd=[0.25])
    assert draw(columns, width=21).splitlines() == ["group    mean      sd", "a      0.5000  0.2500"]
    assert draw(columns, width=19).splitlines() == ["group   mean     sd", "a     0.5000 0.2500"]
    assert draw(columns, width=18).splitlines() == ["group  mean    sd", "a     0.500 0.250"]
    assert len(draw(columns, width=16).splitlines()) == 5


def test_a_row_stays_in_one_line_while_headers_break_labels_wrap_and_digits_can_be_spared():
    columns = table(trial=["Frimodt-Moller et al"], log_risk_ratio=[-0.218], p_value=[0.25])
    assert draw(columns, width=39).splitlines() == [
        "trial                    log_  p_value",
        "                        risk_",
        "                        ratio",
        "Frimodt-Moller et al  -0.2180   0.2500",
    ]
    for width in range(24, 60):
        lines = draw(columns, width=width).splitlines()
        assert max(map(len, lines)) <= width
        assert any("-0.2" in line and "0.25" in line for line in lines)


def test_a_row_of_ten_numbers_is_not_split_at_80_columns():
    """Thirteen trials, named by author and year, with a long name of the estimate."""
    numbers = np.array([-0.88931, -1.58538, 0.01209])
    names = ("log_risk_ratio", "se", "raw", "mean", "sd", "median", "lower", "upper", "weight")
    columns = table(author=["Frimodt-Moller et al"] * 3, year=[1973, 1953, 1980]) | dict.fromkeys(names, numbers)
    lines = draw(columns, width=80, keys=2).splitlines()
    assert "" not in lines
    (row,) = [line.split() for line in lines if "1953" in line]
    assert [float(cell) for cell in row[-9:]] == [-1.59] * 9


def test_long_labels_are_wrapped_to_half_their_room_before_a_row_is_split():
    """Two trials whose means need more decimals than those of all trials."""
    names = ("log_risk_ratio", "se", "raw", "mean", "sd", "median", "lower", "upper", "weight")
    near, far = (0.012, 0.0629, 0.012, -0.00015, 0.0627, -0.00017, -0.1231, 0.1228, 0.983), (-0.0173, *[0.2672] * 8)
    columns = table(author=["TPT Madras", "Comstock et al"], year=[1980, 1976])
    columns |= {name: np.array(pair) for name, *pair in zip(names, near, far, strict=True)}
    lines = draw(columns, width=80, keys=2).splitlines()
    assert "" not in lines
    assert max(map(len, lines)) <= 80
    (row,) = [line.split() for line in lines if "1980" in line]
    assert row[-9:] == ["0.012", "0.063", "0.012", "-0.0001", "0.063", "-0.0002", "-0.123", "0.123", "0.983"]


def test_tiny_numbers_are_in_units_that_the_header_names_where_the_row_would_not_fit():
    values = np.array([4.339e-5, 9.215e-6, 0.0])
    columns = table(county=["a", "b", "c"], deaths=[30, 2, 0], raw=values, mean=values, sd=values)
    assert draw(columns, width=32).splitlines() == [
        "county deaths   raw  mean    sd",
        "              1e-06 1e-06 1e-06",
        "a          30  43.4  43.4  43.4",
        "b           2   9.2   9.2   9.2",
        "c           0   0.0   0.0   0.0",
    ]
    assert "1e-06" not in draw(columns, width=80)


def test_what_names_share_stands_above_them_before_a_row_is_split():
    posterior = {f"posterior_{name}": [0.127, 0.08] for name in ("mean", "sd", "median", "lower", "upper", "weight")}
    columns = table(ad=["spring", "autumn"], day=["Mon", "Tue"], clicks=[14, 2], views=[100, 40], **posterior)
    assert draw(columns, width=80).splitlines() == [
        "                            posterior_ -----------------------------------",
        "ad      day  clicks  views    mean      sd  median   lower   upper  weight",
        "spring  Mon      14    100  0.1270  0.1270  0.1270  0.1270  0.1270  0.1270",
        "autumn  Tue       2     40  0.0800  0.0800  0.0800  0.0800  0.0800  0.0800",
    ]
    assert "posterior_weight" in draw(columns, width=120).splitlines()[0]  # there is room for the whole names
    assert draw(columns, width=68).splitlines()[0].strip() == "posterior_ ------------------------------"
    assert "posterior_mean" in draw(columns, width=60).splitlines()[0]  # a row is split: each block has whole names


def test_what_names_share_has_room_above_them():
    columns = table(far_too_long_x=[1, 2], far_too_long_y=[3, 4], other=["a" * 12, "b"])
    first, second, *_ = draw(columns, width=28, keys=0).splitlines()
    assert (first, second.split()) == ("far_too_long_ -", ["x", "y", "other"])
    alone = table(far_too_long_x=[1, 2], other=["a" * 12, "b"], far_too_long_y=[3, 4])
    assert "far_too_long_ " not in draw(alone, width=28, keys=0)


def test_rows_from_the_top_alone():
    lines = draw(table(group=np.arange(1, 101)), rows=3, ends=False).splitlines()
    assert [line.strip() for line in lines] == ["group", "1", "2", "3", "... 97 more rows ..."]
    assert draw(table(group=[1, 2]), rows=3, ends=False) == draw(table(group=[1, 2]))


def test_a_long_text_takes_the_room_that_is_left():
    columns = table(name=["a"], n=[1], what=["one two three four five six seven"])
    assert draw(columns, width=26).splitlines() == [
        "name  n  what",
        "a     1  one two three",
        "         four five six",
        "         seven",
    ]
    assert len(draw(columns, width=42).splitlines()) == 2


NAMES = st.text(max_size=30)


@settings(deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=4), NAMES, st.integers(20, 60), st.integers(0, 1))
def test_no_line_is_wider_than_the_terminal(names, header, width, keys):
    columns = {"group" + header: np.array(names, dtype=object), "mean": np.linspace(0.1, 0.2, len(names))}
    for line in draw(columns, width=width, keys=keys).split("\n"):
        assert span(line) <= width


@settings(deadline=None)
@given(st.text())
def test_what_is_visible_is_harmless(text):
    for char in visible(text):
        assert unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def test_hostile_names_are_spelt_out():
    names = ["\x1b[31mred", "a\u202eb", "tab\t", "\ud800", "\U000e0041", "naïve", "東京"]
    text = draw({"\x1b]0;x\x07": np.array(names, dtype=object)})
    assert [line.rstrip() for line in text.splitlines()] == [
        r"\x1b]0;x\x07",
        r"\x1b[31mred",
        r"a\u202eb",
        r"tab\x09",
        r"\ud800",
        r"\U000e0041",
        "naïve",
        "東京",
    ]


def test_wide_characters_take_two_columns():
    assert draw(table(group=["東京", "ab"], n=[1, 2])).splitlines() == ["group  n", "東京   1", "ab     2"]
    assert span("e\u0301\u20dd") == 1


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters=" ")), st.integers(1, 12))
def test_wrapping_a_word_loses_nothing(text, width):
    assert "".join(wrap(text, width)) == text


def test_nothing_to_draw():
    assert draw({}) == ""
    assert draw(table(group=[], mean=[])) == "group  mean"
