"""Answers at one point of the population's parameters of a gamma-Poisson model, and how they are given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special as sc

from partialpool.answers import (
    EXACT,
    Accuracy,
    Answers,
    GroupSummary,
    Summary,
    check_given,
    symmetric,
)
from partialpool.conditionals import Conditionals
from partialpool.engine.plug_in import AtOnePoint
from partialpool.errors import RequestError
from partialpool.inference.rates.conditionals import at_one
from partialpool.marginals.gamma_poisson import Pairs
from partialpool.populations.gamma import PARAMETERS
from partialpool.special import Array, Index

_PAIRINGS = ("mean", "shape"), ("mean", "rate"), ("shape", "rate")


@dataclass(frozen=True, repr=False)
class Fixed(AtOnePoint):
    """theta_j ~ Gamma(y_j + shape, e_j + rate); a shape that is infinite means complete pooling."""

    mean: float
    shape: float
    pairs: Pairs
    where: NDArray[np.intp]
    note: str

    @property
    def parameters(self) -> tuple[str, ...]:
        return PARAMETERS

    @property
    def _rate(self) -> float:
        return self.shape / self.mean if self.mean > 0.0 else math.inf

    @cached_property
    def _values(self) -> dict[str, float]:
        sd = self.mean / math.sqrt(self.shape) if self.shape > 0.0 else math.inf
        return {"mean": self.mean, "shape": self.shape, "rate": self._rate, "sd": sd}

    @cached_property
    def accuracy(self) -> Accuracy:
        how = "closed forms, and a distribution function evaluated at its own quantiles"
        if self._certain:
            return Accuracy(EXACT, EXACT, EXACT, how)
        a, s = self._conditional
        levels = symmetric(0.025)[:, None]
        gap = float(np.max(np.abs(sc.gammainc(a, s * self._quantiles(levels)) - levels)))
        return Accuracy(EXACT, EXACT, gap + EXACT, how)

    def population(self, parameter: str, tail: float) -> Summary:
        value = self._values[parameter]
        return Summary(value, 0.0, value, value, value, self.note)

    def groups(self, tail: float) -> GroupSummary:
        e = self.pairs.exposure
        if self._certain:
            same = np.full(len(e), self.mean)[self.where]
            nothing = np.zeros(len(same))
            return GroupSummary(same, nothing, same, same, same, nothing)
        a, s = self._conditional
        lower, median, upper = self._quantiles(symmetric(tail)[:, None])
        parts = (a / s, np.sqrt(a) / s, lower, median, upper, e / s)
        return GroupSummary(*(part[self.where] for part in parts))

    @property
    def _certain(self) -> bool:
        return math.isinf(self.shape) or self.mean == 0.0

    @property
    def _conditional(self) -> tuple[Array, Array]:
        return self.pairs.events + self.shape, self.pairs.exposure + self._rate

    def _quantiles(self, levels: Array) -> Array:
        """Of each pair, with one Newton step after the library's own inversion."""
        a, s = self._conditional
        x = sc.gammaincinv(a, levels)
        with np.errstate(all="ignore"):
            density = np.exp((a - 1.0) * np.log(x) - x - sc.gammaln(a))
            step = (sc.gammainc(a, x) - levels) / density
        x = np.where(np.abs(step) < 1e-3 * x, x - step, x)
        return np.asarray(x / s)

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        return at_one(self.mean, self.shape, self.pairs, self.where)

    def stored(self) -> dict[str, float]:
        return {"mean": self.mean, "shape": self.shape}

    def given(self, values: Mapping[str, float]) -> Answers:
        return given(self.pairs, self.where, values)


def given(pairs: Pairs, where: NDArray[np.intp], values: Mapping[str, float]) -> Fixed:
    """The answers where the population's parameters are known: two of mean, shape and rate."""
    check_given(values, *_PAIRINGS)
    for name, value in values.items():
        infinite = value == math.inf and name != "mean" and "mean" in values
        if not (value > 0.0 and (math.isfinite(value) or infinite)):
            raise RequestError(f"{name} must be a finite number above 0, not {value!r}.")
    mean = values["mean"] if "mean" in values else values["shape"] / values["rate"]
    shape = values["shape"] if "shape" in values else values["mean"] * values["rate"]
    return Fixed(float(mean), float(shape), pairs, where, "given")
