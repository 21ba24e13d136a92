"""The questions that a report asks of a fit, and the reason where one has no answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from partialpool.effects.scales import named_on, natural
from partialpool.errors import PartialpoolError
from partialpool.report.reported import Reported
from partialpool.special import Columns

MANY = 500
"""Groups up to which a report has ranks, replicated data and scores, whose time grows faster than the groups."""

_SUMMARIES = ("median", "lower", "upper")

Answer = TypeVar("Answer")


@dataclass
class Answers:
    """The tables of a fit, each asked for once; a table that the fit cannot give is None, and `why` has the reason.

    Attributes:
        fit: the fit.
        asked: "natural" for the usual scale of the estimates, or "exp", "tanh", "expit" or None.
        why: name of a table -> the reason why the fit has none.
    """

    fit: Reported
    asked: str | None = "natural"
    why: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Number of groups."""
        return self.fit.data.size

    @property
    def measured(self) -> str:
        """The formula of the raw estimates in the caller's column names."""
        return self.fit.family.measured(self.fit.data)

    @property
    def transform(self) -> str | None:
        """The transform in which results are shown too, such as "exp" for log odds ratios."""
        return natural(self.measured)[0] if self.asked == "natural" else self.asked

    @property
    def called(self) -> str:
        """The name of a theta on the transformed scale, such as odds ratio."""
        return named_on(self.transform, self.measured)

    @cached_property
    def groups(self) -> Columns:
        """One row per group."""
        return self.fit.group_columns()

    @cached_property
    def on_scale(self) -> dict[str, NDArray[Any]]:
        """The median and the interval of each group on the transformed scale; empty without a transform."""
        if self.transform is None:
            return {}
        found = self.fit.group_columns(transform=self.transform)
        return {name: found[name] for name in _SUMMARIES}

    @cached_property
    def population(self) -> Columns:
        """One row per parameter of the population."""
        return self.fit.population_columns()

    def parameter(self, name: str) -> Mapping[str, Any]:
        """The row of a parameter of the population."""
        place = list(self.population["parameter"]).index(name)
        return {column: values[place] for column, values in self.population.items()}

    @cached_property
    def new_group(self) -> Columns | None:
        """The theta of a new group, in one row."""
        return self._asked("new_group", lambda: self.fit.new_group().columns())

    @cached_property
    def pooling(self) -> Columns | None:
        """The scores of the three models, one row per model."""
        return self._unless_many("pooling", lambda: self.fit.pooling().score_columns())

    @cached_property
    def ranks(self) -> Columns | None:
        """The ranks of groups, with `p_worst`, the probability of the last rank."""
        return self._unless_many("ranking", self._ranks)

    @cached_property
    def statistics(self) -> Columns | None:
        """The statistics of replicated data, one row per statistic."""
        return self._unless_many("check", lambda: self.fit.check().statistic_columns())

    @cached_property
    def outlying(self) -> Columns | None:
        """How each group compares with the prediction from all others."""
        return self._asked("outlying", lambda: self.fit.check().group_columns())

    @cached_property
    def sensitivity(self) -> Columns | None:
        """The population under other priors."""
        return self._asked("sensitivity", lambda: self.fit.sensitivity().columns())

    def _ranks(self) -> Columns:
        found = self.fit.ranking()
        columns, every = found.columns(), found.probability_columns()["probability"]
        return {**columns, "p_worst": np.asarray(every).reshape(self.size, -1)[:, -1]}

    def _unless_many(self, name: str, ask: Callable[[], Answer]) -> Answer | None:
        if self.size > MANY:
            self.why[name] = (
                f"Left out of a report of more than {MANY} groups, since it takes long: fit.{name}() has it."
            )
            return None
        return self._asked(name, ask)

    def _asked(self, name: str, ask: Callable[[], Answer]) -> Answer | None:
        try:
            return ask()
        except PartialpoolError as refused:
            self.why[name] = str(refused)
            return None
