"""Intervals of each group's theta: central, shortest and one-sided, of any level.

    central     [Q(t), Q(1 - t)], t = (1 - level)/2
    shortest    the shortest of all [Q(u), Q(u + level)], 0 <= u <= 1 - level
    lower       from the lower end of theta's support to Q(level)
    upper       from Q(1 - level) to the upper end

Q is the quantile function of theta_j given the data. Source: Box and Tiao 1973, Bayesian Inference in Statistical
Analysis, section 2.8 (shortest, or highest posterior density, intervals).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.fitted_model import FittedModel, check_apart
from partialpool.analysis.intervals.lattice import everywhere
from partialpool.analysis.intervals.shortest import shortest
from partialpool.engine.conditionals import FINENESS, Singles, settled
from partialpool.engine.mixture import Mixture
from partialpool.engine.results import USUAL_LEVELS, USUAL_TAIL, check_level
from partialpool.errors import RequestError
from partialpool.io.output.content import Content, Shown, Tabled
from partialpool.io.output.tables import to_native
from partialpool.messages.claims import Claim
from partialpool.messages.progress import shown
from partialpool.messages.wording import counted
from partialpool.special import Array, Index

KINDS = ("central", "shortest", "lower", "upper")

_GOAL = 1e-8
_FIRST = 2  # fineness of the first nodes
_TRUSTED = 1e-7  # largest difference from the fit's own quantiles for which reduced nodes are trusted
_SERVES = 1e-5  # the fit's own quantiles serve if their error is below this share of what is left out
_MANY, _SHARE = 1000, 0.5  # groups, and share of them in a question, from which all are checked once for all
_TAKEN = ("lower", "upper", "probability")

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, repr=False)
class Intervals(Shown):
    """An interval for each group's theta.

    Attributes:
        fit: the fit.
        kind: "central", "shortest", "lower" or "upper".
        level: the probability that was asked for.
        lower, upper: the ends, in the caller's order of groups; an end of theta's support where there is no bound.
        probability: the probability of each interval.
        accuracy: estimate of |F(x) - p| for every end x, where p is the intended probability below it.
        relative: that error as a share of the smaller of level and 1 - level.
    """

    fit: FittedModel
    kind: str
    level: float
    lower: Array
    upper: Array
    probability: Array
    accuracy: float
    relative: float

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about numbers that are less accurate than usual."""
        return self.fit.cautions(Claim("ends", self.accuracy, "in probability"))

    def table(self) -> Any:
        """One row per group: lower, upper, and the probability between them.

        Raises:
            RequestError: a group column has the name of a result.
        """
        return to_native(self.columns(), self.fit.data.library)

    def columns(self) -> Columns:
        """The table as plain columns."""
        check_names(self.fit, _TAKEN)
        return {**self.fit.data.labels, "lower": self.lower, "upper": self.upper, "probability": self.probability}

    def _content(self) -> Content:
        return Content(
            f"{self.kind.capitalize()} {100 * self.level:g}% intervals of {counted(self.fit.data.size, 'group')}",
            (
                Tabled(self.columns(), rows=12, width=100),
                f"ends within {self.accuracy:.0e} in probability, {self.relative:.0e} of what is left out (estimated)",
            ),
        )


@dataclass(frozen=True)
class Ends:
    """The z of both ends of intervals, with the probabilities below and above them: (rows, 2) each."""

    z: Array
    out: Array
    mixture: Mixture

    def apart(self, other: Ends) -> float:
        """Largest difference of the probabilities outside these ends, between these nodes and others."""
        return float(np.max(np.abs(outside(other.mixture, self.z) - self.out), initial=0.0))


