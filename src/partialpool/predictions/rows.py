"""Predictive distributions of successes, a row each, by all their probabilities.

Few counts are summed up over nodes one by one. Of many the characteristic function is a sum over points of theta, over
which the nodes are averaged first:

    phi(w) = sum_i W_i (1 - theta_i + theta_i e^(-i w))^n,   W_i = sum_k p_k f(z_i | k) dz
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from partialpool.distributions import Betas
from partialpool.errors import RequestError
from partialpool.integrate.chunks import chunks
from partialpool.predictions.batches import Batch, batch
from partialpool.predictions.inverted import Complex, Listed, inverted
from partialpool.predictions.points import Points, points
from partialpool.predictions.predictive import Tabulated
from partialpool.predictions.windows import LONGEST, Window, window
from partialpool.progress import counted
from partialpool.special import Array

_LIMIT = 14.0  # over the sd: a frequency by which most characteristic functions have fallen off
_NOTHING = 1e-14  # of a characteristic function
_BLOCK = 8  # frequencies at a time
_WORK = 2e9  # probabilities at all nodes that are worked out one by one: 20 s
_SAMPLED = 4e8  # densities of all nodes: half a minute
_TIMES = 2  # as many counts as points, from where on points are quicker
_SHORT = 128  # counts that are always worked out one by one
_SHORT_ENOUGH = 2048  # counts of rows that are worked out many at a time
_SDS, _LEFT = (9.0, 14.0, 30.0), 1e-12  # of windows of these, in turn, and what they may leave out
_LISTED = 1 << 24  # probabilities in memory, of all rows
_MANY = 1000  # rows, of which fewer are never refused
_SECONDS, _PATIENCE = 1.2e-8, 60.0  # for each probability at each node; of both sets of nodes
_DROPPED = 1e-14  # probability of the nodes that are left out


@dataclass(frozen=True)
class Row:
    """One distribution: successes out of `trials`, theta ~ Beta given each node."""

    probability: Array
    of: Betas
    trials: int

    @property
    def listed(self) -> Listed | None:
        """All probabilities that count; None where they are too many."""
        counts = window(self.trials, self.of)
        for limit in self._limits if counts.size > _SHORT else ():
            at = points(self.trials, self.of, limit)
            if at is None or _TIMES * at.size > counts.size or at.size * len(self.probability) > _SAMPLED:
                break
            found = self._by_points(at)
            if found is not None:
                return found
        if counts.size > LONGEST or counts.size * len(self.probability) > _WORK:
            return None
        return self._by_counts(counts)

    @property
    def _limits(self) -> list[float]:
        """Frequencies by which the characteristic function has fallen off: mostly by the first of them."""
        mean, sd = self._moments
        middle = mean @ self.probability
        whole = float(np.sqrt((sd**2 + (mean - middle) ** 2) @ self.probability))
        return [min(np.pi, _LIMIT / max(scale, 1e-9)) for scale in (whole, 0.4 * whole, float(sd.min()))]

    @property
    def _moments(self) -> tuple[Array, Array]:
        """Mean and sd given each node."""
        n, of = float(self.trials), self.of
        return n * of.mean, np.sqrt(n * of.mean * (of.b / (of.a + of.b)) + n * (n - 1.0) * of.variance)

    def _by_counts(self, counts: Window) -> Listed:
        p, left = self._averaged(counts)
        return Listed(counts.first, p, left)

    def _by_points(self, at: Points) -> Listed | None:
        weight, left = self._averaged(at)
        try:
            mean, sd = self._moments
            return inverted(partial(_phi, at, weight, left), mean, sd, self.trials, 1, LONGEST)
        except _NotFallenOffError:
            return None

    def _averaged(self, support: Window | Points) -> tuple[Array, float]:
        """Probabilities averaged over nodes, and what the support leaves out."""
        out, left = np.zeros(support.size), 0.0
        for some in chunks(len(self.probability), support.size):
            a, b = self.of.a[some], self.of.b[some]
            p = support.probabilities(a, b)
            out += p @ self.probability[some]
            left += float(support.left_out(p, a, b) @ self.probability[some])
        return out, left


class _NotFallenOffError(Exception):
    """A characteristic function has not fallen off where points of theta no longer serve."""


def _phi(at: Points, weight: Array, left: float, length: int) -> tuple[Complex, float]:
    """E[exp(-i w Y)] at w = 2 pi m/length, and what the points leave out."""
    w = 2.0 * np.pi / length * np.arange(length // 2 + 1, dtype=float)
    phi = np.zeros(len(w), dtype=complex)
    for m in range(0, len(w), _BLOCK):
        some = slice(m, min(m + _BLOCK, len(w)))
        if w[some.stop - 1] > at.limit:
            raise _NotFallenOffError
        here = at.waves(w[some]) @ weight.astype(complex)
        phi[some] = here * np.exp(-1j * at.middle * w[some])
        if (np.abs(here[len(here) // 2 :]) < _NOTHING).all():
            break
    return phi, left


def tabulated(probability: Array, parts: Betas, trials: Array) -> tuple[Tabulated, float] | None:
    """The distributions of all rows, and how far sums of their probabilities can be off; None where it is too much.

    parts: theta of each row given each node, (rows, nodes).

    Raises:
        RequestError: there are so many rows that it would take minutes.
    """
    order = np.argsort(probability)
    kept = np.sort(order[np.cumsum(probability[order]) > _DROPPED])
    p, of = probability[kept] / probability[kept].sum(), parts.part((slice(None), kept))
    found: list[Listed | None] = [None] * len(trials)
    _check_work(batch(p, of, trials, _SDS[0]))
    for sds in _SDS:
        left = np.array([j for j, one in enumerate(found) if one is None], dtype=np.intp)
        for j, one in _together(p, of.part(left), trials[left], sds):
            found[left[j]] = one
    for j in counted([j for j, one in enumerate(found) if one is None]):
        found[j] = Row(p, of.part(j), int(trials[j])).listed
    each = [one for one in found if one is not None]
    if len(each) < len(found) or sum(len(one.pmf) for one in each) > _LISTED:
        return None
    first_counts = np.array([one.first for one in each], dtype=np.intp)
    error = max(one.error for one in each) + 2.0 * _DROPPED
    return Tabulated(first_counts, tuple(one.pmf for one in each), trials), error


def _together(probability: Array, of: Betas, trials: Array, sds: float) -> Iterator[tuple[int, Listed]]:
    """Rows of few counts, many at a time: those of which windows of so many sds leave out next to nothing."""
    every = batch(probability, of, trials, sds)
    few = np.flatnonzero(every.size <= _SHORT_ENOUGH)
    rows = Batch(probability, of.part(few), trials[few], every.first[few], every.size[few])
    for some in counted(list(rows.pieces)):
        pmf, left = rows.listed(some)
        for j, one, lost in zip(some.tolist(), pmf, left.tolist(), strict=True):
            if lost < _LEFT:
                first = int(rows.first[j])
                size = int(min(len(one), trials[few[j]] - first + 1))
                yield int(few[j]), Listed(first, one[:size].copy(), lost)


def _check_work(rows: Batch) -> None:
    """Refuse so many rows, of so many counts, that they would take minutes.

    Raises:
        RequestError: they would.
    """
    size = rows.size.astype(float)
    if size.sum() <= LONGEST or len(size) < _MANY:
        return
    seconds = _SECONDS * len(rows.probability) * float(np.minimum(size, _SHORT_ENOUGH).sum())
    if seconds > _PATIENCE or size.sum() > _LISTED:
        raise RequestError(
            f"The distributions of {len(size):,} groups of up to {rows.trials.max():,.0f} trials each are too much "
            "work at a time. Ask for those that matter, groups=[...]; or by draws: t = fit.draws(1000).theta, and "
            "then numpy.random.default_rng(1).binomial(trials, t) are draws of what comes."
        )
