"""What is on a picture: one line a group, the caller's names as text, and nothing of the caller's changed."""

from itertools import pairwise

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.text import Text

import partialpool as pp
from partialpool.plots import NAMES, Plots, by_row, style

ORDERED = [name for name in NAMES if name != "funnel"]  # a funnel names those outside its limits
HOSTILE = ["$x^2$", "<script>alert(1)</script>", "a\nb\x1b[31m", "x" * 200, "$\\frac{", "100%", "_{}^", "-->", ""]


def lines_of(ax):
    return [part for part in ax.collections if isinstance(part, LineCollection)]


def words(ax):
    return [text.get_text() for text in ax.get_figure(root=True).findobj(Text) if text.get_text()]


@pytest.mark.parametrize("name", NAMES)
def test_every_family_has_every_picture(fit, name):
    ax = NAMES[name](fit.plot)
    assert isinstance(ax, Axes)
    ax.figure.canvas.draw()


@pytest.mark.parametrize("name", NAMES)
def test_it_is_drawn_on_the_axes_given(fit, name):
    figure, axes = plt.subplots(1, 2)
    before = plt.get_fignums()
    assert NAMES[name].__get__(fit.plot)(ax=axes[1]) is axes[1]
    assert plt.get_fignums() == before
    assert not axes[0].has_data()
    figure.canvas.draw()


@pytest.mark.parametrize("size", [None, (4.0, 3.2)])
def test_names_beside_lines_stay_above_what_stands_under_the_axes(size):
    rng = np.random.default_rng(3)
    data = {"g": [f"Clinic {i:03d}" for i in range(12)], "n": rng.integers(90, 400, 12)}
    data["y"] = rng.binomial(data["n"], np.where(np.arange(12) < 8, 0.05, 0.2))
    fit = pp.proportions(data, successes="y", trials="n", group="g")
    ax = fit.plot.shrinkage(ax=None if size is None else plt.subplots(figsize=size)[1])
    ax.figure.canvas.draw()
    below = max(label.get_window_extent().y1 for label in ax.get_xticklabels())
    names = [Text.get_window_extent(text) for text in ax.texts if text.get_text().startswith("Clinic")]  # no lines
    assert len(names) == 12
    assert min(box.y0 for box in names) > below
    starts = [text.arrow_patch.get_path().vertices[0, 0] for text in ax.texts if text.arrow_patch is not None]
    assert max(starts) <= min(box.x0 for box in names)  # no line crosses a name


@pytest.mark.parametrize("name", NAMES)
def test_what_are_no_axes_is_refused(rats, name):
    figure, axes = plt.subplots(1, 2)
    for other in (axes, figure, 3):
        with pytest.raises(
            pp.RequestError, match=r"^ax takes the axes of one picture, such as axes\[0\] of .*, not a "
        ):
            NAMES[name].__get__(rats.plot)(ax=other)
    assert not any(ax.has_data() for ax in axes)


def test_shrinkage_has_a_line_a_group_from_raw_to_pooled(rats):
    ax, table = rats.plot.shrinkage(), rats.group_columns()
    (lines,) = lines_of(ax)
    ends = np.array([segment[:, 1] for segment in lines.get_segments()])
    assert len(ends) == 71
    assert {tuple(segment[:, 0]) for segment in lines.get_segments()} == {(0.0, 1.0)}
    order = np.argsort(table["weight"], kind="stable")
    assert sorted(map(tuple, ends)) == sorted(zip(table["raw"][order], table["mean"][order], strict=True))
    assert np.all(np.diff(lines.get_linewidths()) >= 0.0)
    assert ax.get_ylabel() == "tumors / rats"


def test_shrinkage_marks_the_mean_of_the_population(rats):
    ax, table = rats.plot.shrinkage(), rats.population_columns()
    (line,) = ax.lines
    assert line.get_ydata() == pytest.approx([table["median"][0]] * 2)


def test_few_groups_are_named(schools):
    assert set("ABCDEFGH") <= set(words(schools.plot.shrinkage()))


def far(outliers):
    """100 groups from 9 to 11, and as many as asked far above them; the first of the table is the lowest."""
    values = np.concatenate([np.linspace(9.0, 11.0, 100), 40.0 + 0.1 * np.arange(outliers)])
    data = {"g": [f"g{i}" for i in range(len(values))], "y": values, "s": np.full(len(values), 0.5)}
    return pp.estimates(data, estimate="y", se="s", group="g")


