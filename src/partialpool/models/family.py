"""What a model of grouped data has to bring: the one interface through which everything else sees it.

A family is p(data_j | theta_j) together with p(theta_j | phi), the population of the thetas. It says which totals of a
group it looks at, works out the posterior of phi and the conditionals p(theta_j | data_j, phi), and knows the
distribution of data to come. Tables, intervals, ranks, comparisons, predictions, checks and pictures ask nothing else,
so that none of them names a family.

What `solve` gives are the family's own `Answers`; the methods that take answers take those.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from partialpool.answers import Answers, Solved, Summary, Traces
from partialpool.conditionals import Conditionals, Lattice, Singles
from partialpool.drawn import Drawn
from partialpool.errors import RequestError
from partialpool.groups import Array, Groups, Statistic
from partialpool.integrate.surface import Surface
from partialpool.predictive.to_come import Amount, ToCome
from partialpool.priors import Joint, resolve
from partialpool.scales import scale
from partialpool.scores import Alternatives
from partialpool.special import Index

Phi = Mapping[str, Array]
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
        natural: the parameters of the population that tables of refits have.
        amount: how much data to come a prediction is of.
        methods: those that it has beside the ones that all families have.
        meta_analysed: whether a fit is a meta-analysis, since the data come with standard errors of their own.
    """

    name: ClassVar[str]
    data: ClassVar[str]
    population: ClassVar[str]
    statistics: ClassVar[tuple[Statistic, ...]]
    observed: ClassVar[str]
    quantity: ClassVar[str] = "raw"
    natural: ClassVar[tuple[str, ...]]
    amount: ClassVar[Amount]
    methods: ClassVar[tuple[str, ...]] = ()
    meta_analysed: ClassVar[bool] = False

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

    def stored(self, answers: Any) -> dict[str, float]:
        """Answers at given parameters of the population as a few numbers, from which `restored` makes them again."""
        raise self._without("Saving a fit at given parameters")

    def restored(self, groups: Groups, numbers: Mapping[str, float]) -> Answers:
        """The answers at these numbers, to the last bit."""
        raise self._without("Saving a fit at given parameters")

    # --- nodes, fineness 0 the coarsest to 6

    def conditionals(self, answers: Any, fineness: int, places: Index | None = None) -> Conditionals:
        """Nodes at which groups are independent; places: the groups that are asked for, if that saves work."""
        raise self._without("This question")

    def contrasts(self, answers: Any, fineness: int) -> Conditionals:
        """The same, but only for what groups are to one another: fewer serve."""
        raise self._without("This question")

    def singles(self, answers: Any, fineness: int) -> Singles:
        """Fewer nodes, for one group at a time."""
        raise self._without("This question")

    def drawn(self, answers: Any, n: int, rng: np.random.Generator) -> Drawn:
        """Draws of the population's parameters, with the conditional of every group at each."""
        raise self._without("This question")

    def lattices(self, answers: Any, place: int | None) -> tuple[Conditionals, Conditionals] | None:
        """All nodes of the integration with one group, and half of them to judge those by; None: there are no more."""
        return None

    def every_node(self, answers: Any) -> Lattice | None:
        """All nodes of the integration, where few do not serve; None where the population is fixed."""
        return None

    def estimated(self, groups: Groups, answers: Any, parameter: str, tail: float) -> Summary | None:
        """A point estimate of a parameter with its own standard error and interval; None: the family has none."""
        return None

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

    # --- pictures and poolings

    def density(self, answers: Any, coordinates: str) -> Surface:
        """The posterior density of a population of two parameters, on a grid."""
        raise self._without("This picture")

    def traces(self, answers: Any, places: Index) -> Traces:
        """The density of the population's sd, and theta of some groups given it."""
        raise self._without("This picture")

    def alternatives(self, groups: Groups, prior: Any, answers: Any) -> Alternatives:
        """Complete and no pooling, beside partial pooling."""
        raise self._without("Complete and no pooling")

    # --- data given theta: theta is (draws, groups), what belongs to the population (draws)

    def log_likelihood(self, groups: Groups, theta: Array, phi: Phi) -> Array:
        """log p(data_j | theta_j, phi): (draws, groups)."""
        raise self._without("This question")

    def replicated(self, groups: Groups, theta: Array, phi: Phi, rng: np.random.Generator) -> Array:
        """The observed statistic drawn anew: (draws, groups)."""
        raise self._without("This question")

    def _without(self, what: str) -> RequestError:
        return RequestError(f"{what} is not worked out for {self.name}.")
