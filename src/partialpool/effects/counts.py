"""Effects of a treatment from the counts of two arms.

    group j:   a of n1 treated have the event,   c of n2 controls have it

If one of the four cells a, n1 - a, c, n2 - c is 0, the logarithms do not exist. Then 1/2 is added to all four cells of
that group only, and `corrected` is true for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partialpool.effects.checks import USUAL, Naming, counts
from partialpool.effects.record import Array, Effects
from partialpool.messages.calling import checked


@checked
def log_odds_ratio(
    treated_events: ArrayLike, treated_n: ArrayLike, control_events: ArrayLike, control_n: ArrayLike
) -> Effects:
    """Compute log odds ratios of treated against controls.

        estimate = log( a (n2 - c) / ((n1 - a) c) ),   se^2 = 1/a + 1/(n1 - a) + 1/c + 1/(n2 - c)

    Args:
        treated_events: the numbers a of treated with the event, counts from 0 to n1, shape (groups,).
        treated_n: the numbers n1 of treated, at least 1.
        control_events: the numbers c of controls with the event, counts from 0 to n2.
        control_n: the numbers n2 of controls, at least 1.

    Returns:
        `Effects`; 1/2 is added to the four cells of groups where one is 0, as `corrected` says.

    Raises:
        CellError: a number is missing or not a count, or events exceed the size of their arm.
        DataError: the arrays do not have one length.

    Example:
        >>> first = log_odds_ratio([3, 7], [38, 114], [3, 14], [39, 116])
        >>> print(first.estimate.round(3), first.se.round(3))
        [ 0.028 -0.741] [0.85  0.483]

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), section 5.6, equations 5.23 and 5.24.
    """
    return odds_ratios(cells(two_arms(treated_events, treated_n, control_events, control_n)))


@checked
def log_risk_ratio(
    treated_events: ArrayLike, treated_n: ArrayLike, control_events: ArrayLike, control_n: ArrayLike
) -> Effects:
    """Compute log risk ratios of treated against controls.

        estimate = log( (a/n1) / (c/n2) ),   se^2 = 1/a - 1/n1 + 1/c - 1/n2

    Args:
        treated_events: the numbers a of treated with the event, counts from 0 to n1, shape (groups,).
        treated_n: the numbers n1 of treated, at least 1.
        control_events: the numbers c of controls with the event, counts from 0 to n2.
        control_n: the numbers n2 of controls, at least 1.

    Returns:
        `Effects`; 1/2 is added to the four cells (so 1 to n1 and n2) of groups where one is 0, as `corrected` says.

    Raises:
        CellError: a number is missing or not a count, or events exceed the size of their arm.
        DataError: the arrays do not have one length.

    Example:
        >>> first = log_risk_ratio([4, 6], [123, 306], [11, 29], [139, 303])
        >>> print(first.estimate.round(4), (first.se**2).round(4))
        [-0.8893 -1.5854] [0.3256 0.1946]

    Source: Colditz et al. 1994, Journal of the American Medical Association 271:698; Viechtbauer 2010, Journal of
    Statistical Software 36(3).
    """
    return risk_ratios(cells(two_arms(treated_events, treated_n, control_events, control_n)))


@checked
def risk_difference(
    treated_events: ArrayLike, treated_n: ArrayLike, control_events: ArrayLike, control_n: ArrayLike
) -> Effects:
    """Compute risk differences between treated and controls.

        estimate = a/n1 - c/n2,   se^2 = a (n1 - a) / n1^3 + c (n2 - c) / n2^3

    Args:
        treated_events: the numbers a of treated with the event, counts from 0 to n1, shape (groups,).
        treated_n: the numbers n1 of treated, at least 1.
        control_events: the numbers c of controls with the event, counts from 0 to n2.
        control_n: the numbers n2 of controls, at least 1.

    Returns:
        `Effects`; 1/2 is added to the four cells (so 1 to n1 and n2) of groups where one is 0, as `corrected` says:
        without it, a group without any event would have the standard error 0.

    Raises:
        CellError: a number is missing or not a count, or events exceed the size of their arm.
        DataError: the arrays do not have one length.

    Example:
        >>> first = risk_difference([5, 0], [10, 10], [2, 3], [10, 10])
        >>> print(first.estimate.round(3), first.se.round(3), first.corrected)
        [ 0.3   -0.273] [0.202 0.154] [False  True]

    Source: Viechtbauer 2010, Journal of Statistical Software 36(3).
    """
    return risk_differences(cells(two_arms(treated_events, treated_n, control_events, control_n)))


# --- cells ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cells:
    """The four cells of each group: treated with and without the event, controls with and without it.

    Attributes:
        counts: the four cells as they were counted, each of shape (groups,).
        zero: whether one of a group's cells is 0, shape (groups,).
    """

    counts: tuple[Array, Array, Array, Array]
    zero: NDArray[np.bool_]

    @property
    def corrected(self) -> tuple[Array, ...]:
        """The four cells, with 1/2 added to all cells of the groups in which one is 0."""
        return tuple(cell + 0.5 * self.zero for cell in self.counts)

    @property
    def without_events(self) -> NDArray[np.bool_]:
        """Whether nobody in either arm has the event, so that a group has no information about a ratio."""
        a, _, c, _ = self.counts
        return (a == 0.0) & (c == 0.0)

    @property
    def all_alike(self) -> NDArray[np.bool_]:
        """Whether nobody, or everybody, in both arms has the event, so that a group does not inform an odds ratio."""
        _, b, _, d = self.counts
        return self.without_events | ((b == 0.0) & (d == 0.0))


def odds_ratios(of: Cells) -> Effects:
    """Log odds ratios from cells."""
    a, b, c, d = of.corrected
    return Effects(np.log(a) + np.log(d) - np.log(b) - np.log(c), np.sqrt(1 / a + 1 / b + 1 / c + 1 / d), of.zero)


def risk_ratios(of: Cells) -> Effects:
    """Log risk ratios from cells."""
    a, b, c, d = of.corrected
    estimate = np.log(a) - np.log(a + b) - np.log(c) + np.log(c + d)
    return Effects(estimate, np.sqrt(b / (a * (a + b)) + d / (c * (c + d))), of.zero)


def risk_differences(of: Cells) -> Effects:
    """Risk differences from cells."""
    a, b, c, d = of.corrected
    n1, n2 = a + b, c + d
    return Effects(a / n1 - c / n2, np.sqrt(a * b / n1**3 + c * d / n2**3), of.zero)


def two_arms(
    treated_events: ArrayLike, treated_n: ArrayLike, control_events: ArrayLike, control_n: ArrayLike
) -> dict[str, ArrayLike]:
    """The arguments of a public function as a mapping from their names."""
    return {
        "treated_events": treated_events,
        "treated_n": treated_n,
        "control_events": control_events,
        "control_n": control_n,
    }


def cells(given: Mapping[str, ArrayLike], naming: Naming = USUAL) -> Cells:
    """Check the events and sizes of both arms, and return the four cells."""
    found = counts(given, naming)
    for arm in ("treated", "control"):
        own = {f"{arm}_events": found[f"{arm}_events"], f"{arm}_n": found[f"{arm}_n"]}
        events, n = own.values()
        cure = "A group without anyone in an arm tells nothing of the effect: leave it out."
        naming.refuse(n == 0, {f"{arm}_n": n}, "nobody in an arm", cure)
        swapped = bool((events >= n).all())
        columns = " and ".join(naming.of(name) for name in own)
        cure = f"Did you swap {columns}?" if swapped else "Correct these rows."
        naming.refuse(events > n, own, "more events than people", cure)
    a, n1, c, n2 = (found[name] for name in ("treated_events", "treated_n", "control_events", "control_n"))
    return _counted((a, n1 - a, c, n2 - c))


def cells_as_given(given: Mapping[str, ArrayLike], naming: Naming = USUAL) -> Cells:
    """Check four cells given directly, a and b of the treated arm and c and d of the control arm, and return them."""
    found = counts(given, naming)
    for arm, (with_event, without) in {"treated": ("a", "b"), "control": ("c", "d")}.items():
        own = {name: found[name] for name in (with_event, without)}
        cure = f"A group without anyone in the {arm} arm tells nothing of the effect: leave it out."
        naming.refuse((found[with_event] == 0) & (found[without] == 0), own, "nobody in an arm", cure)
    a, b, c, d = (found[name] for name in "abcd")
    return _counted((a, b, c, d))


def _counted(four: tuple[Array, Array, Array, Array]) -> Cells:
    return Cells(four, np.any(np.stack(four) == 0.0, axis=0))
