"""A family in one file, through the public protocol: waiting times whose rates differ from group to group.

    t_ij | theta_j ~ Exponential(theta_j),    theta_j | shape, rate ~ Gamma(shape, rate)
    theta_j | t_j, shape, rate ~ Gamma(n_j + shape, sum t_j + rate)

The number n and the sum t of a group's times say all that they say about theta. As a function of theta their likelihood
is that of n events over an exposure t, so that the answers are those of `partialpool.rates`, found in another way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from scipy import special as sc

from partialpool.distributions import Gammas, conjugate_gammas
from partialpool.engine.integrated import integrated
from partialpool.engine.model import Model, product
from partialpool.engine.plug_in import PlugIn
from partialpool.engine.results import Solved, check_given
from partialpool.fit.columns import wanted
from partialpool.fit.fitting import request
from partialpool.groups.groups import Statistic, collapse
from partialpool.models.data.checks import refuse, shown
from partialpool.models.family import Family

STATISTICS = (Statistic("n", "n", "times", "1, 2, ..."), Statistic("total", "t", "sum of the times", "above 0"))


@dataclass(frozen=True)
class Prior:
    """p(mean, rate) = (1/mean) / (t0 + rate)^2, t0 the harmonic mean of the groups' total times."""

    name: str = "uniform-shrinkage"
    typical: float = field(default=1.0, compare=False)

    def log_density(self, log_rate):
        """With respect to the logs of mean and rate."""
        return log_rate - 2.0 * np.logaddexp(np.log(self.typical), log_rate)


@dataclass(frozen=True, eq=False)
class Waiting(Model):
    """The posterior over x = log shape, y = log mean of the gamma population."""

    n: np.ndarray
    total: np.ndarray
    count: np.ndarray
    where: np.ndarray
    prior: Prior
    parameters: ClassVar = {
        "shape": product(1.0, 0.0, moments=0),
        "mean": product(0.0, 1.0, moments=1),
        "rate": product(1.0, -1.0, moments=0),
        "sd": product(-0.5, 1.0, moments=1),
    }

    @property
    def start(self):
        return 0.5, float(np.log((self.n @ self.count) / (self.total @ self.count))), 1.0, 0.5

    def log_density(self, x, y):
        """log marginal likelihood, sum_j log [Gamma(n_j + a)/Gamma(a) b^a/(t_j + b)^(n_j + a)], and the prior."""
        log_b = x - y
        out = self.prior.log_density(log_b)
        for n, t, count in zip(self.n, self.total, self.count, strict=True):
            over = np.logaddexp(np.log(t), log_b)
            rising = sum(np.logaddexp(x, np.log(i) if i else -np.inf) - over for i in range(int(n)))
            out = out + count * (rising - np.exp(x) * np.log1p(t * np.exp(-log_b)))
        return out

    def conditionals(self, x, y):
        return conjugate_gammas(self.n, np.log(self.total), np.exp(x), x - y)

    def population(self, x, y):
        return Gammas(np.exp(x), x - y)

    def weight(self, x, y):
        return self.total[:, None] / (self.total[:, None] + np.exp(x - y))

    def given(self, values):
        check_given(values, ("mean", "shape"))
        return PlugIn(self, float(np.log(values["shape"])), float(np.log(values["mean"])))


class Lifetimes(Family):
    """Waiting times."""

    name, data, population = "lifetimes", "exponential", "gamma"
    statistics, observed, quantity = STATISTICS, "total", "1 / mean time"

    def raw(self, groups):
        return groups.statistics["n"] / groups.statistics["total"]

    def totals(self, groups):
        return f"{int(groups.statistics['n'].sum())} times"

    def resolve(self, prior):
        return prior if isinstance(prior, Prior) else Prior()

    def solve(self, groups, prior, method):
        n, total = (groups.statistics[role].astype(float) for role in ("n", "total"))
        prior = Prior(prior.name, float(len(total) / np.sum(1.0 / total)))
        cells, where = np.unique(np.stack([total, n]), axis=1, return_inverse=True)
        count = np.bincount(where.ravel())
        return Solved(integrated(Waiting(cells[1], cells[0], count, where.ravel(), prior)), prior)

    def below_the_line(self, data, one, other, quantity):
        return [(float(data["n"][other]), "times", other)]

    def log_likelihood(self, groups, theta, phi):
        n, total = (groups.statistics[role] for role in ("n", "total"))
        return n * np.log(theta) - theta * total + (n - 1.0) * np.log(total) - sc.gammaln(n)

    def replicated(self, groups, theta, phi: Mapping[str, np.ndarray], rng):
        return rng.gamma(np.broadcast_to(groups.statistics["n"], theta.shape)) / theta


LIFETIMES = Lifetimes()


def fit(data, *, time, group, level=0.95, prior="uniform-shrinkage", missing="refuse"):
    """The rate of each group, from a row a waiting time."""
    asked = request(LIFETIMES, prior, "full", level)
    columns = wanted(data, {"time": time}, group)
    rows = columns.rows(missing)
    t = rows.columns[time].astype(float)
    refuse(rows, ~(t > 0.0), lambda i: f"{time}={shown(t[i])}", "no waiting time", "Times are above 0.")
    labels = {name: rows.columns[name] for name in columns.group}
    statistics = {"n": np.ones(len(t), dtype=np.int64), "total": t}
    return asked.fitted(collapse(labels, statistics, {"n": "n", "total": time}, rows.library))


def draw(rng):
    """Nine groups of two to five times each."""
    group = np.repeat(np.arange(9), rng.integers(2, 6, 9))
    t = np.round(rng.exponential(1.0 / rng.gamma(2.0, 0.5, 9)[group]) + 1e-3, 3)
    return {"g": np.array([f"g{k}" for k in group]), "t": t}, {"time": "t", "group": "g"}
