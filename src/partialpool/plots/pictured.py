"""What pictures are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from partialpool.model import Model
from partialpool.plots import meta_forest
from partialpool.plots.choosing import Columns, Tabled

if TYPE_CHECKING:
    from partialpool.integrate.surface import Surface
    from partialpool.thetas.new_group import NewGroup


class Pictured(Tabled, Protocol):
    """What a picture is made from: the tables of a fit, and what its columns are called."""

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
