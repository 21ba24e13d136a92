"""What a posterior is made of: nodes of the population's parameters, and each group's conditional at each of them.

    p(theta_1, ..., theta_J | data)  =  sum over nodes k of  p_k  prod_j p(theta_j | data_j, phi_k)

Given a node, groups are independent. Whatever is asked of several groups at once is worked out node by node, and
averaged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions import Each
from partialpool.safety import BETWEEN_LATTICES, BETWEEN_LATTICES_OF_A_PAIR, BETWEEN_NODES
from partialpool.special import Array, Index

T = TypeVar("T")
Nodes = TypeVar("Nodes")

GOAL = 1e-8
FINENESS = range(7)  # 0 the coarsest
STEPS = (5.66, 4.0, 2.83, 2.0, 1.41, 1.0, 0.71)
"""Step of the lattices of each fineness, as a multiple of the step at which the integration's moments stand."""

ALONG = (1, 2, 4, 6, 8, 12, 16)
"""How much finer the points are, at each fineness, along rows where the conditionals are spikes between the points."""
_MOST = 4_000_000  # groups times points along such rows
_UNCOUNTED = 1e-20  # probability of a node that changes nothing


@dataclass(frozen=True)
class Conditionals:
    """Weighted nodes phi_k, and the distributions of theta given each.

    Attributes:
        probability: of each node, adding up to 1.
        groups: p(theta_j | data_j, phi_k) of the distinct groups: (distinct, nodes).
        where: which of those each group is.
        population: p(theta | phi_k), that of a new group: (nodes).
        phi: the population's parameters at the nodes, by name.
    """

    probability: Array
    groups: Each
    where: Index
    population: Each
    phi: Mapping[str, Array]

    @property
    def size(self) -> int:
        """How many groups there are."""
        return len(self.where)


@dataclass(frozen=True)
class Singles:
    """Weighted nodes of some of the population's parameters, and each theta alone, given a node.

    Whatever else is uncertain is integrated out, so that groups are no longer independent given a node: for questions
    about one group at a time, of which these need fewer nodes.

    Attributes:
        probability: of each node, adding up to 1.
        groups: p(theta_j | data, node) of the distinct groups: (distinct, nodes).
        where: which of those each group is.
        population: p(theta | data, node), that of a new group: (nodes).
        above: works out P(theta_j > the population's mean | data) of the distinct groups.
        phi: the parameters that the nodes are of, by name.
    """

    probability: Array
    groups: Each
    where: Index
    population: Each
    above: Callable[[], Array]
    phi: Mapping[str, Array] = field(default_factory=dict)

    @cached_property
    def above_mean(self) -> Array:
        """P(theta_j > the population's mean | data), averaged over nodes: (distinct)."""
        return self.above()


@dataclass(frozen=True)
class Weighed:
    """All points of an integration over the population's parameters.

    Attributes:
        probability: of each point.
        phi: the population's parameters, by name.
        log_likelihood: log p(data | phi).
        half: the probability of those on one of the two lattices of the rule, 0 for the others.
    """

    probability: Array
    phi: Mapping[str, Array]
    log_likelihood: Array
    half: Array


@dataclass(frozen=True)
class Lattice:
    """All nodes of an integration, for what few do not serve.

    Attributes:
        population: p(theta | node), that of a new group: (nodes).
        probability: of each node.
        every_second: those of every second row of nodes alone, by which the answers of all are judged.
        groups: p(theta_j | data_j, node) of the distinct groups; None where the population's mean is integrated out.
        where: which of those each group is.
    """

    population: Each
    probability: Array
    every_second: Array
    groups: Each | None = None
    where: Index = field(default_factory=lambda: np.zeros(0, dtype=np.intp))


def above_mean(of: Conditionals) -> Array:
    """P(theta_j > the population's mean | data) of the distinct groups, over nodes that hold all parameters."""
    return np.asarray(of.groups.sf(of.groups.line(of.phi["mean"])) @ of.probability)


def singles(of: Conditionals, finer: Callable[[], Conditionals] | None = None) -> Singles:
    """The same nodes, where they hold all of the population's parameters; finer: nodes to compare with the mean at."""
    return Singles(
        of.probability, of.groups, of.where, of.population, lambda: above_mean(finer() if finer else of), of.phi
    )


def every_second_row(x: Array, probability: Array) -> Array:
    """The probabilities of the nodes on one of the two lattices of a rule, whose rows are at x; 0 for the others."""
    rows = np.unique(x, return_inverse=True)[1]
    kept = np.where(rows % 2 == 0, probability, 0.0)
    return np.asarray(kept / kept.sum())


def that_count(x: Array, probability: Array) -> tuple[NDArray[np.bool_], Array, Array]:
    """Which nodes count, with their probabilities, and those of every second of their rows, which are at x."""
    keep = probability > _UNCOUNTED
    return keep, probability[keep] / probability.sum(), every_second_row(x, probability)[keep]


def refined_along(fineness: int, size: int) -> int:
    """How much finer to make the rows that no rule resolves, so that two finenesses differ by what each is off.

    size: groups times the points along these rows as they are.
    """
    return max(1, min(ALONG[fineness], _MOST // max(1, size)))


def left_of_any(moved: float) -> float:
    """What is left of the error of nodes that a refinement moved so far, if it falls no faster than by a factor."""
    return BETWEEN_NODES * moved


def left_of_lattices(moved: float) -> float:
    """The same for nodes whose error falls exponentially: where their step is divided by 1.4 it is about squared.

    A lesser power and the factors are for safety, since two coarse lattices may be near one another by accident.
    """
    times, power, least = BETWEEN_LATTICES
    return float(max(times * moved**power, least * moved))


def left_of_pair(moved: float) -> float:
    """The same of what two groups are to one another."""
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
    """The answer over nodes so fine that the next coarser ones agree, and how far it can be off.

    Two coarse answers may be near one another by accident: one that finer nodes contradict is given up.

    ask: the answer over some nodes. nodes: those of a fineness. apart: the largest difference of two answers.
    first: the fineness to begin with. left: what is left of an error that a refinement has moved so far.
    """
    last, best = ask(nodes(first)), np.inf
    answer = last
    for fineness in FINENESS[first + 1 :]:
        found = ask(nodes(fineness))
        moved = apart(last, found)
        error = left(moved)
        contradicted = np.isfinite(best) and (moved if last is answer else apart(answer, found)) > best
        if error < best or contradicted:
            answer, best = found, error
        elif error > best and fineness > 3:
            break
        if error < goal:
            break
        last = found
    return answer, float(best)
