"""The three densities of one group: of a new group's theta, the likelihood of the group's own data, and its posterior.

The likelihood is scaled to be a density of theta. That of measurements depends on sigma, and is averaged over the
posterior of sigma.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.analysis.exports.to_scipy import ThetaDistribution, quantiles_of, tails_apart, to_scipy
from partialpool.analysis.fitted_model import FittedModel
from partialpool.analysis.intervals.new_group import new_group
from partialpool.engine.conditionals import Singles, settled
from partialpool.engine.mixture import Mixture
from partialpool.engine.results import tail_of
from partialpool.errors import RequestError
from partialpool.messages.progress import shown
from partialpool.special import Array

_POINTS, _DENSE = 141, 30  # evenly spaced points of the grid, and points at quantiles of the group's own densities
_TAIL = 5e-4  # probability of the posterior beyond either end of the grid, at most
_OTHERS = 5e-3  # the same of the other densities
_REACH = 1.5  # how far these may widen the grid on a side, in lengths of the posterior's own range
_GOAL = 1e-10  # error in probability that ends refinement
_FIRST = 2  # fineness of the first nodes


@dataclass(frozen=True)
class OneGroup:
    """The densities of one group, on one grid of theta.

    Attributes:
        theta: the grid, shape (points,).
        population: the density of a new group's theta given all data, shape (points,); None if it has none.
        likelihood: the likelihood of the group's own data, shape (points,); None if there are no data.
        posterior: the posterior density of the group's theta, shape (points,).
        lower, median, upper: quantiles of the posterior.
    """

    theta: Array
    population: Array | None
    likelihood: Array | None
    posterior: Array
    lower: float
    median: float
    upper: float


@shown("the densities of a group")
def one_group(fit: FittedModel, group: object, level: float | None = None) -> OneGroup:
    """Compute the densities of a group.

    Args:
        fit: the fit.
        group: the label of the group, or its labels as a tuple.
        level: probability of the interval, in (0, 1).

    Raises:
        RequestError: the level is not in (0, 1), there is no such group, or its theta is known exactly.
    """
    place, tail = fit.place(group), tail_of(fit.level if level is None else level)
    posterior = to_scipy(fit, group).dist
    own = _likelihood(fit, place) if np.isfinite(fit.family.raw(fit.data)[place]) else None
    try:
        population = new_group(fit).mixture
    except RequestError:
        population = None
    of = posterior.mixture
    lower, median, upper = (float(x) for x in (_at(of, tail), _at(of, 0.5), _at(of, tail, upper=True)))
    theta = _grid(posterior, [mixture for mixture in (population, own) if mixture is not None])
    return OneGroup(theta, _density(population, theta), _density(own, theta), _dense(of, theta), lower, median, upper)


def _likelihood(fit: FittedModel, place: int) -> Mixture:
    """The likelihood as a density of theta, averaged over what it depends on."""

    def ask(nodes: Singles) -> tuple[Mixture, Array]:
        parts = fit.family.likelihood(fit.data, place, nodes)
        probability = nodes.probability / nodes.probability.sum() if parts.shape[1] > 1 else np.ones(1)
        mixture = Mixture(probability, parts)
        return mixture, quantiles_of(mixture)

    (mixture, _), _ = settled(ask, fit.singles, lambda a, b: tails_apart(a[1], b[0]), fit.goal(_GOAL), first=_FIRST)
    return mixture


def _at(of: Mixture, tail: float, *, upper: bool = False) -> float:
    """The theta beyond which there is this probability."""
    return float(of.parts.at(of.quantiles(np.array([tail]), upper=upper))[0, 0])


def _grid(posterior: ThetaDistribution, others: list[Mixture]) -> Array:
    """Evenly spaced thetas, and thetas at quantiles of each density, without the ends of the support."""
    low, high = (_at(posterior.mixture, _TAIL, upper=upper) for upper in (False, True))
    reach = _REACH * (high - low)
    first = max(min([low, *(_at(of, _OTHERS) for of in others)]), low - reach)
    last = min(max([high, *(_at(of, _OTHERS, upper=True) for of in others)]), high + reach)
    own = [posterior.mixture, *others[1:]]
    p = (np.arange(_DENSE) + 0.5) / (2 * _DENSE)
    dense = [of.parts.at(of.quantiles(p[None], upper=upper))[0] for of in own for upper in (False, True)]
    theta = np.unique(np.concatenate([np.linspace(first, last, _POINTS), *dense]))
    bottom, top = posterior.mixture.parts.support
    return theta[(theta >= first) & (theta <= last) & (theta > bottom) & (theta < top)]


def _density(of: Mixture | None, theta: Array) -> Array | None:
    return None if of is None else _dense(of, theta)


def _dense(of: Mixture, theta: Array) -> Array:
    """The density of theta at these points."""
    with np.errstate(over="ignore"):
        return np.exp(of.log_density_theta(of.parts.line(theta)[None]))[0]
