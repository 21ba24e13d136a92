"""Answers at given population parameters of a gamma-Poisson model, and the check of what is given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions import Gammas
from partialpool.distributions.marginals.gamma_poisson import PoissonCells
from partialpool.engine.conditionals import Conditionals
from partialpool.engine.plug_in import REACHED, AtOnePoint, FittedModel, accuracy_of, normal, points, summary
from partialpool.engine.results import EXACT, Accuracy, GroupSummary, Results, check_given
from partialpool.errors import RequestError
from partialpool.models.inference.rates.conditionals import at_one
from partialpool.special import Index

_PAIRINGS = ("mean", "shape"), ("mean", "rate"), ("shape", "rate")


@dataclass(frozen=True, repr=False)
class Fixed(AtOnePoint):
    """Conditional posterior theta_j ~ Gamma(y_j + shape, e_j + rate); infinite shape means complete pooling."""

    mean: float
    shape: float
    pairs: PoissonCells
    where: NDArray[np.intp]
    note: str

    @property
    def _rate(self) -> float:
        return self.shape / self.mean if self.mean > 0.0 else math.inf

    @cached_property
    def fit(self) -> FittedModel:
        sd = self.mean / math.sqrt(self.shape) if self.shape > 0.0 else math.inf
        return points({"mean": self.mean, "shape": self.shape, "rate": self._rate, "sd": sd}, self.note)

    @cached_property
    def accuracy(self) -> Accuracy:
        return Accuracy(EXACT, EXACT, EXACT, REACHED) if self._certain else accuracy_of(self._each)

    def groups(self, tail: float) -> GroupSummary:
        e = self.pairs.exposure
        if self._certain:
            return normal(np.full(len(e), self.mean), np.zeros(len(e)), np.zeros(len(e)), self.where, tail)
        return summary(self._each, e / (e + self._rate), self.where, tail)

    @property
    def _certain(self) -> bool:
        return math.isinf(self.shape) or self.mean == 0.0

    @property
    def _each(self) -> Gammas:
        y, e = self.pairs.events[:, None], self.pairs.exposure[:, None]
        return Gammas(y + self.shape, np.log(e + self._rate))

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        return at_one(self.mean, self.shape, self.pairs, self.where)

    def stored(self) -> dict[str, float]:
        return {"mean": self.mean, "shape": self.shape}

    def given(self, values: Mapping[str, float]) -> Results:
        return given(self.pairs, self.where, values)


def given(pairs: PoissonCells, where: NDArray[np.intp], values: Mapping[str, float]) -> Fixed:
    """Answers at known population parameters, given as two of mean, shape and rate."""
    check_given(values, *_PAIRINGS)
    for name, value in values.items():
        infinite = value == math.inf and name != "mean" and "mean" in values
        if not (value > 0.0 and (math.isfinite(value) or infinite)):
            raise RequestError(f"{name} must be a finite number above 0, not {value!r}.")
    mean = values["mean"] if "mean" in values else values["shape"] / values["rate"]
    shape = values["shape"] if "shape" in values else values["mean"] * values["rate"]
    return Fixed(float(mean), float(shape), pairs, where, "given")
