"""Scales on which an effect is reported: a log odds ratio as an odds ratio, Fisher's z as a correlation.

A scale is an increasing function of theta. Medians and intervals are transformed exactly; means and sds are not, so
that their cells are empty on another scale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special as sc

from partialpool.errors import RequestError
from partialpool.special import Columns


@dataclass(frozen=True)
class Scale:
    """An increasing function of theta.

    Attributes:
        name: the name that callers write, such as "exp".
        forward: the function.
        backward: its inverse.
        neutral: the value of no effect, which is the function at 0.
    """

    name: str
    forward: Callable[[NDArray[Any]], NDArray[Any]]
    backward: Callable[[NDArray[Any]], NDArray[Any]]
    neutral: float


def _exp(x: NDArray[Any]) -> NDArray[Any]:
    """Exponential, which is infinite beyond the largest double, without a warning."""
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.exp(x))


IDENTITY = Scale("identity", lambda x: x, lambda x: x, 0.0)

SCALES: Mapping[str, Scale] = {
    "exp": Scale("exp", _exp, np.log, 1.0),
    "tanh": Scale("tanh", np.tanh, np.arctanh, 0.0),
    "expit": Scale("expit", sc.expit, sc.logit, 0.5),
}
"""The scales by name: exp of a log ratio, tanh of Fisher's z, expit of a logit."""

_NATURAL: Mapping[str, tuple[str, str]] = {
    "log odds ratio": ("exp", "odds ratio"),
    "log risk ratio": ("exp", "risk ratio"),
    "log hazard ratio": ("exp", "hazard ratio"),
    "log rate ratio": ("exp", "rate ratio"),
    "log ratio of means": ("exp", "ratio of means"),
    "log ratio": ("exp", "ratio"),
    "fisher's z": ("tanh", "correlation"),
}

_NOTE = "{} of a mean is not the mean of {}: the median and the interval are exact"
_KEPT = "on the scale of the estimates"


def scale(transform: str | None) -> Scale:
    """Return the scale of that name, or the estimates' own scale for None.

    Raises:
        RequestError: there is no such scale.
    """
    if transform is None:
        return IDENTITY
    if transform not in SCALES:
        raise RequestError(f"transform must be one of {', '.join(map(repr, SCALES))}, not {transform!r}.")
    return SCALES[transform]


def natural(quantity: str) -> tuple[str | None, str]:
    """Return the transform under which a quantity is usually reported, and its name on that scale.

    >>> natural("log_odds_ratio"), natural("effect")
    (('exp', 'odds ratio'), (None, 'effect'))
    """
    return _NATURAL.get(quantity.replace("_", " ").strip().lower(), (None, quantity))


def named_on(transform: str | None, quantity: str) -> str:
    """Return the name of a quantity on a scale.

    >>> named_on("exp", "log_odds_ratio"), named_on("exp", "effect"), named_on(None, "effect")
    ('odds ratio', 'exp of effect', 'effect')
    """
    usual, called = natural(quantity)
    if transform is None:
        return quantity
    return called if transform == usual else f"{transform} of {quantity}"


def transformed(columns: Columns, transform: str, rows: NDArray[np.bool_] | None = None) -> dict[str, NDArray[Any]]:
    """Transform a table of summaries to another scale.

    Args:
        columns: with raw, mean, sd, median, lower, upper and note, or some of these.
        transform: the name of the scale.
        rows: which rows hold values of theta; left out, all. The others stay as they are, and notes say so.
    """
    to = scale(transform)
    size = len(next(iter(columns.values())))
    which = np.ones(size, dtype=bool) if rows is None else rows
    out = dict(columns)
    for name in ("raw", "median", "lower", "upper"):
        if name in out:
            out[name] = np.where(which, to.forward(np.where(which, out[name], 0.0)), out[name])
    for name in ("mean", "sd"):
        out[name] = np.where(which, np.nan, out[name])
    if rows is None:
        return out
    said = np.where(which, _NOTE.format(to.name, to.name), _KEPT).astype(object)
    before = out.get("note", np.full(size, "", dtype=object))
    joined = [f"{one}; {other}" if one else other for one, other in zip(before, said, strict=True)]
    return out | {"note": np.array(joined, dtype=object)}
