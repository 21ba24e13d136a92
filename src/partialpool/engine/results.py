"""The interface of a posterior to all questions, whatever the family and however it was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from partialpool.engine.conditionals import Conditionals, Lattice, Singles, Weighed
from partialpool.engine.draws import Drawn
from partialpool.engine.traces import Traces
from partialpool.errors import RequestError
from partialpool.io.output.content import Stated
from partialpool.messages.claims import Claim
from partialpool.messages.wording import joined
from partialpool.priors.words import WORDS
from partialpool.quadrature.moments import USELESS, useful
from partialpool.quadrature.surface import Surface
from partialpool.special import Array, Index

EXACT = 1e-13  # error of closed forms: relative, or in probability
COMPARED = "estimated by comparing integration rules of different fineness"
_LARGEST = float(np.finfo(float).max)
USUAL_TAIL = 0.5 * (1.0 - 0.95)  # equal to the last bit to what `tail_of` returns for the usual level
USUAL_LEVELS = np.array([USUAL_TAIL, 0.5, 1.0 - USUAL_TAIL])


def symmetric(tail: float) -> Array:
    """Return the levels of an interval's lower end, the median and its upper end, for a tail probability."""
    return np.array([tail, 0.5, 1.0 - tail])


def check_level(level: object) -> float:
    """Refuse a level that is not a probability strictly between 0 and 1."""
    number = isinstance(level, (int, float, np.integer, np.floating)) and not isinstance(level, bool)
    if number and 0.0 < level < 1.0:  # type: ignore[operator]
        return float(level)  # type: ignore[arg-type]
    percent = number and 1.0 < level < 100.0  # type: ignore[operator]
    hint = f"; did you mean {float(level) / 100:g}?" if percent else ", such as 0.95."  # type: ignore[arg-type]
    raise RequestError(f"level must be a probability above 0 and below 1, not {level!r}{hint}")


def tail_of(level: object) -> float:
    """Return the tail probability on either side of a central interval."""
    return 0.5 * (1.0 - check_level(level))


def check_given(values: Mapping[str, object], *choices: tuple[str, ...], to: str = "given()") -> None:
    """Refuse fixed parameters that do not go together in a family, and values that are not numbers."""
    if set(values) not in map(set, choices):
        words = {usual: f"{usual} ({word})" for word, usual in WORDS.items()}
        known = [joined(words.get(name, name) for name in choice) for choice in choices]
        given = joined(words.get(name, name) for name in values) if values else "nothing"
        raise RequestError(f"{to} takes {', or '.join(known)} for these data, not {given}.")
    for name, value in values.items():
        if not isinstance(value, (int, float, np.integer, np.floating)) or isinstance(value, bool):
            raise RequestError(f"{name} must be a number, not {value!r}.")


def check_coordinates(given: object, known: Mapping[str, object]) -> None:
    """Refuse coordinates that the family does not have."""
    if given not in known:
        raise RequestError(f"coordinates must be one of {', '.join(map(repr, known))}, not {given!r}.")


@dataclass(frozen=True)
class Accuracy(Stated):
    """Estimated errors of the reported numbers, and how they were estimated.

    Attributes:
        mean: estimated error of every mean and weight, relative to its size; the size of a mean that can be 0 is
            itself or its sd, whichever is larger.
        sd: estimated relative error of every sd.
        probability: estimate of |F(x) - p| for every reported quantile x before it is rounded to a double, with F the
            exact distribution function.
        how: how these were estimated.
    """

    mean: float
    sd: float
    probability: float
    how: str

    def __float__(self) -> float:
        return float(max(self.mean, self.sd, self.probability))

    def __str__(self) -> str:
        return (
            f"means within {self.mean:.0e} and sds within {self.sd:.0e} of their size, the probability below each "
            f"quantile within {self.probability:.0e} of its level ({self.how})"
        )


def claims_of(accuracy: Accuracy, of: str = "") -> tuple[Claim, Claim, Claim]:
    """Claims for means, sds and quantiles that follow from an accuracy; `of` names what they belong to."""
    mean, sd = (
        Claim(f"{name}{of}", error, "of their size") for name, error in (("means", accuracy.mean), ("sds", accuracy.sd))
    )
    return mean, sd, Claim(f"quantiles{of}", accuracy.probability, "in probability")


@dataclass(frozen=True)
class Summary:
    """Posterior summaries of one population parameter; a moment that does not exist is NaN, and `note` says why."""

    mean: float
    sd: float
    lower: float
    median: float
    upper: float
    note: str

    @property
    def in_doubles(self) -> Summary:
        """The summary with NaN for moments that are too large for a double, and a note about these."""
        moments, quantiles = ("mean", "sd"), ("lower", "median", "upper")
        large = [name for name in (*moments, *quantiles) if np.isinf(getattr(self, name))]
        if not large or self.lower == self.upper:  # a point estimate may be infinite
            return self
        verb = "is" if len(large) == 1 else "are"
        note = f"{' and '.join(large)} {verb} above {_LARGEST:.1e}, the largest number in double precision"
        gone = {name: np.nan for name in moments if name in large}
        return replace(self, note="; ".join(part for part in (self.note, note) if part), **gone)


