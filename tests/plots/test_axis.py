"""Pictures on another scale: the axis is in the numbers that are written at it, and takes a caller's own."""

import pickle
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

import partialpool as pp
from partialpool.effects.scales import scale
from partialpool.plots.axis import Along

plt = pytest.importorskip("matplotlib.pyplot")

PICTURES = [("meta_analysis", "x"), ("forest", "x"), ("shrinkage", "y")]


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def fit(wide=0.5, name="log_odds_ratio"):
    rng = np.random.default_rng(3)
    data = {"trial": list("abcdefgh"), name: rng.normal(-0.2, wide, 8), "se": rng.uniform(0.2, 1.0, 8) * wide}
    return pp.estimates(data, estimate=name, se="se", group="trial")


def along(ax, which):
    axis = ax.xaxis if which == "x" else ax.yaxis
    put = ax.set_xlim if which == "x" else ax.set_ylim
    return SimpleNamespace(axis=axis, scale=axis.get_scale(), limits=tuple(axis.get_view_interval()), put=put)


def place(ax, which, value):
    """Where a number stands on the screen, as a share of the axis."""
    point = (value, 0.5) if which == "x" else (0.5, value)
    return ax.transAxes.inverted().transform(ax.transData.transform(point))[int(which == "y")]


@pytest.mark.parametrize("wide", [0.01, 0.5, 2.0])
@pytest.mark.parametrize(("name", "which"), PICTURES)
@pytest.mark.parametrize("transform", ["exp", "tanh", "expit"])
def test_the_axis_keeps_the_distances_of_theta(name, which, transform, wide):
    ax = getattr(fit(wide).plot, name)(transform=transform)
    ax.figure.canvas.draw()
    to, found = scale(transform), along(ax, which)
    low, high = to.backward(np.array(found.limits))
    for share in (0.0, 0.3, 0.5, 0.9, 1.0):
        value = float(to.forward(np.array(low + share * (high - low))))
        assert place(ax, which, value) == pytest.approx(share, abs=1e-6)
    assert (found.scale == "log") == (transform == "exp")
    assert not len(found.axis.get_minorticklocs())


@pytest.mark.parametrize(("name", "which"), PICTURES)
def test_a_caller_chooses_the_limits_in_ratios_and_the_ticks_follow(name, which):
    ax = getattr(fit().plot, name)(transform="exp")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        along(ax, which).put(0.05, 5)
        ax.figure.canvas.draw()
    found = along(ax, which)
    assert found.limits == (0.05, 5)
    assert place(ax, which, 0.5) == pytest.approx(0.5)
    labels = [label.get_text() for label in found.axis.get_ticklabels()]
    assert labels in (["0.05", "0.1", "0.2", "0.5", "1", "2", "5"], ["0.05", "0.2", "1", "5"])


@pytest.mark.parametrize(("transform", "ends"), [("tanh", (-1, 1)), ("expit", (0, 1))])
@pytest.mark.parametrize(("name", "which"), PICTURES)
def test_an_axis_stops_before_an_end_that_is_infinitely_far_away(name, which, transform, ends):
    ax = getattr(fit().plot, name)(transform=transform)
    along(ax, which).put(*ends)
    ax.figure.canvas.draw()
    low, high = along(ax, which).limits
    assert ends[0] < low < ends[0] + 0.01
    assert ends[1] - 0.01 < high < ends[1]
    assert len(along(ax, which).axis.get_ticklocs()) >= 3


def test_a_line_at_a_ratio_stands_at_that_ratio():
    ax = fit().plot.meta_analysis()
    ax.axvline(0.8)
    low, high = np.log(ax.get_xlim())
    assert place(ax, "x", 0.8) == pytest.approx((np.log(0.8) - low) / (high - low))


def test_limits_the_other_way_round():
    ax = fit().plot.forest(transform="exp")
    ax.set_xlim(4.0, 0.25)
    ax.figure.canvas.draw()
    assert {"0.5", "1", "2"} <= {label.get_text() for label in ax.get_xticklabels()}


def test_values_beyond_the_numbers_of_an_axis_stand_at_the_last_of_them():
    axis = Along("x", (-1.0, 1.0), scale("exp"))
    assert axis.at(np.array([-1000.0, 0.0, 1000.0])).tolist() == [1e-300, 1.0, 1e300]
    assert np.isfinite(np.arctanh(Along("x", (-1.0, 1.0), scale("tanh")).at(30.0)))


@pytest.mark.parametrize("transform", ["exp", "tanh", None])
def test_a_picture_can_be_copied(transform):
    figure = fit().plot.forest(transform=transform).figure
    assert along(pickle.loads(pickle.dumps(figure)).axes[0], "x").limits == along(figure.axes[0], "x").limits


def test_what_is_listed_are_the_pictures_and_a_size_is_that_of_axes():
    plot = fit().plot
    assert repr(plot) == (
        "Pictures of a fit: shrinkage(), forest(), meta_analysis(), population(), raw_vs_posterior(), funnel(), "
        "group(), ranks(), pooling(), conditional(), predictive(), prior_posterior(), sensitivity()"
    )
    with pytest.raises(pp.CallError, match=r"Give axes of that size, ax=plt.figure\(figsize=\(9, 4\)\)"):
        plot.shrinkage(figsize=(9, 4))
