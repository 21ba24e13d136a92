"""Probabilities that groups' thetas lie above, below or between given values, and selection of groups by them.

    P(theta_j > c)  =  sum over nodes of p_k P(theta_j > c | data_j, phi_k)

Selecting the groups with P(theta_j > c) above a threshold makes false discoveries with the posterior expected share
mean(1 - P) over the list. Source: Müller, Parmigiani and Rice 2007, in Bayesian Statistics 8:349 (false discoveries).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.comparisons.pairs import beside
from partialpool.analysis.fitted_model import FittedModel
from partialpool.analysis.intervals.intervals import check_names
from partialpool.distributions import Distribution
from partialpool.engine.conditionals import Singles, settled
from partialpool.errors import RequestError
from partialpool.io.output.content import Content, Shown, Tabled
from partialpool.io.output.tables import to_native
from partialpool.messages.claims import Claim
from partialpool.messages.progress import shown
from partialpool.messages.wording import counted
from partialpool.special import Array

Columns = dict[str, NDArray[Any]]

_GOAL, _ROUNDING = 1e-9, 1e-13
_FIRST = 2  # fineness of the first nodes
_LITTLE = 1e-9  # below this, a difference of probabilities near 1 loses its digits
MEAN = "mean"


@dataclass(frozen=True, repr=False)
class Exceedance(Shown):
    """The probability that each group's theta meets a criterion.

    Attributes:
        fit: the fit.
        criterion: the criterion in words.
        probability: probability of each group, in the caller's order.
        accuracy: estimated error of every probability.
    """

    fit: FittedModel
    criterion: str
    probability: Array
    accuracy: float

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about numbers that are less accurate than usual."""
        return self.fit.cautions(Claim("probabilities", self.accuracy))

    def table(self) -> Any:
        """One row per group: its label and `probability`."""
        return to_native(self.columns(), self.fit.data.library)

    def columns(self) -> Columns:
        """The table as plain columns."""
        return {**self.fit.data.labels, "probability": self.probability}

    def _content(self) -> Content:
        size = self.fit.data.size
        return Content(
            f"P({self.criterion}) of {counted(size, 'group')}, within {self.accuracy:.0e} (estimated)",
            (Tabled(self.columns()),),
        )


@dataclass(frozen=True, repr=False)
class Selection(Shown):
    """The largest list of groups whose expected share of false discoveries is small enough.

    Attributes:
        of: the probabilities by which the groups were selected.
        limit: the largest expected share of false discoveries that was asked for.
        chosen: places of the selected groups, the most probable first.
        rates: expected share of false discoveries among the first 1, 2, ... of them.
    """

    of: Exceedance
    limit: float
    chosen: NDArray[np.intp]
    rates: Array

    @property
    def fdr(self) -> float:
        """The expected share of false discoveries in the list; 0 if it is empty."""
        return float(self.rates[-1]) if len(self.rates) else 0.0

    @property
    def accuracy(self) -> float:
        """Estimated error of every probability and rate."""
        return self.of.accuracy

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about probabilities that are less accurate than usual."""
        return self.of.warnings

    def table(self) -> Any:
        """One row per selected group: label, `probability`, and `fdr`, the expected share of false ones down to it."""
        return to_native(self.columns(), self.of.fit.data.library)

    def columns(self) -> Columns:
        """The table as plain columns."""
        labels = {name: label[self.chosen] for name, label in self.of.fit.data.labels.items()}
        return {**labels, "probability": self.of.probability[self.chosen], "fdr": self.rates}

    def _content(self) -> Content:
        count, size = len(self.chosen), counted(self.of.fit.data.size, "group")
        return Content(
            f"{count:,} of {size} with {self.of.criterion}",
            (*((Tabled(self.columns()),) if count else ()), f"expected share of false ones {self.fdr:.3g}"),
        )


@shown("probabilities")
def probability(
    fit: FittedModel,
    *,
    above: float | str | None = None,
    below: float | str | None = None,
    between: tuple[float, float] | None = None,
    than: object = None,
) -> Exceedance:
    """Find the probability that each group's theta is above, below or between given values.

    Args:
        fit: the fit.
        above: a value of theta, or "mean" for the population's mean.
        below: a value of theta, or "mean", for the other side.
        between: two values of theta.
        than: the label of a group: the probability that theta is above that group's (its own is null).

    Raises:
        RequestError: not exactly one criterion, a value that theta cannot have, or no such group.
    """
    asked = [name for name, value in _given(above, below, between, than).items() if value is not None]
    if len(asked) != 1:
        raise RequestError(f"Give one of above, below, between and than, not {' and '.join(asked) or 'none'}.")
    check_names(fit, ("probability", "fdr"))
    if than is not None:
        return _beside(fit, than)
    of = fit.singles(0).groups
    if between is not None:
        low, high = (_value(of, value, "between") for value in between)
        if not low < high:
            raise RequestError(f"between takes a lower and a higher value, not {between!r}.")
        return _inside(fit, f"{low:g} < theta < {high:g}", (low, high), lambda at: _within(at, low, high))
    up = above is not None
    value = above if up else below
    sign = ">" if up else "<"
    if value == MEAN:
        words = f"theta {sign} the population mean"
        return _settled(fit, words, lambda at: at.above_mean if up else 1.0 - at.above_mean, first=0)
    limit = _value(of, value, asked[0])
    ends = (limit, None) if up else (None, limit)
    return _inside(fit, f"theta {sign} {limit:g}", ends, lambda at: _beyond(at, limit, up=up))


def _given(above: object, below: object, between: object, than: object) -> dict[str, object]:
    return {"above": above, "below": below, "between": between, "than": than}


def _value(of: Distribution, value: object, name: str) -> float:
    """Check that a number is a possible value of theta, and return it."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise RequestError(f'{name} takes a number or "mean", not {value!r}.')
    number = float(value)
    low, high = of.support
    if not low < number < high:
        raise RequestError(f"{of.described}: {name} cannot be {value!r}.")
    return number


