"""The forest of a meta-analysis: what was drawn, and where."""

import math
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

import partialpool as pp
from partialpool import plots
from partialpool.effects.scales import scale
from partialpool.plots.ticks import ticks

mpl.use("Agg")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def bcg(**options):
    columns = {"events": ("vaccinated_tb", "control_tb"), "sizes": ("vaccinated_n", "control_n"), "group": "author"}
    data = dict(pp.datasets.load("bcg_vaccine"))
    data["author"] = [f"{name} {year}" for name, year in zip(data["author"], data["year"], strict=True)]
    return pp.estimates(data, effect="RR", **columns, **options)


def texts(ax):
    """What stands beside the axes, by row (the header is at the top)."""
    found = {}
    for text in (part for part in ax.texts if not isinstance(part.xycoords, str)):
        found.setdefault(round(text.xy[1], 6), []).append(text.get_text())
    return found


def test_columns_beside_the_axes():
    fit = bcg()
    ax = fit.plot.meta_analysis()
    found, rows = fit.meta_analysis(transform="exp"), texts(ax)
    assert rows[13.8] == ["author", "risk ratio [95%]", "weight"]
    table = found.group_columns()
    for k in range(13):
        name, interval, weight = rows[13.0 - k]
        assert name == table["author"][k]
        assert interval == f"{table['estimate'][k]:.2f} [{table['lower'][k]:.2f}, {table['upper'][k]:.2f}]"
        assert weight.strip("\N{FIGURE SPACE}") == f"{table['weight'][k]:.1f}%"
    mu, ahead = found["mu"], found["prediction interval"]
    assert rows[0.0] == ["pooled effect", f"{mu.estimate:.2f} [{mu.lower:.2f}, {mu.upper:.2f}]"]
    assert rows[-1.0] == ["prediction interval", f"[{ahead.lower:.2f}, {ahead.upper:.2f}]"]


def test_the_diamond_is_a_mean_where_the_estimates_have_their_own_scale():
    fit = bcg()
    mu = fit.meta_analysis()["mu"]
    said = texts(fit.plot.meta_analysis(transform=None))[0.0]
    minus = "\N{MINUS SIGN}"
    assert said == ["pooled effect", f"{mu.estimate:.2f} [{mu.lower:.2f}, {mu.upper:.2f}]".replace("-", minus)]


def test_ratios_are_on_a_logarithmic_axis_with_round_numbers():
    ax = bcg().plot.meta_analysis()
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels == ["0.1", "0.2", "0.5", "1", "2", "5"]
    assert ax.get_xticks() == pytest.approx([0.1, 0.2, 0.5, 1, 2, 5], rel=1e-12)
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel() == "risk ratio"
    own = bcg().plot.meta_analysis(transform=None)
    assert own.get_xlabel() == "log risk ratio"
    assert "\N{MINUS SIGN}2" in [label.get_text() for label in own.get_xticklabels()]


def test_boxes_go_with_weights_and_the_diamond_with_mu():
    fit = bcg(method="reml")
    ax = fit.plot.meta_analysis()
    found = fit.meta_analysis()
    (boxes,) = [part for part in ax.collections if len(part.get_offsets()) == 13]
    assert boxes.get_sizes() == pytest.approx(90.0 * found.weights / found.weights.max())
    assert np.asarray(boxes.get_offsets())[:, 0] == pytest.approx(np.exp(fit.data.statistics["estimate"]))
    (diamond,) = ax.patches
    corners = diamond.get_xy()[:4]
    mu = fit.meta_analysis(transform="exp")["mu"]
    assert corners[:, 0] == pytest.approx([mu.lower, mu.estimate, mu.upper, mu.estimate])
    drawn = [segment for part in ax.collections if hasattr(part, "get_segments") for segment in part.get_segments()]
    ahead = fit.meta_analysis(transform="exp")["prediction interval"]
    assert any(s[0] == pytest.approx([ahead.lower, -1]) and s[1] == pytest.approx([ahead.upper, -1]) for s in drawn)
    assert any(list(line.get_xdata()) == [1.0, 1.0] for line in ax.lines)  # no effect


