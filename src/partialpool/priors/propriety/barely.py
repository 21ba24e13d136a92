"""Notes on moments that exist but cannot be computed accurately."""

from __future__ import annotations

from collections.abc import Sequence

from partialpool.messages.wording import joined
from partialpool.quadrature.moments import Moment


def barely_note(names: Sequence[str], parameter: str = "") -> str:
    """Say that these numbers (mean, sd or weight) are missing although they exist; empty if `names` is empty."""
    if not names:
        return ""
    of, verb = f" of {parameter}" if parameter else "", "exists" if len(names) == 1 else "exist"
    return f"{joined(names)}{of} {verb}, but cannot be computed within 0.1% with this prior; use the median"


def moments_note(parameter: str, mean: Moment, sd: Moment) -> str:
    """Say that the mean or the sd of a parameter is missing although it exists; empty if neither is missing."""
    return barely_note([name for name, moment in (("mean", mean), ("sd", sd)) if moment.useless], parameter)


def notes(*some: str) -> str:
    """Join the non-empty notes into one."""
    return "; ".join(note for note in some if note)