def _beyond(at: Singles, limit: float, *, up: bool) -> Array:
    z = at.groups.line(np.array(limit))
    return np.asarray((at.groups.sf(z) if up else at.groups.cdf(z)) @ at.probability)


def _within(at: Singles, low: float, high: float) -> Array:
    """P(low < theta < high), from the tail in which less cancels."""
    a, b = (at.groups.line(np.array(value)) for value in (low, high))
    right = at.groups.sf(a) < 0.5
    inside = np.where(right, at.groups.sf(a) - at.groups.sf(b), at.groups.cdf(b) - at.groups.cdf(a))
    return np.asarray(inside @ at.probability)


def _inside(
    fit: FittedModel, words: str, ends: tuple[float | None, float | None], ask: Callable[[Singles], Array]
) -> Exceedance:
    """P(theta_j between two ends) from the fit's own distribution functions if it has them, or else over nodes.

    ends: None where there is no bound. ask: function that gives the probabilities over nodes, which are also more
    accurate for very small ones.
    """
    low, high = ends
    below = 0.0 if low is None else fit.results.theta_below(low)
    upto = 1.0 if high is None else fit.results.theta_below(high)
    if below is None or upto is None:
        return _settled(fit, words, ask)
    found = np.clip(upto - below, 0.0, 1.0)
    error = fit.results.accuracy.probability * sum(end is not None for end in ends) + _ROUNDING
    if (found < _LITTLE).any():
        nodes = fit.singles(_FIRST)
        other = ask(nodes)[nodes.where]
        found = np.where((found < _LITTLE) & (np.abs(other - found) <= error), other, found)
    return Exceedance(fit, words, found, error)


def _settled(fit: FittedModel, words: str, ask: Callable[[Singles], Array], first: int = _FIRST) -> Exceedance:
    found, error = settled(ask, fit.singles, lambda a, b: float(np.max(np.abs(a - b))), _GOAL, first)
    return Exceedance(fit, words, np.clip(found, 0.0, 1.0)[fit.singles(0).where], error + _ROUNDING)


def _beside(fit: FittedModel, than: object) -> Exceedance:
    """Find P(theta_j > theta of one group)."""
    place = fit.place(than)
    found, error = beside(fit, place)
    return Exceedance(fit, f"theta > that of {fit.name(place)}", np.clip(found, 0.0, 1.0), error)


def select(fit: FittedModel, *, fdr: object = 0.05, **criterion: Any) -> Selection:
    """Select the largest list of groups, most probable first, whose expected share of false discoveries is at most fdr.

    Args:
        fit: the fit.
        fdr: the largest expected share of groups in the list that do not meet the criterion, in (0, 1).
        criterion: above, below, between or than, as in `probability`.

    Raises:
        RequestError: fdr is not in (0, 1), or as `probability`.
    """
    limit = check_fdr(fdr)
    of = probability(fit, **criterion)
    p = of.probability
    order = np.argsort(-p, kind="stable")[: np.count_nonzero(~np.isnan(p))]
    rates = np.cumsum(1.0 - p[order]) / np.arange(1, len(order) + 1)
    count = int(np.count_nonzero(rates <= limit))  # the rates never decrease
    return Selection(of, limit, order[:count], rates[:count])


def check_fdr(fdr: object) -> float:
    """Check the largest expected share of false discoveries, and return it.

    Raises:
        RequestError: it is not in (0, 1).
    """
    if isinstance(fdr, bool) or not isinstance(fdr, (int, float)) or not 0.0 < fdr < 1.0:
        raise RequestError(f"fdr must be above 0 and below 1, not {fdr!r}.")
    return float(fdr)
