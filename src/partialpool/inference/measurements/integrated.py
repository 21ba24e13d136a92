"""Answers averaged over the posterior of the population's mean, sd and sigma."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import COMPARED, EXACT, USUAL_TAIL, Accuracy, Answers, Brief, GroupSummary, Summary, Traces
from partialpool.conditionals import Conditionals, Lattice, Singles
from partialpool.drawn import Drawn
from partialpool.inference.measurements.conditionals import conditionals, contrasts, every_node, singles, some_scales
from partialpool.inference.measurements.drawing import drawn, drawn_scales
from partialpool.inference.measurements.fixed import given
from partialpool.inference.measurements.hyper import PARAMETERS, Hyperposterior
from partialpool.inference.measurements.reduction import Reduced
from partialpool.inference.measurements.surface import traces
from partialpool.integrate.moments import Moment, useful
from partialpool.propriety.barely import moments_note, notes
from partialpool.propriety.measurements import missing_moment
from partialpool.safety import OTHER_MEASUREMENTS
from partialpool.special import Array, Index

_DENSEST = 0.4  # a standard normal density at its top


@dataclass(frozen=True, repr=False)
class Integrated(Brief):
    """Answers averaged over the posterior of mean, sd and sigma."""

    hyper: Hyperposterior
    data: Reduced

    @property
    def parameters(self) -> tuple[str, ...]:
        return PARAMETERS

    @cached_property
    def accuracy(self) -> Accuracy:
        marginals = max(self.hyper.quantile_error(parameter, USUAL_TAIL) for parameter in PARAMETERS)
        probability = OTHER_MEASUREMENTS * (marginals + self.hyper.mixture_error) + EXACT + self._rounding
        how = f"{COMPARED}; the size of a mean is its sd"
        return Accuracy(*self.hyper.errors, min(probability, 1.0), how)

    @property
    def _rounding(self) -> float:
        """What the rounding of the largest location to a double amounts to in probability."""
        largest = float(np.max(np.abs(self.data.back(self.hyper.groups.y))))
        least = float(np.min(self.hyper.scales)) * self.data.unit
        return _DENSEST * largest * 2.0**-53 / least

    def population(self, parameter: str, tail: float) -> Summary:
        mean, sd = self.hyper.population(parameter)
        q = self.hyper.quantiles(parameter, tail)
        if parameter == "mean":
            mean, sd, q = float(self.data.back(mean)), self.data.unit * sd, self.data.back(q)
        elif parameter != "icc":
            mean, sd, q = self.data.unit * mean, self.data.unit * sd, self.data.unit * q
        lower, median, upper = (float(v) for v in q)
        first, second = (Moment(*both) for both in zip((mean, sd), self.hyper.moment_errors[parameter], strict=True))
        note = notes(moments_note(parameter, first, second), self._nonexistent(parameter))
        return Summary(first.shown, second.shown, lower, median, upper, note)

    def _nonexistent(self, parameter: str) -> str:
        """Why a mean or an sd does not exist."""
        return "" if parameter == "icc" else missing_moment(getattr(self.hyper.exists, parameter), parameter)

    def group_moments(self) -> tuple[Array, Array]:
        found = self.hyper.moments(self.hyper.groups)
        mean_error, sd_error = self.hyper.moment_errors["theta"]
        mean, sd = self.data.back(found.mean)[self.data.where], self.data.unit * found.sd[self.data.where]
        return useful(mean, mean_error), useful(sd, sd_error)

    def groups(self, tail: float) -> GroupSummary:
        found = self.hyper.moments(self.hyper.groups)
        q = self.data.back(self.hyper.mixture_quantiles(self.hyper.groups, tail))
        where = self.data.where
        lower, median, upper = (row[where] for row in q)
        mean, sd = self.data.back(found.mean), self.data.unit * found.sd
        summary = GroupSummary(mean[where], sd[where], lower, median, upper, found.weight[where])
        return summary.accurate(*self.hyper.moment_errors["theta"])

    def quantiles_of(self, tail: float, places: NDArray[np.intp]) -> Array:
        """The tail, 1/2 and 1 - tail quantiles of some groups: (groups, 3)."""
        distinct, which = np.unique(self.data.where[places], return_inverse=True)
        found = self.hyper.mixture_quantiles(self.hyper.groups.subset(distinct), tail)
        return np.asarray(self.data.back(found).T[which])

    def given(self, values: Mapping[str, float]) -> Answers:
        return given(self.data, self.hyper.target.model.centre, values)

    # --- nodes and pictures

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        scales = some_scales(self.hyper.source, self.data, fineness)
        return conditionals(self.hyper.target.model, scales, self.data, fineness)

    def contrasts(self, fineness: int) -> Conditionals:
        scales = some_scales(self.hyper.source, self.data, fineness, apart=True)
        return contrasts(self.hyper.target.model, scales, self.data, fineness)

    def singles(self, fineness: int) -> Singles:
        return singles(self.hyper.target.model, some_scales(self.hyper.source, self.data, fineness), self.data)

    def every_node(self) -> Lattice:
        return every_node(self.hyper, self.data)

    def drawn(self, n: int, rng: np.random.Generator) -> Drawn:
        scales, cut = drawn_scales(self.hyper, n, rng)
        return drawn(self.hyper.target.model, self.data, scales, rng.standard_normal(n), cut)

    def traces(self, places: Index) -> Traces:
        return traces(self.hyper, self.data, places)
