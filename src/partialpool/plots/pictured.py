"""The protocol of a fit from which pictures are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from partialpool.plots import meta_forest
from partialpool.plots.choosing import Tabled
from partialpool.special import Columns

if TYPE_CHECKING:
    from partialpool.analysis.comparisons.ranking import Ranking
    from partialpool.analysis.fitted_model import FittedModel
    from partialpool.analysis.intervals.new_group import NewGroup
    from partialpool.analysis.pooling import Pooling
    from partialpool.quadrature.surface import Surface


class Checks(Protocol):
    """Checks of whether a model fits, as pictures see them."""

    def statistic_columns(self) -> Columns:
        """One row per statistic and kind of replicated data."""

    def group_columns(self) -> Columns:
        """One row per group, with its place in the distribution that the other groups predict."""

    @property
    def level(self) -> float:
        """Probability between the limits of a statistic."""


class Refits(Protocol):
    """Refits of the same data under several priors, as pictures see them."""

    def columns(self) -> Columns:
        """One row per prior and parameter, those of the fit's own prior first."""

    def power_columns(self) -> Columns:
        """One row for the prior or the likelihood and each parameter."""

    @property
    def level(self) -> float:
        """Probability of the intervals."""


class Pictured(Tabled, Protocol):
    """A fit as pictures see it: its tables, and the names of its columns."""

    def population_columns(self, level: float | None = None) -> Columns:
        """One row per parameter of the population."""

    def surface_matrices(self, coordinates: str = "log") -> Surface:
        """The joint density of two parameters on a grid, and their marginal densities."""

    def meta_analysis(self, level: float | None = None) -> meta_forest.Summary:
        """The summary of a meta-analysis, on the scale of the estimates."""

    def new_group(self, level: float | None = None) -> NewGroup:
        """The theta of a new group."""

    @property
    def known(self) -> FittedModel:
        """The fit as the record that analyses take."""

    def ranking(self, best: str = "high", top: int = 3, level: float | None = None) -> Ranking:
        """Posterior distribution of each group's rank."""

    def pooling(self) -> Pooling:
        """Complete, no and partial pooling compared."""

    def trace_columns(self, which: NDArray[np.intp] | None = None) -> Columns:
        """Conditional mean and sd of each group's theta, given the population's sd."""

    def check(self, draws: int = 4000, seed: int = 0, level: float | None = None) -> Checks:
        """Checks of whether the model fits the data."""

    def sensitivity(self, priors: Any = None, **options: Any) -> Refits:
        """Refits of the same data under other priors."""

    def density_columns(self) -> Columns:
        """Prior and posterior density of each population parameter."""