@pytest.mark.parametrize(
    ("order", "first", "last"),
    [
        ("given", "Aronson 1948", "Comstock et al 1976"),
        ("effect", "Vandiviere et al 1973", "Comstock & Webster 1969"),
        ("weight", "TPT Madras 1980", "Comstock & Webster 1969"),
        ("author", "Aronson 1948", "Vandiviere et al 1973"),
        ("abs_latitude", "Frimodt-Moller et al 1973", "Ferguson & Simes 1949"),
        (list(range(13, 0, -1)), "Comstock et al 1976", "Aronson 1948"),
    ],
)
def test_orders(order, first, last):
    rows = texts(bcg().plot.meta_analysis(order=order))
    assert (rows[13.0][0], rows[1.0][0]) == (first, last)


def test_the_subheading_has_the_model_tau_and_heterogeneity():
    ax = bcg(method="reml").plot.meta_analysis()
    said = "\n".join(text.get_text() for text in ax.texts)
    assert "normal data, normal population, reml" in said
    assert "tau 0.56 [0.35, 1.1]; I² 92% [82, 98]; Q = 152.2, df = 12, p < 0.0001" in said


def test_an_interval_that_leaves_the_picture_ends_in_an_arrow():
    wide = pp.estimates({"y": [0.1, 0.2, 0.3, 0.0], "s": [0.1, 0.1, 0.1, 50.0]}, estimate="y", se="s", method="reml")
    ax = wide.plot.meta_analysis()
    arrows = [line for line in ax.lines if line.get_marker() in "<>" and len(line.get_xdata())]
    assert sorted(line.get_marker() for line in arrows) == ["<", ">"]
    assert {tuple(line.get_ydata()) for line in arrows} == {(1.0,)}
    low, high = ax.get_xlim()
    assert high - low < 5.0
    ax.figure.canvas.draw()
    for arrow in arrows:
        ((middle, _),) = arrow.get_transform().transform(arrow.get_xydata())
        half = 0.5 * arrow.get_markersize() * ax.figure.dpi / 72.0
        assert ax.bbox.x0 - 0.1 <= middle - half
        assert middle + half <= ax.bbox.x1 + 0.1


def cut(ax):
    """How many ends of intervals are cut."""
    return sum(len(line.get_xdata()) for line in ax.lines if line.get_marker() in "<>")


@pytest.mark.parametrize("transform", [None, "exp"])
@pytest.mark.parametrize(
    ("estimate", "se", "ends"),
    [
        ([0.1, 0.1, 0.11, 0.1], [0.2, 0.3, 0.2, 0.2], 0),
        ([0.1, 0.1, 0.11, 0.1], [0.2, 0.7, 0.2, 0.2], 0),
        ([0.1, 0.1, 0.11, 0.1], [0.2, 4.0, 0.2, 0.2], 2),
        ([0.1, 0.5, 0.9, 0.3, 0.4], [0.2, 0.3, 0.9, 1.0, 0.2], 0),
        ([0.0] * 6, [0.1, 0.1, 0.1, 0.1, 0.3, 0.9], 2),
    ],
)
def test_only_intervals_much_wider_than_the_others_are_cut(estimate, se, ends, transform):
    fit = pp.estimates({"y": estimate, "s": se}, estimate="y", se="s", method="reml")
    ax = fit.plot.meta_analysis(transform=transform)
    assert cut(ax) == ends
    low, high = scale(transform).backward(np.array(ax.get_xlim()))
    table = fit.meta_analysis().group_columns()
    out = [*(low - table["lower"]), *(table["upper"] - high)]
    assert all(beyond <= 0.0 or beyond > 0.3 * (high - low) for beyond in out)


@pytest.mark.parametrize("count", [1, 3, 8, 71, 500])
def test_any_number_of_groups_and_nothing_is_cut_off(count, tmp_path):
    rng = np.random.default_rng(count)
    data = {"y": rng.normal(size=count), "s": rng.uniform(0.2, 2.0, size=count)}
    fit = pp.estimates(data, estimate="y", se="s")
    target = tmp_path / "forest.png"
    plots.save(fit, "meta-analysis", target)
    picture = plt.imread(target)[..., :3]
    edges = np.concatenate([picture[:2].ravel(), picture[-2:].ravel(), picture[:, :2].ravel(), picture[:, -2:].ravel()])
    assert (edges == 1.0).all()
    if count == 500:
        said = "\n".join(text.get_text() for text in fit.plot.meta_analysis().texts)
        assert "100 of 500 groups are drawn" in said


