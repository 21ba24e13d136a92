"""What a group's data can turn out to be, given the distribution of its theta: its probability.

proportions    y | a, b             ~  beta-binomial(trials; a, b),            theta ~ Beta(a, b)
rates          y | a, s             ~  negative binomial(a, s/(s + exposure)), theta ~ Gamma(a, s)
estimates      y | m, t             ~  N(m, t^2 + se^2),                       theta ~ N(m, t^2)
measurements   mean of n rows | ... ~  N(m, t^2 + sigma^2/n), and the rows' scatter about it by sigma
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from partialpool.distributions import Betas, Each, Gammas, Normals
from partialpool.groups import Groups
from partialpool.special import HALF_LOG_2PI, Array, Index, half_log_minus_remainder

_TINY = 1e-300


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
    z, sd = standard(data, of, phi)
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


def standard(data: Outcomes, of: Normals, phi: Mapping[str, Array]) -> tuple[Array, Array]:
    """Each value in sds from its predictive mean, and that sd in units of `of`."""
    size, sd = data.size[:, None], of.sd
    noise = phi["sigma"] / np.sqrt(size) if data.family == "measurements" else size
    sd = np.hypot(sd, noise / of.unit)
    at = (data.value[:, None] - of.origin) / of.unit + data.rest[:, None] / of.unit
    return (at - of.location) / sd, sd