@pytest.mark.parametrize("name", ORDERED)
def test_of_many_groups_the_first_the_last_and_the_outlying_are_named(name):
    said = words(NAMES[name](far(3).plot))
    assert {"g0", "g100", "g101", "g102"} <= set(said)
    assert any("the outlying" in text for text in said)


def test_names_of_a_forest_that_stand_close_are_moved_apart():
    ax = far(8).plot.forest()
    ax.figure.canvas.draw()
    labels = {text.get_text(): text.get_window_extent() for text in ax.get_yticklabels()}
    top = [labels[f"g{i}"] for i in range(100, 108)]
    assert all(low.y1 <= high.y0 + 1.0 for low, high in pairwise(top))
    boxes = [box for text, box in labels.items() if text]
    assert all(low.y1 <= high.y0 + 1.0 for low, high in pairwise(boxes))


def test_outlying_groups_are_in_every_sample():
    rng = np.random.default_rng(20261129)
    values = np.concatenate([rng.normal(0.0, 1.0, 2000), [30.0, 31.0, -30.0]])
    fit = pp.estimates({"y": values, "s": np.full(2003, 0.5)}, estimate="y", se="s")
    ax = fit.plot.shrinkage()
    ends = np.array([segment[0, 1] for segment in lines_of(ax)[0].get_segments()])
    assert len(ends) == 150
    assert {30.0, 31.0, -30.0, values[:2000].min(), values[:2000].max()} & set(ends) >= {30.0, 31.0, -30.0}


def test_many_groups_are_sampled_and_the_picture_says_so(counties):
    ax = counties.plot.shrinkage()
    assert len(lines_of(ax)[0].get_segments()) == 150
    assert any("150 of 3,114 groups are drawn" in text for text in words(ax))
    ax = counties.plot.forest()
    assert len(lines_of(ax)[0].get_segments()) == by_row.SAMPLE
    assert any("150 of 3,114 groups are drawn" in text for text in words(ax))


def test_the_extremes_are_in_every_sample(counties):
    raw = counties.group_columns()["raw"]
    ends = np.array([segment[0, 1] for segment in lines_of(counties.plot.shrinkage())[0].get_segments()])
    assert (ends.min(), ends.max()) == (raw.min(), raw.max())


@pytest.mark.parametrize(("far", "beyond"), [(6.0, 0), (60.0, 1)])
def test_raw_estimates_are_beyond_the_axis_only_where_it_would_be_much_longer(far, beyond):
    values = np.append(np.random.default_rng(5).normal(0.0, 1.0, 400), far)
    fit = pp.estimates({"y": values, "s": np.append(np.full(400, 0.5), far)}, estimate="y", se="s")
    ax = fit.plot.shrinkage()
    assert ("1 raw estimate beyond the axis" in " ".join(words(ax))) == beyond
    assert (ax.get_ylim()[1] < far) == beyond


def test_a_group_without_data_has_its_posterior_mean_alone():
    fit = pp.proportions(
        {"g": ["a", "b", "c", "d"], "y": [1, 4, 3, 0], "n": [20, 20, 9, 0]}, successes="y", trials="n", group="g"
    )
    ax = fit.plot.shrinkage()
    assert len(lines_of(ax)[0].get_segments()) == 3
    assert [len(points.get_offsets()) for points in ax.collections[1:]] == [3, 4]
    assert "1 without data" in words(ax)
    fit.plot.forest().figure.canvas.draw()


