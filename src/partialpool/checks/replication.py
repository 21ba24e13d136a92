"""One replication: parameters, data from the model, a fit, and where the parameters stand in its posterior."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.answers import Answers, tail_of
from partialpool.conditionals import Singles
from partialpool.distributions import Each
from partialpool.engine.mixture import Mixture
from partialpool.errors import PartialpoolError
from partialpool.exports.posterior_draws import draws as posterior_draws
from partialpool.judging.outcomes import Outcomes
from partialpool.known import Known
from partialpool.models.family import Family
from partialpool.posterior import Posterior
from partialpool.special import Array, Index

_NODES = 2  # fineness
_DRAWS = 99  # of functions of all thetas
_CLOSE = 1e-4
_TRIES = 12
_FARTHER, _OUTERMOST = 2.0, 6.5  # in sds of a normal distribution

JOINT = ("log_likelihood", "rank_small")
"""Functions of all thetas together: log p(data | thetas), and the rank of the group with the least data."""


@dataclass(frozen=True)
class Setting:
    """What all replications share.

    quantities: names of the groups' and the population's parameters; groups: the place of the group that belongs to
    each, -1 for none.
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
    """Where the truth stands in the posterior of each quantity, how wide its interval is; or why there is no fit."""

    pit: Array
    width: Array
    note: str = ""


def replicate(setting: Setting, phi: Mapping[str, float], seed: np.random.SeedSequence) -> Replication:
    """Draw groups and data at some parameters of the population, fit, and look where the truth stands."""
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
    """What a new group of a middling size turns out to be."""
    size = np.sort(setting.size)[len(setting.size) // 2 : len(setting.size) // 2 + 1]
    y = setting.family.sampling.drawn(theta, size, phi, rng).astype(float)
    zero, place = np.zeros(1), np.zeros(1, dtype=np.intp)
    return Outcomes(y, size.astype(float), zero, zero, setting.family, place, place, place)


# --- where the truth stands


def _placed(
    setting: Setting, fit: Posterior, phi: Mapping[str, float], theta: Array, new: Outcomes, chance: tuple[float, int]
) -> Replication:
    """chance: a number on (0, 1), for what is discrete, and the seed of draws."""
    tail, uniform = tail_of(setting.level), chance[0]
    known = Known(fit.family, fit.data, fit.answers, fit.level)
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
            found = fit.answers.population(name, tail)
            pit[k], width[k] = standing(fit.answers, name, float(phi[name]), tail), found.upper - found.lower
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
    """Where the truth stands in functions of all thetas together: among draws, since no integral is quick.

    Its place among exchangeable draws is uniform whatever their number.
    """
    uniform, seed = chance
    drawn = posterior_draws(Known(fit.family, fit.data, fit.answers, fit.level), _DRAWS, seed)
    every = np.vstack([theta, drawn.theta])
    of = {name: np.append(phi[name], values) for name, values in drawn.parameters.items() if name in phi}
    log_likelihood = setting.family.log_likelihood(fit.data, every, of).sum(axis=1)
    small = int(np.argmin(setting.family.informed(setting.size)))  # the group with the least data
    rank = (every > every[:, small, None]).sum(axis=1).astype(float)
    both = {"log_likelihood": log_likelihood, "rank_small": rank}
    return {name: _place(values, uniform) for name, values in both.items()}


def _place(values: Array, uniform: float) -> float:
    """The place of the first of some values among the others; uniform: where among those like it."""
    below, equal = np.count_nonzero(values[1:] < values[0]), np.count_nonzero(values == values[0])
    return float((below + uniform * equal) / len(values))


def _parts(nodes: Singles, groups: Index) -> Each:
    """The distributions of some groups, -1 for a new one: (groups, nodes)."""
    every = np.arange(len(nodes.probability))
    both = [
        nodes.population.part(every[None, :]) if j < 0 else nodes.groups.part(nodes.where[[j]]) for j in groups.tolist()
    ]
    return type(both[0]).joined(both)


def _cdf(of: Each, z: Array, probability: Array) -> Array:
    return np.asarray(of.cdf(np.clip(z, *of.limits)[:, None]) @ probability)


def _width(of: Each, probability: Array, tail: float) -> Array:
    """How wide the central intervals of theta are."""
    mixture, p = Mixture(probability, of), np.array([tail])
    low, high = (of.at(mixture.quantiles(p, upper=upper))[:, 0] for upper in (False, True))
    return np.asarray(high - low)


def standing(answers: Answers, name: str, truth: float, tail: float) -> float:
    """P(parameter <= truth), by interpolation in quantiles ever nearer to the truth, to about 1e-5.

    tail: of the quantiles to begin with.
    """
    known: dict[float, float] = {}

    def look(tail: float) -> None:
        found = answers.population(name, tail)
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
    """Where a parabola through the nearest known quantiles has the truth, on a log scale where that can be."""
    u, q = (np.array(part) for part in zip(*sorted(known.items()), strict=True))
    if q[0] > 0.0 and truth > 0.0:
        q, truth = np.log(q), float(np.log(truth))
    order = np.sort(np.argsort(np.abs(q - truth), kind="stable")[:3])
    return _interpolated(q[order], u[order], truth)


def _interpolated(x: Array, y: Array, at: float) -> float:
    """Newton's divided differences through three points: inverse quadratic interpolation."""
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
