"""The pictures of groups: what is drawn is what the tables say."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text
from scipy import stats

import partialpool as pp
from partialpool.analysis.exports.one_group import one_group
from partialpool.analysis.predictions.limits import limits
from partialpool.plots import beside_points, by_row, funnel, save, style

HOSTILE = ["$x^2$", "<script>alert(1)</script>", "a\nb\x1b[31m", "x" * 200, "$\\frac{", "100%", "_{}^", "-->", ""]
NAMES = ["raw_vs_posterior", "funnel", "group", "ranks", "pooling"]


def drawn(fit, name, **options):
    """One of the pictures, of the first group if it is that of one group."""
    first = tuple(label[0] for label in fit.data.labels.values())
    ax = getattr(fit.plot, name)(*([first] if name == "group" else []), **options)
    ax.figure.canvas.draw()
    return ax


def words(ax):
    return [text.get_text() for text in ax.get_figure(root=True).findobj(Text) if text.get_text()]


def labelled(ax, label):
    """The lines and collections of this name in the legend."""
    return [part for part in [*ax.lines, *ax.collections] if part.get_label() == label]


def estimates(values, se, **options):
    return pp.estimates({"y": values, "s": se}, estimate="y", se="s", **options)


# --- all of them ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_family_has_every_picture_on_the_axes_given(fit, name):
    figure, axes = plt.subplots(1, 2, figsize=(12.0, 6.0))
    before = plt.get_fignums()
    assert drawn(fit, name, ax=axes[1]) is axes[1]
    assert plt.get_fignums() == before
    assert not axes[0].has_data()
    taken, place = axes[1].get_tightbbox(), axes[1].get_position(original=True).transformed(figure.transFigure)
    assert np.all(taken.min > place.min - 2.0)
    assert np.all(taken.max < place.max + 2.0)


@pytest.mark.parametrize("name", NAMES)
def test_in_a_quarter_of_a_figure_texts_do_not_overlap(fit, name):
    figure, axes = plt.subplots(2, 2)
    ax = drawn(fit, name, ax=axes[0, 0])
    renderer = figure.canvas.get_renderer()
    texts = [*ax.texts, ax.title, ax.xaxis.label, ax.yaxis.label]
    boxes = [Text.get_window_extent(text, renderer) for text in texts if text.get_text()]
    for place, box in enumerate(boxes):
        assert not [other for other in boxes[:place] if box.shrunk(0.9, 0.9).overlaps(other.shrunk(0.9, 0.9))]
    place = ax.get_position(original=True).transformed(figure.transFigure)
    assert ax.bbox.height > 0.4 * place.height
    taken = ax.get_tightbbox()
    assert np.all(taken.min > place.min - 2.0)
    assert np.all(taken.max < place.max + 2.0)


SMALL = {
    "one": lambda: pp.proportions({"y": [3], "n": [10]}, successes="y", trials="n"),
    "two": lambda: pp.rates({"y": [3, 0], "n": [10.0, 2.5]}, events="y", exposure="n"),
    "three": lambda: estimates([1.0, 2.0, 4.0], [1.0, 2.0, 0.5]),
    "identical": lambda: estimates([2.0] * 6, [1.0] * 6),
    "identical counts": lambda: pp.proportions({"y": [3] * 5, "n": [10] * 5}, successes="y", trials="n"),
    "no events": lambda: pp.proportions({"y": [0] * 5, "n": [10] * 5}, successes="y", trials="n"),
    "single rows": lambda: pp.measurements({"g": list("aabbc"), "y": [1.0, 2.0, 2.0, 4.0, 9.0]}, value="y", group="g"),
    "late digits": lambda: estimates(1e12 + np.array([0.0, 1.0, -1.0, 2.0]), [0.5] * 4),
    "reml": lambda: estimates([1.0, 2.0, 5.0, 3.0], [1.0] * 4, method="reml"),
    "given": lambda: pp.rates({"y": [3, 4], "n": [1.0, 2.0]}, events="y", exposure="n").given(mean=2.0, shape=3.0),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("which", SMALL)
def test_few_groups_and_identical_ones(which):
    fit = SMALL[which]()
    for name in NAMES:
        assert np.isfinite([drawn(fit, name).get_xlim(), drawn(fit, name).get_ylim()]).all()
        plt.close("all")


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_text(name):
    data = {"$g_1$ <b>": HOSTILE, "y$\\alpha$": [1, 2, 3, 4, 5, 6, 7, 8, 2], "n{0}": [10] * 9}
    ax = drawn(pp.proportions(data, successes="y$\\alpha$", trials="n{0}", group="$g_1$ <b>"), name)
    said = words(ax)
    if name == "group":
        assert any(text.startswith("$g_1$ <b> $x^2$:") for text in said)
    else:
        assert {"$x^2$", "<script>alert(1)</script>", r"a\x0ab\x1b[31m", "$\\frac{", "100%"} <= set(said)
    assert not [text for text in ax.figure.findobj(Text) if "$" in text.get_text() and text.get_parse_math()]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "ranks"])
def test_a_transform_is_of_estimates_alone(rats, schools, name):
    with pytest.raises(pp.RequestError, match="their own scale"):
        drawn(rats, name, transform="exp")
    with pytest.raises(pp.RequestError, match="'log'"):
        drawn(schools, name, transform="log")
    assert drawn(schools, name, transform="exp") is not None


@pytest.mark.parametrize("name", [name for name in NAMES if name != "funnel"])
def test_the_level_is_checked(rats, name):
    with pytest.raises(pp.RequestError, match="level"):
        drawn(rats, name, level=95)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("name", NAMES)
def test_without_matplotlib_the_cure_is_named(rats, name, monkeypatch):
    monkeypatch.setattr(style, "find_spec", lambda _: None)
    with pytest.raises(pp.MissingDependencyError, match=r'pip install "partialpool\[plots\]"'):
        drawn(rats, name)


@pytest.mark.parametrize("name", ["raw-vs-posterior", "funnel", "ranks", "pooling"])
def test_a_file_has_the_picture(schools, name, tmp_path):
    save(schools, name, tmp_path / "a.png", transform="exp")
    save(schools, name, tmp_path / "b.png", transform="exp")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.fixture(scope="module")
def many():
    """10,000 groups, three of them without data."""
    rng = np.random.default_rng(20261201)
    n = rng.integers(4, 600, 10_000)
    n[:3] = 0
    data = {"g": [f"h{i}" for i in range(10_000)], "y": rng.binomial(n, rng.beta(3.0, 12.0, 10_000)), "n": n}
    return pp.proportions(data, successes="y", trials="n", group="g")


@pytest.mark.parametrize("name", ["raw_vs_posterior", "funnel", "group", "pooling"])
def test_ten_thousand_groups(many, name):
    ax = drawn(many, name)
    if name == "funnel":
        points = [line for line in ax.lines if line.get_marker() == "o"]
        assert sum(len(line.get_xdata()) for line in points) == 9997
        assert any("3 groups without data" in text for text in words(ax))
    elif name != "group":
        assert any("150 of" in text for text in words(ax))


# --- raw estimate and posterior ------------------------------------------------------------------------------


def test_points_and_intervals_stand_at_the_raw_estimates(fit):
    ax, table = fit.plot.raw_vs_posterior(0.9), fit.group_columns(0.9)
    (points,), (intervals,) = labelled(ax, "posterior median"), labelled(ax, "group, 90% interval")
    order = np.argsort(table["raw"], kind="stable")
    assert points.get_xdata() == pytest.approx(table["raw"][order])
    assert points.get_ydata() == pytest.approx(table["median"][order])
    ends = np.array(intervals.get_segments())
    assert ends[:, :, 0] == pytest.approx(np.stack([table["raw"][order]] * 2, axis=1))
    assert ends[:, :, 1] == pytest.approx(np.stack([table["lower"][order], table["upper"][order]], axis=1))
    (same,), (mean,) = labelled(ax, "raw estimate, not shrunk"), labelled(ax, "population mean")
    assert np.array_equal(same.get_xdata(), same.get_ydata())
    assert mean.get_ydata() == pytest.approx([fit.population_columns()["median"][0]] * 2)
    assert ax.get_xlim() == ax.get_ylim()


def test_a_group_without_data_has_no_point():
    fit = pp.proportions(
        {"g": list("dabc"), "y": [0, 1, 4, 3], "n": [0, 20, 20, 9]}, successes="y", trials="n", group="g"
    )
    ax = fit.plot.raw_vs_posterior()
    (points,) = labelled(ax, "posterior median")
    assert len(points.get_xdata()) == 3
    assert "1 without data" in words(ax)
    assert "d" not in words(ax)
    ax = fit.plot.funnel()
    assert any("1 group without data" in text for text in words(ax))
    ax = fit.plot.group("d")
    assert labelled(ax, "own data alone (likelihood)") == []
    assert any("no data of its own" in text for text in words(ax))


def test_both_axes_are_transformed(schools):
    ax, table = schools.plot.raw_vs_posterior(transform="exp"), schools.group_columns()
    (points,) = labelled(ax, "posterior median")
    order = np.argsort(table["raw"])
    assert points.get_xdata() == pytest.approx(np.exp(table["raw"][order]))
    assert points.get_ydata() == pytest.approx(np.exp(table["median"][order]))
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert labelled(ax, "population median") != []
    assert ax.get_xlabel() == "raw estimate: exp of effect"


# --- funnel --------------------------------------------------------------------------------------------------

SIZES = {"rats": ("trials", "rats"), "pumps": ("exposure", "time_thousand_hours"), "diets": ("n", "n")}


@pytest.mark.parametrize("name", SIZES)
def test_points_of_a_funnel_stand_at_the_amounts_of_data(request, name):
    fit = request.getfixturevalue(name)
    ax, role = fit.plot.funnel(), SIZES[name][0]
    shown = np.concatenate([line.get_xydata() for line in ax.lines if line.get_marker() == "o"])
    pairs = zip(fit.data.statistics[role], fit.group_columns()["raw"], strict=True)
    assert sorted(map(tuple, shown)) == [pytest.approx(pair) for pair in sorted(pairs)]
    assert ax.get_xlabel() == SIZES[name][1]


def test_the_funnel_of_estimates_is_along_their_precision(schools):
    ax = schools.plot.funnel()
    (points,) = labelled(ax, "raw estimate")
    assert sorted(points.get_xdata()) == pytest.approx(sorted(1.0 / schools.data.statistics["se"] ** 2))
    assert ax.get_xlabel() == "1 / se²"


def role_of(fit):
    return fit.family.amount.role, sorted(set(fit.data.statistics[fit.family.amount.role].tolist()))


def test_limits_of_numbers_are_those_of_predict(request):
    for name in ("schools", "diets"):
        fit = request.getfixturevalue(name)
        role, sizes = role_of(fit)
        found = limits(fit.known, np.array(sizes, dtype=float), funnel.LEVELS)
        for k, level in enumerate(funnel.LEVELS):
            told = [fit.predict(**{role: size}, groups="new", level=level) for size in sizes]
            assert found[k, 0] == pytest.approx([float(one.lower[0]) for one in told], rel=1e-6)
            assert found[k, 1] == pytest.approx([float(one.upper[0]) for one in told], rel=1e-6)


def test_limits_of_counts_are_between_those_of_predict_and_the_next_count(request):
    for name in ("rats", "pumps"):
        fit = request.getfixturevalue(name)
        role, sizes = role_of(fit)
        found = limits(fit.known, np.array(sizes, dtype=float), funnel.LEVELS) * np.array(sizes)
        for k, level in enumerate(funnel.LEVELS):
            for place, size in enumerate(sizes):
                one = fit.predict(**{role: size}, groups="new", level=level)
                tail = 0.5 * (1.0 - level)
                for side, end in ((0, float(one.lower[0])), (1, float(one.upper[0]))):
                    here, before = (1.0 - one.cdf(y) if side else one.cdf(y) for y in (end, end - 1.0))
                    share = (here - tail) / (here - before)
                    assert found[k, side, place] == pytest.approx(max(end - np.clip(share, 0.0, 1.0), 0.0), abs=1e-5)


def test_limits_of_a_known_population_are_those_of_its_distribution():
    """Limits of a beta-binomial, by SciPy, and those of a single possible event."""
    fit = pp.proportions({"y": [3, 4], "n": [10, 12]}, successes="y", trials="n").given(mean=0.2, concentration=10.0)
    sizes = np.array([1.0, 5.0, 40.0, 300.0])
    found = limits(fit.known, sizes, (0.95,))[0]
    for place, n in enumerate(sizes):
        of = stats.betabinom(int(n), 2.0, 8.0)
        low, high = of.ppf(0.025), of.ppf(0.975)
        lower = low - (of.cdf(low) - 0.025) / of.pmf(low)
        upper = high - (0.025 - of.sf(high)) / of.pmf(high)
        assert found[:, place] == pytest.approx([max(lower, 0.0) / n, max(upper, 0.0) / n], rel=1e-8)


def test_limits_where_an_event_is_improbable_are_none():
    fit = pp.rates({"y": [3, 4], "n": [10.0, 12.0]}, events="y", exposure="n").given(mean=0.3, shape=2.0)
    assert limits(fit.known, np.array([1e-4]), (0.95,)).ravel() == pytest.approx([0.0, 0.0])


def test_groups_outside_are_marked_counted_and_named():
    values = np.concatenate([np.linspace(9.0, 11.0, 100), [40.0, 41.0]])
    data = {"g": [f"g{i}" for i in range(102)], "y": values, "s": np.full(102, 0.5)}
    ax = pp.estimates(data, estimate="y", se="s", group="g").plot.funnel()
    (out,) = labelled(ax, "raw estimate, outside 95%")
    assert sorted(out.get_ydata()) == [40.0, 41.0]
    assert {"g100", "g101"} <= set(words(ax))
    assert not {"g0", "g50"} & set(words(ax))
    assert any("2 outside 95%, 2 outside 99.8%" in text for text in words(ax))
    (low, high) = [line.get_ydata() for line in ax.lines if line.get_linestyle() == "--"][:2]
    assert np.all(high < 40.0)
    assert np.all(low < 9.0)


def test_limits_between_those_that_are_worked_out_are_near_the_exact_ones(counties):
    ax = counties.plot.funnel()
    (line,) = labelled(ax, "next group, 95% limits")
    x, y = line.get_xdata()[150:], line.get_ydata()[150:]
    some = np.linspace(0, len(x) - 1, 8).astype(int)
    exact = limits(counties.known, x[some], (0.95,))[0, 0]
    assert y[some] == pytest.approx(exact, rel=0.01)
    assert ax.get_xscale() == "log"


def test_a_standard_error_of_zero_has_no_place_in_a_funnel():
    ax = estimates([1.0, 2.0, 5.0, 3.0], [0.0, 1.0, 1.0, 2.0]).plot.funnel()
    (points,) = labelled(ax, "raw estimate")
    assert len(points.get_xdata()) == 3


# --- one group -----------------------------------------------------------------------------------------------

ALONE = {
    "rats": lambda successes, trials: stats.beta(successes + 1.0, trials - successes + 1.0),
    "pumps": lambda events, exposure: stats.gamma(events + 1.0, scale=1.0 / exposure),
    "schools": stats.norm,
}


@pytest.mark.parametrize("name", ALONE)
def test_the_curves_of_a_group_are_its_densities(request, name):
    fit = request.getfixturevalue(name)
    label = tuple(values[3] for values in fit.data.labels.values())
    ax = fit.plot.group(label, 0.9)
    (posterior,), (own,) = labelled(ax, "posterior"), labelled(ax, "own data alone (likelihood)")
    (population,) = labelled(ax, "next group of the population")
    theta = posterior.get_xdata()
    assert posterior.get_ydata() == pytest.approx(fit.to_scipy(label).pdf(theta), rel=1e-8)
    assert population.get_ydata() == pytest.approx(fit.new_group().pdf(theta), rel=1e-8)
    assert own.get_ydata() == pytest.approx(
        ALONE[name](*(values[3] for values in fit.data.statistics.values())).pdf(theta), rel=1e-8
    )
    shade = ax.collections[0].get_paths()[0].get_extents()
    table = fit.group_columns(0.9)
    gap = np.diff(theta).max()
    assert (shade.x0, shade.x1) == pytest.approx((table["lower"][3], table["upper"][3]), abs=gap)


def test_the_likelihood_of_measurements_is_averaged_over_sigma(diets):
    place = 2
    found = one_group(diets.known, diets.data.labels["diet"][place])
    draws = diets.draws(20_000, seed=1)
    sigma, n = draws.parameters["sigma"], diets.data.statistics["n"][place]
    each = stats.norm(diets.group_columns()["raw"][place], (sigma / np.sqrt(n))[:, None]).pdf(found.theta)
    assert found.likelihood == pytest.approx(each.mean(axis=0), abs=0.01 * found.likelihood.max())
    given = diets.given(sd=3.0, sigma=2.0)
    found = one_group(given.known, diets.data.labels["diet"][place])
    exact = stats.norm(diets.group_columns()["raw"][place], 2.0 / np.sqrt(n)).pdf(found.theta)
    assert found.likelihood == pytest.approx(exact, rel=1e-8)


def test_a_group_that_does_not_exist_or_is_known_exactly(rats):
    with pytest.raises(pp.RequestError, match="no group"):
        rats.plot.group("nobody")
    with pytest.raises(pp.RequestError, match="known exactly"):
        estimates([1.0, 2.0], [1.0, 1.0]).given(mean=0.0, sd=0.0).plot.group(1)
    assert plt.get_fignums() == []


# --- ranks ---------------------------------------------------------------------------------------------------


def intervals_of(ax):
    (lines,) = [part for part in ax.collections if isinstance(part, LineCollection)]
    return np.array([segment[:, 0] for segment in lines.get_segments()]), lines.get_colors()


@pytest.mark.parametrize("best", ["high", "low"])
def test_ranks_are_those_of_the_table(fit, best):
    ax, table = fit.plot.ranks(best, 0.8), fit.rank_columns(best, level=0.8)
    order = np.argsort(table["expected_rank"], kind="stable")[::-1]  # the best at the top
    ends, colours = intervals_of(ax)
    expected = np.asarray(ax.collections[1].get_offsets())
    assert expected[:, 0] == pytest.approx(table["expected_rank"][order])
    rows = {tuple(row) for row in zip(table["expected_rank"], table["lower"], table["upper"], strict=True)}
    assert {(at, *end) for at, end in zip(expected[:, 0].tolist(), ends.tolist(), strict=True)} == rows
    darkest = np.argmin(colours[:, :3].sum(axis=1))
    assert expected[darkest, 0] == pytest.approx(table["expected_rank"][np.argmax(table["p_best"])])
    assert to_hex(colours[darkest]) == style.GROUP
    assert ax.get_xlabel() == f"rank, 1 = the {best}est"


def test_probabilities_of_the_best_stand_beside_the_rows(schools):
    ax, table = schools.plot.ranks(), schools.rank_columns()
    ax.figure.canvas.draw()
    written = [text.get_text() for text in ax.texts if re.fullmatch(r"[<>]?\d+%", text.get_text())]
    order = np.argsort(table["expected_rank"], kind="stable")[::-1]
    assert written == [f"{100 * p:.0f}%" for p in table["p_best"][order]]
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names == [str(name) for name in table["school"][order]]


def test_the_first_ranks_are_among_all_groups(rats):
    ax, table = rats.plot.ranks(top=5), rats.rank_columns()
    first = np.argsort(table["expected_rank"], kind="stable")[:5][::-1]
    ends, _ = intervals_of(ax)
    assert ends == pytest.approx(np.stack([table["lower"][first], table["upper"][first]], axis=1))
    assert any("the first 5 of 71 groups" in text for text in words(ax))
    for top in (0, True, 2.0):
        with pytest.raises(pp.RequestError, match="at least 1"):
            rats.plot.ranks(top=top)
    with pytest.raises(pp.RequestError, match="best"):
        rats.plot.ranks("middle")


def test_ranks_of_more_groups_than_rows_are_sampled():
    rng = np.random.default_rng(8)
    fit = estimates(np.append(rng.normal(0.0, 1.0, 320), 30.0), np.full(321, 1.0))
    ax = fit.plot.ranks()
    ends, _ = intervals_of(ax)
    assert len(ends) == by_row.SAMPLE
    assert any("150 of 321 groups are drawn" in text for text in words(ax))
    assert "321" in words(ax)  # the outlying one


# --- pooling -------------------------------------------------------------------------------------------------


def test_the_three_poolings_are_those_of_the_table(fit):
    ax, table = fit.plot.pooling(0.9), fit.pooling().group_columns(0.9)
    by = {model: np.flatnonzero(table["model"] == model) for model in ("complete", "none", "partial")}
    order = np.argsort(table["median"][by["partial"]], kind="stable")
    for model, name in (("none", "no"), ("partial", "partial")):
        rows = by[model][order]
        (lines,) = labelled(ax, f"{name} pooling, 90% interval")
        ends = np.array([segment[:, 0] for segment in lines.get_segments()])
        assert ends == pytest.approx(np.stack([table["lower"][rows], table["upper"][rows]], axis=1))
        (points,) = labelled(ax, f"{name} pooling, median")
        assert points.get_xdata() == pytest.approx(table["median"][rows])
    band = ax.patches[0]
    ends = table["lower"][0], table["upper"][0]
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx(ends)
    links = next(part for part in ax.collections if to_hex(part.get_colors()[0]) == style.FAINT)
    between = np.array([segment[:, 0] for segment in links.get_segments()])
    medians = np.stack([table["median"][by[model][order]] for model in ("none", "partial")], axis=1)
    assert between == pytest.approx(medians)


def test_where_no_pooling_has_no_estimate_the_picture_says_so():
    prior = pp.Prior(sigma=pp.HalfNormal(1.0))
    fit = pp.measurements({"g": list("abc"), "y": [1.0, 2.0, 4.0]}, value="y", group="g", prior=prior)
    ax = fit.plot.pooling()
    assert any("3 without an estimate of their own" in text for text in words(ax))


def test_names_beside_points_have_room_and_order():
    figure, ax = plt.subplots()
    figure.canvas.draw()
    x, y = np.full(40, 0.5), np.full(40, 0.5)
    named = beside_points.name_points(ax, [f"name {i}" for i in range(40)], x, y)
    assert 10 < named < 40
    assert [text.get_text() for text in ax.texts] == [f"name {i}" for i in range(named)]
    boxes = [Text.get_window_extent(text) for text in ax.texts]
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])