@dataclass(frozen=True)
class GroupSummary:
    """Posterior summaries of each group's parameter: (groups,) each.

    Attributes:
        barely: names of the summaries that exist but are too inaccurate to be of use; they are NaN.
    """

    mean: Array
    sd: Array
    lower: Array
    median: Array
    upper: Array
    weight: Array
    barely: tuple[str, ...] = field(default=(), kw_only=True)

    ARRAYS: ClassVar = ("mean", "sd", "lower", "median", "upper", "weight")

    def quantiles(self, places: NDArray[np.intp]) -> Array:
        """The lower end, the median and the upper end of some groups: (groups, 3)."""
        return np.stack([self.lower[places], self.median[places], self.upper[places]], axis=1)

    def accurate(self, mean: float, sd: float, weight: float | None = None) -> GroupSummary:
        """Replace summaries with useless relative errors by NaN; the error of weights is by default that of means."""
        errors = {"mean": mean, "sd": sd, "weight": mean if weight is None else weight}
        gone = tuple(name for name, error in errors.items() if not error <= USELESS)
        return replace(self, barely=gone, **{name: useful(getattr(self, name), np.inf) for name in gone})


class Brief:
    """Base class of answers: it has a short repr and, by default, refuses questions that only some families answer."""

    separate: ClassVar[bool] = False
    without_mean: ClassVar[bool] = False

    @property
    def accuracy(self) -> Accuracy:
        raise NotImplementedError

    def accuracy_of(self, parameters: Sequence[str]) -> Accuracy:
        """Return the accuracy of all answers."""
        return self.accuracy

    def __repr__(self) -> str:
        return "<what the fit says; fit.groups() and fit.population() are its tables>"

    def theta_below(self, theta: float) -> Array | None:
        """Return None: `singles` are as accurate."""
        return None

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        raise self._without("This question")

    def contrasts(self, fineness: int) -> Conditionals:
        raise self._without("This question")

    def singles(self, fineness: int) -> Singles:
        raise self._without("This question")

    def drawn(self, n: int, rng: np.random.Generator) -> Drawn:
        raise self._without("This question")

    def lattices(self, place: int | None) -> tuple[Conditionals, Conditionals] | None:
        return None

    def every_node(self) -> Lattice | None:
        return None

    def weighed(self) -> Weighed | None:
        return None

    def density(self, coordinates: str) -> Surface:
        raise RequestError("surface() is for proportions and rates; estimates and measurements have traces().")

    def traces(self, places: Index) -> Traces:
        raise RequestError("traces() is for estimates and measurements; proportions and rates have surface().")

    def stored(self) -> dict[str, float]:
        raise self._without("Saving a fit at given parameters")

    def _without(self, what: str) -> RequestError:
        return RequestError(f"{what} is not worked out for this family.")


class Results(Protocol):
    """The questions that a posterior answers."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the population parameters."""

    @property
    def separate(self) -> bool:
        """Whether the quantiles of some groups can be computed without those of all others."""

    @property
    def without_mean(self) -> bool:
        """Whether the population's mean is integrated out of `singles`, which say what thetas share by it."""

    @property
    def accuracy(self) -> Accuracy:
        """Estimated errors of the answers."""

    def accuracy_of(self, parameters: Sequence[str]) -> Accuracy:
        """Estimated errors of these population parameters, and of the means and sds of groups."""

    def population(self, parameter: str, tail: float) -> Summary:
        """Summaries of one population parameter, with the interval that leaves out `tail` on either side."""

    def groups(self, tail: float) -> GroupSummary:
        """Summaries of every group, in the caller's order."""

    def group_moments(self) -> tuple[Array, Array]:
        """Posterior mean and sd of every group, without computing quantiles."""

    def quantiles_of(self, tail: float, places: NDArray[np.intp]) -> Array:
        """Quantiles at tail, 1/2 and 1 - tail of some groups, without those of the others: (groups, 3)."""

    def theta_below(self, theta: float) -> Array | None:
        """P(theta_j <= theta) of every group, as accurate as its quantiles; None where nodes are as good."""

    def given(self, values: Mapping[str, float]) -> Results:
        """Answers at fixed population parameters, by the family's names for them."""

    def stored(self) -> dict[str, float]:
        """Answers at given parameters as a few numbers, from which the family can restore them."""

    # --- nodes, of fineness 0 (coarsest) to 6

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        """Nodes given which groups are independent; places: the groups that are asked about, where this saves work."""

    def contrasts(self, fineness: int) -> Conditionals:
        """Fewer nodes given which groups are independent, accurate only for comparisons between groups."""

    def singles(self, fineness: int) -> Singles:
        """Fewer nodes still, for questions about one group at a time."""

    def drawn(self, n: int, rng: np.random.Generator) -> Drawn:
        """Draws of the population's parameters, with the conditional of every group at each."""

    def lattices(self, place: int | None) -> tuple[Conditionals, Conditionals] | None:
        """All nodes of the integration, and its every second row, with conditionals of one group (None: any)."""

    def every_node(self) -> Lattice | None:
        """All nodes of the integration, for when few are not accurate; None where the population is fixed."""

    def weighed(self) -> Weighed | None:
        """All points of the integration with their likelihoods; None where nodes are as good."""

    # --- pictures

    def density(self, coordinates: str) -> Surface:
        """The joint posterior density of two population parameters, on a grid."""

    def traces(self, places: Index) -> Traces:
        """The posterior density of the population's sd, with mean and sd of some groups given the sd."""


@dataclass(frozen=True)
class Solved:
    """The result of a family's inference: the answers, the prior with its design filled in, and warnings."""

    results: Results
    prior: Any
    warnings: tuple[str, ...] = ()
