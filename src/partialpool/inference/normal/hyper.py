"""What a family of a normal population has to bring: the posterior of its scales, integrated."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

import numpy as np

from partialpool.answers import Answers, Traces
from partialpool.inference.normal.rescaled import Rescaled
from partialpool.inference.normal.wanted import Wanted
from partialpool.integrate.axis import Rule as Line
from partialpool.integrate.coordinate import Found
from partialpool.integrate.plane import Rule as Plane
from partialpool.marginals.normal_given import Nodes
from partialpool.special import Array, Index


class Hyperposterior(ABC):
    """The posterior of the scales of a normal population, its mean integrated out.

    Attributes:
        of: the distinct groups in the units of the integration.
        rule: of the integration.
        wanted: what the integration was to get right.
        thinned: groups from where fewer nodes serve distribution functions better than all.
        sizes: what the estimated errors are relative to, and what they do not count, in words.
    """

    of: Rescaled
    rule: Line | Plane
    wanted: Wanted
    thinned: ClassVar[int]
    sizes: ClassVar[str]

    # --- nodes

    @property
    @abstractmethod
    def nodes(self) -> Nodes:
        """All nodes of the integration."""

    @property
    @abstractmethod
    def merged(self) -> Nodes:
        """Fewer, over which the moments of thetas are the same."""

    @property
    @abstractmethod
    def lattice(self) -> tuple[Nodes, Array]:
        """All nodes of an integration, and which row each is on: every second row is a rule of its own."""

    @abstractmethod
    def whole(self, times: int) -> Nodes:
        """All nodes that distribution functions notice, of an integration with its step halved so many times."""

    @abstractmethod
    def some(self, fineness: int, *, apart: bool = False) -> Nodes:
        """Gauss nodes of a fineness, from 0 to 6; apart: for what many groups are to one another."""

    @abstractmethod
    def drawn(self, n: int, rng: np.random.Generator) -> tuple[Callable[[slice], Nodes], float]:
        """Draws of the scales, as nodes, and the share of the posterior that was cut off."""

    # --- numbers

    @property
    def statistics(self) -> Array:
        """The numbers that were wanted."""
        return self.rule.statistics[: self.wanted.size]

    @property
    @abstractmethod
    def moment_errors(self) -> Mapping[str, tuple[float, float]]:
        """Estimated relative errors of mean and sd of each parameter and of theta (with the weight).

        Means of either sign are measured by their sd.
        """

    @property
    @abstractmethod
    def common(self) -> float:
        """How far every probability can be off, beside its own error."""

    @abstractmethod
    def quantiles(self, name: str, levels: Array) -> Found:
        """Quantiles of the log of a scale."""

    @abstractmethod
    def missing(self, parameter: str) -> str:
        """Why a mean or an sd does not exist; empty where both do."""

    # --- other answers

    @abstractmethod
    def given(self, values: Mapping[str, float]) -> Answers:
        """The answers where parameters are known."""

    @abstractmethod
    def traces(self, places: Index) -> Traces:
        """The density of the sd, and theta of some groups given it."""
