"""What a group's data can turn out to be, given the distribution of its theta: probabilities and tails.

proportions    y | a, b             ~  beta-binomial(trials; a, b),            theta ~ Beta(a, b)
rates          y | a, s             ~  negative binomial(a, s/(s + exposure)), theta ~ Gamma(a, s)
estimates      y | m, t             ~  N(m, t^2 + se^2),                       theta ~ N(m, t^2)
measurements   mean of n rows | ... ~  N(m, t^2 + sigma^2/n), and the rows' scatter about it by sigma
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.composite import grid
from partialpool.distributions import Betas, Each, Gammas, Normals
from partialpool.groups import Groups
from partialpool.special import HALF_LOG_2PI, Array, Index, half_log_minus_remainder

TABULATED = 3000
"""Trials up to which every probability of a beta-binomial distribution is written down."""

_TINY = 1e-300
_UNDERFLOW = -600.0  # log of a probability, below which its multiples lose digits
_POISSON = 1e12  # a shape beyond which a gamma distribution is its mean, for counts


@dataclass(frozen=True)
class Outcomes:
    """The distinct data of groups, those without data left out.

    Attributes:
        value: successes, events, estimate or mean of rows: (distinct).
        size: trials, exposure, standard error or number of rows.
        rest: what `value` loses in rounding (measurements).
        squares: sum of squares of rows about their mean (measurements).
        first: the first group that has these data.
        where: which of these each group with data has; `groups` says which those are.
    """

    family: str
    value: Array
    size: Array
    rest: Array
    squares: Array
    first: Index
    where: Index
    groups: Index

    @property
    def counted(self) -> bool:
        """Whether values are counts."""
        return self.family in ("proportions", "rates")

    @property
    def count(self) -> Array:
        """How many groups there are of each."""
        return np.bincount(self.where, minlength=len(self.value)).astype(float)

    @property
    def raw(self) -> Array:
        """The groups' own estimates of theta."""
        return self.value / self.size if self.counted else self.value

    def subset(self, which: Index) -> Outcomes:
        """Some of the distinct data; `where` and `groups` are those of the first groups only."""
        return self.regrouped(which, np.arange(len(which)), self.first[which])

    def regrouped(self, which: Index, where: Index, groups: Index) -> Outcomes:
        """Some of the distinct data, and which of them some groups have."""
        value, size, rest, squares = (part[which] for part in (self.value, self.size, self.rest, self.squares))
        return Outcomes(self.family, value, size, rest, squares, self.first[which], where, groups)


_ROLES = {
    "proportions": ("successes", "trials"),
    "rates": ("events", "exposure"),
    "estimates": ("estimate", "se"),
    "measurements": ("mean", "n"),
}


def outcomes(family: str, data: Groups) -> Outcomes:
    """The distinct data of the groups."""
    value, size = (np.asarray(data.statistics[role], dtype=float) for role in _ROLES[family])
    rest, squares = np.zeros(len(value)), np.zeros(len(value))
    if family == "measurements":
        rest = np.asarray(data.statistics["rest"], dtype=float)
        squares = (size - 1.0) * np.asarray(data.statistics["sd"], dtype=float) ** 2
    some = np.flatnonzero(size > 0.0) if family in ("proportions", "rates") else np.arange(len(value))
    table = np.stack([size, value, rest, squares])[:, some]
    _, first, where = np.unique(table, axis=1, return_index=True, return_inverse=True)
    first = some[first]
    return Outcomes(family, value[first], size[first], rest[first], squares[first], first, np.ravel(where), some)


# --- probabilities