@shown("intervals")
def intervals(fit: FittedModel, level: float | None = None, kind: str = "central") -> Intervals:
    """Find an interval for each group's theta.

    Args:
        fit: the fit.
        level: probability that an interval holds, in (0, 1); the fit's own unless given.
        kind: "central" leaves out the same on either side; "shortest" holds the theta of highest density, and starts at
            the end of theta's support if the density is highest there; "lower" reaches from the lower end up to a
            bound, and "upper" from a bound up.

    Raises:
        RequestError: the level is not in (0, 1), there is no such kind, or every theta is known for certain.

    Example:
        >>> import partialpool as pp
        >>> data = {"lab": ["a", "b", "c"], "y": [1, 3, 4], "n": [20, 20, 14]}
        >>> fit = pp.proportions(data, successes="y", trials="n", group="lab")
        >>> found = intervals(fit.known, 0.9, kind="lower")
        >>> found.lower.tolist(), found.upper.round(3).tolist()
        ([0.0, 0.0, 0.0], [0.201, 0.25, 0.338])
    """
    level = check_level(fit.level if level is None else level)
    check_apart(fit)
    if kind not in KINDS:
        raise RequestError(f"kind must be one of {', '.join(map(repr, KINDS))}, not {kind!r}.")
    scale = min(level, 1.0 - level)
    error = fit.results.accuracy.probability
    if kind != "shortest" and error < _SERVES * scale:
        return _of_the_fit(fit, level, kind, error)

    near: Array | None = None

    def ask(nodes: Singles) -> Ends:
        nonlocal near
        mixture = Mixture(nodes.probability, nodes.groups)
        if kind == "shortest":
            z, near = shortest(mixture, level, near)
        else:
            z = near = _ends(mixture, level, kind, near)
        return Ends(z, outside(mixture, z), mixture)

    found, error = settled_singles(ask, fit, lambda one, other: one.apart(other) / scale, scale)
    where, parts = fit.singles(_FIRST).where, found.mixture.parts
    lower, upper = (parts.at(found.z[:, side])[where] for side in (0, 1))
    held = 1.0 - found.out.sum(axis=1)[where]
    return Intervals(fit, kind, level, lower, upper, held, error * scale, error)


def _of_the_fit(fit: FittedModel, level: float, kind: str, error: float) -> Intervals:
    """Intervals between quantiles that the fit itself finds."""
    rest = 1.0 - level
    out = {"central": (0.5 * rest, 0.5 * rest), "lower": (0.0, rest), "upper": (rest, 0.0)}[kind]
    tail = max(out)
    found = fit.results.groups(min(tail, 1.0 - tail))
    low, high = (found.lower, found.upper) if tail <= 0.5 else (found.upper, found.lower)
    first, last = fit.singles(_FIRST).groups.support
    lower = low if out[0] else np.full(len(low), first)
    upper = high if out[1] else np.full(len(high), last)
    return Intervals(fit, kind, level, lower, upper, np.full(len(low), level), error, error / min(level, rest))


def quantiles(fit: FittedModel, p: Array, *, upper: bool = False) -> tuple[Array, float]:
    """Quantiles of each group's theta that leave p below them, or above them if `upper`, with an estimated error.

    p: probabilities in (0, 1), possibly as small as 1e-12: (levels,). Returns the quantiles, (groups, levels), and the
    estimated error of the tail probabilities, relative to p.
    """
    wanted = np.atleast_1d(np.asarray(p, dtype=float))
    if not ((wanted > 0.0) & (wanted < 1.0)).all():
        raise RequestError("p must be probabilities above 0 and below 1.")

    def ask(nodes: Singles) -> tuple[Array, Mixture]:
        mixture = Mixture(nodes.probability, nodes.groups)
        return mixture.quantiles(wanted, upper=upper), mixture

    def apart(one: tuple[Array, Mixture], other: tuple[Array, Mixture]) -> float:
        left = other[1].tails(one[0], upper=upper)
        end = np.isin(one[0], other[1].parts.limits)
        return float(np.max(np.where(end, 0.0, np.abs(left / wanted - 1.0))))

    (z, mixture), error = settled_singles(ask, fit, apart)
    return mixture.parts.at(z)[fit.singles(_FIRST).where], error


