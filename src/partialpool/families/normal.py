"""Normal with known spread: an estimate y of each group and its standard error s.

    y_j | theta_j ~ Normal(theta_j, s_j^2),  s_j known

Several estimates of one group combine by precision, w = 1/s^2: sum w y / sum w, with standard error 1/sqrt(sum w), says
all that they say about theta. The estimates are checked before that, row by row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from partialpool.errors import CellError, RequestError
from partialpool.families.checks import free, left_out, refuse, shown
from partialpool.groups import Array, Codes, Groups, Rows, Statistic, collapse

STATISTICS = (
    Statistic("estimate", "y", "estimate of the group's theta", "any real number"),
    Statistic("se", "s", "standard error of the estimate, known", "0 or more"),
)

_RARE, _COMMON = 1e-4, 1e-2


def estimates(
    rows: Rows, estimate: str, se: str | None, variance: str | None, group: str | Sequence[str] | None
) -> Groups:
    """Estimate and standard error of each group.

    Args:
        rows: the columns read.
        estimate: column of the estimates.
        se: column of their standard errors, 0 or more; or
        variance: column of the squares of these.
        group: column(s) that name the group of a row; None: each row is its own group.

    Returns:
        Groups with statistics "estimate" and "se".

    Raises:
        CellError: an estimate is not finite, a standard error negative or not finite, or exact estimates of one group
            differ.
        RequestError: not exactly one of se and variance.
    """
    if (se is None) == (variance is None):
        raise RequestError("Give the standard errors as se= or their squares as variance=, one of the two.")
    y = rows.columns[estimate].astype(float)
    refuse(rows, ~np.isfinite(y), lambda i: f"{estimate}={shown(y[i])}", "not finite", "Give the estimate, or drop it.")
    names = [group] if isinstance(group, str) else list(group or ())
    if se is not None:
        s, called = _scales(rows, se, "standard error", "A standard error is 0 (exact) or more."), se
    else:
        assert variance is not None
        s = np.sqrt(_scales(rows, variance, "variance", "A variance is 0 (exact) or more."))
        called = free("se", [estimate, *names])
    labels = {name: rows.columns[name] for name in names} or None
    notes = left_out(rows) + (_variances(y, s, se) if se is not None else ())
    columns = {"estimate": estimate, "se": called}
    return collapse(labels, {"estimate": y, "se": s}, columns, rows.library, notes, by_precision)


def _scales(rows: Rows, name: str, what: str, cure: str) -> Array:
    """The column as finite numbers of 0 or more."""
    s = rows.columns[name].astype(float)
    refuse(rows, ~np.isfinite(s), lambda i: f"{name}={shown(s[i])}", f"no {what}", f"{cure} It is finite.")
    refuse(rows, s < 0.0, lambda i: f"{name}={shown(s[i])}", f"a negative {what}", cure)
    return s


def _variances(y: Array, s: Array, se: str) -> tuple[str, ...]:
    """A warning where the standard errors look like variances.

    With Q = sum (y - mean)^2/s^2, P(chi^2_(J-1) <= Q) bounds the probability of so small a Q from above, whatever the
    population's sd. The warning is given where that is below 1e-4, and above 1/100 with sqrt(s) in place of s.
    """
    if _homogeneous(y, s) > _RARE or _homogeneous(y, np.sqrt(s)) < _COMMON:
        return ()
    said = f'the estimates differ far less than standard errors of the size of "{se}" would make them'
    return (f'{said}: if these are variances, give variance="{se}"',)


def _homogeneous(y: Array, s: Array) -> float:
    """Probability that estimates with these standard errors differ no more than they do."""
    if len(y) < 2 or not (s > 0.0).all():
        return 1.0
    from scipy import special as sc

    w = (s.min() / s) ** 2
    with np.errstate(over="ignore", invalid="ignore"):
        away = y - y[0]
        q = float(np.sum(((away - np.sum(w * away) / np.sum(w)) / s) ** 2))
    return float(sc.chdtr(len(y) - 1.0, q)) if q >= 0.0 else 1.0


def by_precision(
    statistics: Mapping[str, Array], columns: Mapping[str, str], codes: Codes, size: int
) -> dict[str, Array]:
    """Several estimates of one group as one: weights 1/s^2, taken relative to the group's smallest s.

    Differences are taken from the most precise estimate, so that a constant added to all costs nothing. Rows are put in
    order first: the result is the same for any order of rows.
    """
    order = np.lexsort((statistics["estimate"], statistics["se"], codes))
    y, s, of = statistics["estimate"][order], statistics["se"][order], codes[order]
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    best, least = y[starts][of], s[starts][of]
    exact = (s == 0.0) & (y != best)
    if exact.any():
        first = int(np.flatnonzero(exact)[0])
        raise CellError(
            f"A group has two exact estimates that differ: {columns['estimate']}={shown(best[first])} and "
            f"{shown(y[first])}, both with {columns['se']}=0. Correct one, or give their standard errors."
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        w = np.where(s == least, 1.0, (least / s) ** 2)
    w = np.where((least == 0.0) & (s == 0.0) & (np.arange(len(s)) != starts[of]), 0.0, w)
    total = np.add.reduceat(w, starts) if size else w
    with np.errstate(over="ignore", invalid="ignore"):
        shift = np.add.reduceat(np.where(w > 0.0, w * (y - best), 0.0), starts) / total if size else w
    return {"estimate": y[starts] + shift, "se": s[starts] / np.sqrt(total)}
