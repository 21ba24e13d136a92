"""Predictive distributions of the rows of a prediction, over nodes so fine that finer ones agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from partialpool.conditionals import Conditionals, Singles
from partialpool.distributions import Betas, Gammas, Normals
from partialpool.engine.mixture import Mixture
from partialpool.known import Known
from partialpool.predictions.amounts import NEW
from partialpool.predictions.events import NegativeBinomials
from partialpool.predictions.predictive import Counts, Tabulated, quantile
from partialpool.predictions.rows import tabulated
from partialpool.predictions.total_events import TotalOfEvents
from partialpool.predictions.totals import Summands, total_of_successes
from partialpool.predictions.wanted import Wanted
from partialpool.special import Array, Index
from partialpool.thetas.intervals import settled_singles


@dataclass(frozen=True)
class Forecast:
    """Distributions of counts or of numbers, a row each, and their quantiles.

    Attributes:
        counts: the distributions of counts, or
        mixture: those of numbers.
        row: which of the distributions each row is.
        ends: lower, median and upper of each distribution: (3, distributions); z of numbers.
        error: bound on the error of P(Y <= y) at these.
        moments: of a total of groups that there are, its mean and variance as found over the nodes.
    """

    counts: Counts | None
    mixture: Mixture | None
    row: Index
    ends: Array
    error: float
    moments: tuple[float, float] | None = None

    def tails(self, y: Array, *, upper: bool) -> Array:
        """P(Y > y) or P(Y <= y), of each distribution at its own y."""
        if self.counts is not None:
            return self.counts.tails(np.arange(len(y)), y, upper=upper)
        assert self.mixture is not None
        return self.mixture.tails(y[:, None], upper=upper)[:, 0]

    def apart(self, other: Forecast) -> float:
        """The largest difference of P(Y <= y) at the ends, and of the sd of a total beside itself."""
        gaps = [
            np.abs(other.tails(y, upper=upper) - self.tails(y, upper=upper))
            for y, upper in zip(self.ends, (False, False, True), strict=True)
        ]
        worst = float(np.max(np.nan_to_num(gaps, nan=np.inf)))  # what is no number confirms nothing
        if self.moments is not None and other.moments is not None and other.moments[1] > 0.0:
            worst = max(worst, 0.5 * abs(self.moments[1] / other.moments[1] - 1.0))
        return worst


def forecast(known: Known, of: Wanted, tail: float) -> Forecast:
    """The distributions, with the interval that leaves out `tail` on either side."""
    make = (_TOTALS if of.together is not None else _ROWS)[known.family.name]

    def ask(these: Any) -> Forecast:
        if known.family.name == "measurements" and of.together is None:
            return _rows_of_numbers(these, of, tail, _sigmas(known, these))
        made = make(these, of, tail)
        return replace(made, moments=None) if (of.places == NEW).all() else made  # those follow from the population

    joint, new = of.together is not None, bool((of.places == NEW).any())
    places = None if new else of.places
    found, error = settled_singles(
        ask, known, lambda one, other: one.apart(other), joint=joint, whole=new, places=places
    )
    error = max(error, found.error)
    return Forecast(found.counts, found.mixture, found.row, found.ends, error, found.moments)


# --- rows --------------------------------------------------------------------------------------------------------


def _distinct(nodes: Singles, of: Wanted) -> tuple[Index, Array, Index]:
    """Distinct pairs of a group's distribution, NEW for the next group's, and size; and which each row is."""
    at = np.where(of.places == NEW, NEW, nodes.where[of.places])
    pairs, row = np.unique(np.stack([at.astype(float), of.size]), axis=1, return_inverse=True)
    return pairs[0].astype(np.intp), pairs[1], row.ravel()


def _joined(groups: Array, population: Array, at: Index) -> Array:
    """Values at the nodes of some groups, and of the next one where `at` is NEW."""
    out = groups[np.maximum(at, 0)]
    out[at == NEW] = population
    return out


def _successes(nodes: Singles, of: Wanted, tail: float) -> Forecast:
    at, trials, row = _distinct(nodes, of)
    groups, population = nodes.groups, nodes.population
    assert isinstance(groups, Betas)
    assert isinstance(population, Betas)
    parts = Betas(_joined(groups.a, population.a, at), _joined(groups.b, population.b, at))
    counts, error = tabulated(nodes.probability, parts, trials)
    return replace(_counted(counts, row, len(trials), tail), error=error)


def _events(nodes: Singles, of: Wanted, tail: float) -> Forecast:
    at, exposure, row = _distinct(nodes, of)
    groups, population = nodes.groups, nodes.population
    assert isinstance(groups, Gammas)
    assert isinstance(population, Gammas)
    shape, log_s = np.broadcast_arrays(groups.a, groups.log_s)
    parts = Gammas(_joined(shape, population.a, at), _joined(log_s, population.log_s, at))
    return _counted(NegativeBinomials(nodes.probability, parts, exposure), row, len(exposure), tail)


def _estimates(nodes: Singles, of: Wanted, tail: float) -> Forecast:
    return _rows_of_numbers(nodes, of, tail, None)


def _rows_of_numbers(nodes: Singles, of: Wanted, tail: float, sigma: Array | None) -> Forecast:
    """Normal, theta's variance and that of what is to be seen added up; sigma: at each node, in theta's units."""
    at, size, row = _distinct(nodes, of)
    groups, population = nodes.groups, nodes.population
    assert isinstance(groups, Normals)
    assert isinstance(population, Normals)
    noise = size[:, None] / groups.unit if sigma is None else sigma / groups.unit / np.sqrt(size)[:, None]
    sd = np.hypot(_joined(groups.sd, population.sd, at), noise)
    parts = Normals(_joined(groups.location, population.location, at), sd, groups.origin, groups.unit)
    return _numbers(Mixture(nodes.probability, parts), row, tail)


def _sigmas(known: Known, nodes: Singles) -> Array:
    """Sigma at the nodes at which the population's mean is integrated out: those of all parameters, mean by mean."""
    fineness = next(k for k in range(7) if known.singles(k) is nodes)
    full = known.conditionals(fineness)
    shape = (len(nodes.probability), -1)
    if not np.allclose(full.probability.reshape(shape).sum(axis=1), nodes.probability, rtol=1e-9, atol=1e-300):
        raise AssertionError("nodes of one group at a time are not those of all groups without the mean")
    return np.asarray(full.phi["sigma"].reshape(shape)[:, 0])