def test_the_forest_is_ordered_and_holds_the_intervals(rats):
    ax, table = rats.plot.forest(0.9), rats.group_columns(0.9)
    ends = np.array([segment[:, 0] for segment in lines_of(ax)[0].get_segments()])
    order = np.argsort(table["median"], kind="stable")
    assert ends[:, 0] == pytest.approx(table["lower"][order])
    assert ends[:, 1] == pytest.approx(table["upper"][order])
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels == [str(label) for label in table["group"][order]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("tumors / rats", "group")
    assert any("group, 90% interval" in text for text in words(ax))


def test_the_forest_has_the_bands_of_the_population(rats):
    ax, table, following = rats.plot.forest(), rats.population_columns(), rats.new_group()
    widest, band = ax.patches
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((table["lower"][0], table["upper"][0]))
    ends = widest.get_x(), widest.get_x() + widest.get_width()
    assert ends == pytest.approx((following.lower, following.upper))
    assert any("next group, 95%" in text for text in words(ax))


def test_a_wide_interval_of_the_next_group_leaves_the_groups_room():
    fit = pp.estimates(
        {"y": [0.0, 1.0, 5.0], "se": [0.1, 0.1, 0.1]}, estimate="y", se="se", prior=pp.Prior(sd=pp.Flat())
    )
    table, (low, high) = fit.group_columns(), fit.plot.forest().get_xlim()
    taken = table["upper"].max() - table["lower"].min()
    assert fit.new_group().upper - fit.new_group().lower > 3.0 * taken
    assert low < table["lower"].min() < table["upper"].max() < high
    assert high - low < 2.3 * taken


def test_where_every_theta_is_known_there_is_no_next_group():
    fit = pp.estimates({"y": [0.0, 1.0, 5.0], "se": [1.0, 1.0, 1.0]}, estimate="y", se="se").given(mean=1.0, sd=0.0)
    assert len(fit.plot.forest().patches) == 1


@pytest.mark.parametrize(("name", "every"), [("schools", 1), ("rats", 1), ("hospitals", 4)])
def test_the_names_of_a_forest_never_overlap(request, name, every):
    fit = request.getfixturevalue(name)
    ax = fit.plot.forest()
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.get_yticklabels() if text.get_text()]
    assert len(boxes) == pytest.approx(fit.data.size / every, abs=8)
    assert all(low.y1 <= high.y0 + 1.0 for low, high in pairwise(boxes))
    assert any(f"every {every}th group is named" in text for text in words(ax)) == (every > 1)
    order = np.argsort(fit.group_columns()["median"], kind="stable")
    names = next(iter(fit.data.labels.values()))[order]
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert (labels[0], labels[-1]) == (str(names[0]), str(names[-1]))


def test_the_contours_are_those_of_the_textbook(rats):
    ax = rats.plot.population()
    top = rats.surface_columns()[0]["density"].max()
    levels = ax.collections[-1].levels
    assert levels == pytest.approx(top * np.arange(0.05, 1.0, 0.1))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("log(alpha/beta)", "log(alpha+beta)")
    low, high = ax.get_xlim()
    assert low < -2.05 < -1.53 < high
    above, right = ax.child_axes
    assert above.get_xlim() == ax.get_xlim()
    assert right.get_ylim() == ax.get_ylim()


OTHERS = [("rats", "mean-concentration"), ("rats", "alpha-beta"), ("pumps", "mean-shape"), ("pumps", "shape-rate")]


@pytest.mark.parametrize(("name", "coordinates"), OTHERS)
def test_the_contours_in_other_coordinates(request, name, coordinates):
    ax = request.getfixturevalue(name).plot.population(coordinates)
    assert (ax.get_xlabel(), ax.get_ylabel()) == tuple(coordinates.split("-"))
    path = ax.collections[-1].get_paths()[0].get_extents()
    assert ax.get_xlim()[0] < path.x0 < path.x1 < ax.get_xlim()[1]
    assert ax.get_ylim()[0] < path.y0 < path.y1 < ax.get_ylim()[1]


def test_a_long_tail_sets_neither_the_range_nor_the_unit():
    data = {"y": [500, 520, 490, 505, 480], "n": [1000] * 5}
    fit = pp.proportions(data, successes="y", trials="n")
    ax = fit.plot.population("mean-concentration")
    assert fit.surface_columns("mean-concentration")[0]["concentration"].max() > 1e7
    assert ax.get_ylabel() == "concentration"
    outermost = ax.collections[-1].get_paths()[0].get_extents()
    assert outermost.y1 > 0.8 * ax.get_ylim()[1]


def test_the_schools_picture_has_two_axes_that_share_x(schools):
    ax = schools.plot.population()
    (above,) = ax.child_axes
    assert above.get_xlim() == ax.get_xlim()
    assert ax.get_xlim()[0] == 0.0
    assert len(ax.lines) == 8
    assert set("ABCDEFGH") <= set(words(ax))
    ends = [line.get_ydata()[0] for line in ax.lines]
    assert ends == pytest.approx([7.685617] * 8, abs=1e-4)  # complete pooling


