"""Some of the groups in a forest: by their labels, the first in an order, or both."""

from dataclasses import replace

import numpy as np
import pytest

import partialpool as pp
from partialpool.errors import RequestError

pytest.importorskip("matplotlib")
from matplotlib.text import Text


@pytest.fixture(scope="module")
def fit():
    return pp.estimates(pp.datasets.load("eight_schools"), estimate="effect", se="se", group="school")


def named(ax):
    """The names at the axis, from the top."""
    return [label.get_text() for label in ax.get_yticklabels()][::-1]


def test_the_first_in_an_order(fit):
    median = dict(zip(fit.data.labels["school"], fit.group_columns()["median"], strict=True))
    assert named(fit.plot.forest(top=3)) == sorted(median, key=lambda school: -median[school])[:3]
    assert named(fit.plot.forest(sort="given", top=4)) == ["A", "B", "C", "D"]
    assert named(fit.plot.forest(sort="weight", top=2))[0] in "EG"
    assert named(fit.plot.forest(sort="school", groups=["H", "C", "B"], top=2)) == ["B", "C"]


def test_the_order_of_a_column_of_the_table():
    table = {
        "school": list("CABD"),
        "effect": [3.0, -1.0, 8.0, 4.0],
        "se": [2.0, 3.0, 2.5, 3.5],
        "year": [1990, 2001, 1985, 1999],
        "town": ["Ulm", "Bonn", "Kiel", "Aachen"],
    }
    fit = pp.estimates(table, estimate="effect", se="se", group="school")
    assert named(fit.plot.forest(sort="year")) == ["A", "D", "C", "B"]
    ax = fit.plot.forest(sort="town", top=3)
    assert named(ax) == ["D", "A", "B"]
    assert any("in order of town" in text.get_text() for text in ax.findobj(Text))
    twice = {name: [*cells, cells[0]] for name, cells in table.items()} | {"year": [1990, 2001, 1985, 1999, 1991]}
    with pytest.raises(pp.DataError, match="'year' has several values for 'C'"):
        pp.estimates(twice, estimate="effect", se="se", group="school").plot.forest(sort="year")


FITS = {
    "proportions": (pp.proportions, {"y": [1, 3, 0, 7, 1], "n": [9, 12, 5, 20, 9]}, {"successes": "y", "trials": "n"}),
    "rates": (pp.rates, {"y": [1, 3, 0, 7, 1], "n": [9.0, 12.0, 5.0, 20.0, 9.0]}, {"events": "y", "exposure": "n"}),
    "estimates": (pp.estimates, {"y": [1.0, 3.0, 0.0, 7.0], "n": [1.0, 2.0, 1.0, 3.0]}, {"estimate": "y", "se": "n"}),
    "measurements": (
        pp.measurements,
        {"y": [1.0, 3.0, 0.0, 7.0, 1.0], "n": list("aabcc")},
        {"value": "y", "group": "n"},
    ),
}


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("family", FITS)
def test_only_the_intervals_that_are_drawn_are_worked_out(family, given, monkeypatch):
    function, data, columns = FITS[family]
    fit = function(data, **columns)
    if given:
        values = {"mean": 0.4, "concentration": 9.0, "shape": 2.0, "sd": 1.0, "sigma": 1.0}
        names = {"proportions": ["mean", "concentration"], "rates": ["mean", "shape"], "estimates": ["mean", "sd"]}
        fit = fit.given(**{name: values[name] for name in names.get(family, ["sd", "sigma"])})
    table = fit.group_columns(0.8)
    np.testing.assert_allclose(fit.results.quantiles_of(0.1, np.array([2, 0, 2])), found(table, [2, 0, 2]), rtol=1e-9)
    if not given:
        monkeypatch.setattr(type(fit.results), "groups", None)
    again = replace(fit, _found={})
    for sort, first in (("given", 0), ("raw", int(np.nanargmax(table["raw"])))):
        (line,) = again.plot.forest(0.8, sort=sort, top=1).collections[0].get_segments()
        assert line[:, 0] == pytest.approx([table["lower"][first], table["upper"][first]], rel=1e-9)


def found(table, places):
    return np.stack([table[name][places] for name in ("lower", "median", "upper")], axis=1)


def test_what_is_refused(fit):
    for options, match in (
        ({"top": 0}, "at least 1, not 0"),
        ({"groups": []}, "one or more labels"),
        ({"groups": "A"}, "one or more labels"),
        ({"groups": ["Z"]}, "no group 'Z'"),
        ({"sort": "sizes"}, r"sort is 'rank', 'given', a result \(raw, .*\), or a column .*no column 'sizes'"),
    ):
        with pytest.raises(RequestError, match=match):
            fit.plot.forest(**options)
