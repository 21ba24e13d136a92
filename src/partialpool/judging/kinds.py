"""Groups whose data have the same distribution given the population's parameters, at many values of these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.distributions import Betas, Each, Gammas, Normals
from partialpool.judging.outcomes import Outcomes
from partialpool.judging.tails import beta_binomial_table, negative_binomial_table
from partialpool.special import Array, log_sigmoid

MOST_CELLS = 16_000_000
"""Probabilities of single counts, of all groups and nodes together, beyond which they are not written down."""

_UNSEEN, _CUT = 1e-10, 1e-4
_LEAST = 1e-12  # probability of a node that counts
_FEWEST_COUNTS, _MOST_COUNTS = 64, 8192
_ROUNDING = 1e-9
_TINY = 1e-300


@dataclass(frozen=True)
class Kinds:
    """Groups with the same distribution of data, at the nodes.

    tables: running sums of the probabilities of counts 0, 1, ..., with a 0 in front: (counts + 1, nodes) of each kind;
    centre, sd: of normal values, (kinds, nodes); size: trials or exposure; cut: bound on the probability that any count
    is beyond its table, where it counts as the last, so that means are not to be had unless it is 0.
    """

    probability: Array
    count: Array
    size: Array
    tables: tuple[Array, ...] | None
    centre: Array
    sd: Array
    cut: float = 0.0

    def inside(self, low: Array, high: Array) -> Array:
        """P(every group's value is within low to high, both included): (thresholds)."""
        total = np.ones((len(low), len(self.probability)))
        for i, count in enumerate(self.count):
            a, b = low[:, i], high[:, i]
            if self.tables is None:
                p = _between(a[:, None], b[:, None], self.centre[i], self.sd[i])
            else:
                top = len(self.tables[i]) - 1
                n = self.size[i]
                lo = np.clip(np.ceil(a * n - _slack(a * n)), 0, top).astype(np.intp)
                hi = np.clip(np.floor(b * n + _slack(b * n)) + 1, 0, top).astype(np.intp)
                p = self.tables[i][hi] - self.tables[i][lo]
            total *= p if count == 1.0 else np.maximum(p, 0.0) ** count
        return np.asarray(total @ self.probability)

    @property
    def support(self) -> Array | None:
        """All values of single groups; None where they are continuous."""
        if self.tables is None:
            return None
        parts = [np.arange(len(t) - 1.0) / n for t, n in zip(self.tables, self.size, strict=True)]
        return np.unique(np.concatenate(parts))


def _slack(x: Array) -> Array:
    """What rounding may do to a count that was divided and multiplied; counts at infinity stay there."""
    return np.where(np.isfinite(x), _ROUNDING * np.maximum(np.abs(x), 1.0), 0.0)


def _between(a: Array, b: Array, centre: Array, sd: Array) -> Array:
    if np.isneginf(a).all():
        return np.asarray(sc.ndtr((b - centre) / sd))
    if np.isposinf(b).all():
        return np.asarray(sc.ndtr((centre - a) / sd))
    low, high = (a - centre) / sd, (b - centre) / sd
    right = low > 0.0
    return np.asarray(sc.ndtr(np.where(right, -low, high)) - sc.ndtr(np.where(right, -high, low)))


def too_many(data: Outcomes, probability: Array) -> bool:
    """Whether the probabilities of single counts are too many to be written down."""
    least = 2.0 * (data.size + 1.0) if data.family == "proportions" else np.full(len(data.size), _FEWEST_COUNTS / 8.0)
    return data.counted and bool(float(least.sum()) * np.count_nonzero(probability > _LEAST) > MOST_CELLS)


def kinds(data: Outcomes, of: Each, probability: Array, noise: Array) -> Kinds | None:
    """The groups' data, theta of each distinct one being distributed as `of`, (distinct, nodes); None if too many.

    noise: the sd of the data about theta, where they are normal: (distinct, nodes).
    """
    seen = probability > _LEAST
    of, probability = of.part((slice(None), seen)), probability[seen] / probability[seen].sum()
    noise = noise[:, seen] if noise.ndim == 2 else noise
    empty = np.zeros((0, len(probability)))
    if isinstance(of, Normals):
        sd = np.hypot(of.unit * of.sd, noise)
        return Kinds(probability, data.count, data.size, None, of.theta(of.location), sd)
    if isinstance(of, Betas):
        tables, cut = _successes(data, of), 0.0
    else:
        assert isinstance(of, Gammas)
        found, cut = _events(data, of, probability)
        if found is None:
            return None
        tables = found
    running = tuple(_running(table) for table in tables)
    return Kinds(probability, data.count, data.size, running, empty, empty, cut)


def _running(table: Array) -> Array:
    """Running sums with a 0 in front, and 1 at the end: row by row, along which the numbers lie in memory."""
    out = np.zeros((len(table) + 1, table.shape[1]))
    for y, p in enumerate(table):
        np.add(out[y], p, out=out[y + 1])
    out[-1] = 1.0
    return out


def _successes(data: Outcomes, of: Betas) -> list[Array]:
    return [beta_binomial_table(int(n), of.a[i], of.b[i]) for i, n in enumerate(data.size)]


def _events(data: Outcomes, of: Gammas, probability: Array) -> tuple[list[Array] | None, float]:
    """Tables up to where all but 1e-10 is seen; or all but 1e-4, and then they are cut."""
    out, most_cells, cut = [], MOST_CELLS / len(data.size), 0.0
    for i, exposure in enumerate(data.size):
        log_ratio = np.log(exposure) - of.log_s[i]
        most = _FEWEST_COUNTS
        while True:
            beyond = sc.betainc(most + 1.0, np.maximum(of.a[i], _TINY), np.exp(log_sigmoid(log_ratio)))
            left = float(beyond @ probability)
            if left < _UNSEEN or 2 * most * len(probability) > most_cells or most >= _MOST_COUNTS:
                break
            most *= 2
        if left > _CUT:
            return None, 1.0
        cut += float(data.count[i]) * left if left > _UNSEEN else 0.0
        out.append(negative_binomial_table(most, log_ratio, of.a[i]))
    return out, cut
