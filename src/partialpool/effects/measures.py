"""The effects by name, each with the kind of data it needs and the function that computes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partialpool.effects import correlations, counts, means, published
from partialpool.effects.checks import Naming
from partialpool.effects.record import Effects
from partialpool.errors import RequestError
from partialpool.messages.wording import nearest

Arguments = Mapping[str, ArrayLike]


@dataclass(frozen=True)
class Found:
    """Effects, with the groups that do not inform them and those whose numbers are doubtful.

    Attributes:
        effects: the effects of all groups.
        silent: whether a group has no information about the effect, shape (groups,).
        why: the reason, in words.
        doubtful: whether the numbers of a group are doubtful, shape (groups,); None if none are.
        doubt: the doubt in words, with braces where the groups are listed.
    """

    effects: Effects
    silent: NDArray[np.bool_]
    why: str = ""
    doubtful: NDArray[np.bool_] | None = None
    doubt: str = ""


@dataclass(frozen=True)
class Measure:
    """An effect that can be computed from the summaries of a group.

    Attributes:
        name: its name.
        kind: the kind of data it needs: "counts", "means", "correlation" or "interval".
        compute: function from a mapping of arguments to the effects.
        also: other names for it, including those of metafor's `escalc`.
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
"""The effects that `pp.estimates(effect=...)` computes."""

_RATIOS = {
    "ratio": ("ratio",),
    "odds ratio": ("odds ratio", "or"),
    "risk ratio": ("risk ratio", "relative risk", "rr"),
    "hazard ratio": ("hazard ratio", "hr"),
    "rate ratio": ("rate ratio", "incidence rate ratio", "irr"),
    "ratio of means": ("ratio of means", "rom"),
}
_DIFFERENCES = {
    "difference": ("difference",),
    "risk difference": ("risk difference", "rd"),
    "mean difference": ("mean difference", "md"),
    "standardised mean difference": ("standardised mean difference", "standardized mean difference", "smd"),
}


def published_with(effect: object, level: float) -> Measure:
    """The effect of that name if it is published with its interval; None means an estimate that is used as it is.

    Raises:
        RequestError: there is no such effect.

    >>> published_with("HR", 0.95).name, published_with(None, 0.95).name
    ('log hazard ratio', 'estimate')
    """
    wanted = "estimate" if effect is None else _plain(effect)
    ratios = {other: name for name, others in _RATIOS.items() for other in others}
    others = {other: name for name, others in _DIFFERENCES.items() for other in others} | {"estimate": "estimate"}
    if wanted in ratios:
        return Measure(f"log {ratios[wanted]}", "interval", partial(_published, level, True), ())
    if wanted in others:
        return Measure(others[wanted], "interval", partial(_published, level, False), ())
    if wanted.removeprefix("log ") in ratios:
        raise RequestError(
            f'effect={effect!r} does not say what the columns hold: effect="{wanted.removeprefix("log ")}" takes the '
            "logarithms of published ratios; where they are logarithms already, leave effect= out."
        )
    raise RequestError(
        f"There is no effect {effect!r} with an interval. Effects are {', '.join((*_RATIOS, *_DIFFERENCES))}; of any "
        "other, leave effect= out: the estimate and its interval are then taken as they are."
    )


_LOPSIDED = (
    "the estimate is not in the middle of its interval, by more than rounding explains, in {}: check the three numbers"
)


def _published(level: float, ratio: bool, given: Arguments, naming: Naming) -> Found:
    effects = published.found(given, level, ratio, naming)
    beside = published.lopsided(given, ratio)
    hint = ""
    if not ratio and beside.any() and all((np.asarray(x, dtype=float) > 0.0).all() for x in given.values()):
        better = np.count_nonzero(published.lopsided(given, True)) < np.count_nonzero(beside)
        hint = '; on the logarithm more of them are: of ratios give effect="ratio"' if better else ""
    return Found(effects, np.zeros(len(effects.se), dtype=bool), "", beside, f"{_LOPSIDED}{hint}")


def _plain(effect: object) -> str:
    return str(effect).replace("_", " ").strip().lower()


def measure(effect: object) -> Measure:
    """The effect of that name, in upper or lower case.

    Raises:
        RequestError: there is no such effect.

    >>> measure("OR").name
    'log odds ratio'
    """
    known = {name.lower(): one for one in MEASURES for name in (one.name, *one.also)}
    wanted = _plain(effect)
    if wanted in known:
        return known[wanted]
    near = nearest(wanted, known)
    hint = "" if near is None else f' Did you mean "{known[near].name}"?'
    names = ", ".join(one.name for one in MEASURES)
    raise RequestError(
        f"There is no effect {effect!r}.{hint} Effects are {names}. Of any other, such as a log hazard ratio, give the "
        "estimates with their standard errors, estimate= and se=; of a ratio that is published with its interval give "
        'effect="hazard ratio" with estimate=, lower= and upper=.'
    )
