"""Estimates with known standard errors: an estimate y of each group and its standard error s.

    y_j | theta_j ~ Normal(theta_j, s_j^2),  s_j known

Several estimates of one group are combined with weights w = 1/s^2: sum w y / sum w, with standard error 1/sqrt(sum w),
is sufficient for theta. Each row is checked before that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from partialpool.errors import CellError, RequestError
from partialpool.groups.groups import Array, Codes, Groups, Statistic, collapse
from partialpool.groups.rows import Rows
from partialpool.models.data.checks import free, left_out, refuse, shown

STATISTICS = (
    Statistic("estimate", "y", "estimate of the group's theta", "any real number"),
    Statistic("se", "s", "standard error of the estimate, known", "0 or more"),
)

_RARE, _COMMON = 1e-4, 1e-2  # probabilities of so small a spread below and above which `_variances` warns


def estimates(
    rows: Rows, estimate: str, se: str | None, variance: str | None, group: str | Sequence[str] | None
) -> Groups:
    """Compute the estimate and the standard error of each group.

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
    """Check that the column has finite numbers of at least 0, and return it as floats."""
    s = rows.columns[name].astype(float)
    refuse(rows, ~np.isfinite(s), lambda i: f"{name}={shown(s[i])}", f"no {what}", f"{cure} It is finite.")
    refuse(rows, s < 0.0, lambda i: f"{name}={shown(s[i])}", f"a negative {what}", cure)
    return s


def _variances(y: Array, s: Array, se: str) -> tuple[str, ...]:
    """A warning if the standard errors look like variances.

    With Q = sum (y - mean)^2/s^2, P(chi^2_(J-1) <= Q) is an upper bound on the probability of so small a Q, whatever
    the population's sd. The warning is given if it is below 1e-4 and, with sqrt(s) in place of s, above 1/100.
    """
    if _homogeneous(y, s) > _RARE or _homogeneous(y, np.sqrt(s)) < _COMMON:
        return ()
    said = f'the estimates differ far less than standard errors of the size of "{se}" would make them'
    return (f'{said}: if these are variances, give variance="{se}"',)


def _homogeneous(y: Array, s: Array) -> float:
    """P(chi^2_(J-1) <= Q): the probability that estimates with these standard errors differ as little as these."""
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
    """Combine the estimates of each group with weights 1/s^2, relative to the group's smallest s.

    Differences are taken from the most precise estimate, so that a large constant in all estimates loses no digits.
    Rows are sorted first, so that the result is the same for any order of rows.
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
