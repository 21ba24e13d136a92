"""What a model of grouped data has to bring: the one interface through which everything else sees it.

A family is p(data_j | theta_j) together with p(theta_j | phi), the population of the thetas. It says which totals of a
group it looks at, works out the posterior of phi and the conditionals p(theta_j | data_j, phi), and knows the
distribution of data to come. Tables, intervals, ranks, comparisons, predictions, checks and pictures ask nothing else,
so that none of them names a family.

What `solve` gives are the family's own `Answers`, which are asked for everything that follows from the posterior.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias

import numpy as np

from partialpool.answers import Answers, Solved, Summary
from partialpool.conditionals import Conditionals, Singles
from partialpool.distributions import Each
from partialpool.errors import RequestError
from partialpool.groups import Array, Groups, Statistic
from partialpool.marginals.sampling import Sampling
from partialpool.models.evidence import Evidence
from partialpool.predictive.to_come import Amount, ToCome
from partialpool.priors import Joint, Prior, resolve
from partialpool.scales import scale
from partialpool.scores import Alternatives

Phi = Mapping[str, Array]
Simulated: TypeAlias = tuple[dict[str, Array], dict[str, str]]
Moments = tuple[Array, Array, Array]


class Family(ABC):
    """A kind of data with the population that goes with it.

    Attributes:
        name: of the function that fits it, "proportions".
        data: what p(data | theta) is called, "binomial".
        population: what p(theta | phi) is called, "beta".
        statistics: what is added up in each group.
        observed: role of the statistic that was observed; the others belong to the design.
        quantity: what `raw` is, with the roles of the columns in braces.
        amount: how much data there is of a group, or is to come.
        methods: those that it has beside the ones that all families have.
        meta_analysed: whether a fit is a meta-analysis, since the data come with standard errors of their own.
        sampling: the distributions of what is observed, theta integrated out.
        line: the scale on which theta, and the population's mean, have no ends: "logit", "log" or "identity".
        parameters: of the population.
        fixing: those that fix it, in any of these ways, the usual one first.
    """

    name: ClassVar[str]
    data: ClassVar[str]
    population: ClassVar[str]
    statistics: ClassVar[tuple[Statistic, ...]]
    observed: ClassVar[str]
    quantity: ClassVar[str] = "raw"
    amount: ClassVar[Amount]
    methods: ClassVar[tuple[str, ...]] = ()
    meta_analysed: ClassVar[bool] = False
    sampling: ClassVar[type[Sampling]]
    line: ClassVar[str]
    parameters: ClassVar[tuple[str, ...]]
    fixing: ClassVar[tuple[tuple[str, ...], ...]]

    @property
    def natural(self) -> tuple[str, ...]:
        """The parameters that usually fix the population."""
        return self.fixing[0]

    def __repr__(self) -> str:
        return f"<family of {self.name}: {self.data} data, {self.population} population>"

    # --- data

    @abstractmethod
    def raw(self, groups: Groups) -> Array:
        """The groups' own estimates, NaN where a group has no data."""

    @abstractmethod
    def totals(self, groups: Groups) -> str:
        """What there is in all groups together, in a few words."""

    def measured(self, groups: Groups) -> str:
        """What `raw` is, by the caller's own column names."""
        return self.quantity.format(**groups.columns)

    def shown(self, groups: Groups) -> dict[str, Array]:
        """The groups' data by the caller's own column names."""
        return {groups.columns[part.role]: self.known(part.role, groups) for part in self.statistics if part.shown}

    def known(self, role: str, groups: Groups) -> Array:
        """A statistic of each group, NaN where it cannot be computed, such as the sd of a single row."""
        values = groups.statistics[role]
        least = next(part.least for part in self.statistics if part.role == role)
        return values if least == 0 else np.where(groups.statistics["n"] < least, np.nan, values)

    def check_transform(self, transform: str | None) -> None:
        """Refuse a transform that does not exist, or of a theta that has a scale of its own.

        Raises:
            RequestError: of either.
        """
        scale(transform)
        if transform is not None and self.population != "normal":
            raise RequestError(
                f"transform is for estimates and measurements: those of {self.name} have their own scale."
            )

    # --- posterior

    def resolve(self, prior: Any) -> Joint:
        """The joint prior of the population's parameters, by its name, its densities or a text."""
        return resolve(prior, self.name)

    @abstractmethod
    def solve(self, groups: Groups, prior: Any, method: str) -> Solved:
        """The posterior of every group and of the population, or the conditional posterior at point estimates.

        Raises:
            DataError: the data say nothing, or more than doubles can hold.
            PriorError: the posterior would be improper.
        """

    def restored(self, groups: Groups, numbers: Mapping[str, float]) -> Answers:
        """The answers whose `stored` are these numbers, to the last bit."""
        raise self._without("Saving a fit at given parameters")

    def below_the_line(
        self, data: Mapping[str, Array], one: int, other: int, quantity: str
    ) -> list[tuple[float, str, int]]:
        """Counts that stand below the line of a ratio of two thetas: how many, of what, and of which of the groups.

        One over what they say has a mean for certain if there are at least 2, and an sd if there are 3.
        """
        raise self._without("This question")

    def evidence(self, data: Mapping[str, Array], phi: Mapping[str, float]) -> Evidence:
        """What groups say, as places in a plane; phi: the population's parameters where they are most probable.

        data: the statistics of each distinct group, by role.
        """
        raise self._without("This question")

    def estimated(self, groups: Groups, answers: Any, parameter: str, tail: float) -> Summary | None:
        """A point estimate of a parameter with its own standard error and interval; None: the family has none."""
        return None

    def alternatives(self, groups: Groups, prior: Any, answers: Any) -> Alternatives:
        """Complete and no pooling, beside partial pooling."""
        raise self._without("Complete and no pooling")

    # --- data to come

    def rows_to_come(self, nodes: Conditionals | Singles, theta: Any, size: Array) -> ToCome:
        """The distribution of so much data to come of each row; theta: of each row, given each of the nodes."""
        raise self._without("Prediction")

    def total_to_come(self, nodes: Conditionals, theta: Any, size: Array, times: Array) -> ToCome:
        """The distribution of the sum of so much data of each row, every one of which is there `times` times."""
        raise self._without("Prediction")

    def moments_to_come(self, answers: Answers, size: Array, mean: Array, variance: Array) -> Moments:
        """E[Y], E[Var(Y | theta)] and Var(E[Y | theta]), from the mean and variance of theta."""
        raise self._without("Prediction")

    # --- data given theta: theta is (draws, groups), what belongs to the population (draws)

    def log_likelihood(self, groups: Groups, theta: Array, phi: Phi) -> Array:
        """log p(data_j | theta_j, phi): (draws, groups)."""
        raise self._without("This question")

    def replicated(self, groups: Groups, theta: Array, phi: Phi, rng: np.random.Generator) -> Array:
        """The observed statistic drawn anew: (draws, groups)."""
        raise self._without("This question")

    # --- outcomes: what the groups' data can turn out to be, and what is known of them before that

    def thetas(self, phi: Phi) -> Each:
        """The population p(theta | phi) at each of some parameters."""
        raise self._without("Drawing groups from the population")

    def completed(self, given: Mapping[str, float]) -> dict[str, float]:
        """All parameters of the population, from those that fix it.

        Raises:
            RequestError: a number is out of range.
        """
        for name, value in given.items():
            if not np.isfinite(value) or (value <= 0.0 and not (name == "mean" and self.line == "identity")):
                raise RequestError(f"{name} must be a finite number above 0, not {value!r}.")
        return dict(given)

    def designed(self, prior: Any, size: Array) -> Joint:
        """The prior with what it takes from the design filled in; size: what the design says of each group."""
        some = size[size > 0.0]
        filled: Joint = prior.for_design(float(len(some) / np.sum(1.0 / some)))
        return filled

    def compared(self, groups: Groups) -> dict[str, Prior]:
        """Priors that are compared beside those with a name; none takes anything from the outcomes."""
        return {}

    def informed(self, size: Array) -> Array:
        """How much data each group has, the more the larger; size: what the design says of it."""
        return size

    def weight(self, size: Array) -> Array:
        """How much the raw value of each group counts where all groups are taken together."""
        return size

    def scatter(self, size: Array, squares: Array) -> float:
        """A typical sd of data about theta, 0 of counts; squares: the sum of squares of each group's rows."""
        return 0.0

    def simulated(self, theta: Array, size: Array, phi: Phi, rng: np.random.Generator) -> Simulated:
        """Groups with these theta as a table for the function that fits, and what its columns are to that function."""
        y, group = self.sampling.drawn(theta, size, phi, rng), np.arange(1, len(theta) + 1)
        columns = {"group": group, "y": y, "size": size.astype(np.int64) if self.amount.whole else size}
        return columns, {self.observed: "y", self.amount.role: "size", "group": "group"}

    def _without(self, what: str) -> RequestError:
        return RequestError(f"{what} is not worked out for {self.name}.")
