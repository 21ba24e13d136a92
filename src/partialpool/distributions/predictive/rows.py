"""Predictive distributions of numbers of successes, one per row.

For few trials a distribution is a table of its pmf, for many trials a distribution function (`many_trials`). If the
whole pmf for many trials is needed, it comes from the characteristic function, which is a sum over points of theta
whose weights are averaged over the nodes first:

    phi(w) = sum_i W_i (1 - theta_i + theta_i e^(-i w))^n,   W_i = sum_k p_k f(z_i | k) dz
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from partialpool.distributions import Betas
from partialpool.distributions.predictive.batches import Batch, batch
from partialpool.distributions.predictive.counts import Counts, Several, Tabulated, beta_binomial
from partialpool.distributions.predictive.inverted import Complex, Listed, inverted
from partialpool.distributions.predictive.many_trials import ManyTrials
from partialpool.distributions.predictive.points import Points, points
from partialpool.distributions.predictive.windows import LONGEST, Window, window
from partialpool.errors import RequestError
from partialpool.messages.progress import counted
from partialpool.quadrature.chunks import chunks
from partialpool.special import Array, Index

_LIMIT = 14.0  # frequency, in units of 1/sd, at which most characteristic functions have fallen to 0
_NOTHING = 1e-14  # value of a characteristic function that counts as 0
_BLOCK = 8  # frequencies at a time
_WORK = 2e9  # largest number of counts times nodes that is computed one by one: 20 s
_SAMPLED = 4e8  # largest number of points times nodes: half a minute
_PILED_UP = 1e-6  # probability of nodes with a < 1 or b < 1, whose characteristic function falls off slowly
_TIMES = 2  # ratio of counts to points above which the points are quicker
_SHORT = 128  # windows of up to so many counts are always computed one by one
_SHORT_ENOUGH = 2048  # rows with windows of up to so many counts are computed many at a time
_SDS, _LEFT = (9.0, 14.0, 30.0), 1e-12  # half-widths of windows tried in turn, and the probability one may leave out
_LISTED = 1 << 24  # largest total length of all pmfs in memory
_MANY = 1000  # fewer rows than this are never refused
_SECONDS, _PATIENCE = 1.2e-8, 60.0  # seconds per count and node for both sets of nodes, and the most allowed
_UNLISTED = 1e-10  # error of distribution functions that are not tables; the largest measured is 3e-11
_DROPPED = 1e-14  # total probability of the nodes that are left out


@dataclass(frozen=True)
class Row:
    """The pmf of one row: successes in `trials` trials, with theta ~ Beta given each node."""

    probability: Array
    of: Betas
    trials: int

    @property
    def listed(self) -> Listed | None:
        """The pmf over the counts that matter; None if there are too many counts."""
        counts = window(self.trials, self.of)
        for limit in self._limits if counts.size > _SHORT and not self._piled_up else ():
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
    def _piled_up(self) -> bool:
        """Whether the density of theta is infinite at 0 or 1 at nodes with a probability that matters."""
        return bool(self.probability[(self.of.a < 1.0) | (self.of.b < 1.0)].sum() > _PILED_UP)

    @property
    def _limits(self) -> list[float]:
        """Increasing frequencies at which the characteristic function has fallen to 0, mostly by the first."""
        mean, sd = self._moments
        middle = mean @ self.probability
        whole = float(np.sqrt((sd**2 + (mean - middle) ** 2) @ self.probability))
        return [min(np.pi, _LIMIT / max(scale, 1e-9)) for scale in (whole, 0.4 * whole, float(sd.min()))]

    @property
    def _moments(self) -> tuple[Array, Array]:
        """Mean and sd of the count given each node, each (nodes,)."""
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
        """Probabilities on the support, averaged over the nodes, and the probability that the support leaves out."""
        out, left = np.zeros(support.size), 0.0
        for some in chunks(len(self.probability), support.size):
            a, b = self.of.a[some], self.of.b[some]
            p = support.probabilities(a, b)
            out += p @ self.probability[some]
            left += float(support.left_out(p, a, b) @ self.probability[some])
        return out, left


@dataclass(frozen=True)
class BetaBinomials:
    """Numbers of successes in `trials`, shape (rows,); theta ~ Beta given a node, `parts` of shape (rows, nodes)."""

    probability: Array
    parts: Betas
    trials: Array
    _rows: dict[int, ManyTrials] = field(default_factory=dict, repr=False, compare=False)

    @property
    def most(self) -> Array:
        return self.trials

    def tails(self, row: Index, y: Array, *, upper: bool) -> Array:
        """P(Y <= y) = E[F(U)], U ~ Beta(y + 1, n - y), or P(Y > y) if `upper`; P(Y <= y) is 1 for y >= n."""
        n = self.trials[row]
        out = np.where(y >= n, 0.0 if upper else 1.0, 1.0 if upper else 0.0)
        inside = (y >= 0.0) & (y < n)
        for j in np.unique(row[inside]):
            some = inside & (row == j)
            out[some] = self._row(int(j)).tails(np.asarray(y, dtype=float)[some], upper=upper)
        return out

    def _row(self, j: int) -> ManyTrials:
        if j not in self._rows:
            self._rows[j] = ManyTrials(self.probability, self.parts.part(j), float(self.trials[j]))
        return self._rows[j]

    def pmf(self, row: int) -> Array:
        n, of = int(self.trials[row]), self.parts.part(row)
        listed = Row(self.probability, of, n).listed
        if listed is not None:
            return Tabulated(np.array([listed.first]), (listed.pmf,), self.trials[[row]]).pmf(0)
        out = np.zeros(n + 1)
        for some in chunks(len(self.probability), n + 1):
            out += beta_binomial(n, of.a[some], of.b[some]) @ self.probability[some]
        return out


class _NotFallenOffError(Exception):
    """A characteristic function has not fallen to 0 at the largest frequency for which the points are fine enough."""


def _phi(at: Points, weight: Array, left: float, length: int) -> tuple[Complex, float]:
    """E[exp(-i w Y)] at w = 2 pi m/length, m = 0, ..., length/2, and the probability that the points leave out."""
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


def tabulated(probability: Array, parts: Betas, trials: Array) -> tuple[Counts, float]:
    """The predictive distributions of all rows, and the estimated error of their distribution functions.

    They are tables of pmfs, except rows whose pmf would be too long.

    Args:
        probability: probability of each node, shape (nodes,).
        parts: beta distribution of each row's theta given each node, shape (rows, nodes).
        trials: number of trials of each row, shape (rows,).

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
    listed = np.array([j for j, one in enumerate(found) if one is not None], dtype=np.intp)
    each = [one for one in found if one is not None]
    if sum(len(one.pmf) for one in each) > _LISTED:
        listed, each = listed[:0], []
    firsts = np.array([one.first for one in each], dtype=np.intp)
    table = Tabulated(firsts, tuple(one.pmf for one in each), trials[listed])
    error = max([one.error for one in each], default=0.0) + 2.0 * _DROPPED
    if len(each) == len(found):
        return table, error
    others = np.setdiff1d(np.arange(len(trials)), listed)
    rest = BetaBinomials(p, of.part(others), trials[others])
    if not each:
        return rest, error + _UNLISTED
    return Several((table, rest), np.isin(np.arange(len(trials)), others).astype(np.intp)), error + _UNLISTED


def _together(probability: Array, of: Betas, trials: Array, sds: float) -> Iterator[tuple[int, Listed]]:
    """Yield the pmfs of rows with short windows, `sds` sds to either side, if these leave out almost nothing."""
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
    """Refuse rows that are so many, with so many counts, that they would take minutes.

    Raises:
        RequestError: they would take longer than `_PATIENCE`.
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