def log_probability(data: Outcomes, of: Each, phi: Mapping[str, Array]) -> Array:
    """log of the probability, or density, of each one's data, theta being distributed as `of`: (distinct, nodes).

    of: (nodes), or (distinct, nodes). Constants that do not depend on the nodes are in it, but for measurements those
    of the rows' scatter.
    """
    of = of.part((None, slice(None))) if len(of.shape) == 1 else of
    y, n = data.value[:, None], data.size[:, None]
    if isinstance(of, Betas):
        return log_beta_binomial(y, n - y, of.a, of.b)
    if isinstance(of, Gammas):
        return log_negative_binomial(y, np.log(n) - of.log_s, of.a)
    assert isinstance(of, Normals)
    z, sd = _standard(data, of, phi)
    value = -0.5 * z * z - np.log(of.unit * sd) - HALF_LOG_2PI
    if data.family == "measurements":
        sigma = phi["sigma"]
        value = value - (n - 1.0) * np.log(sigma) - 0.5 * data.squares[:, None] / sigma**2
    return np.asarray(value)


def log_beta_binomial(y: Array, f: Array, a: Array, b: Array) -> Array:
    """log of C(n, y) B(y + a, f + b)/B(a, b), n = y + f."""
    a, b = np.maximum(a, _TINY), np.maximum(b, _TINY)
    n, k = y + f, a + b
    powers = _times_log(y, (a + y) / (k + n)) + _times_log(f, (b + f) / (k + n))
    powers = powers - _times_log(y, y / n) - _times_log(f, f / n)
    slack = _slack(y, a) + _slack(f, b) - _slack(n, k)
    return powers + slack + _modal(n) - _modal(y) - _modal(f)


def log_negative_binomial(y: Array, log_ratio: Array, a: Array) -> Array:
    """log of Gamma(y + a)/(Gamma(a) y!) (1 + r)^-a (r/(1 + r))^y, r = exposure/rate."""
    a = np.maximum(a, _TINY)
    spread = np.logaddexp(0.0, log_ratio)  # log(1 + r)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(y > 0.0, y * (np.log(a + y) - np.log(np.maximum(y, 1.0)) + log_ratio - spread), 0.0)
    return mean + _slack(y, a) + y - a * spread - _modal(y)


def _times_log(v: Array, x: Array) -> Array:
    return np.where(v > 0.0, v * np.log(np.maximum(x, _TINY)), 0.0)


def _slack(v: Array, a: Array) -> Array:
    """log Gamma(a + v) - log Gamma(a) - v log(a + v), with nothing large in it."""
    g = half_log_minus_remainder
    value = a * np.log1p(v / a) - v - g(a + v, np.log(a + v)) + g(a, np.log(a))
    return np.where(v > 0.0, value, 0.0)


def _modal(v: Array) -> Array:
    """log v! - (v log v - v), 0 for v = 0."""
    some = np.maximum(v, 1.0)
    value = HALF_LOG_2PI + np.log(some) - half_log_minus_remainder(some, np.log(some))
    return np.where(v > 0.0, value, 0.0)


def _standard(data: Outcomes, of: Normals, phi: Mapping[str, Array]) -> tuple[Array, Array]:
    """Each value in sds from its predictive mean, and that sd in units of `of`."""
    size, sd = data.size[:, None], of.sd
    noise = phi["sigma"] / np.sqrt(size) if data.family == "measurements" else size
    sd = np.hypot(sd, noise / of.unit)
    at = (data.value[:, None] - of.origin) / of.unit + data.rest[:, None] / of.unit
    return (at - of.location) / sd, sd


# --- tails


@dataclass(frozen=True)
class Tails:
    """P(Y < y), P(Y = y) and P(Y > y): (distinct, nodes)."""

    lower: Array
    equal: Array
    upper: Array


def tails(data: Outcomes, of: Each, phi: Mapping[str, Array]) -> Tails:
    """Where each one's data stand, theta being distributed as `of`."""
    of = of.part((None, slice(None))) if len(of.shape) == 1 else of
    if isinstance(of, Normals):
        z = _standard(data, of, phi)[0]
        return Tails(sc.ndtr(z), np.zeros(z.shape), sc.ndtr(-z))
    equal = np.exp(log_probability(data, of, phi))
    if isinstance(of, Gammas):
        return _of_events(data, of, equal)
    assert isinstance(of, Betas)
    return _of_successes(data, of, equal)


