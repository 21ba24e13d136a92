"""The style of the pictures: two colours that differ in lightness, thin lines, and no decoration.

The colours can be told apart in black and white, and by colour-blind readers: groups are dark, the population is light
with dashed lines, and raw estimates are hollow.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from partialpool.errors import MissingDependencyError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.ticker import Formatter

INK = "#222222"  # text
GREY = "#767676"  # remarks, axes, raw estimates
GROUP = "#0b3c6f"
FAINT = "#a9c0d8"  # a group of little weight
POPULATION = "#d07c00"
SURFACE = ("#f2f6fa", "#dbe6f1", "#9fb8d1", "#5f88b5")

SMALL, USUAL, LARGE = 7.5, 9.0, 10.5
TICKS = SMALL + 0.5  # size of the numbers at ticks
THIN = 0.6
_FEW_TICKS, _FEWEST_TICKS = 7, 3
_ALIKE = 1e-5  # values whose range is a smaller share of their size are shown as differences from a round number
_SMALLEST, _LARGEST = 1e-3, 1e6  # numbers beyond these are written in units of a power of ten

_FONT = "DejaVu Sans"  # comes with Matplotlib

_STYLE: dict[str, Any] = {
    "text.parse_math": False,
    "text.usetex": False,
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
    "svg.hashsalt": "partialpool",
}


NewFigure = Callable[[tuple[float, float]], "Figure"]  # width and height in inches -> an empty figure


def needed() -> None:
    """Raise MissingDependencyError if Matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        raise MissingDependencyError('Pictures need Matplotlib: pip install "partialpool[plots]".')


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Use our style within the block, and restore the caller's style afterwards."""
    from matplotlib import style

    fonts = [_FONT, *_callers_fonts()]
    with style.context(["default", _STYLE | {"font.family": fonts}]):
        yield


def _callers_fonts() -> list[str]:
    """The fonts of the caller's settings, for characters that our font lacks."""
    from matplotlib import rcParams
    from matplotlib.font_manager import fontManager

    settings: Any = rcParams
    chosen = [name for family in settings["font.family"] for name in settings.get(f"font.{family}", [family])]
    there = set(fontManager.get_font_names())
    return [name for name in dict.fromkeys(chosen) if name in there and name != _FONT]


def dark_behind(ax: Axes | None) -> bool:
    """Whether the background is too dark for our text: that of the caller's figure, or that of files in their style."""
    from matplotlib import rcParams
    from matplotlib.colors import to_rgba

    ground: Any = rcParams["savefig.facecolor"] if ax is None else ax.figure.get_facecolor()
    red, green, blue, there = to_rgba("white" if ground == "auto" else ground)
    return there > 0.5 and 0.299 * red + 0.587 * green + 0.114 * blue < 0.5


def shown(size: tuple[float, float]) -> Figure:
    """A new figure of pyplot, which a notebook shows by itself."""
    from matplotlib import pyplot as plt

    return plt.figure(figsize=size)


def plain(size: tuple[float, float]) -> Figure:
    """A new figure that pyplot does not know, and that does not depend on the caller's style."""
    from matplotlib.figure import Figure

    return Figure(figsize=size, dpi=100.0)


def shades(*colours: str) -> Colormap:
    """A colour map from the first colour to the last."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("partialpool", list(colours))


def framed(ax: Axes, x: str = "", y: str = "", share: float = 1.0) -> None:
    """Give the axes two thin spines, labels and a few plain numbers, in type of `share` of the usual size.

    On a transformed axis the numbers are in no other unit and from no other origin.
    """
    from matplotlib.ticker import MaxNLocator

    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("bottom", "left"):
        ax.spines[side].set_linewidth(THIN)
        ax.spines[side].set_color(GREY)
    ax.tick_params(width=THIN, length=3.0, color=GREY, labelcolor=INK, labelsize=TICKS * share)
    for axis, limits, label, put in (
        (ax.xaxis, ax.get_xlim(), x, ax.set_xlabel),
        (ax.yaxis, ax.get_ylim(), y, ax.set_ylabel),
    ):
        linear = axis.get_scale() == "linear"
        origin = _origin(limits) if linear else 0.0
        power = _power((limits[0] - origin, limits[1] - origin)) if linear else 0
        axis.set_major_locator(MaxNLocator(max(_FEWEST_TICKS, round(_FEW_TICKS * share**2)), steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(_from_origin(origin, power) if origin else _numbers(power))
        axis.get_offset_text().set_visible(False)
        less = f" {'−' if origin > 0.0 else '+'} {abs(origin):,.15g}" if origin else ""
        unit = f"  (in units of 1e{power})" if power else ""
        put(f"{label}{less}{unit}" if label else "", fontsize=USUAL * share, color=INK, parse_math=False)


def _origin(limits: tuple[float, float]) -> float:
    """A round number whose differences are shown if values differ only in late digits; else 0."""
    wide, largest = abs(limits[1] - limits[0]), max(abs(limits[0]), abs(limits[1]))
    if wide == 0.0 or wide > _ALIKE * largest:
        return 0.0
    step = 10.0 ** math.ceil(math.log10(wide))
    return round(0.5 * (limits[0] + limits[1]) / step) * step


def _from_origin(origin: float, power: int) -> Formatter:
    """A formatter of differences from `origin` in units of a power of ten."""
    from matplotlib.ticker import FuncFormatter

    return FuncFormatter(lambda value, _: f"{(value - origin) / 10.0**power:.3g}".replace("-", "−"))


def _power(limits: tuple[float, float]) -> int:
    """The exponent of the power of ten in whose units very small or large numbers are written; else 0."""
    largest = max(abs(limits[0]), abs(limits[1]))
    return 0 if largest == 0.0 or _SMALLEST <= largest < _LARGEST else math.floor(math.log10(largest))


def _numbers(power: int) -> Formatter:
    """A formatter of plain numbers, with as many digits as distinguish the ticks."""
    from matplotlib.ticker import ScalarFormatter

    formatter = ScalarFormatter(useOffset=False, useMathText=False, useLocale=False)
    formatter.set_scientific(bool(power))
    formatter.set_powerlimits((power, power))
    return formatter
