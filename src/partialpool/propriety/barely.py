"""What is said of moments that exist, but for which no accurate value is to be had."""

from __future__ import annotations

from partialpool.integrate.moments import Moment


def barely_note(parameter: str, mean: Moment, sd: Moment) -> str:
    """Why the mean or the sd of a parameter is missing although it exists; empty where neither is."""
    gone = [name for name, moment in (("mean", mean), ("sd", sd)) if moment.useless]
    if not gone:
        return ""
    verb, pronoun = ("exists", "its value") if len(gone) == 1 else ("exist", "their values")
    return (
        f"{' and '.join(gone)} of {parameter} {verb} but only barely: {pronoun} cannot be computed within 0.1%, "
        "because the tail is too heavy; use the median"
    )


def joined(*notes: str) -> str:
    """The notes that say something, as one."""
    return "; ".join(note for note in notes if note)
