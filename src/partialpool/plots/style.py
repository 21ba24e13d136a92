"""How our pictures look: two colours that differ in lightness, thin lines, and nothing that is not data.

The colours are told apart in black and white, and by readers who see no red or green: groups are dark, the population
is light and its lines are broken, what was observed is hollow.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from partialpool.errors import MissingDependencyError

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.ticker import Formatter

INK = "#222222"  # text
GREY = "#767676"  # remarks, axes, what was observed
GROUP = "#0b3c6f"
FAINT = "#a9c0d8"  # a group that says little
POPULATION = "#d07c00"
SURFACE = ("#f2f6fa", "#dbe6f1", "#9fb8d1", "#5f88b5")

SMALL, USUAL, LARGE = 7.5, 9.0, 10.5
THIN = 0.6
SETTLING = 1.15  # by how much axes shrink when labels, title and legend have found their place
_FEW_TICKS = 7
_SMALLEST, _LARGEST = 1e-3, 1e6  # numbers beyond these are written in units of a power of ten

_STYLE: dict[str, Any] = {
    "text.parse_math": False,
    "text.usetex": False,
    "font.family": ["DejaVu Sans"],
    "font.size": USUAL,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.linewidth": THIN,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": LARGE,
    "axes.titlelocation": "left",
    "axes.formatter.useoffset": False,
    "axes.unicode_minus": True,
    "legend.frameon": False,
    "legend.fontsize": SMALL,
    "lines.solid_capstyle": "butt",
    "savefig.dpi": 200,
    "figure.dpi": 100,
    "svg.hashsalt": "partialpool",
}


def needed() -> None:
    """Refuse politely where Matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        raise MissingDependencyError('Pictures need Matplotlib: pip install "partialpool[plots]".')


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Our style, whatever the caller's is; the caller's comes back when the block ends."""
    needed()
    from matplotlib import style

    with style.context(["default", _STYLE]):
        yield


def shown(size: tuple[float, float]) -> Figure:
    """A new figure that a notebook shows by itself, and a script when it says so."""
    from matplotlib import pyplot as plt

    return plt.figure(figsize=size, layout="constrained")


def plain(size: tuple[float, float]) -> Figure:
    """A new figure that nobody but the caller knows of."""
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained")


def shades(*colours: str) -> Colormap:
    """From the first colour to the last."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("partialpool", list(colours))


def inches(ax: Axes) -> float:
    """How high the axes are."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return float(ax.get_window_extent().height / figure.dpi)


def line_height(ax: Axes) -> float:
    """What a line of small text takes, in the units of y."""
    low, high = ax.get_ylim()
    return abs(high - low) * 1.15 * SMALL / 72.0 / max(inches(ax), 0.1)


def make_room(ax: Axes, *, right: float, above: float) -> None:
    """Shrink the axes so that what is put beside them stays where they were, unless the figure sees to that itself.

    right, above: how far that reaches, in sizes of the axes.
    """
    figure = ax.get_figure(root=True)
    assert figure is not None
    if figure.get_layout_engine() is None:
        box = ax.get_position()
        ax.set_position((box.x0, box.y0, box.width / right, box.height / above))


def legend_below(ax: Axes, handles: Sequence[Artist], *, columns: int, gap: float) -> None:
    """The legend so many inches under the axes, where it covers nothing."""
    from matplotlib.transforms import ScaledTranslation

    figure = ax.get_figure(root=True)
    assert figure is not None
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        bbox_transform=ax.transAxes + ScaledTranslation(0.0, -gap, figure.dpi_scale_trans),
        ncols=columns,
        borderaxespad=0.0,
        columnspacing=1.2,
        handletextpad=0.5,
        handlelength=1.8,
    )


def titled(ax: Axes, title: str, *remarks: str) -> None:
    """What is seen, and below it what else a reader should know, a line each."""
    lines = [remark for remark in remarks if remark]
    pad = 8.0 + 1.4 * SMALL * len(lines)
    ax.set_title(title, fontsize=LARGE, color=INK, pad=pad, loc="left", parse_math=False)
    if lines:
        ax.annotate(
            "\n".join(lines),
            (0.0, 1.0),
            xytext=(0.0, 6.0),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=SMALL,
            color=GREY,
            annotation_clip=False,
            parse_math=False,
        )


def framed(ax: Axes, x: str = "", y: str = "") -> None:
    """Axes on two sides, thin, with these labels and a few plain numbers."""
    from matplotlib.ticker import MaxNLocator

    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("bottom", "left"):
        ax.spines[side].set_linewidth(THIN)
        ax.spines[side].set_color(GREY)
    ax.tick_params(width=THIN, length=3.0, color=GREY, labelcolor=INK, labelsize=SMALL + 0.5)
    for axis, limits, label, put in (
        (ax.xaxis, ax.get_xlim(), x, ax.set_xlabel),
        (ax.yaxis, ax.get_ylim(), y, ax.set_ylabel),
    ):
        power = _power(limits)
        axis.set_major_locator(MaxNLocator(_FEW_TICKS, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(_numbers(power))
        axis.get_offset_text().set_visible(False)
        said = f"{label}  (in units of 1e{power})" if power and label else label
        put(said, fontsize=USUAL, color=INK, parse_math=False)


def _power(limits: tuple[float, float]) -> int:
    """The power of ten in whose units very small or large numbers are written; 0 where they are not."""
    largest = max(abs(limits[0]), abs(limits[1]))
    return 0 if largest == 0.0 or _SMALLEST <= largest < _LARGEST else math.floor(math.log10(largest))


def _numbers(power: int) -> Formatter:
    """Plain numbers, with as many digits as tell one tick from the next."""
    from matplotlib.ticker import ScalarFormatter

    formatter = ScalarFormatter(useOffset=False, useMathText=False, useLocale=False)
    formatter.set_scientific(bool(power))
    formatter.set_powerlimits((power, power))
    return formatter
