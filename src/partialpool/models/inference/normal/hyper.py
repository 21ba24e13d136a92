"""The interface of a family with a normal population: the integrated posterior of its scales."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

import numpy as np

from partialpool.distributions.marginals.normal_given import Nodes
from partialpool.engine.results import Results
from partialpool.engine.traces import Traces
from partialpool.models.inference.normal.rescaled import Rescaled
from partialpool.models.inference.normal.wanted import Wanted
from partialpool.quadrature.axis import Rule as Line
from partialpool.quadrature.coordinate import Found
from partialpool.quadrature.plane import Rule as Plane
from partialpool.special import Array, Index

_COUNTED = 1e-13  # of the probability of all nodes, or of their variance: what a node has that counts


def counted(nodes: Nodes) -> Nodes:
    """The nodes that distribution functions or sds notice."""
    at = nodes.given
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        away = np.nan_to_num(nodes.log_probability + 2.0 * np.log(np.hypot(at.sd, at.mean_sd)), nan=-np.inf)
        share = np.exp(away - np.max(away))
    some = (nodes.probability > _COUNTED) | (share > _COUNTED * share.sum())
    return nodes.subset(some)


class Hyperposterior(ABC):
    """The posterior of the scales of a normal population, with its mean integrated out.

    Attributes:
        of: the distinct groups in the units of the integration.
        rule: the rule of the integration.
        wanted: the numbers that the integration had to get right.
        thinned: number of groups from which reduced nodes are tried for distribution functions.
        spared: number of groups from which Gauss nodes, which are fewer, serve questions about one group at a time.
        sizes: what the estimated errors are relative to, and what they leave out, in words.
    """

    of: Rescaled
    rule: Line | Plane
    wanted: Wanted
    thinned: ClassVar[int]
    spared: ClassVar[int]
    sizes: ClassVar[str]

    # --- nodes

    @property
    @abstractmethod
    def nodes(self) -> Nodes:
        """All nodes of the integration."""

    @property
    @abstractmethod
    def merged(self) -> Nodes:
        """Fewer nodes, over which the moments of thetas are the same."""

    @property
    @abstractmethod
    def lattice(self) -> tuple[Nodes, Array]:
        """All nodes of an integration, with the row of each; every second row is a rule of its own."""

    @abstractmethod
    def whole(self, times: int) -> Nodes:
        """All nodes that matter to distribution functions, of an integration with its step halved `times` times."""

    @abstractmethod
    def some(self, fineness: int, *, apart: bool = False) -> Nodes:
        """Gauss nodes of a fineness from 0 to 6; apart: only to compare many groups."""

    @abstractmethod
    def resampled(self, factor: float) -> Nodes:
        """Nodes that count of an integration whose step is so many times as long."""

    @abstractmethod
    def drawn(self, n: int, rng: np.random.Generator) -> tuple[Callable[[slice], Nodes], float]:
        """Draws of the scales as nodes, and the share of the posterior that was cut off."""

    # --- numbers

    @property
    def statistics(self) -> Array:
        """The values of the wanted numbers."""
        return self.rule.statistics[: self.wanted.size]

    @property
    @abstractmethod
    def moment_errors(self) -> Mapping[str, tuple[float, float]]:
        """Estimated relative errors of mean and sd of each parameter, and of theta (including its weight).

        Errors of means that can have either sign are relative to their sd.
        """

    @property
    @abstractmethod
    def common(self) -> float:
        """Error that every probability shares, on top of its own."""

    @abstractmethod
    def quantiles(self, name: str, levels: Array) -> Found:
        """Quantiles of the log of a scale."""

    @abstractmethod
    def missing(self, parameter: str) -> str:
        """The reason why a mean or an sd does not exist; empty if both do."""

    # --- other answers

    @abstractmethod
    def given(self, values: Mapping[str, float]) -> Results:
        """Answers at known parameters."""

    @abstractmethod
    def traces(self, places: Index) -> Traces:
        """The density of the sd, with mean and sd of some groups given the sd."""
