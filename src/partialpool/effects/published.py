"""Standard errors of estimates that are published with confidence intervals; ratios are turned into logarithms."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special as sc

from partialpool.effects.checks import USUAL, Naming, numbers
from partialpool.effects.record import Array, Effects, uncorrected
from partialpool.errors import RequestError
from partialpool.messages.calling import checked

_SLACK = 0.02  # distance from the middle, in lengths of the interval, that a t quantile or an adjustment may cause


@checked
def from_interval(
    estimate: ArrayLike, lower: ArrayLike, upper: ArrayLike, *, level: float = 0.95, ratio: bool = False
) -> Effects:
    """Compute standard errors of published estimates from their confidence intervals.

        se = (upper - lower) / (2 z),   z the normal quantile of (1 + level)/2: 1.959964 at 95%

    Args:
        estimate: the estimates, each between the ends of its interval, shape (groups,).
        lower: the lower ends of the intervals.
        upper: their upper ends.
        level: the confidence level of the intervals, in (0, 1).
        ratio: whether these are ratios, such as hazard ratios; then the logarithms of all three are used.

    Returns:
        `Effects`, with log ratios as estimates if `ratio` is true.

    Raises:
        CellError: a number is missing, an estimate is not between the ends, or a ratio is not above 0.
        DataError: the arrays do not have one length.
        RequestError: the level is out of range.

    Example:
        >>> trials = from_interval([0.75, 0.9], [0.6, 0.7], [0.94, 1.16], ratio=True)
        >>> print(trials.estimate.round(4), trials.se.round(4))
        [-0.2877 -0.1054] [0.1145 0.1289]

    Source: Higgins et al., Cochrane Handbook for Systematic Reviews of Interventions, section 6.3.2.
    """
    return found({"estimate": estimate, "lower": lower, "upper": upper}, level, ratio, USUAL)


def found(given: Mapping[str, ArrayLike], level: float, ratio: bool, naming: Naming) -> Effects:
    """Estimates with standard errors from a mapping of arguments."""
    z = _quantile(level)
    values = numbers(given, naming)
    if ratio:
        for name, column in values.items():
            cure = "A ratio is above 0. Where the columns hold logarithms or differences already, leave effect= out."
            naming.refuse(column <= 0.0, {name: column}, "not above 0", cure)
    y, lo, hi = values["estimate"], values["lower"], values["upper"]
    cure = (
        "Check that lower= and upper= are the ends of the estimate's own interval, in this order; where rounding "
        "made two of them equal, give more digits."
    )
    naming.refuse(~((lo < y) & (y < hi)), values, "the estimate is not between the ends of its interval", cure)
    if ratio:
        y, lo, hi = np.log(y), np.log(lo), np.log(hi)
    return uncorrected(y, (hi - lo) / (2.0 * z))


def lopsided(given: Mapping[str, ArrayLike], ratio: bool) -> NDArray[np.bool_]:
    """Whether each estimate is farther from the middle of its interval than the rounding of printed digits explains.

    >>> interval = {"estimate": [0.75, 0.75], "lower": [0.6, 0.6], "upper": [0.94, 1.4]}
    >>> lopsided(interval, ratio=True).tolist()
    [False, True]
    """
    y, lo, hi = (np.asarray(given[name], dtype=float) for name in ("estimate", "lower", "upper"))
    errors = [_rounding(x) / x if ratio else _rounding(x) for x in (y, lo, hi)]
    if ratio:
        y, lo, hi = np.log(y), np.log(lo), np.log(hi)
    within = errors[0] + (errors[1] + errors[2]) / 2.0 + _SLACK * (hi - lo)
    return np.asarray(np.abs(lo + (hi - lo) / 2.0 - y) > within)


def _rounding(values: Array) -> Array:
    """Half a unit in the last printed decimal of each number."""
    exponents = [int(Decimal(repr(float(value))).normalize().as_tuple().exponent) for value in values]
    return np.array([0.5 * 10.0 ** min(exponent, 0) for exponent in exponents])


def _quantile(level: object) -> float:
    """The normal quantile z of a central interval of this level."""
    if not isinstance(level, (int, float)) or isinstance(level, bool) or not 0.0 < level < 1.0:
        raise RequestError(f"The level of a published interval is between 0 and 1, such as 0.95, not {level!r}.")
    return float(sc.ndtri((1.0 + level) / 2.0))
