"""The posterior predictive distribution of the theta of a new group.

p(theta_new | data)  =  sum over nodes k of  p_k  p(theta_new | phi_k)
E[theta_new] = E[mean],   Var(theta_new) = E[sd^2] + Var(mean),   mean and sd those of the population
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partialpool.analysis.fitted_model import FittedModel, check_apart
from partialpool.engine.mixture import Mixture
from partialpool.engine.results import USUAL_TAIL, Accuracy, Results, Summary, claims_of, tail_of
from partialpool.errors import RequestError
from partialpool.io.output.content import Content, Shown
from partialpool.io.output.numbers import number
from partialpool.io.output.spread import needed
from partialpool.io.output.tables import to_native
from partialpool.messages.progress import shown
from partialpool.safety import EVERY_SECOND_ROW
from partialpool.special import Array

_LEVELS = np.array([1e-12, 1e-9, 1e-6, 1e-4, 0.01, 0.1, 0.5])  # tail probabilities at which the error is estimated
_ABOUT = 0.3  # error of a log tail up to which its quantile serves to compare two sets of nodes
_HOW = "estimated by comparing sets of nodes; mean and sd from those of the population"

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class PopulationMoments:
    """Moments of the population's mean and sd, from which a new group's follow; NaN where one does not exist.

    Attributes:
        mean: E[mean].
        mean_variance: Var(mean).
        square_sd: E[sd^2].
        note: why one is missing.
    """

    mean: float
    mean_variance: float
    square_sd: float
    note: str

    @property
    def variance(self) -> float:
        """Var(theta_new)."""
        return self.square_sd + self.mean_variance


def population_moments(results: Results) -> PopulationMoments:
    """The moments of the population's mean and sd."""
    mean, sd = (results.population(name, USUAL_TAIL) for name in ("mean", "sd"))
    gone = [(name, row) for name, row in (("mean", mean), ("sd", sd)) if not math.isfinite(row.sd)]
    note = "; ".join(_why_no_sd(name, row) for name, row in gone[:1])
    if not math.isfinite(mean.mean):
        what = "do not exist" if "does not exist" in mean.note else "are missing"
        note = f"mean and sd {what}: of the population, {mean.note}"
    return PopulationMoments(mean.mean, mean.sd**2, sd.mean**2 + sd.sd**2, note)


def _why_no_sd(name: str, row: Summary) -> str:
    """The reason why theta of a new group has no sd, from the summary of the parameter that lacks one."""
    if "does not exist" in row.note:
        return f"sd does not exist: E[{name}^2] is infinite"
    return f"sd is missing: of the population, {row.note}"


@dataclass(frozen=True, repr=False)
class NewGroup(Shown):
    """Theta of a new group, drawn from the same population.

    Attributes:
        fit: the fit.
        level: probability of the interval.
        mean, sd: moments; NaN where they do not exist, and `note` says why.
        median, lower, upper: the median and the ends of the central interval.
        note: why a number is missing.
        accuracy: estimated errors; those of quantiles and `cdf` are in P(theta_new <= theta).
        relative: estimated error of tail probabilities of quantiles, relative to themselves, down to 1e-12.
    """

    fit: FittedModel
    level: float
    mean: float
    sd: float
    median: float
    lower: float
    upper: float
    note: str
    accuracy: Accuracy
    relative: float
    mixture: Mixture

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about numbers that are less accurate than usual."""
        return self.fit.cautions(*claims_of(self.accuracy))

    def cdf(self, theta: ArrayLike) -> Array:
        """P(theta_new <= theta), for theta of any shape."""
        at = np.asarray(theta, dtype=float)
        z, first, last = self._line(at)
        p = self.mixture.tails(z.reshape(1, -1), upper=False).reshape(at.shape)
        return np.where(first, 0.0, np.where(last, 1.0, p))

    def pdf(self, theta: ArrayLike) -> Array:
        """The density of theta_new: 0 outside theta's support, and NaN at its ends."""
        at = np.asarray(theta, dtype=float)
        z, first, last = self._line(at)
        f = np.exp(self.mixture.log_density_theta(z.reshape(1, -1))).reshape(at.shape)
        low, high = self.mixture.parts.support
        ends = (at == low) | (at == high)
        return np.where(ends & np.isfinite(at), np.nan, np.where(first | last, 0.0, f))

    def quantile(self, p: ArrayLike) -> Array:
        """The theta with P(theta_new <= theta) = p, for p of any shape in (0, 1).

        Raises:
            RequestError: a p is not in (0, 1).
        """
        wanted = np.asarray(p, dtype=float)
        if not ((wanted > 0.0) & (wanted < 1.0)).all():
            raise RequestError("p must be probabilities above 0 and below 1.")
        flat = wanted.ravel()
        z = np.empty(len(flat))
        for upper in (False, True):
            some = (flat > 0.5) == upper
            if some.any():
                left = 1.0 - flat[some] if upper else flat[some]
                z[some] = self.mixture.quantiles(left, upper=upper)[0]
        return self.mixture.parts.at(z).reshape(wanted.shape)

    def table(self) -> Any:
        """One row: mean, sd, median, lower, upper, note."""
        return to_native(self.columns(), self.fit.data.library)

    def columns(self) -> Columns:
        """The table as plain columns."""
        columns: Columns = {
            name: np.array([getattr(self, name)]) for name in ("mean", "sd", "median", "lower", "upper")
        }
        return columns | {"note": np.array([self.note], dtype=object)}

    def _line(self, theta: Array) -> tuple[Array, NDArray[np.bool_], NDArray[np.bool_]]:
        """The z of theta, with masks of theta at or below, and at or above, the ends of its support."""
        low, high = self.mixture.parts.support
        first, last = theta <= low, theta >= high
        inside = np.where(first | last, self.mixture.parts.at(np.array(0.0)), theta)
        return self.mixture.parts.line(inside), first, last

    @cached_property
    def _shown(self) -> list[str]:
        gone = "is missing" if "missing" in self.note else "does not exist"
        least = needed(self.upper - self.lower, self.lower, self.median, self.upper)
        mean = number(self.mean, least=least) if math.isfinite(self.mean) else gone
        sd = number(self.sd) if math.isfinite(self.sd) else gone
        lower, median, upper = (number(value, least=least) for value in (self.lower, self.median, self.upper))
        return [
            f"mean {mean}, sd {sd}",
            f"median {median}, {100 * self.level:g}% interval {lower} to {upper}",
            f"accuracy: {self.accuracy}",
            f"tails down to 1e-12 within {self.relative:.0e} of themselves (estimated)",
        ]

    def _content(self) -> Content:
        return Content("Theta of the next group", (*self._shown, *([self.note] if self.note else [])))