def _of_events(data: Outcomes, of: Gammas, equal: Array) -> Tails:
    y = data.value[:, None]
    log_ratio = np.log(data.size)[:, None] - of.log_s
    a = np.maximum(of.a, _TINY)
    low = np.minimum(a, _POISSON)
    share, rest = sc.expit(log_ratio), sc.expit(-log_ratio)  # e/(s + e), s/(s + e)
    expected = np.exp(np.minimum(np.log(a) + log_ratio, 700.0))
    far = a > _POISSON
    some = np.maximum(y, 1.0)
    lower = np.where(far, sc.gammaincc(some, expected), sc.betainc(low, some, rest))
    upper = np.where(far, sc.gammainc(y + 1.0, expected), sc.betainc(y + 1.0, low, share))
    return Tails(np.where(y > 0.0, lower, 0.0), equal, upper)


def _of_successes(data: Outcomes, of: Betas, equal: Array) -> Tails:
    lower, upper = np.zeros(equal.shape), np.zeros(equal.shape)
    known: tuple[float, Array] = -1.0, equal  # the last table: those of a size stand together
    shared = of.shape[0] == 1
    for i, (y, n) in enumerate(zip(data.value, data.size, strict=True)):
        a, b = (part[0 if shared else i] for part in (of.a, of.b))
        if n > TABULATED:
            lower[i], upper[i] = _integrated(y, n, a, b)
            continue
        table = known[1] if shared and n == known[0] else beta_binomial_table(int(n), a, b)
        known = n, table
        lower[i], upper[i] = table[: int(y)].sum(axis=0), table[int(y) + 1 :].sum(axis=0)
    return Tails(lower, equal, upper)


def beta_binomial_table(n: int, a: Array, b: Array) -> Array:
    """P(Y = 0), ..., P(Y = n): (n + 1, nodes), from ratios of neighbours."""
    a, b = np.maximum(a, _TINY), np.maximum(b, _TINY)
    y = np.arange(float(n))[:, None]
    steps = np.log(y + a) - np.log(n - y - 1.0 + b) + (np.log(n - y) - np.log(y + 1.0))
    logs = np.concatenate([np.zeros((1, len(a))), np.cumsum(steps, axis=0)])
    p = np.exp(logs - logs.max(axis=0))
    return np.asarray(p / p.sum(axis=0))


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


def _integrated(y: float, n: float, a: Array, b: Array) -> tuple[Array, Array]:
    """P(Y < y) and P(Y > y) of very many trials: P(Y <= y) = E[F(U)], U ~ Beta(y + 1, n - y), F that of theta."""
    theta = Betas(np.maximum(a, _TINY), np.maximum(b, _TINY))
    lower, upper = np.zeros(len(a)), np.zeros(len(a))
    if y > 0.0:
        lower = _mixed(Betas(np.array([[y]]), np.array([[n - y + 1.0]])), theta, upper=False)
    if y < n:
        upper = _mixed(Betas(np.array([[y + 1.0]]), np.array([[n - y]])), theta, upper=True)
    return lower, upper


def _mixed(own: Betas, theta: Betas, *, upper: bool) -> Array:
    """P(theta <= U), or P(theta > U), for U distributed as `own`: on a grid that resolves both."""
    wide = theta.spread > own.spread[0, 0]
    out = np.empty(theta.shape)
    for some, both in ((np.flatnonzero(wide), False), (np.flatnonzero(~wide), True)):
        if not len(some):
            continue
        of = theta.part(some)
        points = grid(own)
        if both:
            rows = Betas(np.tile(own.a, (1, len(some))), np.tile(own.b, (1, len(some))))
            points = grid(Betas(np.concatenate([rows.a, of.a[None]]), np.concatenate([rows.b, of.b[None]])))
        density = np.exp(own.log_density(points.z)) * points.weight
        each = of.part((slice(None), None))
        value = each.sf(points.z) if upper else each.cdf(points.z)
        out[some] = (density * value).sum(axis=1) / density.sum(axis=1)
    return out
