"""The protocol of a fit about which a report is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from partialpool.analysis.fitted_model import Fit
from partialpool.engine.results import Accuracy
from partialpool.special import Columns

if TYPE_CHECKING:
    from partialpool.analysis.comparisons.ranking import Ranking
    from partialpool.analysis.intervals.new_group import NewGroup
    from partialpool.analysis.pooling import Pooling
    from partialpool.diagnostics.checking import Check
    from partialpool.diagnostics.sensitivity import Sensitivity


class Reported(Fit, Protocol):
    """A fit as a report sees it: its tables, and the questions that it answers."""

    @property
    def accuracy(self) -> Accuracy: ...
    @property
    def warnings(self) -> tuple[str, ...]: ...
    def group_columns(self, level: float | None = None, transform: str | None = None) -> Columns: ...
    def population_columns(self, level: float | None = None, transform: str | None = None) -> Columns: ...
    def new_group(self, level: float | None = None) -> NewGroup: ...
    def pooling(self) -> Pooling: ...
    def ranking(self, best: str = "high", top: int = 3, level: float | None = None) -> Ranking: ...
    def check(self, draws: int = 4000, seed: int = 0, level: float | None = None) -> Check: ...
    def sensitivity(self, priors: Any = None) -> Sensitivity: ...
