"""Bars of shrinkage as text: where the signs stand, what the legend says, and what has no place on the scale."""

import dataclasses

import numpy as np
import pytest

from partialpool.effects.scales import SCALES
from partialpool.io.output.bars import ASCII, NARROWEST, UNICODE, WIDEST, Bars, picture
from partialpool.io.output.layout import Column
from partialpool.io.output.terminal import draw, laid_out

NAN = np.nan


def bars(raw, middle, lower, upper, centre=5.0, **others):
    columns = [np.array(values, dtype=float) for values in (raw, middle, lower, upper)]
    return Bars(*columns, centre, "mean", 0.95, **{"signs": ASCII, **others})


def drawn(of, room=21, places=None):
    return picture(of, np.arange(len(of.raw)) if places is None else np.array(places), room)


def test_signs_stand_where_the_numbers_are():
    found = drawn(bars([10, 0, 3, 5], [8, 2, 3, 5], [6, 1, 2, 4], [10, 3, 4, 6]))
    assert found.header == "0                10.0"  # two characters for each unit
    assert found.lines == (
        "          | ----*---o",
        "o.--*--   |",
        "    --@-- |",
        "        --@--",
    )
    assert found.legend == (
        "o raw value, * posterior mean, @ both, - 95% interval, . up to a raw value outside it, | population mean 5.000"
    )


def test_the_population_mean_is_seen_within_an_interval():
    (line,) = drawn(bars([0], [2], [0], [10])).lines
    assert line == "o---*-----+----------"


def test_terminals_with_every_character_have_lines_and_circles():
    found = drawn(bars([10, 3], [8, 3], [2, 0], [9, 4], signs=UNICODE))
    assert found.lines == ("    ──────┼─────●──·○", "──────◉── │")
    assert len(set("".join(dataclasses.astuple(UNICODE)))) == len(dataclasses.astuple(UNICODE))
    assert len(set("".join(dataclasses.astuple(ASCII)))) == len(dataclasses.astuple(ASCII))
    assert "".join(dataclasses.astuple(ASCII)).isascii()


def test_the_ends_of_a_narrow_scale_have_the_digits_in_which_they_differ():
    found = drawn(bars([1000.01], [1000.02], [1000.0], [1000.05], centre=1000.03), room=24)
    assert found.header.split() == ["1000.000", "1000.050"]
    assert found.legend.endswith("| population mean 1000.030")
    assert drawn(bars([1e5], [1e5], [1e5], [1e5 + 1e-8], centre=1e5), room=24) is None  # no room for both ends


def test_only_signs_that_are_drawn_are_explained():
    assert drawn(bars([5, 5], [5, 5], [0, 0], [10, 10])).legend == (
        "o raw value, * posterior mean, @ both, - 95% interval, | population mean 5.000"
    )
    assert drawn(bars([NAN], [2], [0], [10], centre=NAN)).legend == "* posterior mean, - 95% interval"


def test_what_is_missing_is_left_out():
    found = drawn(bars([NAN, 10, NAN, 10], [2, NAN, NAN, 8], [0, 6, NAN, NAN], [4, 9, NAN, 10]))
    assert found.lines == ("----*---- |", "          | -------.o", "          |", "          |     *...o")
    assert drawn(bars([NAN], [NAN], [NAN], [NAN], centre=NAN)) is None


def test_raw_values_far_away_do_not_squeeze_the_others():
    found = drawn(bars([1e6, -1e6, 5], [5, 5, 5], [0, 0, 0], [10, 10, 10]), room=31)
    assert found.header.split() == ["-10.0", "20.0"]
    first, second, third = found.lines
    assert first == "          -----*-----.........>"
    assert second == "<.........-----*-----"
    assert third == "          -----@-----"
    assert "< a raw value below the scale, > a raw value above the scale" in found.legend


@pytest.mark.parametrize("value", [0.0, -3.0, 1e-300, 1e300])
def test_groups_that_are_all_one_number(value):
    found = drawn(bars([value], [value], [value], [value], centre=value))
    assert found.lines[0].strip() == "@"


def test_a_scale_has_a_zero_rather_than_a_tiny_number():
    found = drawn(bars([1], [1], [1e-12], [2], centre=1.0))
    assert found.header.split() == ["0", "2.00"]


def test_bars_have_the_scale_of_theta_and_the_numbers_of_the_table():
    found = drawn(bars([0], [0], [-2], [2], 0.0, shown=SCALES["exp"].forward, scaled="on a logarithmic scale"))
    assert found.header.split() == ["0.135", "7.39"]
    assert found.lines[0] == "----------@----------"
    assert found.legend.endswith("| population mean 1.000, on a logarithmic scale")


@pytest.mark.parametrize("room", [0, NARROWEST - 1, NARROWEST, 43, WIDEST, 10 * WIDEST])
def test_no_line_is_longer_than_the_room(room):
    rng = np.random.default_rng(1)
    middle = rng.normal(size=300)
    of = bars(middle + rng.standard_cauchy(300), middle, middle - 1.0, middle + 1.0, 0.0)
    found = drawn(of, room)
    if room < NARROWEST:
        assert found is None
        return
    width = min(room, WIDEST)
    assert len(found.header) == width
    assert max(map(len, found.lines)) <= width
    assert len(found.lines) == 300


def test_some_groups_are_drawn_in_the_order_of_their_places():
    of = bars([1, 2, 3], [1, 2, 3], [0, 1, 2], [2, 3, 4])
    assert drawn(of, places=[2, 0]).lines != drawn(of, places=[0, 2]).lines
    assert drawn(of, places=[2, 0]).lines == drawn(of, places=[0, 2]).lines[::-1]


# --- beside a table


TABLE = {"group": np.array(["東京", "a\x1b[31m", "b"]), "raw": np.array([0.5, 0.25, 0.125])}


def test_a_column_of_text_stands_beside_a_table_and_changes_nothing_of_it():
    layout = laid_out(TABLE, width=60)
    text = layout.beside("0   1", ["--", "*", ""]).text().splitlines()
    assert layout.text() == draw(TABLE, width=60)
    assert layout.room == 60 - len("a\\x1b[31m     raw") - 2
    for line, alone, bar in zip(text, draw(TABLE, width=60).splitlines(), ["0   1", "--", "*", ""], strict=True):
        assert line.startswith(alone)
        assert line.removeprefix(alone).strip() == bar
    assert text[1] == "東京       0.5000  --"


def test_a_table_in_several_blocks_has_no_room_beside_it():
    wide = {f"{i} of many": np.array([12345.5]) for i in range(12)}
    assert laid_out(wide, width=60).room == 0
    assert len(laid_out(wide, width=60).blocks) > 1
    assert laid_out({}, width=60).text() == ""


def test_a_wrapped_label_has_its_bar_on_the_first_line():
    layout = laid_out({"group": np.array(["one two three four", "b"]), "x": np.array([1.5, 2.5])}, width=30)
    column = Column(["g"], [["one two", "three"], ["b"]], 7, right=False)
    narrow = dataclasses.replace(layout, blocks=[[column]])
    assert narrow.beside("bar", ["--", "*"]).text().splitlines() == [
        "g        bar",
        "one two  --",
        "three",
        "b        *",
    ]
