"""A title that the caller sets takes the place of ours, and lies over nothing."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.text import Text

NAMES = ("shrinkage", "forest", "population", "meta_analysis")


def boxes(ax):
    """Where each text of the picture is, and where the axes above it are."""
    texts = [text for text in ax.figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return {text.get_text(): text.get_window_extent() for text in texts}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("side", ["left", "center", "right"])
def test_the_title_of_the_caller_replaces_ours(schools, name, side):
    ax = getattr(schools.plot, name)()
    ours = ax.get_title()
    ax.set_title("Coaching in eight schools", loc=side)
    ax.figure.canvas.draw()
    found = boxes(ax)
    assert ours
    assert ours not in found
    mine = found.pop("Coaching in eight schools")
    assert not [text for text, box in found.items() if mine.overlaps(box)]
    assert mine.y0 >= max(below.bbox.y1 for below in (ax, *ax.child_axes))
    assert mine.y1 <= ax.figure.bbox.y1


def test_pyplot_sets_the_title_in_the_middle_and_understands_mathematics(schools):
    ax = schools.plot.forest()
    plt.title(r"$\mu$")
    ax.figure.canvas.draw()
    box = ax.title.get_window_extent()
    assert 0.5 * (box.x0 + box.x1) == pytest.approx(0.5 * (ax.bbox.x0 + ax.bbox.x1), abs=1.0)
    assert ax.title.get_parse_math()


def test_a_title_is_taken_away(schools):
    ax = schools.plot.shrinkage()
    ax.set_title("")
    ax.figure.canvas.draw()
    assert not any(text.startswith("From raw") for text in boxes(ax))


def test_remarks_stay_below_the_title_of_the_caller(schools):
    ax = schools.plot.meta_analysis()
    ax.set_title("mine")
    ax.figure.canvas.draw()
    found = boxes(ax)
    remark = next(box for text, box in found.items() if "tau" in text)
    assert found["mine"].y0 >= remark.y1
