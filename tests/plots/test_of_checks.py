"""The pictures of checks and priors: what is drawn is what the tables hold, for every family and number of groups."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.text import Text
from scipy import stats
from scipy.interpolate import make_interp_spline

import partialpool as pp
from partialpool.plots import check_name, save, style
from partialpool.plots.of_checks import EVERY
from partialpool.plots.predictive import KINDS

HOSTILE = ["$x^2$", "<script>alert(1)</script>", "a\nb\x1b[31m", "x" * 200, "$\\frac{", "100%", "_{}^", "-->", ""]
NORMAL = ("estimates", "measurements")
METHODS = {**EVERY, "conditional": lambda plots, **options: plots.conditional(**options)}


def words(ax):
    return [text.get_text() for text in ax.get_figure(root=True).findobj(Text) if text.get_text()]


def drawn(fit):
    """The pictures of this file that a fit has."""
    return [name for name in METHODS if name != "conditional" or fit.family.name in NORMAL]


def simulated(family, groups):
    """A fit of so many groups."""
    rng = np.random.default_rng(20261201)
    names, size = [f"g{i}" for i in range(groups)], rng.integers(5, 60, groups)
    share = rng.beta(3.0, 9.0, groups)
    if family == "proportions":
        data = {"g": names, "y": rng.binomial(size, share), "n": size}
        return pp.proportions(data, successes="y", trials="n", group="g")
    if family == "rates":
        return pp.rates(
            {"g": names, "y": rng.poisson(size * share) + 1, "x": size}, events="y", exposure="x", group="g"
        )
    theta = rng.normal(0.0, 1.0, groups)
    if family == "estimates":
        return pp.estimates(
            {"g": names, "y": rng.normal(theta, 0.7), "s": 0.4 + share}, estimate="y", se="s", group="g"
        )
    return pp.measurements({"g": np.repeat(names, 3), "y": rng.normal(theta.repeat(3), 1.0)}, value="y", group="g")


# --- all of them ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("groups", [1, 2, 3, 71])
@pytest.mark.parametrize("family", ["proportions", "rates", *NORMAL])
def test_any_number_of_groups(family, groups):
    fit = simulated(family, groups)
    for name in drawn(fit):
        METHODS[name](fit.plot).figure.canvas.draw()


def test_thousands_of_groups():
    rng = np.random.default_rng(7)
    data = {"y": rng.normal(0.0, 2.0, 10_000), "s": np.ones(10_000)}
    fit = pp.estimates(data, estimate="y", se="s")
    ax = fit.plot.conditional()
    assert len(ax.lines) == 150
    assert any("150 of 10,000 groups are drawn" in text for text in words(ax))
    for name in ("sensitivity", "prior-posterior"):
        METHODS[name](fit.plot).figure.canvas.draw()


@pytest.mark.parametrize("family", NORMAL)
def test_identical_groups(family):
    if family == "estimates":
        fit = pp.estimates({"y": [1.0] * 5, "s": [0.5] * 5}, estimate="y", se="s")
    else:
        data = {"g": np.repeat(list("abcde"), 2), "y": [0.0, 1.0] * 5}
        fit = pp.measurements(data, value="y", group="g")
    for name in drawn(fit):
        METHODS[name](fit.plot).figure.canvas.draw()


def test_groups_without_data():
    data = {"g": list("abcd"), "y": [1, 4, 3, 0], "n": [20, 20, 9, 0]}
    fit = pp.proportions(data, successes="y", trials="n", group="g")
    for name in EVERY:
        EVERY[name](fit.plot).figure.canvas.draw()
    _, right = axes_of(fit.plot.predictive())
    assert len(right.lines[1].get_xdata()) == 3 + 2


@pytest.mark.parametrize("name", METHODS)
def test_hostile_names_are_plain_text(name):
    data = {"$g_1$ <b>": HOSTILE, "y$\\alpha$\n": [1.0, 2, 3, 4, 5, 6, 70, 8, 2], "n{0}": [1.0] * 9}
    fit = pp.estimates(data, estimate="y$\\alpha$\n", se="n{0}", group="$g_1$ <b>")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = METHODS[name](fit.plot)
        ax.figure.canvas.draw()
    assert not any("\n" in text.replace("\n", " ") or "\x1b" in text for text in words(ax))


def test_names_of_priors_are_plain_text(schools):
    name = "$x$ \n" + "y" * 60
    ax = schools.plot.sensitivity({name: "jeffreys", "$\\frac{": "flat"})
    ax.figure.canvas.draw()
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels[1].startswith("$x$ \\x0ayy")
    assert len(labels[1]) <= 28
    assert labels[2] == "$\\frac{"


def test_it_is_drawn_on_the_axes_given(fit):
    for name in drawn(fit):
        figure, axes = plt.subplots(1, 2)
        before = plt.get_fignums()
        assert METHODS[name](fit.plot, ax=axes[1]) is axes[1]
        assert plt.get_fignums() == before
        assert not axes[0].has_data()
        figure.canvas.draw()


@pytest.mark.parametrize("size", [(6.4, 4.8), (10.0, 9.0)])
def test_a_quarter_of_a_figure_holds_all_of_a_picture(fit, size):
    for name in drawn(fit):
        figure, axes = plt.subplots(2, 2, figsize=size)
        ax = METHODS[name](fit.plot, ax=axes[1, 0])
        figure.canvas.draw()
        place = ax.get_position(original=True).transformed(figure.transFigure)
        taken = ax.get_tightbbox()
        assert np.all(taken.min > place.min - 2.0), name
        assert np.all(taken.max < place.max + 2.0), name
        plt.close(figure)


@pytest.mark.parametrize("size", [None, (5.2, 5.0), (14.0, 5.0)])
def test_nothing_of_a_picture_is_cut_off(fit, size):
    for name in drawn(fit):
        figure = METHODS[name](fit.plot).figure
        if size:
            figure.set_size_inches(*size)
        figure.canvas.draw()
        taken = figure.axes[0].get_tightbbox()
        assert np.all(taken.min > -1.0), name
        assert np.all(taken.max < figure.bbox.max + 1.0), name
        plt.close(figure)


def seen(ax):
    """The boxes of the texts that are seen."""
    ax.figure.canvas.draw()
    hidden = [
        tick
        for of in (ax, *ax.child_axes)
        for axis in (of.xaxis, of.yaxis)
        for one in [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        for tick in (one.label1, one.label2)
        if not min(axis.get_view_interval()) <= one.get_loc() <= max(axis.get_view_interval())
    ]
    texts = [text for text in ax.findobj(Text) if text.get_text() and text.get_visible() and text not in hidden]
    return [Text.get_window_extent(text) for text in texts]


@pytest.mark.parametrize("quarter", [False, True])
def test_texts_do_not_overlap(fit, quarter):
    for name in drawn(fit):
        axes = plt.subplots(2, 2)[1][0, 0] if quarter else None
        boxes = seen(METHODS[name](fit.plot, ax=axes))
        for place, box in enumerate(boxes):
            near = [other for other in boxes[:place] if box.shrunk(0.9, 0.9).overlaps(other.shrunk(0.9, 0.9))]
            assert not near, name


def test_they_are_saved_whatever_the_transform(schools, tmp_path):
    for name in METHODS:
        save(schools, name, tmp_path / f"{name}.png", transform="exp")
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000


def test_what_a_family_does_not_have_is_refused(rats, schools, diets):
    with pytest.raises(pp.RequestError, match=r"is of estimates and measurements, .*; proportions have none"):
        rats.plot.conditional()
    with pytest.raises(pp.RequestError, match="The picture conditional is of estimates and measurements, not of pro"):
        check_name("conditional", rats.family)
    for fit in (schools, diets):
        check_name("conditional", fit.family)
    assert not plt.get_fignums()


def test_a_method_without_a_prior_is_refused():
    data = {"y": [3, 0, 1, 5], "n": [10, 20, 5, 9]}
    fit = pp.proportions(data, successes="y", trials="n", method="moments")
    for draw in (fit.plot.prior_posterior, fit.plot.sensitivity):
        with pytest.raises(pp.RequestError, match='Method "moments" has no prior'):
            draw()
    fit.plot.predictive().figure.canvas.draw()
    assert len(plt.get_fignums()) == 1


def test_without_matplotlib_the_cure_is_named(schools, monkeypatch):
    monkeypatch.setattr(style, "find_spec", lambda _: None)
    for draw in METHODS.values():
        with pytest.raises(pp.MissingDependencyError, match=r'pip install "partialpool\[plots\]"'):
            draw(schools.plot)


# --- each of them --------------------------------------------------------------------------------------------


def axes_of(ax):
    return [ax, *ax.child_axes]


def intervals(ax):
    """The ends and the y of the lines that `hlines` drew first."""
    lines = next(part for part in ax.collections if isinstance(part, LineCollection))
    segments = np.array(lines.get_segments())
    return segments[:, 0, 0], segments[:, 1, 0], segments[:, 0, 1]


@pytest.mark.parametrize("name", ["schools", "diets"])
def test_conditional_means_and_sds_are_those_of_the_table(request, name):
    fit = request.getfixturevalue(name)
    ax, table = fit.plot.conditional(), fit.trace_columns()
    means, density = ax.child_axes
    points = len(table["mean"]) // fit.data.size
    for axes, column in ((ax, "sd"), (means, "mean")):
        assert len(axes.lines) == fit.data.size
        for line, values in zip(axes.lines, table[column].reshape(-1, points), strict=True):
            count = len(line.get_xdata())
            assert line.get_xdata() == pytest.approx(table["given_sd"][:count])
            assert line.get_ydata() == pytest.approx(values[:count])
    assert density.lines[0].get_ydata() == pytest.approx(table["density"][:points])
    assert ax.get_xlim() == means.get_xlim() == density.get_xlim()
    label = next(iter(fit.data.labels.values()))
    assert set(map(str, label)) <= set(words(ax))


def test_statistics_stand_in_their_intervals(fit):
    ax, table = fit.plot.predictive(level=0.9), fit.check(level=0.9).statistic_columns()
    known = np.isfinite(table["p_value"]) & np.isfinite(table["upper"])
    low, high, place = intervals(ax)
    assert set(low) == {-1.0}
    assert set(high) == {1.0}
    assert len(place) == known.sum()
    assert np.all(np.diff(place) < 0.0)
    lower, upper = table["lower"][known], table["upper"][known]
    observed = table["observed"][known]
    wide = np.where(upper > lower, upper - lower, 1.0)
    expected = np.where(upper > lower, 2.0 * (observed - lower) / wide - 1.0, 0.0)
    points = {y: x for line in ax.lines if line.get_marker() in "o<>" for x, y in line.get_xydata().tolist()}
    assert [points[y] for y in place] == pytest.approx(np.clip(expected, -2.2, 2.2))
    labels = dict(zip(ax.get_yticks(), (text.get_text() for text in ax.get_yticklabels()), strict=True))
    assert [labels[y].split(" = ")[0] for y in place] == list(table["statistic"][known])
    assert {KINDS[kind] for kind in table["theta"][known]} <= set(words(ax))
    assert [text.get_text() for text in ax.get_xticklabels()] == ["5%", "95%"]


def test_the_groups_are_a_staircase_of_their_probabilities(fit):
    _, right = axes_of(fit.plot.predictive())
    pit = np.sort(fit.check().group_columns()["pit"])
    line = right.lines[1]
    assert line.get_xdata()[1:-1] == pytest.approx(pit)
    assert line.get_ydata()[1:-1] == pytest.approx(np.arange(1, len(pit) + 1) / len(pit))


def test_an_outlying_group_is_named():
    data = {"g": [f"g{i}" for i in range(20)], "y": [*np.linspace(-1.0, 1.0, 19), 30.0], "s": [1.0] * 20}
    fit = pp.estimates(data, estimate="y", se="s", group="g")
    ax = fit.plot.predictive()
    assert any(text.startswith("outlying, given the others: g19") for text in words(ax))
    assert any("no group is outlying" in text for text in words(simulated("estimates", 20).plot.predictive()))


def test_a_statistic_far_out_is_an_arrow():
    fit = pp.estimates({"y": np.zeros(40), "s": np.ones(40)}, estimate="y", se="s")
    ax = fit.plot.predictive()
    markers = {line.get_marker() for line in ax.lines}
    assert {"<0.01", ">0.99"} <= set(words(ax))
    assert {"<", ">"} <= markers
    assert words(ax).count("observed, farther out") == 1


def test_sensitivity_has_the_medians_and_intervals_of_the_table(fit):
    ax, table = fit.plot.sensitivity(), fit.sensitivity().columns()
    parameters = list(dict.fromkeys(table["parameter"]))
    count = len(parameters)
    panels = axes_of(ax)
    assert [panel.get_xlabel() for panel in panels[:count]] == parameters
    assert [text.get_text() for text in ax.get_yticklabels()] == list(table["prior"][::count])
    for k, panel in enumerate(panels[:count]):
        lower, median, upper = (table[name][k::count] for name in ("lower", "median", "upper"))
        low, high, place = intervals(panel)
        ends = panel.get_xlim()
        assert np.all((low == lower) | ((lower < low) & (low > ends[0])))
        assert np.all((high == upper) | ((upper > high) & (high < ends[1])))
        assert np.all((low <= median) & (median <= high))
        dots = next(line for line in panel.lines if line.get_label() == "median")
        assert dots.get_xdata() == pytest.approx(median)
        assert dots.get_ydata() == pytest.approx(place)
        assert panel.lines[0].get_xdata() == pytest.approx([median[0]] * 2)
        (band,) = panel.patches
        assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((lower[0], upper[0]))
    assert panels[-1].lines[0].get_xdata() == pytest.approx(table["moved"][::count])


def test_sensitivity_takes_priors_and_parameters(schools):
    ax = schools.plot.sensitivity(["jeffreys"], parameters=["sd"], level=0.5)
    assert [text.get_text() for text in ax.get_yticklabels()][1:] == ["jeffreys"]
    assert ax.get_xlabel() == "sd"
    assert "50% interval" in words(ax)
    with pytest.raises(pp.RequestError, match="no parameter 'tau2'"):
        schools.plot.sensitivity(parameters=["tau2"])


def test_priors_without_a_posterior_are_named():
    fit = simulated("estimates", 1)
    assert any("no posterior under flat" in text for text in words(fit.plot.sensitivity()))


def test_power_scaling_is_in_words(schools):
    power = schools.sensitivity().power_columns()
    value = power["sensitivity"][(power["part"] == "likelihood") & (power["parameter"] == "sd")][0]
    said = f"log sd {value:+.2f} sds".replace("-", "−")
    assert any(
        "twice the power" in text and said in text.replace("\n", " ") for text in words(schools.plot.sensitivity())
    )


def test_prior_and_posterior_are_those_of_the_table(fit):
    ax, table = fit.plot.prior_posterior(), fit.density_columns()
    panels = {panel.get_xlabel(): panel for panel in axes_of(ax)}
    assert list(panels) == list(dict.fromkeys(table["parameter"]))
    for name, panel in panels.items():
        rows = table["parameter"] == name
        value, posterior, prior = (table[part][rows] for part in ("value", "posterior", "prior"))
        curve, line = panel.lines
        x, y = curve.get_data()
        assert y.max() == pytest.approx(posterior.max(), rel=1e-3)
        assert np.interp(x, value, posterior) == pytest.approx(y, abs=0.01 * y.max())
        at = np.isin(value, line.get_xdata())
        assert line.get_xdata() == pytest.approx(value[at])
        ratio = line.get_ydata() / prior[at]
        assert ratio == pytest.approx(np.full(at.sum(), ratio[0]))
        if table["proper"][rows][0]:
            assert ratio[0] == 1.0
            assert line.get_label() == "prior"
        else:
            assert line.get_ydata()[posterior[at] > 0.1 * posterior.max()].max() == pytest.approx(posterior.max())
            assert line.is_dashed()
            assert any("is improper" in text for text in words(ax))


# --- the table of densities ----------------------------------------------------------------------------------

PRIORS = [
    ("proportions", None, {"mean": stats.beta(1.0, 1.0)}),
    ("proportions", pp.Prior(mean=pp.Beta(2, 8), concentration=pp.Gamma(2, 0.1)), {"mean": stats.beta(2, 8)}),
    ("proportions", pp.Prior(concentration=pp.Gamma(2, 0.1)), {"concentration": stats.gamma(2, scale=10.0)}),
    ("proportions", pp.Prior(alpha=pp.Gamma(2, 1), beta=pp.Gamma(2, 0.1)), {"alpha": stats.gamma(2, scale=1.0)}),
    ("proportions", pp.Prior(mean=lambda x: 5.0 * x * (1.0 - x)), {"mean": stats.beta(2, 2)}),
    ("proportions", pp.Prior(concentration=lambda k: np.exp(-k / 9.0)), {"concentration": stats.expon(scale=9.0)}),
    ("rates", pp.Prior(mean=pp.Gamma(2, 3), shape=pp.Gamma(2, 0.5)), {"mean": stats.gamma(2, scale=1.0 / 3.0)}),
    ("rates", pp.Prior(shape=pp.Gamma(2, 0.5), rate=pp.Gamma(2, 0.1)), {"rate": stats.gamma(2, scale=10.0)}),
    ("estimates", pp.Prior(mean=pp.Normal(1, 2), sd=pp.HalfNormal(2)), {"mean": stats.norm(1, 2)}),
    ("estimates", pp.Prior(sd=pp.HalfCauchy(2)), {"sd": stats.halfcauchy(scale=2.0)}),
    ("measurements", pp.Prior(sd=pp.HalfNormal(2), sigma=pp.HalfCauchy(3)), {"sigma": stats.halfcauchy(scale=3.0)}),
]


def with_prior(family, prior):
    fit = simulated(family, 12)
    return fit if prior is None else getattr(pp, family)(fit.groups(), **ROLES[family], group="g", prior=prior)


ROLES = {
    "proportions": {"successes": "y", "trials": "n"},
    "rates": {"events": "y", "exposure": "x"},
    "estimates": {"estimate": "y", "se": "s"},
}


@pytest.mark.parametrize(("family", "prior", "expected"), PRIORS)
def test_prior_densities_are_normalised(family, prior, expected):
    if family == "measurements":
        rng = np.random.default_rng(3)
        data = {"g": np.arange(8).repeat(3), "y": rng.normal(rng.normal(0, 1, 8).repeat(3), 1.0)}
        fit = pp.measurements(data, value="y", group="g", prior=prior)
    else:
        fit = with_prior(family, prior)
    table = fit.density_columns()
    for name, known in expected.items():
        rows = table["parameter"] == name
        assert table["proper"][rows].all()
        assert table["prior"][rows] == pytest.approx(known.pdf(table["value"][rows]), rel=1e-9)


def test_the_default_prior_of_measurements_is_that_of_the_icc(diets):
    """Under a uniform shrinkage of a group of n0 rows, n0 r^2/(1 + n0 r^2) is uniform, with r^2 = icc/(1 - icc)."""
    data = {"g": np.arange(6).repeat(4), "y": np.random.default_rng(2).normal(size=24) + np.arange(6).repeat(4)}
    fit = pp.measurements(data, value="y", group="g")
    table = fit.density_columns()
    rows = table["parameter"] == "icc"
    icc = table["value"][rows]
    assert table["prior"][rows] == pytest.approx(4.0 / (1.0 - icc + 4.0 * icc) ** 2, rel=1e-9)
    assert "sd" in diets.density_columns()["parameter"]  # under a flat prior of the sd itself


def test_posterior_densities_agree_with_those_of_surface_and_traces(fit):
    table = fit.density_columns()
    assert table["error"].max() < 3e-5
    if fit.family.name in NORMAL:
        traces = fit.trace_columns(np.array([0]))
        known = {"sd": (traces["given_sd"], traces["density"])}
    else:
        coordinates = "mean-concentration" if fit.family.name == "proportions" else "mean-shape"
        beside = fit.surface_columns(coordinates)[1]
        rows = {name: beside["parameter"] == name for name in beside["parameter"]}
        known = {name: (beside["value"][at], beside["density"][at]) for name, at in rows.items()}
    compared = 0
    for name, (value, density) in known.items():
        rows = table["parameter"] == name
        if rows.any():
            x, y = table["value"][rows], table["posterior"][rows]
            inside = (value > x[0]) & (value < x[-1])
            within = (table["error"][rows][0] + 2e-6) * y.max()  # the second is of the interpolation
            assert make_interp_spline(x, y, k=5)(value[inside]) == pytest.approx(density[inside], rel=0.0, abs=within)
            compared += 1
    assert compared


def test_posterior_densities_integrate_to_one(fit):
    table = fit.density_columns()
    for name in dict.fromkeys(table["parameter"]):
        rows = table["parameter"] == name
        assert np.all(np.diff(table["value"][rows]) > 0.0)
        assert np.trapezoid(table["posterior"][rows], table["value"][rows]) == pytest.approx(1.0, abs=3e-3)


def test_a_uniform_prior_ends_where_it_ends():
    fit = with_prior("estimates", pp.Prior(sd=pp.Uniform(0.0, 1.2)))
    table = fit.density_columns()
    rows = table["parameter"] == "sd"
    assert table["value"][rows].max() < 1.2
    assert set(table["prior"][rows]) == {1.0 / 1.2}
    traces = fit.trace_columns(np.array([0]))
    x, y = table["value"][rows], table["posterior"][rows]
    inside = (traces["given_sd"] > x[0]) & (traces["given_sd"] < x[-1])
    found = make_interp_spline(x, y, k=5)(traces["given_sd"][inside])
    assert table["error"][rows].max() < 1e-3
    assert found == pytest.approx(traces["density"][inside], rel=0.0, abs=table["error"][rows][0] * y.max())


def test_densities_is_a_table(schools):
    assert list(schools.densities().columns) == ["parameter", "value", "posterior", "error", "prior", "proper"]
    with pytest.raises(pp.RequestError, match='Method "given" has no prior'):
        schools.given(mean=8.0, sd=5.0).densities()
