"""One replication of a calibration: simulate data from the model, fit them, and compute the pit of the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.analysis.exports.posterior_draws import draws as posterior_draws
from partialpool.analysis.fitted_model import FittedModel
from partialpool.diagnostics.outcomes import Outcomes
from partialpool.distributions import Distribution
from partialpool.engine.conditionals import Singles
from partialpool.engine.mixture import Mixture
from partialpool.engine.results import Results, tail_of
from partialpool.errors import PartialpoolError
from partialpool.models.family import Family
from partialpool.posterior import Posterior
from partialpool.special import Array, Index

_NODES = 2  # fineness of the nodes
_DRAWS = 99  # posterior draws for functions of all thetas
_CLOSE = 1e-4  # distance of normal scores at which the interpolation stops
_TRIES = 12  # quantiles that are looked up at most
_FARTHER, _OUTERMOST = 2.0, 6.5  # normal scores: how far one step may extrapolate, and where the search ends

JOINT = ("log_likelihood", "rank_small")
"""Quantities that are functions of all thetas: log p(data | thetas), and the rank of the group with the least data."""


@dataclass(frozen=True)
class Setting:
    """The settings that all replications share.

    `size` is the amount of data of each group, shape (groups,), and `groups` the position of the group to which each of
    the `quantities` belongs, -1 for none.
    """

    family: Family
    fit: Callable[..., Posterior]
    options: Mapping[str, object]
    size: Array
    level: float
    quantities: tuple[str, ...]
    groups: Index


@dataclass(frozen=True)
class Replication:
    """The pit of the truth and the width of the interval of each quantity, or a note on why there is no fit."""

    pit: Array
    width: Array
    note: str = ""


def replicate(setting: Setting, phi: Mapping[str, float], seed: np.random.SeedSequence) -> Replication:
    """Simulate groups and data given the population's parameters phi, fit them, and compute the pit of the truth."""
    rng = np.random.default_rng(seed)
    parameters = {name: np.array([value]) for name, value in phi.items()}
    of = setting.family.thetas(parameters)
    theta = of.part(np.zeros(len(setting.size) + 1, dtype=np.intp)).drawn(rng)
    columns, roles = setting.family.simulated(theta[:-1], setting.size, parameters, rng)
    new = _new(setting, theta[-1:], parameters, rng)
    uniform, draws = float(rng.uniform()), int(rng.integers(1 << 62))
    try:
        fit = setting.fit(columns, **roles, **setting.options)
        return _placed(setting, fit, phi, theta, new, (uniform, draws))
    except PartialpoolError as refused:
        nothing = np.full(len(setting.quantities), np.nan)
        return Replication(nothing, nothing, f"{type(refused).__name__}: {refused}")