@pytest.mark.parametrize("family", ["estimates", "measurements"])
def test_an_sd_that_is_known_well_is_seen_closely(family):
    rng = np.random.default_rng(4)
    theta = rng.normal(3.0, 1.0, 3000)
    if family == "estimates":
        fit = pp.estimates({"y": rng.normal(theta, 0.5), "s": np.full(3000, 0.5)}, estimate="y", se="s")
    else:
        data = {"g": np.arange(3000).repeat(2), "y": rng.normal(theta.repeat(2), 0.5)}
        fit = pp.measurements(data, value="y", group="g")
    ax = fit.plot.population()
    sd = next(row for row in fit.population().to_dict("records") if row["parameter"] == "sd")
    low, high = ax.get_xlim()
    assert sd["mean"] - 6.0 * sd["sd"] < low < sd["mean"] - 2.0 * sd["sd"]
    assert sd["mean"] + 2.0 * sd["sd"] < high < sd["mean"] + 6.0 * sd["sd"]
    x, y = ax.child_axes[0].lines[0].get_data()
    assert np.sum((low < x) & (x < high)) > 80
    assert y[x <= low].max() < 0.05 * y.max()
    assert np.trapezoid(y, x) == pytest.approx(1.0, abs=1e-3)
    assert np.min(ax.lines[0].get_xdata()) >= low


def test_traces_of_many_groups_are_sampled():
    rng = np.random.default_rng(3)
    fit = pp.estimates({"y": rng.normal(0.0, 2.0, 400), "s": np.ones(400)}, estimate="y", se="s")
    ax = fit.plot.population()
    assert len(ax.lines) == 150
    assert any("150 of 400 groups are drawn" in text for text in words(ax))


# --- text --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile():
    data = {"$g_1$ <b>": HOSTILE, "y$\\alpha$": [1, 2, 3, 4, 5, 6, 7, 8, 2], "n{0}": [10] * 9}
    return pp.proportions(data, successes="y$\\alpha$", trials="n{0}", group="$g_1$ <b>")


def test_the_lowest_and_highest_posterior_means_are_drawn_and_named():
    """Small groups have the most extreme raw rates, and large ones the most extreme means."""
    rng = np.random.default_rng(5)
    n = np.append(rng.integers(1, 5, 1000), [2000, 2000])
    y = np.append(rng.binomial(n[:1000], 0.5), [1900, 100])
    data = {"g": [f"g{i}" for i in range(1002)], "y": y, "n": n}
    fit = pp.proportions(data, successes="y", trials="n", group="g")
    assert {"g1000", "g1001"} <= set(words(fit.plot.shrinkage()))


@pytest.mark.parametrize("name", ["shrinkage", "forest"])
def test_hostile_names_are_text(hostile, name):
    ax = NAMES[name](hostile.plot)
    ax.figure.canvas.draw()
    said = words(ax)
    for text in ("$x^2$", "<script>alert(1)</script>", r"a\x0ab\x1b[31m", "$\\frac{", "100%"):
        assert text in said
    assert "y$\\alpha$ / n{0}" in said
    assert max(len(text) for text in said) < 100
    assert not [text for text in ax.figure.findobj(Text) if "$" in text.get_text() and text.get_parse_math()]


def test_hostile_names_of_estimates_are_text():
    data = {"g": HOSTILE, "$e$": np.arange(9.0), "s": np.ones(9)}
    ax = pp.estimates(data, estimate="$e$", se="s", group="g").plot.population()
    ax.figure.canvas.draw()
    assert "sd of the population ($e$)" in words(ax)


# --- manners -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_callers_style_stays_and_does_not_matter(rats, name):
    with mpl.rc_context({"text.usetex": True, "axes.facecolor": "black", "lines.linewidth": 9.0}):
        before, state = dict(mpl.rcParams), np.random.get_state()[1].tolist()  # noqa: NPY002
        ax = NAMES[name](rats.plot)
        assert dict(mpl.rcParams) == before
        assert np.random.get_state()[1].tolist() == state  # noqa: NPY002
    assert ax.get_facecolor() == (1.0, 1.0, 1.0, 1.0)


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_on_a_dark_figure_the_text_is_on_white(schools, name, given, tmp_path):
    with plt.style.context("dark_background"):
        figure, axes = plt.subplots(1, 2)
        ax = NAMES[name].__get__(schools.plot)(ax=axes[1] if given else None)
        figure = ax.figure
        figure.savefig(tmp_path / "dark.png", dpi=figure.dpi)
    image = plt.imread(tmp_path / "dark.png")[..., :3]
    box, height = ax.title.get_window_extent(), image.shape[0]
    behind = image[height - int(box.y1) : height - int(box.y0), int(box.x0) : int(box.x1)]
    assert np.median(behind) == 1.0
    assert behind.min() < 0.5
    assert (image[0, 0] == (0.0 if given else 1.0)).all()


