"""Format numbers for people: few digits, and an exponent only where nothing else is readable."""

import math
from collections.abc import Sequence

from partialpool.io.output.cells import Cell

MISSING = "-"
DIGITS = 4
_LONGEST = 9  # largest number of digits of a whole number that is written without an exponent
_MOST = 15  # significant digits of a double


def number(value: float, digits: int = DIGITS, least: int | None = None) -> str:
    """Format a number with so many significant digits and at least `least` decimals, if possible without an exponent.

    >>> number(0.0891), number(16.33), number(80590.3), number(1.2e-7), number(0.0)
    ('0.08910', '16.33', '80590', '1.200e-07', '0')
    >>> number(1000.0103, least=4), number(1000.0103, least=None)
    ('1000.0103', '1000')
    """
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    magnitude = math.floor(math.log10(abs(value)))
    digits = significant(value, digits, least)
    if not -5 <= magnitude <= 8:
        return f"{value:.{digits - 1}e}"
    return f"{value:.{max(0, digits - 1 - magnitude)}f}"


def significant(value: float, digits: int = DIGITS, least: int | None = None) -> int:
    """The number of significant digits of a number that has at least `least` decimals.

    >>> significant(1000.0103, least=4), significant(0.5, least=2), significant(0.5)
    (8, 4, 4)
    """
    if least is None or value == 0 or not math.isfinite(value):
        return digits
    return max(digits, min(_MOST, math.floor(math.log10(abs(value))) + 1 + least))


def unit(values: Sequence[Cell]) -> int:
    """The exponent, a multiple of three, of the power of ten in units of which a column of numbers is short.

    >>> unit([4.3e-5, 9.2e-6, None]), unit([0.04, 0.5]), unit([30, 40])
    (-6, 0, 0)
    """
    magnitude = _magnitude(values)
    return 0 if magnitude is None or -3 <= magnitude <= 5 else 3 * (magnitude // 3)


def numbers(
    values: Sequence[Cell], digits: int, power: int = 0, *, alike: bool, least: Sequence[int | None] = ()
) -> list[str]:
    """Format the numbers of a column.

    Args:
        values: the cells.
        digits: number of significant digits of the largest of them.
        power: floats are shown in units of ten to this power.
        alike: whether they are of one kind, so that they have the same number of decimals.
        least: smallest number of decimals of each, before a change of units; by default none.
    """
    if power:
        values = [value / 10.0**power if isinstance(value, float) else value for value in values]
    each = [None if decimals is None else decimals + power for decimals in least] or [None] * len(values)
    if not alike:
        return [_number(value, None, digits, own) for value, own in zip(values, each, strict=True)]
    most = max((own for own in each if own is not None), default=None)
    decimals = _decimals(values, digits, most)
    return [_number(value, decimals, digits, most) for value in values]


def _magnitude(values: Sequence[Cell]) -> int | None:
    """The decimal exponent of a column's largest float; None if there is none."""
    sizes = [abs(value) for value in values if isinstance(value, float) and math.isfinite(value)]
    largest = max(sizes, default=0.0)
    return math.floor(math.log10(largest)) if largest > 0 else None


def _decimals(values: Sequence[Cell], digits: int, least: int | None) -> int | None:
    """The number of decimals that gives a column's largest number so many digits, and at least `least`.

    It is 0 for whole numbers, and None if the numbers are too large or too small for a fixed number of decimals.
    """
    floats = [value for value in values if isinstance(value, float) and math.isfinite(value)]
    magnitude = _magnitude(values)
    if magnitude is None:
        return 0 if floats else None
    if magnitude < _LONGEST and all(value.is_integer() for value in floats):
        return 0
    if not -4 <= magnitude <= 8:
        return None
    usual = min(digits, max(0, digits - 1 - magnitude))
    return usual if least is None else max(usual, min(least, _MOST - 1 - magnitude))


def _number(value: Cell, decimals: int | None, digits: int, least: int | None) -> str:
    if value is None:
        return MISSING
    if not isinstance(value, float):
        return str(value)
    if decimals is None or not math.isfinite(value):
        return number(value, digits, least)
    if 0 < abs(value) * 10**decimals < 9.5:  # fewer than two digits would be left
        return f"{value:.{digits - 2}g}"
    return f"{abs(value) if value == 0 else value:.{decimals}f}"
