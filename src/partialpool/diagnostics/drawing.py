"""Draw replicated data, and summarise the draws of a statistic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from partialpool.diagnostics.outcomes import Outcomes
from partialpool.engine.conditionals import Conditionals
from partialpool.messages.progress import counted
from partialpool.special import Array, Index

_MOST_DRAWN, _FEWEST = 40_000_000, 100  # numbers drawn for each kind of replicate (about 10 s), and fewest draws
_AT_ONCE = 4_000_000  # numbers drawn at a time: 32 MB, a few times over


@dataclass(frozen=True)
class Row:
    """One statistic of the data, compared with its distribution in replicated data.

    `error` is the estimated error of `p_value`, and `error_limits` that of mean and limits divided by upper - lower.
    For a distribution from draws both are standard errors.
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
    """Reduce the number of draws if there are so many groups that they would take too long."""
    return int(min(draws, max(_FEWEST, _MOST_DRAWN // groups)))


def parts(draws: int, groups: int) -> list[int]:
    """Split the number of draws into parts that fit into memory."""
    size = max(1, _AT_ONCE // groups)
    return [min(size, draws - done) for done in range(0, draws, size)]


def drawn(data: Outcomes, nodes: Conditionals, kind: str, draws: int, rng: np.random.Generator) -> Iterator[Array]:
    """Yield replicated raw values of all groups with data, in parts of shape (draws, groups).

    The nodes are chosen by systematic sampling, in proportion to their probability.
    """
    at = np.searchsorted(np.cumsum(nodes.probability), (np.arange(draws) + rng.uniform()) / draws)
    at = np.minimum(at, len(nodes.probability) - 1)
    done = 0
    for size in counted(parts(draws, len(data.groups))):
        yield _drawn_at(data, nodes, kind, at[done : done + size], rng)
        done += size


def _drawn_at(data: Outcomes, nodes: Conditionals, kind: str, at: Index, rng: np.random.Generator) -> Array:
    """Replicated raw values of all groups with data, one draw at each node in `at`, shape (draws, groups)."""
    if kind == "same":
        which = nodes.where[data.groups]
        theta = nodes.groups.part((which[None, :], at[:, None])).drawn(rng)
    else:
        theta = nodes.population.part(np.repeat(at[:, None], len(data.where), axis=1)).drawn(rng)
    return raw_given(data, theta, {name: values[at] for name, values in nodes.phi.items()}, rng)


def raw_given(data: Outcomes, theta: Array, phi: Mapping[str, Array], rng: np.random.Generator) -> Array:
    """Replicated raw values (draws, groups), given theta (draws, groups) and the population's parameters (draws,)."""
    size, sampling = data.size[data.where], data.family.sampling
    at = {name: values[:, None] for name, values in phi.items()}
    return np.asarray(sampling.raw(sampling.drawn(theta, size, at, rng), size))


def sd(raw: Array) -> Array:
    """The sample sd (divisor n - 1) of each row, of numbers whose squares may overflow."""
    size = np.maximum(np.max(np.abs(raw), axis=1), np.finfo(float).tiny)
    return np.asarray(size * np.std(raw / size[:, None], axis=1, ddof=1))


def from_draws(name: str, kind: str, observed: float, values: Array, tail: float) -> Row:
    """Summarise the draws `values`, shape (draws,), of a statistic, and compare it with the observed value."""
    count = len(values)
    gap = 1e-12 * (1.0 + abs(observed))
    more, same = float(np.mean(values > observed + gap)), float(np.mean(np.abs(values - observed) <= gap))
    p = more + 0.5 * same
    lower, upper = np.quantile(values, [tail, 1.0 - tail], method="inverted_cdf")
    error = float(np.sqrt(max(p * (1.0 - p), 1.0 / count) / count))
    mean, limits = float(values.mean()), 1.0 / float(np.sqrt(count))
    return Row(name, kind, observed, mean, float(lower), float(upper), p, error, limits, f"{count:,} draws")
