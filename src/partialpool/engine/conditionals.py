"""The form in which a posterior is queried: nodes of the population's parameters, with each group's conditional there.

    p(theta_1, ..., theta_J | data)  =  sum over nodes k of  p_k  prod_j p(theta_j | data_j, phi_k)

Given a node, groups are independent. A question about several groups at once is answered node by node, and the answers
are averaged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions import Distribution
from partialpool.safety import BETWEEN_LATTICES, BETWEEN_LATTICES_OF_A_PAIR, BETWEEN_NODES, LEAST_SHARE
from partialpool.special import Array, Index

T = TypeVar("T")
Nodes = TypeVar("Nodes")

GOAL = 1e-8  # estimated error, usually in probability, at which nodes are fine enough
FINENESS = range(7)  # 0 is the coarsest
STEPS = (5.66, 4.0, 2.83, 2.0, 1.41, 1.0, 0.71)
"""Step of the lattices of each fineness, as a multiple of the step at which the integration has converged."""

ALONG = (1, 2, 4, 6, 8, 12, 16)
"""Factor, by fineness, by which rows are refined whose points lie farther apart than the conditionals are wide."""
_MOST = 4_000_000  # groups times points along such rows, at most
_UNCOUNTED = 1e-20  # nodes of less probability change nothing


@dataclass(frozen=True)
class Conditionals:
    """Weighted nodes phi_k, and the conditionals of theta given each.

    Attributes:
        probability: probability of each node, summing to 1: (nodes,).
        groups: p(theta_j | data_j, phi_k) of the distinct groups: (distinct, nodes).
        where: index of each group among the distinct groups: (groups,).
        population: p(theta | phi_k), the distribution of a new group: (nodes,).
        phi: the population's parameters at the nodes, by name: (nodes,) each.
    """

    probability: Array
    groups: Distribution
    where: Index
    population: Distribution
    phi: Mapping[str, Array]

    @property
    def size(self) -> int:
        """The number of groups."""
        return len(self.where)


@dataclass(frozen=True)
class Singles:
    """Weighted nodes of some of the population's parameters, and each theta's distribution given a node.

    All other parameters are integrated out, so that groups are not independent given a node. Such nodes serve questions
    about one group at a time, which need fewer of them.

    Attributes:
        probability: probability of each node, summing to 1: (nodes,).
        groups: p(theta_j | data, node) of the distinct groups: (distinct, nodes).
        where: index of each group among the distinct groups: (groups,).
        population: p(theta | data, node), the distribution of a new group: (nodes,).
        above: function that computes P(theta_j > the population's mean | data) of the distinct groups.
        phi: the parameters that the nodes fix, by name: (nodes,) each.
    """

    probability: Array
    groups: Distribution
    where: Index
    population: Distribution
    above: Callable[[], Array]
    phi: Mapping[str, Array] = field(default_factory=dict)

    @cached_property
    def above_mean(self) -> Array:
        """P(theta_j > the population's mean | data), averaged over nodes: (distinct,)."""
        return self.above()


@dataclass(frozen=True)
class Weighed:
    """All points of an integration over the population's parameters: (points,) each.

    Attributes:
        probability: probability of each point.
        phi: the population's parameters, by name.
        log_likelihood: log p(data | phi).
        half: probabilities of the points on one of the rule's two lattices, 0 for the others.
    """

    probability: Array
    phi: Mapping[str, Array]
    log_likelihood: Array
    half: Array


@dataclass(frozen=True)
class Lattice:
    """All nodes of an integration, for when fewer are not accurate enough.

    Attributes:
        population: p(theta | node), the distribution of a new group: (nodes,).
        probability: probability of each node.
        every_second: probabilities of every second row of nodes, 0 for the others, to estimate the error.
        groups: p(theta_j | data_j, node) of the distinct groups; None where the population's mean is integrated out.
        where: index of each group among the distinct groups.
    """

    population: Distribution
    probability: Array
    every_second: Array
    groups: Distribution | None = None
    where: Index = field(default_factory=lambda: np.zeros(0, dtype=np.intp))


def above_mean(of: Conditionals) -> Array:
    """P(theta_j > the population's mean | data) of the distinct groups: (distinct,), from nodes with all parameters."""
    return np.asarray(of.groups.sf(of.groups.line(of.phi["mean"])) @ of.probability)


def singles(of: Conditionals, finer: Callable[[], Conditionals] | None = None) -> Singles:
    """Turn nodes of all parameters into singles; `finer` gives nodes at which to compare thetas with the mean."""
    return Singles(
        of.probability, of.groups, of.where, of.population, lambda: above_mean(finer() if finer else of), of.phi
    )


def every_second_row(x: Array, probability: Array) -> Array:
    """Probabilities of the nodes in every second row, renormalised, and 0 for the others; x: the row of each node."""
    rows = np.unique(x, return_inverse=True)[1]
    kept = np.where(rows % 2 == 0, probability, 0.0)
    return np.asarray(kept / kept.sum())


def that_count(x: Array, probability: Array) -> tuple[NDArray[np.bool_], Array, Array]:
    """A mask of the nodes that are not negligible, with their probabilities, and those of every second row alone."""
    keep = probability > _UNCOUNTED
    return keep, probability[keep] / probability.sum(), every_second_row(x, probability)[keep]


def refined_along(fineness: int, size: int) -> int:
    """Factor by which to refine rows that no rule resolves, chosen so that successive finenesses show their errors.

    size: groups times the points along these rows as they are.
    """
    return max(1, min(ALONG[fineness], _MOST // max(1, size)))


def left_of_any(moved: float) -> float:
    """Estimate the remaining error from the last change, if each refinement reduces the error by at least a factor."""
    return BETWEEN_NODES * moved


def left_of_lattices(moved: float) -> float:
    """Estimate the remaining error from the last change, for lattices whose error falls exponentially.

    Where the step is divided by 1.4 the error is about squared. A lesser power and the factors are for safety, since
    two coarse lattices may agree by accident.
    """
    times, power, least = BETWEEN_LATTICES
    return float(max(times * moved**power, least * moved))


def left_of_pair(moved: float) -> float:
    """Estimate the remaining error from the last change, for comparisons of two groups."""
    times, power, least = BETWEEN_LATTICES_OF_A_PAIR
    return float(max(times * moved**power, least * moved))


def settled(
    ask: Callable[[Nodes], T],
    nodes: Callable[[int], Nodes],
    apart: Callable[[T, T], float],
    goal: float = GOAL,
    first: int = 0,
    left: Callable[[float], float] = left_of_any,
) -> tuple[T, float]:
    """Refine the nodes until the estimated error of the answer is below `goal`; return the answer and that error.

    Two coarse answers may agree by accident: one that finer nodes contradict is given up, and a change counts as at
    least a share of the one before.

    ask: function that gives the answer over nodes. nodes: function that gives the nodes of a fineness. apart: function
    that gives the largest difference of two answers. first: the fineness to begin with. left: function that estimates
    the remaining error from the last change.
    """
    last, best, before = ask(nodes(first)), np.inf, 0.0
    answer = last
    for fineness in FINENESS[first + 1 :]:
        found = ask(nodes(fineness))
        moved = apart(last, found)
        error = left(max(moved, LEAST_SHARE * before))
        contradicted = np.isfinite(best) and (moved if last is answer else apart(answer, found)) > best
        if error < best or contradicted:
            answer, best = found, error
        elif error > best and fineness > 3:
            break
        if error < goal:
            break
        last, before = found, moved
    return answer, float(best)