def test_nothing_is_shown(rats, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *_: pytest.fail("shown"))
    for draw in NAMES.values():
        draw(rats.plot)


def test_small_numbers_have_their_unit_in_the_label(counties):
    assert counties.plot.shrinkage().get_ylabel() == "deaths / person_years  (in units of 1e-4)"


@pytest.fixture(params=["rats", "schools"])
def either(request):
    """A fit of either kind of population picture."""
    return request.getfixturevalue(request.param)


def test_values_that_differ_in_late_digits_are_counted_from_a_round_number():
    values = 1e12 + np.array([0.0, 1.0, -1.0, 2.0])
    fit = pp.estimates({"y": values, "s": np.full(4, 0.5)}, estimate="y", se="s")
    ax = fit.plot.forest()
    ax.figure.canvas.draw()
    assert ax.get_xlabel() == "y − 1,000,000,000,000"
    assert {"0", "1", "−1"} <= {text.get_text() for text in ax.get_xticklabels()}
    assert fit.plot.shrinkage().get_ylabel() == "y − 1,000,000,000,000"


def test_raw_estimates_far_out_stand_at_the_edge_of_a_forest():
    fit = pp.estimates({"y": [0, 1, 2, 3, 1e5], "s": [1, 1, 1, 1, 1e5]}, estimate="y", se="s")
    ax, table = fit.plot.forest(), fit.group_columns()
    assert ax.get_xlim()[1] < 10.0
    (far_out,) = [line for line in ax.lines if line.get_label() == "raw, farther out"]
    assert far_out.get_xdata() == [ax.get_xlim()[1]]
    assert far_out.get_ydata() == np.flatnonzero(np.argsort(table["median"], kind="stable") == 4)
    assert "raw, farther out" in words(ax)


def test_characters_that_our_font_lacks_come_from_the_callers(schools):
    with mpl.rc_context({"font.family": ["STIXGeneral", "no such font"]}):
        ax = schools.plot.forest()
    assert ax.get_yticklabels()[0].get_fontfamily() == ["DejaVu Sans", "STIXGeneral"]


@pytest.mark.parametrize("engine", [None, "constrained", "tight"])
@pytest.mark.parametrize("name", NAMES)
def test_beside_other_axes_the_picture_keeps_to_its_place(either, name, engine):
    """The place is where the axes would be; a layout engine moves that, and the picture with it."""
    figure, axes = plt.subplots(2, 2, figsize=(9.0, 9.0), layout=engine)
    ax = NAMES[name].__get__(either.plot)(ax=axes[1, 0])
    figure.canvas.draw()
    place = ax.get_position(original=True).transformed(figure.transFigure)
    taken = ax.get_tightbbox()
    assert np.all(taken.min > place.min - 2.0)
    assert np.all(taken.max < place.max + 2.0)
    assert ax.bbox.height > 0.25 * place.height


@pytest.mark.parametrize("size", [None, (5.2, 5.0), (14.0, 5.0)])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_picture_is_cut_off(either, name, size):
    figure = NAMES[name](either.plot).figure
    if size:
        figure.set_size_inches(*size)
    figure.canvas.draw()
    taken = figure.axes[0].get_tightbbox()
    assert np.all(taken.min > -1.0)
    assert np.all(taken.max < figure.bbox.max + 1.0)


def test_a_title_has_as_many_lines_as_it_needs(rats):
    figure, axes = plt.subplots(1, 3, figsize=(7.0, 5.0))
    ax = rats.plot.forest(ax=axes[0])
    figure.canvas.draw()
    assert "\n" in ax.get_title()
    assert max(box.x1 for box in seen(ax).values()) < axes[1].bbox.x0


def test_the_accessor_is_frozen_and_made_when_asked_for(rats):
    assert isinstance(rats.plot, Plots)
    with pytest.raises(AttributeError):
        rats.plot.fit = None


def test_the_level_is_checked(rats):
    with pytest.raises(pp.RequestError, match="level"):
        rats.plot.forest(95)


