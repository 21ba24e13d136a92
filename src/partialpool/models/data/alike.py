"""A warning about groups whose labels differ only in upper and lower case, or in blanks at their ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

_SHOWN = 3  # number of pairs that the warning names
_MOST = 1_000_000  # groups whose labels are compared


def alike(labels: Mapping[str, NDArray[Any]]) -> tuple[str, ...]:
    """Return a warning about pairs of groups that are probably one group; empty if there are none.

    Args:
        labels: group column name(s) -> label of each group.

    >>> import numpy as np
    >>> alike({"part": np.array(["M4", "M4 "])})[0][:69]
    "'M4' and 'M4 ' are different groups, though their labels differ only "
    """
    if not any(column.dtype.kind in "OU" and len(column) <= _MOST for column in labels.values()):
        return ()
    first: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    pairs = []
    for label in zip(*(column.tolist() for column in labels.values()), strict=True):
        other = first.setdefault(tuple(_bare(part) for part in label), label)
        if other is not label:
            pairs.append((other, label))
    if not pairs:
        return ()
    named = [f"{_name(one)} and {_name(other)}" for one, other in pairs[:_SHOWN]]
    more = [f"{len(pairs) - _SHOWN:,} more"] * (len(pairs) > _SHOWN)
    said = f"{'; '.join(named + more)} are different groups, though their labels differ only in {_difference(pairs)}"
    return (f"{said}; if they are meant to be one, make the labels the same",)


def _difference(pairs: list[tuple[tuple[Any, ...], tuple[Any, ...]]]) -> str:
    """Say whether the labels of the pairs differ in blanks, in case, or in both."""
    blanks = any(_stripped(one) != one or _stripped(other) != other for one, other in pairs)
    case = any(_stripped(one) != _stripped(other) for one, other in pairs)
    return " or ".join(["blanks at their ends (strip them)"] * blanks + ["case (rename them)"] * case)


def _stripped(label: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(part.strip() if isinstance(part, str) else part for part in label)


def _bare(part: Any) -> Any:
    """A part of a label in lower case and without blanks at its ends."""
    return part.strip().casefold() if isinstance(part, str) else part


def _name(label: tuple[Any, ...]) -> str:
    return repr(label[0] if len(label) == 1 else label)
