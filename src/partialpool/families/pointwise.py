"""log p(data_j | theta_j) of each group, and data drawn anew, for many values of theta at a time.

Arrays of theta are (draws, groups); what belongs to the population, such as sigma, is (draws).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.groups import Array, Groups
from partialpool.special import HALF_LOG_2PI

Phi = Mapping[str, Array]

_LARGEST_MEAN = 9.2e18  # of a Poisson count that fits 64 bits


@dataclass(frozen=True)
class Pointwise:
    """What one family says of its data, given theta.

    Attributes:
        observed: role of the statistic that was observed; the others belong to the design.
        log_likelihood: (groups, theta, phi) -> log p(data_j | theta_j, phi): (draws, groups).
        replicated: (groups, theta, phi, rng) -> the observed statistic drawn anew: (draws, groups).
    """

    observed: str
    log_likelihood: Callable[[Groups, Array, Phi], Array]
    replicated: Callable[[Groups, Array, Phi, np.random.Generator], Array]


# --- y successes in n trials


def _binomial(groups: Groups, theta: Array, _: Phi) -> Array:
    y, n = (groups.statistics[role].astype(float) for role in ("successes", "trials"))
    choose = -sc.betaln(n - y + 1.0, y + 1.0) - np.log1p(n)
    return np.asarray(choose + sc.xlogy(y, theta) + sc.xlog1py(n - y, -theta))


def _successes(groups: Groups, theta: Array, _: Phi, rng: np.random.Generator) -> Array:
    return rng.binomial(groups.statistics["trials"], theta)


# --- y events over an exposure e


def _poisson(groups: Groups, theta: Array, _: Phi) -> Array:
    y, e = groups.statistics["events"].astype(float), groups.statistics["exposure"]
    some = e > 0.0
    mean = np.where(some, e * np.where(some, theta, 0.0), 0.0)
    return np.asarray(sc.xlogy(y, mean) - mean - sc.gammaln(y + 1.0))


def _events(groups: Groups, theta: Array, _: Phi, rng: np.random.Generator) -> Array:
    e = groups.statistics["exposure"]
    mean = np.where(e > 0.0, e * np.where(e > 0.0, theta, 0.0), 0.0)
    return rng.poisson(np.minimum(mean, _LARGEST_MEAN))


# --- an estimate y with standard error s


def _normal(groups: Groups, theta: Array, _: Phi) -> Array:
    y, s = groups.statistics["estimate"], groups.statistics["se"]
    with np.errstate(divide="ignore", invalid="ignore"):
        return -0.5 * ((y - theta) / s) ** 2 - np.log(s) - HALF_LOG_2PI


def _estimates(groups: Groups, theta: Array, _: Phi, rng: np.random.Generator) -> Array:
    return theta + groups.statistics["se"] * rng.standard_normal(theta.shape)


# --- n rows with mean y and sd s


def _rows(groups: Groups, theta: Array, phi: Phi) -> Array:
    """All rows of a group together: n of mean y, and (n - 1) s^2 about it."""
    n, y, rest, s = (groups.statistics[role].astype(float) for role in ("n", "mean", "rest", "sd"))
    sigma = phi["sigma"][:, None]
    away = ((y - theta) + rest) / sigma
    return -n * (np.log(sigma) + HALF_LOG_2PI) - 0.5 * ((n - 1.0) * (s / sigma) ** 2 + n * away**2)


def _means(groups: Groups, theta: Array, phi: Phi, rng: np.random.Generator) -> Array:
    spread = phi["sigma"][:, None] / np.sqrt(groups.statistics["n"])
    return theta + spread * rng.standard_normal(theta.shape)


POINTWISE: dict[str, Pointwise] = {
    "proportions": Pointwise("successes", _binomial, _successes),
    "rates": Pointwise("events", _poisson, _events),
    "estimates": Pointwise("estimate", _normal, _estimates),
    "measurements": Pointwise("mean", _rows, _means),
}
"""By the name of the family."""