def test_without_matplotlib_the_cure_is_named(rats, monkeypatch):
    monkeypatch.setattr(style, "find_spec", lambda _: None)
    for draw in NAMES.values():
        with pytest.raises(pp.MissingDependencyError, match=r'pip install "partialpool\[plots\]"'):
            draw(rats.plot)


def turns(ax):
    """The angles in degrees by which the contours turn from one piece of line to the next, as they are seen."""
    found = []
    ax.figure.canvas.draw()
    for path in ax.collections[-1].get_paths():
        starts = np.flatnonzero(path.codes == path.MOVETO)
        found += [turns_of(ax, line) for line in np.split(path.vertices, starts[1:])]
    return np.concatenate(found)


def turns_of(ax, line):
    pieces = np.diff(ax.transData.transform(line), axis=0)
    pieces = pieces[np.hypot(*pieces.T) > 0.05]  # what is shorter is no more than rounding
    return np.degrees(np.abs(np.diff(np.unwrap(np.arctan2(pieces[:, 1], pieces[:, 0])))))


FEW = [(3, 0, 1, 5), (3, 0, 1), (3, 0, 1, 5, 2, 9, 4, 1)]
OVER = (100, 200, 50, 400, 100, 300, 80, 20)


@pytest.mark.parametrize("coordinates", ["log", "mean-shape", "shape-rate"])
@pytest.mark.parametrize("events", FEW)
def test_the_contours_of_few_groups_are_smooth(events, coordinates):
    fit = pp.rates({"e": events, "x": OVER[: len(events)]}, events="e", exposure="x")
    ax = fit.plot.population(coordinates)
    assert np.quantile(turns(ax), 0.9) < 4.0
    for side in ax.child_axes:
        assert np.quantile(turns_of(side, side.lines[0].get_xydata()), 0.9) < 1.0


@pytest.mark.parametrize("coordinates", ["log", "mean-concentration", "alpha-beta"])
def test_the_contours_of_few_proportions_are_smooth(coordinates):
    ax = pp.proportions({"y": [3, 0, 1], "n": [10, 20, 5]}, successes="y", trials="n").plot.population(coordinates)
    assert np.quantile(turns(ax), 0.9) < 4.0


def seen(ax):
    """The boxes of all texts that are seen on axes and on those beside them."""
    ax.figure.canvas.draw()
    ticks = [label for of in (ax, *ax.child_axes) for axis in (of.xaxis, of.yaxis) for label in off(axis)]
    texts = [text for text in ax.findobj(Text) if text.get_text() and text.get_visible() and text not in ticks]
    return {text: Text.get_window_extent(text) for text in texts}  # of the text alone, without an arrow


def off(axis):
    """Labels of an axis that Matplotlib keeps, and does not draw."""
    low, high = sorted(axis.get_view_interval())
    wide = 1e-9 * (high - low)
    hidden = not axis.axes.axison
    return [
        label
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        for label in (tick.label1, tick.label2)
        if hidden or not low - wide <= tick.get_loc() <= high + wide
    ]


@pytest.mark.parametrize("name", ORDERED)
@pytest.mark.parametrize("outliers", [0, 3, 8])
def test_in_a_quarter_of_a_figure_texts_do_not_overlap(outliers, name):
    figure, axes = plt.subplots(2, 2)
    fit = far(outliers)
    ax = NAMES[name].__get__(fit.plot)(ax=axes[0, 0])
    boxes = list(seen(ax).values())
    for place, box in enumerate(boxes):
        assert not [other for other in boxes[:place] if box.shrunk(0.9, 0.9).overlaps(other.shrunk(0.9, 0.9))]
    assert {"g0", "g99" if not outliers else f"g{99 + outliers}"} <= set(words(ax))
    assert {f"g{100 + k}" for k in range(outliers)} <= set(words(ax))
    place = ax.get_position(original=True).transformed(figure.transFigure)
    assert ax.bbox.height > 0.45 * place.height / (1.55 if name == "population" else 1.0)


def test_lines_and_markers_of_a_forest_are_thinner_than_its_rows(rats):
    figure, axes = plt.subplots(2, 2)
    ax = rats.plot.forest(ax=axes[0, 0])
    figure.canvas.draw()
    pitch = 72.0 / figure.dpi * ax.bbox.height / 71
    assert lines_of(ax)[0].get_linewidths()[0] < 0.6 * pitch
    assert max(line.get_markersize() for line in ax.lines if line.get_marker() != "None") < 2.0 * pitch
    assert rats.plot.forest().get_legend() is not None
