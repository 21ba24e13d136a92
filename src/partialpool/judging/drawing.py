"""Replicated data that are drawn, and a row of a table for a statistic of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from partialpool.conditionals import Conditionals
from partialpool.judging.outcomes import Outcomes
from partialpool.progress import counted
from partialpool.special import Array, Index

_MOST_DRAWN, _FEWEST = 40_000_000, 100  # numbers drawn of each kind, some 10 seconds' work, and the fewest draws
_AT_ONCE = 4_000_000  # numbers drawn at a time: 32 MB, a few times over


@dataclass(frozen=True)
class Row:
    """A statistic of the data, and of replicated data.

    error: estimated error of `p_value`; error_limits: of mean and limits, beside the distance of the limits. Of a
    drawn one both are standard errors.
    """

    statistic: str
    theta: str
    observed: float
    mean: float
    lower: float
    upper: float
    p_value: float
    error: float
    error_limits: float
    how: str
    note: str = ""


def bearable(draws: int, groups: int) -> int:
    """So many draws, or as many as there is time for where groups are very many."""
    return int(min(draws, max(_FEWEST, _MOST_DRAWN // groups)))


def parts(draws: int, groups: int) -> list[int]:
    """How many draws of all groups to make at a time."""
    size = max(1, _AT_ONCE // groups)
    return [min(size, draws - done) for done in range(0, draws, size)]


def drawn(data: Outcomes, nodes: Conditionals, kind: str, draws: int, rng: np.random.Generator) -> Iterator[Array]:
    """Raw values of all groups with data, some draws at a time: (draws, groups). Nodes are taken systematically."""
    at = np.searchsorted(np.cumsum(nodes.probability), (np.arange(draws) + rng.uniform()) / draws)
    at = np.minimum(at, len(nodes.probability) - 1)
    done = 0
    for size in counted(parts(draws, len(data.groups))):
        yield _drawn_at(data, nodes, kind, at[done : done + size], rng)
        done += size


def _drawn_at(data: Outcomes, nodes: Conditionals, kind: str, at: Index, rng: np.random.Generator) -> Array:
    """Raw values of all groups with data, once at each of these nodes."""
    if kind == "same":
        which = nodes.where[data.groups]
        theta = nodes.groups.part((which[None, :], at[:, None])).drawn(rng)
    else:
        theta = nodes.population.part(np.repeat(at[:, None], len(data.where), axis=1)).drawn(rng)
    return raw_given(data, theta, {name: values[at] for name, values in nodes.phi.items()}, rng)


def raw_given(data: Outcomes, theta: Array, phi: Mapping[str, Array], rng: np.random.Generator) -> Array:
    """Raw values of all groups with data, with these theta (draws, groups) and parameters of the population (draws)."""
    size, sampling = data.size[data.where], data.family.sampling
    at = {name: values[:, None] for name, values in phi.items()}
    return np.asarray(sampling.raw(sampling.drawn(theta, size, at, rng), size))


def sd(raw: Array) -> Array:
    """The sd of each row, with n - 1 below, of numbers whose squares may be too large for a double."""
    size = np.maximum(np.max(np.abs(raw), axis=1), np.finfo(float).tiny)
    return np.asarray(size * np.std(raw / size[:, None], axis=1, ddof=1))


def from_draws(name: str, kind: str, observed: float, values: Array, tail: float) -> Row:
    """What draws say of a statistic."""
    count = len(values)
    gap = 1e-12 * (1.0 + abs(observed))
    more, same = float(np.mean(values > observed + gap)), float(np.mean(np.abs(values - observed) <= gap))
    p = more + 0.5 * same
    lower, upper = np.quantile(values, [tail, 1.0 - tail], method="inverted_cdf")
    error = float(np.sqrt(max(p * (1.0 - p), 1.0 / count) / count))
    mean, limits = float(values.mean()), 1.0 / float(np.sqrt(count))
    return Row(name, kind, observed, mean, float(lower), float(upper), p, error, limits, f"{count:,} draws")
