"""What a posterior must have for questions to be put to it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from partialpool.answers import Answers
from partialpool.families.family import Family
from partialpool.groups import Groups
from partialpool.known import Known
from partialpool.model import Model

Columns = dict[str, NDArray[Any]]


class Asked:
    """Whoever has a family, groups, a model, answers and a level."""

    family: Family
    data: Groups
    model: Model
    answers: Answers
    level: float
    warnings: tuple[str, ...]

    @cached_property
    def known(self) -> Known:
        """The fit in the form in which questions are put to it."""
        return Known(self.family, self.data, self.answers, self.level)

    def group_columns(self, level: float | None = None) -> Mapping[str, NDArray[Any]]:
        """The table of groups as plain columns."""
        raise NotImplementedError
