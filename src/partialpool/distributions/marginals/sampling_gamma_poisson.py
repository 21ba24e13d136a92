"""Predictive distributions of events over an exposure, with theta gamma-distributed: negative binomial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import special as sc

from partialpool.distributions import Gammas
from partialpool.distributions.marginals.counting import modal, slack
from partialpool.distributions.marginals.sampling import MOST_CELLS, Alone, Counted, Observed, Sampling, Tails
from partialpool.special import Array, log_sigmoid

_MOST_EVENTS = 1e18  # most events that are drawn
_UNSEEN, _CUT = 1e-10, 1e-4  # probability beyond a table that is negligible; most that may be cut off
_FEWEST_COUNTS, _MOST_COUNTS, _CUT_AT = 64, 8192, 2048  # counts in a table: least, most, and most if it must be cut off
_TINY = 1e-300
_UNDERFLOW = -600.0  # log of a probability below which its multiples lose digits
_POISSON = 1e12  # shape above which a gamma distribution is concentrated on its mean, for counts


@dataclass(frozen=True)
class NegativeBinomials(Sampling):
    """Predictive distributions of y ~ Poisson(exposure theta), theta ~ Gamma(a, s)."""

    of: Gammas

    counted = True

    @classmethod
    def drawn(cls, theta: Array, size: Array, phi: Mapping[str, Array], rng: np.random.Generator) -> Array:
        return np.asarray(rng.poisson(np.minimum(theta, _MOST_EVENTS / size) * size))

    def within(self, mean: Array, variance: Array) -> Array:
        return np.asarray(mean / self.size[:, None])

    @property
    def _log_ratio(self) -> Array:
        """Log of exposure/rate: (groups, nodes)."""
        return np.log(self.size)[:, None] - self.of.log_s

    def log_probability(self, data: Observed) -> Array:
        """Return log of Gamma(y + a)/(Gamma(a) y!) (1 + r)^-a (r/(1 + r))^y, with r = exposure/rate."""
        y, a, log_ratio = data.value[:, None], np.maximum(self.of.a, _TINY), self._log_ratio
        spread = np.logaddexp(0.0, log_ratio)  # log(1 + r)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(y > 0.0, y * (np.log(a + y) - np.log(np.maximum(y, 1.0)) + log_ratio - spread), 0.0)
        return np.asarray(mean + slack(y, a) + y - a * spread - modal(y))

    def tails(self, data: Observed) -> Tails:
        y, a, log_ratio = data.value[:, None], np.maximum(self.of.a, _TINY), self._log_ratio
        low = np.minimum(a, _POISSON)
        share, rest = sc.expit(log_ratio), sc.expit(-log_ratio)  # e/(s + e), s/(s + e)
        expected = np.exp(np.minimum(np.log(a) + log_ratio, 700.0))
        far = a > _POISSON
        some = np.maximum(y, 1.0)
        lower = np.where(far, sc.gammaincc(some, expected), sc.betainc(low, some, rest))
        upper = np.where(far, sc.gammainc(y + 1.0, expected), sc.betainc(y + 1.0, low, share))
        return Tails(np.where(y > 0.0, lower, 0.0), np.exp(self.log_probability(data)), upper)

    @classmethod
    def cells(cls, size: Array) -> float:
        return _FEWEST_COUNTS / 8.0 * len(size)

    def alone(self, count: Array, probability: Array) -> tuple[list[Alone] | None, float]:
        """Tables that hold all but 1e-10 of the probability, or else all but 1e-4, and then they are cut off."""
        out: list[Alone] = []
        most_cells, cut = MOST_CELLS / len(self.size), 0.0
        for i, exposure in enumerate(self.size):
            a, log_ratio = self.of.a[i], np.log(exposure) - self.of.log_s[i]
            beyond = partial(_beyond, a=a, log_ratio=log_ratio, probability=probability)
            whole = beyond(_MOST_COUNTS) < _UNSEEN
            most, limit = _FEWEST_COUNTS, _MOST_COUNTS if whole or beyond(_CUT_AT) > _CUT else _CUT_AT
            while (left := beyond(most)) >= _UNSEEN and 2 * most * len(probability) <= most_cells and most < limit:
                most *= 2
            if left > _CUT:
                return None, 1.0
            cut += float(count[i]) * left if left > _UNSEEN else 0.0
            out.append(Counted.tabulated(negative_binomial_table(most, log_ratio, a), exposure))
        return out, cut


def _beyond(most: int, a: Array, log_ratio: Array, probability: Array) -> float:
    """P(Y > most), averaged over the nodes."""
    return float(sc.betainc(most + 1.0, np.maximum(a, _TINY), np.exp(log_sigmoid(log_ratio))) @ probability)


def negative_binomial_table(most: int, log_ratio: Array, a: Array) -> Array:
    """P(Y = 0), ..., P(Y = most): (most + 1, nodes)."""
    a = np.maximum(a, _TINY)
    spread = np.logaddexp(0.0, log_ratio)
    log_none = -a * spread
    p, seen = np.empty((most + 1, len(a))), log_none > _UNDERFLOW
    p[0], q = np.exp(log_none), np.exp(log_ratio - spread)
    for k in range(most):
        np.multiply(p[k], (a + k) * (q / (k + 1.0)), out=p[k + 1])
    if not seen.all():
        y = np.arange(float(most))[:, None]
        steps = np.log(a[~seen] + y) + (log_ratio - spread)[~seen] - np.log(y + 1.0)
        p[1:, ~seen] = np.exp(np.cumsum(steps, axis=0) + log_none[~seen])
    return p