def extents(ax):
    """The boxes of the texts beside the axes."""
    renderer = ax.figure.canvas.get_renderer()
    return [text.get_window_extent(renderer) for text in ax.texts if text.get_text().strip()]


@pytest.mark.parametrize("size", [None, (9, 5), (6, 4)])
def test_the_headers_of_columns_are_clear_of_what_stands_above_them(size):
    ax = bcg().plot.meta_analysis(ax=None if size is None else plt.subplots(figsize=size)[1])
    ax.figure.canvas.draw()
    boxes = {text.get_text(): text.get_window_extent() for text in ax.texts}
    above = min(box.y0 for said, box in boxes.items() if "tau 0.5" in said)
    headers = [boxes[said] for said in ("author", "risk ratio [95%]", "weight")]
    assert all(above - box.y1 > 0.25 * box.height for box in headers)


@pytest.mark.parametrize(
    ("size", "columns", "remarks"),
    [((9, 5), 3, True), ((6, 4), 3, True), ((4.6, 4), 2, False), ((4, 4), 1, False), ((9, 3.5), 3, False)],
)
def test_narrow_or_low_axes_show_less_and_nothing_overlaps(size, columns, remarks):
    figure, ax = plt.subplots(figsize=size)
    bcg().plot.meta_analysis(ax=ax)
    figure.canvas.draw()
    assert len(texts(ax)[13.8]) == columns
    assert ("tau 0.5" in "\n".join(text.get_text() for text in ax.texts)) == remarks
    boxes = extents(ax)
    ticks_ = [label.get_window_extent() for label in ax.get_xticklabels()]
    for some in (boxes, ticks_):
        for i, one in enumerate(some):
            for other in some[:i]:
                wide = min(one.x1, other.x1) - max(one.x0, other.x0)
                high = min(one.y1, other.y1) - max(one.y0, other.y0)
                assert wide < 1.0 or high < 0.25 * one.height
    place = ax.get_position(original=True).transformed(figure.transSubfigure)
    assert all(place.x0 - 1.5 <= box.x0 and box.x1 <= place.x1 + 1.5 for box in boxes)


def test_axes_that_are_too_small_are_refused_with_the_size_needed():
    _, ax = plt.subplots(figsize=(2, 3))
    with pytest.raises(pp.RequestError, match=r"1\.6 inches wide .* too small .* 2\.\d inches wide and 2\.\d high"):
        bcg().plot.meta_analysis(ax=ax)
    assert not ax.texts
    assert not ax.lines


def test_warnings_stand_below_and_an_interval_that_is_not_there_is_left_out():
    trials = {"t": list("ABC"), "a": [0, 4, 6], "n": [20, 30, 25], "c": [2, 7, 9], "m": [20, 30, 25]}
    fit = pp.estimates(trials, effect="OR", events=("a", "c"), sizes=("n", "m"), group="t", method="reml")
    ax = fit.plot.meta_analysis()
    (note,) = [text for text in ax.texts if "1/2 was added" in text.get_text()]
    ax.figure.canvas.draw()
    assert note.get_window_extent().y1 < ax.xaxis.label.get_window_extent().y0
    assert note.get_window_extent().x0 >= 0.0
    alike = pp.estimates({"y": [1.0, 1.0, 1.0], "s": [1.0, 1.0, 1.0]}, estimate="y", se="s", method="reml")
    assert "tau 0; I² 0%; Q" in "\n".join(text.get_text() for text in alike.plot.meta_analysis().texts)


def test_exact_estimates_and_equal_ones():
    fit = pp.estimates({"y": [1.0, 1.0, 1.0], "s": [0.0, 1.0, 1.0]}, estimate="y", se="s")
    ax = fit.plot.meta_analysis()
    assert np.isfinite(ax.get_xlim()).all()
    assert "Q =" not in "\n".join(text.get_text() for text in ax.texts)


