"""The effects by name: what each is worked out from, and the function that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partialpool.effects import correlations, counts, means
from partialpool.effects.checks import Naming
from partialpool.effects.record import Effects
from partialpool.errors import RequestError
from partialpool.wording import nearest

Arguments = Mapping[str, ArrayLike]


@dataclass(frozen=True)
class Found:
    """Effects, and the groups that say nothing of the effect.

    Attributes:
        effects: the effects of all groups.
        silent: where a group says nothing of the effect.
        why: what is so in these groups.
    """

    effects: Effects
    silent: NDArray[np.bool_]
    why: str = ""


@dataclass(frozen=True)
class Measure:
    """An effect that can be worked out from the summaries of a group.

    Attributes:
        name: what it is called.
        kind: what it takes: "counts", "means" or "correlation".
        compute: the effects of arguments by their names.
        also: other names for it, those of metafor's `escalc` among them.
    """

    name: str
    kind: str
    compute: Callable[[Arguments, Naming], Found]
    also: tuple[str, ...]


def _odds_ratios(given: Arguments, naming: Naming) -> Found:
    cells = _cells(given, naming)
    return Found(counts.odds_ratios(cells), cells.all_alike, "nobody or everybody has the event in both arms")


def _risk_ratios(given: Arguments, naming: Naming) -> Found:
    cells = _cells(given, naming)
    return Found(counts.risk_ratios(cells), cells.without_events, "nobody has the event in either arm")


def _risk_differences(given: Arguments, naming: Naming) -> Found:
    return _all_tell(counts.risk_differences(_cells(given, naming)))


def _cells(given: Arguments, naming: Naming) -> counts.Cells:
    return counts.cells_as_given(given, naming) if "a" in given else counts.cells(given, naming)


def _all_tell(effects: Effects) -> Found:
    return Found(effects, np.zeros(len(effects.estimate), dtype=bool))


def _of_numbers(effect: Callable[[Arguments, Naming], Effects]) -> Callable[[Arguments, Naming], Found]:
    return lambda given, naming: _all_tell(effect(given, naming))


MEASURES = (
    Measure("log odds ratio", "counts", _odds_ratios, ("or", "odds ratio")),
    Measure("log risk ratio", "counts", _risk_ratios, ("rr", "risk ratio")),
    Measure("risk difference", "counts", _risk_differences, ("rd",)),
    Measure("mean difference", "means", _of_numbers(means.differences), ("md",)),
    Measure(
        "standardised mean difference",
        "means",
        _of_numbers(means.standardised),
        ("smd", "standardized mean difference", "hedges g", "hedges' g"),
    ),
    Measure("Fisher's z", "correlation", _of_numbers(correlations.transformed), ("zcor", "fisher z", "correlation")),
)
"""The effects that `pp.estimates(effect=...)` knows."""


def measure(effect: object) -> Measure:
    """The effect of that name, however its letters are cased.

    Raises:
        RequestError: there is no such effect.

    >>> measure("OR").name
    'log odds ratio'
    """
    known = {name.lower(): one for one in MEASURES for name in (one.name, *one.also)}
    wanted = str(effect).replace("_", " ").strip().lower()
    if wanted in known:
        return known[wanted]
    near = nearest(wanted, known)
    hint = "" if near is None else f' Did you mean "{known[near].name}"?'
    names = ", ".join(one.name for one in MEASURES)
    raise RequestError(
        f"There is no effect {effect!r}.{hint} Effects are {names}. Of any other, such as a log hazard ratio, give the "
        "estimates with their standard errors, estimate= and se=; from a ratio with its 95% interval these are its log "
        "and (log(upper) - log(lower))/3.92."
    )
