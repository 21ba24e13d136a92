"""What pictures are made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from partialpool.families.family import Family
from partialpool.groups import Groups
from partialpool.model import Model
from partialpool.plots import meta_forest

if TYPE_CHECKING:
    from partialpool.integrate.surface import Surface
    from partialpool.thetas.new_group import NewGroup

Columns = Mapping[str, NDArray[Any]]


class Pictured(Protocol):
    """What a picture is made from: the tables of a fit, and what its columns are called."""

    @property
    def family(self) -> Family:
        """What was measured."""

    @property
    def data(self) -> Groups:
        """The groups, with the caller's names."""

    @property
    def level(self) -> float:
        """Probability of the intervals."""

    def group_columns(self, level: float | None = None) -> Columns:
        """A row a group."""

    def population_columns(self, level: float | None = None) -> Columns:
        """A row a parameter of the population."""

    def surface_matrices(self, coordinates: str = "log") -> Surface:
        """The density of two parameters on a grid, and that of either alone."""

    @property
    def model(self) -> Model:
        """Data, population, prior and method."""

    def meta_analysis(self, level: float | None = None) -> meta_forest.Summary:
        """The summary of a meta-analysis, on the scale of the estimates."""

    def new_group(self, level: float | None = None) -> NewGroup:
        """The next group's theta."""

    def trace_columns(self, which: NDArray[np.intp] | None = None) -> Columns:
        """Each group's theta given the population's sd."""