def too_far():
    return pp.estimates({"y": [1.0, 2.0, 900.0], "s": [1.0, 1.0, 3.0]}, estimate="y", se="s")


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (
            lambda fit: fit.plot.meta_analysis(order="size"),
            "'given', a column, or a value for each group. There is no column 'size' of groups",
        ),
        (lambda fit: fit.plot.meta_analysis(order=[1, 2]), "order has 2 values for 13 groups: give one for each"),
        (lambda fit: fit.plot.meta_analysis(transform="log"), "transform must be one of"),
        (lambda fit: fit.plot.meta_analysis(2.0), "level must be a probability"),
        (lambda _: too_far().plot.meta_analysis(transform="exp"), "exp of these numbers is beyond double precision"),
        (lambda _: too_far().plot.forest(transform="exp"), "exp of these numbers is beyond double precision"),
        (lambda _: too_far().plot.shrinkage(transform="exp"), "exp of these numbers is beyond double precision"),
        (lambda fit: fit.given(mean=0, sd=1).plot.meta_analysis(), "parameters are given"),
    ],
)
def test_refused(ask, said):
    with pytest.raises(pp.RequestError, match=said):
        ask(bcg())
    assert not plt.get_fignums()


def test_other_families_have_no_such_picture():
    rats = pp.proportions(pp.datasets.load("rat_tumors"), successes="tumors", trials="rats", group="group")
    with pytest.raises(pp.RequestError, match="of estimates with standard errors, not of proportions"):
        rats.plot.meta_analysis()


@pytest.mark.parametrize("transform", [None, "exp", "tanh", "expit"])
def test_ticks_are_round_few_and_inside(transform):
    to, rng = scale(transform), np.random.default_rng(5)
    for _ in range(400):
        middle, half = rng.normal(0, 2), math.exp(rng.uniform(-6, 1.5))
        limits = middle - half, middle + half
        at, names = ticks(limits, to)
        assert 2 <= len(at) <= 12, limits
        assert (np.diff(at) > 0).all()
        assert ((at >= limits[0] - 1e-9) & (at <= limits[1] + 1e-9)).all()
        values = [float(name.replace("\N{MINUS SIGN}", "-")) for name in names]
        assert to.forward(at) == pytest.approx(values, rel=1e-9, abs=1e-12)
        assert max(map(len, names)) <= 10


@pytest.mark.parametrize(("transform", "middle"), [(None, "mean"), ("exp", "median")])
def test_the_other_pictures_call_what_they_draw_by_its_name(transform, middle):
    """The mean of a ratio is not the exponential of the mean of its logarithm; the median is."""
    fit = bcg()
    ax, table = fit.plot.shrinkage(transform=transform), fit.group_columns()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["raw estimate", f"posterior {middle}"]
    ends = [segment[1, 1] for segment in ax.collections[0].get_segments()]
    assert sorted(ends) == pytest.approx(sorted(scale(transform).forward(table[middle])), rel=1e-12)
    pooled = fit.meta_analysis(transform=transform)["mu"].estimate
    line = ax.lines[0].get_ydata()[0]
    assert line == pytest.approx(pooled, rel=1e-12)
    assert f"population {middle}" in legend(ax)
    assert f"population {middle}, 95%" in legend(fit.plot.forest(transform=transform))


CORRELATIONS = [
    ([0.9, 0.91, 0.89, 0.92, 0.905], 200),
    ([0.9, 0.91, 0.89, 0.92, 0.905], 20_000),
    ([0.9, 0.5, 0.95, 0.999], 60),
    ([0.9999, 0.9995, 0.9998, 0.99991], 50),
    ([0.3, -0.2, 0.5, 0.9, 0.95], 20),
]


@pytest.mark.parametrize("width", [3.4, 6.4])
@pytest.mark.parametrize("name", ["forest", "shrinkage", "meta_analysis"])
@pytest.mark.parametrize(("correlation", "size"), CORRELATIONS)
def test_correlations_near_one_have_round_ticks_that_do_not_touch(correlation, size, name, width):
    fit = pp.estimates({"r": correlation, "n": [size] * len(correlation)}, effect="ZCOR", correlation="r", sizes="n")
    ax = getattr(fit.plot, name)(transform="tanh", ax=plt.figure(figsize=(width, 4.0)).add_subplot())
    ax.figure.canvas.draw()
    axis, along = (ax.yaxis, "y") if name == "shrinkage" else (ax.xaxis, "x")
    labels = [label for label in axis.get_ticklabels() if label.get_text()]
    said = [label.get_text() for label in labels]
    assert len(set(said)) == len(said) >= 2
    assert max(map(len, said)) <= 7
    boxes = [label.get_window_extent() for label in labels]
    assert all(getattr(low, f"{along}1") < getattr(high, f"{along}0") for low, high in pairwise(boxes))
    assert len(said) >= 3 or width < 4.0
    ends = [np.arctanh(max(correlation)), np.arctanh(min(correlation))]
    assert np.arctanh(max(axis.get_ticklocs())) > 0.5 * sum(ends)  # there are numbers where the groups are


