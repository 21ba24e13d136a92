"""Some of the groups in a forest: by their labels, the first in an order, or both."""

import pytest

import partialpool as pp
from partialpool.errors import RequestError

pytest.importorskip("matplotlib")


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


def test_what_is_refused(fit):
    for options, match in (
        ({"top": 0}, "at least 1, not 0"),
        ({"groups": []}, "one or more labels"),
        ({"groups": "A"}, "one or more labels"),
        ({"groups": ["Z"]}, "no group 'Z'"),
        ({"sort": "sizes"}, 'no column "sizes"'),
    ):
        with pytest.raises(RequestError, match=match):
            fit.plot.forest(**options)
