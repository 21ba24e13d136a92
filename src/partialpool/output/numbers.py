"""Numbers as text for people: few digits, and an exponent only where nothing else is readable."""

import math
from collections.abc import Sequence

from partialpool.output.cells import Cell

MISSING = "-"
DIGITS = 4


def number(value: float, digits: int = DIGITS) -> str:
    """A number to so many significant digits, without an exponent where that is readable.

    >>> number(0.0891), number(16.33), number(80590.3), number(1.2e-7), number(0.0)
    ('0.08910', '16.33', '80590', '1.200e-07', '0')
    """
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    magnitude = math.floor(math.log10(abs(value)))
    if not -5 <= magnitude <= 8:
        return f"{value:.{digits - 1}e}"
    return f"{value:.{max(0, digits - 1 - magnitude)}f}"


def counted(size: int, noun: str) -> str:
    """How many of something there are.

    >>> counted(1, "group"), counted(1200, "group")
    ('1 group', '1,200 groups')
    """
    return f"{size:,} {noun}{'s' * (size != 1)}"


def unit(values: Sequence[Cell]) -> int:
    """The power of ten, a multiple of three, in units of which a column of very small or large numbers is short.

    >>> unit([4.3e-5, 9.2e-6, None]), unit([0.04, 0.5]), unit([30, 40])
    (-6, 0, 0)
    """
    magnitude = _magnitude(values)
    return 0 if magnitude is None or -3 <= magnitude <= 5 else 3 * (magnitude // 3)


def numbers(values: Sequence[Cell], digits: int, power: int = 0, *, alike: bool) -> list[str]:
    """The numbers of a column.

    Args:
        values: the cells.
        digits: significant digits of the largest of them.
        power: floats are in units of ten to this power.
        alike: whether they are of one kind, and so share their decimals.
    """
    if power:
        values = [value / 10.0**power if isinstance(value, float) else value for value in values]
    decimals = _decimals(values, digits) if alike else None
    return [_number(value, decimals, digits) for value in values]


def _magnitude(values: Sequence[Cell]) -> int | None:
    """The exponent of ten of a column's largest float; None without one."""
    sizes = [abs(value) for value in values if isinstance(value, float) and math.isfinite(value)]
    largest = max(sizes, default=0.0)
    return math.floor(math.log10(largest)) if largest > 0 else None


def _decimals(values: Sequence[Cell], digits: int) -> int | None:
    """Decimals that give a column's largest number so many digits; None where one size does not fit."""
    magnitude = _magnitude(values)
    if magnitude is None:
        return 0 if any(isinstance(value, float) and math.isfinite(value) for value in values) else None
    return min(digits, max(0, digits - 1 - magnitude)) if -4 <= magnitude <= 8 else None


def _number(value: Cell, decimals: int | None, digits: int) -> str:
    if value is None:
        return MISSING
    if not isinstance(value, float):
        return str(value)
    if decimals is None or not math.isfinite(value):
        return number(value, digits)
    if 0 < abs(value) * 10**decimals < 9.5:  # fewer than two digits would be left
        return f"{value:.{digits - 2}g}"
    return f"{abs(value) if value == 0 else value:.{decimals}f}"