def settled_singles(
    ask: Any,
    fit: FittedModel,
    apart: Any,
    scale: float = 1.0,
    *,
    joint: bool = False,
    whole: bool = False,
    places: Index | None = None,
) -> tuple[Any, float]:
    """Refine nodes until the answers agree, and estimate the error; use all nodes if few disagree with the fit.

    scale: the unit of the error, by which `apart` divides a probability.
    joint: use nodes given which groups are independent, rather than those for one group at a time. whole: use all nodes
    in any case, as the distribution of a new group requires. places: the groups that are asked about; None: all.
    """
    beside = beside_the_fit(fit, places)
    every = everywhere(fit) if whole or beside > _TRUSTED else None
    if every is not None:
        found = ask(every[0])
        error = apart(ask(every[1]), found)
    else:
        nodes: Any = partial(fit.conditionals, places=places) if joint else fit.singles
        found, error = settled(ask, nodes, apart, fit.goal(_GOAL), first=_FIRST)
        error = max(float(np.nan_to_num(error, nan=np.inf)), beside / scale)
    return found, max(error, fit.results.accuracy.probability / scale)


def beside_the_fit(fit: FittedModel, places: Index | None = None) -> float:
    """Largest |F(x) - p| over reduced nodes, at quantiles x of all or some groups from the fit itself."""
    if places is None or fit.data.size < _MANY or len(places) > _SHARE * fit.data.size:
        return fit.kept("beside the fit", lambda: _beside(fit, np.arange(fit.data.size), None))
    return _beside(fit, places, places)


def _beside(fit: FittedModel, places: Index, some: Index | None) -> float:
    """Largest |F(x) - p| at quantiles of `some` groups, computed for these alone if the family can."""
    nodes = fit.singles(FINENESS[-3])
    if some is not None and fit.results.separate:
        x = fit.results.quantiles_of(USUAL_TAIL, places)
    else:
        found = fit.results.groups(USUAL_TAIL)
        x = np.stack([found.lower, found.median, found.upper], axis=1)[places]
    distinct, first_place = np.unique(nodes.where[places], return_index=True)
    return off_the_levels(Mixture(nodes.probability, nodes.groups.part(distinct)), x[first_place])


def off_the_levels(mixture: Mixture, x: Array) -> float:
    """Largest |F(x) - p| at quantiles x of the usual levels from elsewhere: (rows, levels)."""
    parts = mixture.parts
    with np.errstate(invalid="ignore"):
        z = parts.line(x)
    first, last = parts.limits
    inside = np.isfinite(z) & (z > first) & (z < min(last, parts.blurred)) & (x[:, :1] < x[:, -1:])  # not known exactly
    off = np.abs(mixture.tails(np.where(inside, z, 0.0), upper=False) - USUAL_LEVELS)
    return float(np.max(np.where(inside, off, 0.0), initial=0.0))


def outside(mixture: Mixture, z: Array) -> Array:
    """Probabilities below the first and above the second z; 0 at the ends of theta's support: (rows, 2)."""
    first, last = mixture.parts.limits
    below = np.where(z[:, :1] <= first, 0.0, mixture.tails(np.maximum(z[:, :1], first), upper=False))
    above = np.where(z[:, 1:] >= last, 0.0, mixture.tails(np.minimum(z[:, 1:], last), upper=True))
    return np.concatenate([below, above], axis=1)


def check_names(fit: FittedModel, taken: tuple[str, ...]) -> None:
    """Refuse group columns whose names are those of results."""
    for name in fit.data.labels:
        if name in taken:
            raise RequestError(
                f'The column "{name}" has the name of a result; rename it, for example "{name}_observed".'
            )


def _ends(mixture: Mixture, level: float, kind: str, near: Array | None) -> Array:
    """Both ends of each interval: (rows, 2); near: approximate ends."""
    rest = 1.0 - level
    below, above = (None, None) if near is None else (near[:, :1], near[:, 1:])
    first, last = (np.full(mixture.rows, end) for end in mixture.parts.limits)
    if kind == "lower":
        return np.stack([first, _quantile(mixture, level, rest, above)], axis=1)
    if kind == "upper":
        return np.stack([_quantile(mixture, rest, level, below), last], axis=1)
    tails = np.array([0.5 * rest])
    low = mixture.quantiles(tails, upper=False, start=below)
    return np.concatenate([low, mixture.quantiles(tails, upper=True, start=above)], axis=1)


def _quantile(mixture: Mixture, below: float, above: float, near: Array | None) -> Array:
    """The quantile, computed from the smaller of the two tails."""
    return mixture.quantiles(np.array([min(below, above)]), upper=above < below, start=near)[:, 0]
