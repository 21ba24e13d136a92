"""How our pictures look: two colours that differ in lightness, thin lines, and nothing that is not data.

The colours are told apart in black and white, and by readers who see no red or green: groups are dark, the population
is light and its lines are broken, what was observed is hollow.
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
GREY = "#767676"  # remarks, axes, what was observed
GROUP = "#0b3c6f"
FAINT = "#a9c0d8"  # a group that says little
POPULATION = "#d07c00"
SURFACE = ("#f2f6fa", "#dbe6f1", "#9fb8d1", "#5f88b5")

SMALL, USUAL, LARGE = 7.5, 9.0, 10.5
TICKS = SMALL + 0.5  # size of the numbers at ticks
THIN = 0.6
_FEW_TICKS, _FEWEST_TICKS = 7, 3
_ALIKE = 1e-5  # values within this share of their size are counted from a round number near them
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
    """Refuse politely where Matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        raise MissingDependencyError('Pictures need Matplotlib: pip install "partialpool[plots]".')


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Our style, whatever the caller's is; the caller's comes back when the block ends."""
    from matplotlib import style

    fonts = [_FONT, *_callers_fonts()]
    with style.context(["default", _STYLE | {"font.family": fonts}]):
        yield


def _callers_fonts() -> list[str]:
    """The fonts that the caller has chosen, for characters that ours lacks."""
    from matplotlib import rcParams
    from matplotlib.font_manager import fontManager

    settings: Any = rcParams
    chosen = [name for family in settings["font.family"] for name in settings.get(f"font.{family}", [family])]
    there = set(fontManager.get_font_names())
    return [name for name in dict.fromkeys(chosen) if name in there and name != _FONT]


def dark_behind(ax: Axes | None) -> bool:
    """Whether our dark text would stand on a dark ground: that of the caller's figure, or of files by their style."""
    from matplotlib import rcParams
    from matplotlib.colors import to_rgba

    ground: Any = rcParams["savefig.facecolor"] if ax is None else ax.figure.get_facecolor()
    red, green, blue, there = to_rgba("white" if ground == "auto" else ground)
    return there > 0.5 and 0.299 * red + 0.587 * green + 0.114 * blue < 0.5


def shown(size: tuple[float, float]) -> Figure:
    """A new figure that a notebook shows by itself, and a script when it says so."""
    from matplotlib import pyplot as plt

    return plt.figure(figsize=size)


def plain(size: tuple[float, float]) -> Figure:
    """A new figure that nobody but the caller knows of, the same whatever the caller's style is."""
    from matplotlib.figure import Figure

    return Figure(figsize=size, dpi=100.0)


def shades(*colours: str) -> Colormap:
    """From the first colour to the last."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("partialpool", list(colours))


def framed(ax: Axes, x: str = "", y: str = "", share: float = 1.0) -> None:
    """Axes on two sides, thin, with these labels and a few plain numbers, in a share of the usual size of type."""
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
        origin = _origin(limits)
        power = _power((limits[0] - origin, limits[1] - origin))
        axis.set_major_locator(MaxNLocator(max(_FEWEST_TICKS, round(_FEW_TICKS * share**2)), steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(_from_origin(origin, power) if origin else _numbers(power))
        axis.get_offset_text().set_visible(False)
        less = f" {'−' if origin > 0.0 else '+'} {abs(origin):,.15g}" if origin else ""
        unit = f"  (in units of 1e{power})" if power else ""
        put(f"{label}{less}{unit}" if label else "", fontsize=USUAL * share, color=INK, parse_math=False)


def _origin(limits: tuple[float, float]) -> float:
    """A round number that values are counted from, where they differ only in late digits; 0 where they do not."""
    wide, largest = abs(limits[1] - limits[0]), max(abs(limits[0]), abs(limits[1]))
    if wide == 0.0 or wide > _ALIKE * largest:
        return 0.0
    step = 10.0 ** math.ceil(math.log10(wide))
    return round(0.5 * (limits[0] + limits[1]) / step) * step


def _from_origin(origin: float, power: int) -> Formatter:
    """Differences from a number, in units of a power of ten."""
    from matplotlib.ticker import FuncFormatter

    return FuncFormatter(lambda value, _: f"{(value - origin) / 10.0**power:.3g}".replace("-", "−"))


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
