"""The marginal likelihood of binomial data with a beta population.

    y_j ~ Binomial(n_j, theta_j),  theta_j ~ Beta(alpha, beta),  mean = alpha/kappa,  kappa = alpha + beta

    log p(y | alpha, beta) = sum_j  rho(y_j, alpha) + rho(n_j - y_j, beta) - rho(n_j, kappa)  +  constant
    rho(v, a) = lgamma(a + v) - lgamma(a)

The sum separates into three functions of one argument, each of a histogram of counts (`marginals.rising`). Large groups
are summed pair by pair instead, in a form in which no large terms cancel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool import special
from partialpool.distributions.marginals.rising import DIRECT, Rising, rising
from partialpool.distributions.populations.beta import Point
from partialpool.special import Array, Index

_MOST_PAIRS = 100  # most pairs that are summed one by one
_WORTH = 0.2  # share to which the noise must fall for pairs to be summed one by one, which takes long
_QUIET = 5e-10  # noise of the log likelihood that is small enough
_CHUNK = 1 << 21  # elements of a temporary array

EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class BinomialCells:
    """Distinct (successes, trials), with the number of groups that share each: all that the likelihood needs."""

    successes: Array
    failures: Array
    count: Array

    @property
    def trials(self) -> Array:
        return self.successes + self.failures

    @property
    def data(self) -> Array:
        """The data that identify the pairs: (2, pairs)."""
        return np.stack([self.successes, self.failures])

    def subset(self, which: Index | NDArray[np.bool_]) -> BinomialCells:
        """Select some of the pairs."""
        return BinomialCells(self.successes[which], self.failures[which], self.count[which])


@dataclass(frozen=True)
class Likelihood:
    """Log p(data | mean, concentration), up to a constant, with an estimate of its rounding error, `noise`."""

    yes: Rising
    no: Rising
    all: Rising
    large: BinomialCells
    noise: float

    def __call__(self, log_mean: Array, log_other: Array, log_kappa: Array) -> Array:
        """Log likelihood at log mean, log(1 - mean) and log concentration, which broadcast."""
        return self.at(Point(log_mean, log_other, log_kappa))

    def at(self, point: Point) -> Array:
        """Log likelihood at a point of the population's parameters, whose arrays broadcast."""
        log_mean, log_other, log_kappa = point.log_mean, point.log_other, point.log_kappa
        log_a, log_b = point.log_alpha, point.log_beta
        (yes, yes_rest), (no, no_rest) = self.yes.excess(log_a), self.no.excess(log_b)
        all_, all_rest = self.all.excess(log_kappa)
        rest = self._linear(log_mean, log_other, log_kappa, log_a, log_b) + (yes_rest + no_rest - all_rest)
        return (yes + no - all_) + rest + self._pairs(log_mean, log_other, log_kappa)

    def _linear(self, log_mean: Array, log_other: Array, log_kappa: Array, log_a: Array, log_b: Array) -> Array:
        """The terms v log a of rho, combined so that multiples of log kappa cancel as integers first."""
        yes, no, both = self.yes, self.no, self.all
        low_a, low_b, low_k = log_a < 0.0, log_b < 0.0, log_kappa < 0.0
        left_a, left_b = low_a * (yes.total - yes.some), low_b * (no.total - no.some)
        kappas = low_k * (both.total - both.some) - left_a - left_b
        means = (yes.total - left_a) * log_mean + (no.total - left_b) * log_other
        return means + kappas * log_kappa

    def _pairs(self, log_mean: Array, log_other: Array, log_kappa: Array) -> Array | float:
        if not len(self.large.count):
            return 0.0
        shape = np.broadcast_shapes(np.shape(log_mean), np.shape(log_other), np.shape(log_kappa))
        flat = [np.ravel(np.broadcast_to(part, shape))[:, None] for part in (log_mean, log_other, log_kappa)]
        size = max(1, _CHUNK // (8 * len(self.large.count)))
        chunks = range(0, len(flat[0]), size)
        each = (log_pair(self.large, *(part[i : i + size] for part in flat)) for i in chunks)
        parts = [special.row_sums(part, self.large.count) for part in each]
        return np.concatenate(parts).reshape(shape) if parts else np.zeros(shape)


def log_pair(pairs: BinomialCells, log_mean: Array, log_other: Array, log_kappa: Array) -> Array:
    """Return log p(y | mu, kappa) - y log(y/n) - (n-y) log(1-y/n), without the binomial coefficient, for any n.

    With p = y/n, m = (y + a)/(n + kappa) and G(x) = log(x)/2 - (Stirling remainder of x) it is
    -n KL(p, m) - kappa KL(mu, m) + G(a) + G(b) - G(kappa) - G(a+y) - G(b+n-y) + G(kappa+n):
    two divergences that are never negative, and no large terms that cancel.
    """
    log_kappa = np.minimum(log_kappa, special.LARGEST_LOG - 9.0)
    kappa = np.exp(log_kappa)
    n = pairs.trials
    total, log_total = n + kappa, np.log(n + kappa)
    # p - mu, from the side where both are small
    mu, nu = np.exp(log_mean), np.exp(log_other)
    gap = np.where(pairs.successes <= pairs.failures, pairs.successes / n - mu, nu - pairs.failures / n)
    out = special.half_log_minus_remainder(total, log_total)
    out = out - special.half_log_minus_remainder(kappa, log_kappa)
    for v, log_share, sign in ((pairs.successes, log_mean, 1.0), (pairs.failures, log_other, -1.0)):
        log_c = log_share + log_kappa
        c = np.exp(log_share) * kappa
        log_own = np.where(v > 0, np.log(np.where(v > 0, c + v, 1.0)), log_c)
        log_m = log_own - log_total
        out = out + special.half_log_minus_remainder(c, log_c) - special.half_log_minus_remainder(c + v, log_own)
        out = out + _divergence(v, np.log(np.where(v > 0, v / n, 1.0)), log_m, -sign * gap * kappa / total, n)
        out = out + _divergence(c, log_share, log_m, sign * gap * n / total, kappa)
    return out


def _divergence(part: Array, log_share: Array, log_m: Array, shift: Array, size: Array) -> Array:
    """Return part log(m/share) - size shift, with share = part/size, shift = m - share; -size shift where part is 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        change = np.where(part > 0, shift * size / np.where(part > 0, part, 1.0), np.inf)
    near = np.abs(change) <= 0.5
    close = part * special.log1p_minus(np.where(near, change, 0.0))
    return np.where(near, close, part * (log_m - log_share) - size * shift)


def likelihood(pairs: BinomialCells) -> Likelihood:
    """Split the pairs: the largest are summed one by one, the others through three histograms."""
    alone = _taken_alone(pairs)
    large, rest = pairs.subset(alone), pairs.subset(~alone)
    return Likelihood(
        rising(rest.successes, rest.count),
        rising(rest.failures, rest.count),
        rising(rest.trials, rest.count),
        large,
        _noise(rest) + 4.0 * EPS * float(np.sqrt(large.count @ large.trials)),
    )


def _noise(pairs: BinomialCells) -> float:
    """Estimate the rounding error, in averages over nodes, of the sum over three histograms.

    Each term is good to a few units in its last place. The sum itself, of the order of all trials at the ends of a
    panel, is rounded by more, but differently at each of hundreds of nodes, which leaves at most a fifth of that.
    """
    size = 8.0 * float(np.sqrt(pairs.count @ pairs.trials**2)) + float(pairs.count @ pairs.trials) / 5.0
    return EPS * (4.0 + size)


def _taken_alone(pairs: BinomialCells) -> NDArray[np.bool_]:
    """Mask of the largest pairs: as many as reduce the noise of the rest to _QUIET, if that is considerable."""
    order = np.argsort(-pairs.trials, kind="stable")
    rest = pairs.subset(order)
    left = 8.0 * EPS * np.sqrt((rest.count * rest.trials**2)[::-1].cumsum()[::-1])
    size = min(int(np.count_nonzero((left > _QUIET) & (rest.trials > DIRECT))), _MOST_PAIRS)
    if size < len(left) and left[size] > _WORTH * left[0]:
        size = 0
    alone = np.zeros(len(order), dtype=bool)
    alone[order[:size]] = True
    return alone