def test_numbers_beside_a_forest_tell_an_interval_from_a_point():
    correlation, size = CORRELATIONS[2]
    fit = pp.estimates({"r": correlation, "n": [size] * len(correlation)}, effect="ZCOR", correlation="r", sizes="n")
    numbers = beside(fit)
    assert "0.90 [0.84, 0.94]" in numbers
    assert "0.9990 [0.9983, 0.9994]" in numbers
    narrow = pp.estimates({"r": CORRELATIONS[3][0], "n": [50] * 4}, effect="ZCOR", correlation="r", sizes="n")
    assert "0.9995 [0.9991, 0.9997]" in beside(narrow)


def beside(fit):
    return [text for row in texts(fit.plot.meta_analysis()).values() for text in row]


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_other_pictures_take_a_transform():
    fit = bcg()
    forest, shrinkage = fit.plot.forest(transform="exp"), fit.plot.shrinkage(transform="exp")
    assert forest.get_xlabel() == shrinkage.get_ylabel() == "risk ratio"
    for axis, limits in ((forest.xaxis, forest.get_xlim()), (shrinkage.yaxis, shrinkage.get_ylim())):
        labels = [label.get_text() for label in axis.get_ticklabels()]
        assert "1" in labels
        assert axis.get_ticklocs() == pytest.approx([float(label) for label in labels], rel=1e-12)
        assert ((axis.get_ticklocs() >= limits[0]) & (axis.get_ticklocs() <= limits[1])).all()
    assert fit.plot.forest().get_xlabel() == "log risk ratio"
    rats = pp.proportions(pp.datasets.load("rat_tumors"), successes="tumors", trials="rats", group="group")
    with pytest.raises(pp.RequestError, match="transform is for estimates and measurements"):
        rats.plot.forest(transform="exp")
    with pytest.raises(pp.RequestError, match="exp of these numbers is beyond double precision"):
        too_far().plot.forest(transform="exp")


@pytest.mark.parametrize("decades", np.linspace(0.4, 9.0, 30))
def test_ticks_of_a_ratio_are_all_along_the_axis(decades):
    for low in np.linspace(-3.0, 1.0, 9):
        limits = low * math.log(10.0), (low + decades) * math.log(10.0)
        at, _ = ticks(limits, scale("exp"))
        gaps = np.diff(np.concatenate([limits[:1], at, limits[1:]])) / (limits[1] - limits[0])
        assert gaps.max() < 0.5, (limits, at)


def very_many():
    """2,000 trials, of which one in the middle is far out and one that is not drawn is hardly known."""
    rng = np.random.default_rng(6)
    data = {"trial": np.arange(2000), "y": rng.normal(0.0, 0.3, 2000), "s": np.full(2000, 0.2)}
    data["y"][1234], data["s"][777] = 4.0, 50.0
    return pp.estimates(data, estimate="y", se="s", group="trial", method="reml")


def test_of_very_many_trials_the_outlying_ones_are_drawn_and_those_left_out_do_not_count():
    ax = very_many().plot.meta_analysis()
    rows = texts(ax).values()
    assert any(row[0] == "1234" for row in rows)
    assert sum(len(row) == 3 for row in rows) == 101
    low, high = ax.get_xlim()
    assert -2.0 < low < high < 5.0
    assert cut(ax) == 0
    shares = [row[2].strip("\N{FIGURE SPACE}") for row in rows if len(row) == 3 and row[2] != "weight"]
    assert {len(share.removesuffix("%")) for share in shares} == {5}
    assert float(shares[0].removesuffix("%")) == pytest.approx(0.05, rel=0.1)