# --- totals ------------------------------------------------------------------------------------------------------


def _all_parts(nodes: Conditionals, of: Wanted) -> tuple[Index, Array, Array]:
    """The distinct groups of a total, NEW for new ones, their sizes, and how many there are of each."""
    at = np.where(of.places == NEW, NEW, nodes.where[of.places])
    pairs, times = np.unique(np.stack([at.astype(float), of.size]), axis=1, return_counts=True)
    return pairs[0].astype(np.intp), pairs[1], times.astype(float)


def _averaged(probability: Array, mean: Array, variance: Array) -> tuple[float, float]:
    """Mean and variance over the nodes."""
    middle = float(mean @ probability)
    return middle, float((variance + (mean - middle) ** 2) @ probability)


def _total_successes(nodes: Conditionals, of: Wanted, tail: float) -> Forecast:
    at, trials, times = _all_parts(nodes, of)
    groups, population = nodes.groups, nodes.population
    assert isinstance(groups, Betas)
    assert isinstance(population, Betas)
    parts = Betas(_joined(groups.a, population.a, at), _joined(groups.b, population.b, at))
    of_nodes = Summands(nodes.probability, parts, trials, times)
    first, p, error = total_of_successes(of_nodes)
    counts = Tabulated(np.array([first]), (p,), np.array([float(of_nodes.most)]))
    found = _counted(counts, np.zeros(1, dtype=np.intp), 1, tail, _averaged(nodes.probability, *of_nodes.moments))
    return replace(found, error=error)


def _total_events(nodes: Conditionals, of: Wanted, tail: float) -> Forecast:
    at, exposure, times = _all_parts(nodes, of)
    groups, population = nodes.groups, nodes.population
    assert isinstance(groups, Gammas)
    assert isinstance(population, Gammas)
    shape, log_s = np.broadcast_arrays(groups.a, groups.log_s)
    parts = Gammas(_joined(shape, population.a, at), _joined(log_s, population.log_s, at))
    counts = TotalOfEvents(nodes.probability, parts, exposure, times)
    e = exposure[:, None]
    moments = _averaged(nodes.probability, times @ (e * parts.mean), times @ (e * parts.mean + e**2 * parts.variance))
    return _counted(counts, np.zeros(1, dtype=np.intp), 1, tail, moments)


def _total_numbers(nodes: Conditionals, of: Wanted, tail: float) -> Forecast:
    at, size, times = _all_parts(nodes, of)
    groups, population = nodes.groups, nodes.population
    assert isinstance(groups, Normals)
    assert isinstance(population, Normals)
    noise = size[:, None] if of.role == "se" else nodes.phi["sigma"] / np.sqrt(size)[:, None]
    sd = np.hypot(_joined(groups.sd, population.sd, at), noise / groups.unit)
    location, variance = times @ _joined(groups.location, population.location, at), times @ sd**2
    origin = groups.origin * float(times.sum())
    parts = Normals(location[None], np.sqrt(variance)[None], origin, groups.unit)
    moments = _averaged(nodes.probability, location, variance)
    moments = origin + groups.unit * moments[0], groups.unit**2 * moments[1]
    return _numbers(Mixture(nodes.probability, parts), np.zeros(1, dtype=np.intp), tail, moments)


# --- quantiles ---------------------------------------------------------------------------------------------------


def _counted(
    counts: Counts, row: Index, size: int, tail: float, moments: tuple[float, float] | None = None
) -> Forecast:
    everyone = np.arange(size)
    ends = [
        quantile(counts, everyone, np.full(size, p), upper=upper)
        for p, upper in ((tail, False), (0.5, False), (tail, True))
    ]
    return Forecast(counts, None, row, np.stack(ends), 0.0, moments)


def _numbers(mixture: Mixture, row: Index, tail: float, moments: tuple[float, float] | None = None) -> Forecast:
    low = mixture.quantiles(np.array([tail, 0.5]), upper=False)
    high = mixture.quantiles(np.array([tail]), upper=True)
    return Forecast(None, mixture, row, np.concatenate([low, high], axis=1).T, 0.0, moments)


Make = Callable[[Any, Wanted, float], Forecast]

_ROWS: Mapping[str, Make] = {
    "proportions": _successes,
    "rates": _events,
    "estimates": _estimates,
    "measurements": _estimates,
}
_TOTALS: Mapping[str, Make] = {
    "proportions": _total_successes,
    "rates": _total_events,
    "estimates": _total_numbers,
    "measurements": _total_numbers,
}
