"""The predictive picture: statistics of the data in their predictive distributions, and every group given the others.

The intervals of all statistics have the same length, so that statistics in different units can stand below one another:
a statistic is drawn at 2 (value - lower)/(upper - lower) - 1, where lower and upper are the ends of its interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from partialpool.messages.wording import counted
from partialpool.plots import layout, panels, style
from partialpool.plots.some import OUTLYING
from partialpool.plots.text import labels
from partialpool.special import Array, Columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = {"same": "the same groups", "new": "new groups", "prior": "the prior alone"}
"""Kind of replicated data -> the header above its statistics."""

_WIDTH, _ROW, _REST, _SHORTEST = 7.6, 0.24, 1.4, 3.2  # inches
_FARTHEST, _EDGE = 2.2, 2.4  # where statistics that are farther out are drawn, and the end of the axis
_GAP = 0.24  # room between the axes, in their widths
_BESIDE = 4.0  # points between the axes and p-values
_ALONE = "no group can be predicted from the others"
_MANY = 2000  # number of points of the distribution function that are drawn


def size(table: Columns) -> tuple[float, float]:
    """Width and height in inches of a picture of this table."""
    rows = len(table["statistic"]) + len(dict.fromkeys(table["theta"]))
    return _WIDTH, max(_SHORTEST, _REST + _ROW * rows)


def draw(table: Columns, groups: Columns, keys: Sequence[str], level: float, ax: Axes) -> None:
    """Draw the statistics on `ax`, and the distribution function of the groups' probabilities on axes to the right.

    Args:
        table: `Check.statistic_columns()`.
        groups: `Check.group_columns()`.
        keys: the label columns of the groups.
        level: probability between `lower` and `upper`.
        ax: the axes to draw on.

    Source: Gelman, Meng and Stern 1996, Statistica Sinica 6:733 (statistics); Marshall and Spiegelhalter 2007, Bayesian
    Analysis 2:409 (groups).
    """
    known = np.all([np.isfinite(table[name]) for name in ("observed", "lower", "upper", "p_value")], axis=0)
    rows = {name: column[known] for name, column in table.items()}
    share, brief = layout.type_share(ax), panels.narrow(ax)
    place, headers = _placed(rows)
    _statistics(ax, rows, place, level, share)
    ax.set_ylim(-0.8, max([*place, *headers.values()], default=0.0) + 0.8)
    percent, tail = f"{100.0 * level:g}%", 50.0 * (1.0 - level)
    style.framed(ax, percent if brief else "predictive quantile", "", share)
    ax.set_xticks([-1.0, 1.0], ["", ""] if brief else [f"{tail:.3g}%", f"{100.0 - tail:.5g}%"])
    pit = np.asarray(groups["pit"], dtype=float)
    some = bool(np.isfinite(pit).any())
    axes, reach = panels.row(ax, 2 if some else 1, _GAP)
    for beside in axes[1:]:
        _places(beside, pit, share, "pit" if brief else "P(smaller value | other groups)")
    _name(ax, rows, place, headers, brief=brief)
    handles = ax.get_legend_handles_labels()[0]
    said = _outlying(groups, keys) if some else _ALONE
    left_out = "" if layout.low(ax) else _left_out(table["theta"][~known])
    panels.finish(ax, axes, reach, handles, 4, "Observed and predicted", said, left_out)
    _name(ax, rows, place, headers, brief=brief)
    if not brief:
        _p_values(ax, place, rows["p_value"], max(headers.values(), default=0.0), share)


def _name(ax: Axes, rows: Columns, place: Array, headers: Mapping[str, float], *, brief: bool) -> None:
    """Name the statistics with their observed values, and write the headers above them."""
    values = zip(rows["statistic"], rows["observed"], strict=True)
    names = [name if brief else f"{name} = {value:.4g}".replace("-", "\N{MINUS SIGN}") for name, value in values]
    panels.name_rows(ax, [*place.tolist(), *headers.values()], [*names, *headers])
    for label in ax.get_yticklabels()[len(names) :]:
        label.set_color(style.GREY)


def _left_out(kinds: NDArray[np.object_]) -> str:
    """Say that statistics are left out, of which these are the kinds of replicated data; empty if there are none."""
    if not len(kinds):
        return ""
    if set(kinds) == {"prior"}:
        return "the prior alone predicts nothing definite"
    return f"{counted(len(kinds), 'statistic')} without a predictive distribution left out"


def _statistics(ax: Axes, rows: Columns, place: Array, level: float, share: float) -> None:
    """Draw a line for the interval of each statistic, a stroke for its predictive mean and the observed value."""
    lower, upper = rows["lower"], rows["upper"]
    at, mean = (_within(rows[name], lower, upper) for name in ("observed", "mean"))
    ax.hlines(
        place,
        -1.0,
        1.0,
        color=style.GROUP,
        linewidth=1.2 * share,
        zorder=2,
        label=f"predicted, {100 * level:g}% interval",
    )
    seen = np.abs(mean) < _FARTHEST  # False for a mean that does not exist
    stroke: dict[str, Any] = {"color": style.GROUP, "markersize": 7.0 * share, "markeredgewidth": 1.0 * share}
    ax.plot(mean[seen], place[seen], "|", zorder=3, label="predictive mean", **stroke)
    left, right = at < -_FARTHEST, at > _FARTHEST
    for marker, which, said in (
        ("o", ~(left | right), "observed"),
        ("<", left, "observed, farther out"),
        (">", right, "" if np.any(left) else "observed, farther out"),
    ):
        if np.any(which):
            ax.plot(
                np.clip(at[which], -_FARTHEST, _FARTHEST),
                place[which],
                marker,
                markersize=4.6 * share,
                markerfacecolor="white",
                markeredgecolor=style.POPULATION,
                markeredgewidth=1.3 * share,
                zorder=4,
                label=said,
            )
    ax.set_xlim(-_EDGE, _EDGE)


def _placed(rows: Columns) -> tuple[Array, dict[str, float]]:
    """The y of each statistic, from the top, and header -> its y above the statistics of its kind."""
    kinds = list(dict.fromkeys(rows["theta"]))
    total = len(rows["statistic"]) + len(kinds)
    kind = np.array([kinds.index(one) for one in rows["theta"]], dtype=int)
    place = total - 1.0 - (np.arange(len(kind)) + kind + 1.0)
    headers = {KINDS[one]: float(place[kind == k].max()) + 1.0 for k, one in enumerate(kinds)}
    return place, headers


def _within(value: Array, lower: Array, upper: Array) -> Array:
    """The value on the scale on which the interval reaches from -1 to 1; an interval of one point is at 0."""
    wide = upper - lower
    with np.errstate(all="ignore"):
        inside = 2.0 * (value - lower) / wide - 1.0
        return np.where(wide > 0.0, inside, np.where(value == lower, 0.0, np.sign(value - lower) * np.inf))


def _p_values(ax: Axes, place: Array, p: Array, top: float, share: float) -> None:
    """Write the p-values to the right of the axes, under a header."""
    for at, text in [*zip(place.tolist(), map(_shown, p.tolist()), strict=True), (top, "p-value")]:
        ax.annotate(
            text,
            (1.0, at),
            xytext=(_BESIDE, 0.0),
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
            fontsize=style.SMALL * share,
            color=style.GREY,
            va="center",
            annotation_clip=False,
        )


def _shown(p: float) -> str:
    """A p-value with two decimals, which are neither 0.00 nor 1.00."""
    return "<0.01" if p < 0.005 else ">0.99" if p >= 0.995 else f"{p:.2f}"


def _places(ax: Axes, pit: Array, share: float, label: str) -> None:
    """Draw the share of groups whose probability is at most x, and the line along which it would be x."""
    known = np.sort(pit[np.isfinite(pit)])
    which = np.unique(np.linspace(0, len(known) - 1, min(len(known), _MANY)).round().astype(int))
    x = np.concatenate([[0.0], known[which], [1.0]])
    y = np.concatenate([[0.0], (which + 1.0) / len(known), [1.0]])
    ax.plot([0.0, 1.0], [0.0, 1.0], color=style.POPULATION, linewidth=1.2 * share, dashes=(5, 3), zorder=1)
    ax.plot(x, y, color=style.GROUP, linewidth=1.2 * share, drawstyle="steps-post", zorder=2)
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.02)
    style.framed(ax, label, "share of groups", share)
    ax.set_xticks([0.0, 0.5, 1.0], ["0", "0.5", "1"])
    ax.set_yticks([0.0, 0.5, 1.0], ["0", "0.5", "1"])
    ax.yaxis.tick_right()
    ax.yaxis.set_label_position("right")
    ax.spines["left"].set_visible(False)
    ax.spines["right"].set_visible(True)
    ax.spines["right"].set_linewidth(style.THIN)
    ax.spines["right"].set_color(style.GREY)


def _outlying(groups: Columns, keys: Sequence[str]) -> str:
    """Say which groups are outlying, given the others."""
    which: NDArray[np.intp] = np.flatnonzero(np.asarray(groups["outlying"], dtype=bool))
    if not len(which):
        return "no group is outlying, given the others"
    shown = which[np.argsort(groups["p_value"][which], kind="stable")][:OUTLYING]
    names = ", ".join(labels({key: groups[key][shown] for key in keys}, keys))
    more = f" and {len(which) - len(shown):,} more" if len(which) > len(shown) else ""
    return f"outlying, given the others: {names}{more}"
