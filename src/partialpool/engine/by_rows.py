"""Answers from a posterior of two population parameters, over reduced sets of nodes where these are accurate enough."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from partialpool.engine.conditionals import STEPS, Conditionals, Singles, Weighed, every_second_row, refined_along
from partialpool.engine.conditionals import singles as all_known
from partialpool.engine.draws import Drawn, equal
from partialpool.engine.mixtures.rule import comparing_rule, smaller_rule
from partialpool.engine.mixtures.source import Nodes, Source
from partialpool.engine.results import Brief
from partialpool.quadrature.plane import Rule, resampled
from partialpool.quadrature.rejection import drawn_over_plane
from partialpool.quadrature.ridge import LogDensity
from partialpool.special import Array, Index

_SIZES = (6, 9, 13, 18, 26, 38, 56)  # numbers of rows, by fineness
_FEWER = (2, 3, 4, 6, 9, 14, 21)  # numbers of rows to compare groups, by fineness
_DIGITS = (12.0, 16.0, 20.0, 24.0, 28.0, 32.0, 36.0)  # natural digits of accuracy along a row, by fineness
_MANY = 4_000_000  # groups times nodes of the integration above which reduced nodes are used throughout
_NEGLIGIBLE = 1e-13  # nodes of less probability are dropped
_LARGEST = 690.0  # largest |log| of a parameter at a point of the integration


class Plane(Protocol):
    """A posterior over a plane of two population parameters, already integrated."""

    @property
    def log_density(self) -> LogDensity:
        """Log density of (x, y), up to a constant."""

    @property
    def rule(self) -> Rule:
        """The rule that integrated the density."""

    @property
    def nodes(self) -> Nodes:
        """The nodes of the rule."""

    @property
    def source(self) -> Source:
        """The source from which reduced sets of nodes are made."""

    @property
    def pairs(self) -> Any:
        """The distinct data of groups."""

    @property
    def typical(self) -> Any:
        """A few distinct data of groups that represent all."""

    def log_likelihood(self, at: Any) -> Array:
        """Log p(data | the population's parameters) at points."""

    def logs(self, at: Any) -> Mapping[str, Array]:
        """The logs of the population's parameters at points, by name."""


class ByRows(Brief, ABC):
    """Answers from nodes in a plane; how conditionals are made from points is left to each family."""

    hyper: Plane
    where: Index

    @abstractmethod
    def given_nodes(self, nodes: Nodes, pairs: Any, where: Index) -> Conditionals:
        """Conditionals of groups with distinct data `pairs` at nodes; `where` says which of these each group has."""

    @property
    def alone(self) -> Any:
        """A few distinct groups whose conditionals decide how fine the nodes must be for one group at a time."""
        return self.hyper.typical

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        pairs, where = self.hyper.pairs, self.where
        if places is not None:
            distinct, which = np.unique(where[places], return_inverse=True)
            pairs, where = pairs.subset(distinct), np.full(len(where), -1)
            where[places] = which
        x, y, probability = resampled(self.hyper.log_density, self.hyper.rule, STEPS[fineness])
        keep = probability > _NEGLIGIBLE
        nodes = Nodes(self.hyper.source.at(x[keep], y[keep]), probability[keep])
        return self.given_nodes(nodes, pairs, where)

    def contrasts(self, fineness: int) -> Conditionals:
        rule = comparing_rule(self.hyper.source, _FEWER[fineness], self.hyper.typical, _DIGITS[fineness])
        return self.given_nodes(rule.nodes, self.hyper.pairs, self.where)

    def singles(self, fineness: int) -> Singles:
        """Nodes along rows that are as fine as the conditionals of one group need."""
        rule = smaller_rule(self.hyper.source, _SIZES[fineness], self.alone, thin=True)
        groups = len(self.hyper.pairs.count)
        whole = sum(len(row.marginal.density) for row in rule.narrow)
        nodes = rule.finer(refined_along(fineness, whole * groups))
        found = self.given_nodes(nodes, self.hyper.pairs, self.where)
        if len(self.hyper.nodes) * groups > _MANY:
            return all_known(found)
        return all_known(found, lambda: self._lattices(self.hyper.pairs, self.where)[0 if fineness else 1])

    def lattices(self, place: int | None) -> tuple[Conditionals, Conditionals]:
        only = self.hyper.pairs.subset(self.where[[place or 0]])
        return self._lattices(only, np.zeros(1, dtype=np.intp))

    def _lattices(self, pairs: Any, where: Index) -> tuple[Conditionals, Conditionals]:
        """Conditionals at all nodes of the integration, and at every second row of them."""
        at, p = self.hyper.nodes.point, self.hyper.nodes.probability
        half = every_second_row(self.hyper.rule.x, p)
        return self.given_nodes(Nodes(at, p), pairs, where), self.given_nodes(Nodes(at, half), pairs, where)

    def drawn(self, n: int, rng: np.random.Generator) -> Drawn:
        x, y, cut = drawn_over_plane(self.hyper.log_density, self.hyper.rule.frame, n, rng)

        def given(some: slice) -> Conditionals:
            nodes = Nodes(self.hyper.source.at(x[some], y[some]), equal(len(x[some])))
            return self.given_nodes(nodes, self.hyper.pairs, self.where)

        return Drawn(given, cut)

    def weighed(self) -> Weighed:
        at, p = self.hyper.nodes.point, self.hyper.nodes.probability
        phi = {name: np.exp(np.clip(log, -_LARGEST, _LARGEST)) for name, log in self.hyper.logs(at).items()}
        return Weighed(p, phi, self.hyper.log_likelihood(at), every_second_row(self.hyper.rule.x, p))
