"""What is said of moments that exist, but for which no accurate value is to be had."""

from __future__ import annotations

from collections.abc import Sequence

from partialpool.integrate.moments import Moment
from partialpool.wording import joined


def barely_note(names: Sequence[str], parameter: str = "") -> str:
    """Why the mean, the sd or the weight is missing although it exists; empty where none is."""
    if not names:
        return ""
    of, verb = f" of {parameter}" if parameter else "", "exists" if len(names) == 1 else "exist"
    return f"{joined(names)}{of} {verb}, but cannot be computed within 0.1% with this prior; use the median"


def moments_note(parameter: str, mean: Moment, sd: Moment) -> str:
    """Why the mean or the sd of a parameter is missing although it exists; empty where neither is."""
    return barely_note([name for name, moment in (("mean", mean), ("sd", sd)) if moment.useless], parameter)


def notes(*some: str) -> str:
    """The notes that say something, as one."""
    return "; ".join(note for note in some if note)