@shown("the next group")
def new_group(fit: FittedModel, level: float | None = None) -> NewGroup:
    """Find the distribution of theta of a new group.

    Args:
            fit: the fit.
            level: probability of the central interval, in (0, 1); the fit's own unless given.

    Raises:
            RequestError: the level is not in (0, 1), or every theta is known for certain.

    Example:
            >>> import partialpool as pp
            >>> rats = pp.datasets.load("rat_tumors")
            >>> fit = pp.proportions(rats, successes="tumors", trials="rats", group="group", prior="bda")
            >>> found = new_group(fit.known)
            >>> round(found.mean, 4), round(found.sd, 4)
            (0.1443, 0.0891)

        Source: Gelman et al., Bayesian Data Analysis (3rd ed.), sections 5.1 and 5.5.
    """
    level = fit.level if level is None else level
    tails = np.array([tail_of(level)])
    check_apart(fit)
    mixture, error, relative = new_mixture(fit, np.append(_LEVELS, tails))
    lower, upper = (mixture.parts.at(mixture.quantiles(tails, upper=side))[0, 0] for side in (False, True))
    median = mixture.parts.at(mixture.quantiles(np.array([0.5]), upper=False))[0, 0]
    moments, given = population_moments(fit.results), fit.results.accuracy
    of_moments = 2.0 * max(given.mean, given.sd)
    accuracy = Accuracy(given.mean, of_moments, error, _HOW)
    return NewGroup(
        fit=fit,
        level=level,
        mean=moments.mean,
        sd=math.sqrt(moments.variance),
        median=float(median),
        lower=float(lower),
        upper=float(upper),
        note=moments.note,
        accuracy=accuracy,
        relative=relative,
        mixture=mixture,
    )


def new_mixture(fit: FittedModel, levels: Array) -> tuple[Mixture, float, float]:
    """Distribution of a new group's theta, and the largest absolute and relative error of these tail probabilities."""
    least = fit.results.accuracy.probability
    every = fit.results.every_node()
    if every is None:  # the population is fixed
        nodes = fit.singles(0)
        return Mixture(nodes.probability, nodes.population.part(None)), least, least
    parts = every.population.part(None)
    seen = np.flatnonzero(every.every_second)
    mixture, half = (
        Mixture(every.probability, parts),
        Mixture(every.every_second[seen], parts.part((slice(None), seen))),
    )
    off = np.array([_apart(mixture, half, levels, upper=upper) for upper in (False, True)])
    error, relative = EVERY_SECOND_ROW * off.max(axis=0)
    return mixture, max(float(error), least), max(float(relative), least)


def _apart(one: Mixture, other: Mixture, levels: Array, *, upper: bool) -> tuple[float, float]:
    """Largest difference of two mixtures' tails at about these levels, and the largest relative to the tail."""
    z = one.quantiles(levels, upper=upper, near=_ABOUT)
    tail = one.tails(z, upper=upper)
    off = np.abs(other.tails(z, upper=upper) - tail)
    first, last = one.parts.limits
    at_an_end = np.isclose(z, first, rtol=1e-9) | np.isclose(z, last, rtol=1e-9)
    with np.errstate(invalid="ignore", divide="ignore"):
        gaps = np.where(at_an_end, 0.0, [off, off / tail])
    absolute, relative = np.nan_to_num(gaps, nan=np.inf).max(axis=(1, 2))  # NaN confirms nothing
    return float(absolute), float(relative)
