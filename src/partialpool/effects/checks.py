"""Checks of the arrays from which effects are computed, with messages that name the array, the row and a cure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partialpool.effects.record import Array
from partialpool.errors import CellError, DataError
from partialpool.messages.wording import counted

_SHOWN = 5
_EXACT = 2.0**53


@dataclass(frozen=True)
class Naming:
    """The names of arrays and rows in messages.

    Attributes:
        columns: argument -> the caller's column name, for arguments that have one.
        place: function from the index of a row to its name, such as "row 3".
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    place: Callable[[int], str] = lambda index: f"row {index + 1}"

    def of(self, argument: str) -> str:
        """The name of an argument in messages."""
        return self.columns.get(argument, argument)

    def shown(self, values: Mapping[str, Array]) -> Callable[[int], str]:
        """A function from the index of a row to text with the values of these arguments."""
        return lambda i: ", ".join(f"{self.of(name)}={_shortest(array[i])}" for name, array in values.items())

    def refuse(self, bad: NDArray[np.bool_], values: Mapping[str, Array], what: str, cure: str) -> None:
        """Refuse the bad rows, if any, with the first five, their number and a cure in the message."""
        places: Sequence[int] = np.flatnonzero(bad).tolist()
        if not places:
            return
        show = self.shown(values)
        rows = "; ".join(f"{self.place(i)}: {show(i)}" for i in places[:_SHOWN])
        more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
        verb = "is" if len(places) == 1 else "are"
        raise CellError(f"{counted(len(places), 'row')} {verb} refused, {what}: {rows}{more}. {cure}")


def _shortest(value: float) -> str:
    """A number with the fewest digits that identify it, and a whole number without a decimal point."""
    usual = f"{value:.15g}"
    return usual if float(usual) == value else f"{value:.17g}"


USUAL = Naming()


def numbers(given: Mapping[str, ArrayLike], naming: Naming) -> dict[str, Array]:
    """Check that the arrays are finite numbers of one length, and return them as floats."""
    return _of_one_length({name: _finite(name, values, "numbers", naming) for name, values in given.items()})


def counts(given: Mapping[str, ArrayLike], naming: Naming) -> dict[str, Array]:
    """Check that the arrays are exact counts 0, 1, 2, ... of one length, and return them as floats."""
    return _of_one_length({name: _counts(name, values, naming) for name, values in given.items()})


def _counts(name: str, given: ArrayLike, naming: Naming) -> Array:
    values = _finite(name, given, "counts", naming)
    own = {name: values}
    naming.refuse(values < 0, own, "negative", "Counts start at 0.")
    naming.refuse(values != np.floor(values), own, "not a whole number", "Give counts, not rates.")
    naming.refuse(values > _EXACT, own, "above 2^53", "A float no longer holds every whole number there.")
    return values


def _finite(name: str, given: ArrayLike, kind: str, naming: Naming) -> Array:
    """Check that the values are finite numbers, and return them as floats; a masked value counts as missing."""
    raw: Any = np.ma.asarray(given)
    try:
        if raw.dtype.kind in "USMmc":
            raise TypeError(f"they are of the type {raw.dtype}")
        values: Array = np.ma.filled(raw.astype(float), np.nan)
    except (TypeError, ValueError) as error:
        raise CellError(f"{naming.of(name)} must be {kind}: {error}.") from error
    if values.ndim != 1:
        raise DataError(
            f"{naming.of(name)} has {values.ndim} dimensions; give a sequence with one number for each group."
        )
    cure = f"Give {kind}, or leave these rows out."
    naming.refuse(~np.isfinite(values), {name: values}, "missing or not finite", cure)
    return values


def _of_one_length(arrays: dict[str, Array]) -> dict[str, Array]:
    lengths = {name: len(values) for name, values in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise DataError(f"The arrays differ in length: {', '.join(f'{n} {size}' for n, size in lengths.items())}.")
    if not next(iter(lengths.values())):
        raise DataError("There are no groups: give a number for each group.")
    return arrays
