"""The interface of a model of grouped data, through which all other modules use it.

A family is p(data_j | theta_j) together with the population p(theta_j | phi). It names the sufficient statistics of a
group, computes the posterior of phi and the conditionals p(theta_j | data_j, phi), and gives the distribution of
future data. All questions and pictures use only this interface. `solve` returns the summaries of the posterior.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np

from partialpool.distributions import Distribution
from partialpool.distributions.marginals.sampling import Sampling
from partialpool.distributions.predictive.to_come import Amount, ToCome
from partialpool.effects.scales import scale
from partialpool.engine.conditionals import Conditionals, Singles
from partialpool.engine.results import Results, Solved, Summary
from partialpool.engine.scores import Alternatives
from partialpool.errors import RequestError
from partialpool.groups.groups import Array, Groups, Statistic
from partialpool.groups.rows import Rows
from partialpool.groups.source import Reading
from partialpool.groups.sums import Sums
from partialpool.models.evidence import Evidence
from partialpool.models.wording import Wording
from partialpool.priors import Joint, Prior, resolve

Phi = Mapping[str, Array]
Simulated: TypeAlias = tuple[dict[str, Array], dict[str, str]]
Moments = tuple[Array, Array, Array]


class Family(ABC):
    """A distribution of data together with the distribution of its parameter theta over the population of groups.

    Attributes:
        name: name of the function that fits it, such as "proportions".
        data: name of the distribution p(data | theta), such as "binomial".
        population: name of the distribution p(theta | phi), such as "beta".
        statistics: the sufficient statistics of a group.
        observed: role of the statistic that was observed; the others belong to the design.
        quantity: formula of `raw`, with the roles of the columns in braces.
        amount: the statistic that says how much data a group has, or how much future data is to be predicted.
        precise: formula of `precision`, with the column of the amount in braces.
        methods: names of the methods that not all families have.
        meta_analysed: whether a fit is a meta-analysis, since the data come with their own standard errors.
        sampling: the marginal distributions of the observed statistic, with theta integrated out.
        line: the scale on which theta and the population's mean are unbounded: "logit", "log" or "identity".
        parameters: names of the population's parameters.
        fixing: the sets of parameters that determine the population, the usual set first.
        roles: the sets of columns from which groups are read.
        wording: the words and formulas in which a report states the family.
        alone: pairs of the role of an sd and that of its number of measurements n; where n is 1 the sd may be missing.
    """

    name: ClassVar[str]
    data: ClassVar[str]
    population: ClassVar[str]
    statistics: ClassVar[tuple[Statistic, ...]]
    observed: ClassVar[str]
    quantity: ClassVar[str] = "raw"
    amount: ClassVar[Amount]
    precise: ClassVar[str] = "{}"
    methods: ClassVar[tuple[str, ...]] = ()
    meta_analysed: ClassVar[bool] = False
    sampling: ClassVar[type[Sampling]]
    line: ClassVar[str]
    parameters: ClassVar[tuple[str, ...]]
    fixing: ClassVar[tuple[tuple[str, ...], ...]]
    roles: ClassVar[tuple[tuple[str, ...], ...]] = ()
    alone: ClassVar[tuple[tuple[str, str], ...]] = ()
    wording: ClassVar[Wording] = Wording()

    @property
    def natural(self) -> tuple[str, ...]:
        """The usual set of parameters that determine the population."""
        return self.fixing[0]

    def __repr__(self) -> str:
        return f"<family of {self.name}: {self.data} data, {self.population} population>"

    # --- data

    @abstractmethod
    def raw(self, groups: Groups) -> Array:
        """The groups' own estimates without pooling, NaN for groups without data, shape (groups,)."""

    def grouped(self, rows: Rows, reading: Reading, group: Sequence[str]) -> Groups:
        """Turn rows into groups, as the fitting function does.

        Args:
            rows: the columns read.
            reading: how they were read.
            group: names of the group columns; empty if each row is its own group.

        Raises:
            DataError: the rows are refused.
        """
        raise self._without("Reading more rows")

    def added(self, reading: Reading, group: Sequence[str]) -> Sums | None:
        """The statistics of the groups that an engine may add up; None if they are no sums.

        Args:
            reading: how rows are read.
            group: names of the group columns.
        """
        return None

    def renamed(self, reading: Reading, given: Mapping[str, Any]) -> dict[str, str]:
        """Role -> its column in another table, where some columns have other names.

        Args:
            reading: how the first table was read.
            given: role -> its column in the other table; None leaves the role out.

        Raises:
            RequestError: there is no such role, or these roles do not go together.
        """
        known = {role: name for role, name in reading.roles.items() if role not in given}
        new = {role: name for role, name in given.items() if name is not None}
        fitting = [roles for roles in self.roles if set(new) <= set(roles) <= {*known, *new}]
        if not fitting:
            said = ", or ".join(" and ".join(f"{role}=" for role in roles) for roles in self.roles)
            named = ", ".join(f"{role}=" for role in given)
            raise RequestError(f"The columns of {self.name} are {said}; {named} cannot be taken with those of the fit.")
        roles = max(fitting, key=lambda roles: len({*roles} & {*known}))
        return {role: {**known, **new}[role] for role in roles}

    @abstractmethod
    def totals(self, groups: Groups) -> str:
        """The totals over all groups, in a few words."""

    def measured(self, groups: Groups) -> str:
        """Formula of `raw` in the caller's own column names."""
        return self.quantity.format(**groups.columns)

    def shown(self, groups: Groups) -> dict[str, Array]:
        """Column name of the caller -> that statistic of each group, for the statistics that tables show."""
        return {groups.columns[part.role]: self.known(part.role, groups) for part in self.statistics if part.shown}

    def known(self, role: str, groups: Groups) -> Array:
        """A statistic of each group, shape (groups,); NaN where it does not exist, such as the sd of a single row."""
        values = groups.statistics[role]
        least = next(part.least for part in self.statistics if part.role == role)
        return values if least == 0 else np.where(groups.statistics["n"] < least, np.nan, values)

    def check_transform(self, transform: str | None) -> None:
        """Refuse a transform that does not exist, or any transform if the population is not normal.

        Raises:
            RequestError: the transform is refused.
        """
        scale(transform)
        if transform is not None and self.population != "normal":
            raise RequestError(
                f"transform is for estimates and measurements: those of {self.name} have their own scale."
            )

    # --- posterior

    def resolve(self, prior: Any) -> Joint:
        """The joint prior of the population's parameters, from its name, its densities or a text."""
        return resolve(prior, self.name)

    @abstractmethod
    def solve(self, groups: Groups, prior: Any, method: str) -> Solved:
        """Compute the posterior of every group and of the population, or the conditional posterior at point estimates.

        Raises:
            DataError: the data have no information, or numbers that double precision cannot represent.
            PriorError: the posterior would be improper.
        """

    def restored(self, groups: Groups, numbers: Mapping[str, float]) -> Results:
        """Rebuild the answers at given parameters, to the last bit, from the numbers that were their `stored`."""
        raise self._without("Saving a fit at given parameters")

    def below_the_line(
        self, data: Mapping[str, Array], one: int, other: int, quantity: str
    ) -> list[tuple[float, str, int]]:
        """Counts that decide whether a ratio of two thetas has moments, as (count, its name, position of its group).

        They are the counts behind the denominator: the ratio has a mean for certain if each is at least 2, and an sd if
        each is at least 3. `one` and `other` are the positions of the groups, and `quantity` is the name of the ratio.
        """
        raise self._without("This question")

    def evidence(self, data: Mapping[str, Array], phi: Mapping[str, float]) -> Evidence:
        """The groups as points in a plane, between which summaries can be interpolated.

        Args:
            data: role -> that statistic of each distinct group.
            phi: the population's parameters at their posterior mode.
        """
        raise self._without("This question")

    def estimated(self, groups: Groups, results: Any, parameter: str, tail: float) -> Summary | None:
        """Point estimate of a parameter with its frequentist standard error and interval; None if there is none."""
        return None

    def alternatives(self, groups: Groups, prior: Any, results: Any) -> Alternatives:
        """The posteriors of complete and of no pooling, and the scores of all three models."""
        raise self._without("Complete and no pooling")

    # --- data to come

    def rows_to_come(self, nodes: Conditionals | Singles, theta: Any, size: Array) -> ToCome:
        """The predictive distribution of each row's future data.

        Args:
            nodes: the quadrature nodes with their probabilities.
            theta: the distributions of each row's theta given each node, shape (rows, nodes).
            size: the amount of future data of each row, shape (rows,).
        """
        raise self._without("Prediction")

    def total_to_come(self, nodes: Conditionals | Singles, theta: Any, size: Array, times: Array) -> ToCome:
        """The predictive distribution of the sum of all rows' future data; row i is repeated times[i] times."""
        raise self._without("Prediction")

    def moments_to_come(self, results: Results, size: Array, mean: Array, variance: Array) -> Moments:
        """E[Y], E[Var(Y | theta)] and Var(E[Y | theta]), from the mean and variance of theta."""
        raise self._without("Prediction")

    # --- data given theta: theta is (draws, groups), what belongs to the population (draws)

    def log_likelihood(self, groups: Groups, theta: Array, phi: Phi) -> Array:
        """log p(data_j | theta_j, phi), shape (draws, groups)."""
        raise self._without("This question")

    def likelihood(self, groups: Groups, place: int, nodes: Singles) -> Distribution:
        """The likelihood of one group's data, scaled to be a density of theta, given each node: (1, nodes) or (1, 1).

        Args:
            groups: the groups.
            place: position of a group that has data.
            nodes: the nodes of the population's parameters.
        """
        raise self._without("The likelihood of a group")

    def replicated(self, groups: Groups, theta: Array, phi: Phi, rng: np.random.Generator) -> Array:
        """Replicated values of the observed statistic, shape (draws, groups)."""
        raise self._without("This question")

    # --- outcomes: which data the groups can have, and what the design says before the outcomes are known

    def thetas(self, phi: Phi) -> Distribution:
        """The population p(theta | phi) for each value of the parameters."""
        raise self._without("Drawing groups from the population")

    def completed(self, given: Mapping[str, float]) -> dict[str, float]:
        """Compute the other parameters of the population from those that determine it.

        Raises:
            RequestError: a number is out of range.
        """
        for name, value in given.items():
            if not np.isfinite(value) or (value <= 0.0 and not (name == "mean" and self.line == "identity")):
                raise RequestError(f"{name} must be a finite number above 0, not {value!r}.")
        return dict(given)

    def designed(self, prior: Any, size: Array) -> Joint:
        """The prior with its scale filled in from the design, `size`, each group's amount of data, shape (groups,)."""
        some = size[size > 0.0]
        filled: Joint = prior.for_design(float(len(some) / np.sum(1.0 / some)))
        return filled

    def compared(self, groups: Groups) -> dict[str, Prior]:
        """Further priors for a sensitivity analysis, besides the named ones; none of them depends on the outcomes."""
        return {}

    def informed(self, size: Array) -> Array:
        """A number per group that increases with its information, from `size`, its amount of data; shape (groups,)."""
        return size

    def precision(self, size: Array) -> Array:
        """The precision of each group's raw value, up to a factor that all groups share, shape (groups,)."""
        return size

    def weight(self, size: Array) -> Array:
        """Weight of each group's raw value in an average over all groups, shape (groups,)."""
        return size

    def scatter(self, size: Array, squares: Array) -> float:
        """A typical sd of data about theta, 0 for counts; `squares` are the within-group sums of squares, (groups,)."""
        return 0.0

    def simulated(self, theta: Array, size: Array, phi: Phi, rng: np.random.Generator) -> Simulated:
        """Simulate groups with these thetas: a table for the fitting function, and the roles of its columns there."""
        y, group = self.sampling.drawn(theta, size, phi, rng), np.arange(1, len(theta) + 1)
        columns = {"group": group, "y": y, "size": size.astype(np.int64) if self.amount.whole else size}
        return columns, {self.observed: "y", self.amount.role: "size", "group": "group"}

    def _without(self, what: str) -> RequestError:
        return RequestError(f"{what} is not worked out for {self.name}.")