def _new(setting: Setting, theta: Array, phi: Mapping[str, Array], rng: np.random.Generator) -> Outcomes:
    """Simulated data of a new group of median size."""
    size = np.sort(setting.size)[len(setting.size) // 2 : len(setting.size) // 2 + 1]
    y = setting.family.sampling.drawn(theta, size, phi, rng).astype(float)
    zero, place = np.zeros(1), np.zeros(1, dtype=np.intp)
    return Outcomes(y, size.astype(float), zero, zero, setting.family, place, place, place)


# --- where the truth stands


def _placed(
    setting: Setting, fit: Posterior, phi: Mapping[str, float], theta: Array, new: Outcomes, chance: tuple[float, int]
) -> Replication:
    """Compute pit and widths; `chance` is a uniform number, which randomises discrete pits, and the seed of draws."""
    tail, uniform = tail_of(setting.level), chance[0]
    known = FittedModel(fit.family, fit.data, fit.results, fit.level)
    pit, width = np.full((2, len(setting.quantities)), np.nan)
    kinds = np.array([_kind(name) for name in setting.quantities])
    own = np.flatnonzero(kinds == "theta")
    if len(own):
        alone = known.singles(_NODES)
        of = _parts(alone, setting.groups[own])
        truth = theta[setting.groups[own]]
        pit[own] = _cdf(of, of.line(truth), alone.probability)
        width[own] = _width(of, alone.probability, tail)
    for k, name in enumerate(setting.quantities):
        if kinds[k] == "y_new":
            nodes = known.conditionals(_NODES)
            at = new.sampling(nodes.population, nodes.phi).tails(new)
            pit[k] = float((at.lower[0] + uniform * at.equal[0]) @ nodes.probability)
        elif kinds[k] == "parameter":
            found = fit.results.population(name, tail)
            pit[k], width[k] = standing(fit.results, name, float(phi[name]), tail), found.upper - found.lower
    if (kinds == "joint").any():
        places = _joint(setting, fit, phi, theta[:-1], chance)
        pit = np.array([places.get(name, at) for name, at in zip(setting.quantities, pit, strict=True)])
    return Replication(pit, width)


def _kind(name: str) -> str:
    if name.startswith("theta"):
        return "theta"
    return "joint" if name in JOINT else name if name == "y_new" else "parameter"


def _joint(
    setting: Setting, fit: Posterior, phi: Mapping[str, float], theta: Array, chance: tuple[float, int]
) -> dict[str, float]:
    """Randomised ranks, divided by their number, of the truth among posterior draws, for the functions of all thetas.

    The rank of the truth among exchangeable draws is uniform, whatever the number of draws.
    """
    uniform, seed = chance
    drawn = posterior_draws(FittedModel(fit.family, fit.data, fit.results, fit.level), _DRAWS, seed)
    every = np.vstack([theta, drawn.theta])
    of = {name: np.append(phi[name], values) for name, values in drawn.parameters.items() if name in phi}
    log_likelihood = setting.family.log_likelihood(fit.data, every, of).sum(axis=1)
    small = int(np.argmin(setting.family.informed(setting.size)))  # the group with the least data
    rank = (every > every[:, small, None]).sum(axis=1).astype(float)
    both = {"log_likelihood": log_likelihood, "rank_small": rank}
    return {name: _place(values, uniform) for name, values in both.items()}


def _place(values: Array, uniform: float) -> float:
    """The relative rank of the first value among all values; `uniform` in (0, 1) breaks ties."""
    below, equal = np.count_nonzero(values[1:] < values[0]), np.count_nonzero(values == values[0])
    return float((below + uniform * equal) / len(values))


def _parts(nodes: Singles, groups: Index) -> Distribution:
    """Distributions of theta of the groups, -1 for a new one, shape (groups, nodes)."""
    every = np.arange(len(nodes.probability))
    both = [
        nodes.population.part(every[None, :]) if j < 0 else nodes.groups.part(nodes.where[[j]]) for j in groups.tolist()
    ]
    return type(both[0]).joined(both)


def _cdf(of: Distribution, z: Array, probability: Array) -> Array:
    return np.asarray(of.cdf(np.clip(z, *of.limits)[:, None]) @ probability)


def _width(of: Distribution, probability: Array, tail: float) -> Array:
    """The width of the central interval of each theta."""
    mixture, p = Mixture(probability, of), np.array([tail])
    low, high = (of.at(mixture.quantiles(p, upper=upper))[:, 0] for upper in (False, True))
    return np.asarray(high - low)


def standing(results: Results, name: str, truth: float, tail: float) -> float:
    """P(parameter <= truth), interpolated between quantiles ever nearer to the truth, to about 1e-5.

    `tail` is the tail probability of the first quantiles.
    """
    known: dict[float, float] = {}

    def look(tail: float) -> None:
        found = results.population(name, tail)
        known.update({sc.ndtri(tail): found.lower, 0.0: found.median, -sc.ndtri(tail): found.upper})

    look(tail)
    values = sorted(known.items())
    if values[0][1] == values[-1][1]:
        return 0.5 if truth == values[0][1] else float(truth > values[0][1])
    last = np.inf
    for _ in range(_TRIES):
        farthest = max(known)
        if farthest > _OUTERMOST:
            break
        u = float(np.clip(_between(known, truth), -farthest - _FARTHER, farthest + _FARTHER))
        if abs(u - last) < _CLOSE or min(abs(u - seen) for seen in known) < _CLOSE:
            break
        last = u
        look(float(sc.ndtr(-abs(u))))
    return float(sc.ndtr(_between(known, truth)))


def _between(known: Mapping[float, float], truth: float) -> float:
    """The normal score of the truth, by a parabola through the nearest known quantiles, in logs if all are positive."""
    u, q = (np.array(part) for part in zip(*sorted(known.items()), strict=True))
    if q[0] > 0.0 and truth > 0.0:
        q, truth = np.log(q), float(np.log(truth))
    order = np.sort(np.argsort(np.abs(q - truth), kind="stable")[:3])
    return _interpolated(q[order], u[order], truth)


def _interpolated(x: Array, y: Array, at: float) -> float:
    """Interpolate y at `at` by a parabola through three points (Newton's divided differences), linearly outside."""
    if not (x[0] < x[1] < x[2]):
        return float(np.interp(at, x, y))
    first = (y[1] - y[0]) / (x[1] - x[0])
    second = (y[2] - y[1]) / (x[2] - x[1])
    curve = (second - first) / (x[2] - x[0])
    value = y[0] + (at - x[0]) * first + (at - x[0]) * (at - x[1]) * curve
    beyond = at < x[0] or at > x[2]
    if beyond:
        value = y[0] + (at - x[0]) * first if at < x[0] else y[2] + (at - x[2]) * second
    return float(value)
