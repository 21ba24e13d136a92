"""Answers averaged over the posterior of a normal population's parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions.marginals.normal_given import Nodes, moments
from partialpool.engine import pooling
from partialpool.engine.conditionals import FINENESS, STEPS, Conditionals, Lattice, Singles
from partialpool.engine.draws import Drawn
from partialpool.engine.results import (
    COMPARED,
    EXACT,
    USUAL_LEVELS,
    Accuracy,
    Brief,
    GroupSummary,
    Results,
    Summary,
    symmetric,
)
from partialpool.engine.scores import Score
from partialpool.engine.traces import Traces
from partialpool.models.inference.normal.conditionals import drawn, joint, lattice, many, singles
from partialpool.models.inference.normal.hyper import Hyperposterior
from partialpool.models.inference.normal.mixtures import Mixtures, fitted
from partialpool.models.inference.normal.rescaled import Rescaled
from partialpool.models.inference.normal.serving import serve
from partialpool.priors.propriety.barely import moments_note, notes
from partialpool.quadrature.moments import Moment, claim, useful
from partialpool.safety import OTHER_NORMALS
from partialpool.special import Array, Index

Hyper = TypeVar("Hyper", bound=Hyperposterior)

_FINER = 3  # integrations, each of half the step, that are tried for distribution functions
_JUDGED, _JUDGING = 3, 4  # finenesses of Gauss nodes, and of the lattice that decides whether they serve
_FIRST = 3  # first fineness, unless there are many groups
_CHUNK = 400_000  # groups times nodes at a time


@dataclass(frozen=True, repr=False)
class Integrated(Brief, Generic[Hyper]):
    """Answers averaged over the posterior of the population's mean and scales."""

    hyper: Hyper
    without_mean: ClassVar[bool] = True

    _found: dict[float, tuple[Nodes, float]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def parameters(self) -> tuple[str, ...]:
        return ("mean", *self.hyper.nodes.logs)

    @cached_property
    def accuracy(self) -> Accuracy:
        scales = max(self.hyper.quantiles(name, USUAL_LEVELS).error for name in self.hyper.nodes.logs)
        probability = OTHER_NORMALS * (scales + self._fitted(USUAL_LEVELS)[1]) + self.hyper.common + EXACT
        return Accuracy(*self.errors, min(probability, 1.0), f"{COMPARED}; {self.hyper.sizes}")

    @property
    def errors(self) -> tuple[float, float]:
        """Estimated relative errors of all shown means and weights, and of all shown sds."""
        means, sds = zip(*self.hyper.moment_errors.values(), strict=True)
        return max(map(claim, means)), max(map(claim, sds))

    def _fitted(self, levels: Array) -> tuple[Nodes, float]:
        """Nodes sufficient for quantiles of thetas and of the mean at these levels, and the error in probability.

        Nodes that serve at the usual levels also serve between them, but not beyond, where single nodes show as steps
        in a heavy tail.
        """
        levels = levels if levels[0] < USUAL_LEVELS[0] else USUAL_LEVELS
        key = float(levels[0])
        if key not in self._found:
            hyper = self.hyper

            def mixtures(nodes: Nodes) -> Mixtures:
                theta = hyper.wanted.thetas(nodes.given)
                known = theta.sd.any(axis=1)  # leaves out thetas that are known exactly
                return Mixtures(theta.mean[known], theta.sd[known], nodes.probability)

            few = [partial(hyper.some, fineness) for fineness in FINENESS[1 if many(hyper.of) else _FIRST :]]
            few = few if len(hyper.of.se) >= hyper.thinned else []
            self._found[key] = fitted(few, [partial(hyper.whole, times) for times in range(_FINER)], mixtures, levels)
        return self._found[key]

    # --- population

    def population(self, parameter: str, tail: float) -> Summary:
        hyper, levels = self.hyper, symmetric(tail)
        if parameter == "mean":
            mean, sd = hyper.wanted.population_mean(hyper.statistics)
            nodes, _ = self._fitted(levels)
            at = nodes.given.mean[None], nodes.given.mean_sd[None]
            found = Mixtures(*at, nodes.probability).quantiles(levels)[:, 0]
            mean, sd, quantiles = float(hyper.of.back(mean)), float(hyper.of.restored(sd)), hyper.of.back(found)
        else:
            place = 2 * self.parameters.index(parameter) - 2
            mean, sd = hyper.of.sized(parameter, hyper.statistics[place : place + 2]).tolist()
            with np.errstate(over="ignore"):  # infinite if it is too large for a double
                quantiles = hyper.of.sized(parameter, np.exp(hyper.quantiles(parameter, levels).z))
        lower, median, upper = quantiles.tolist()
        first, second = (Moment(*both) for both in zip((mean, sd), hyper.moment_errors[parameter], strict=True))
        note = notes(moments_note(parameter, first, second), hyper.missing(parameter))
        return Summary(first.shown, second.shown, lower, median, upper, note)

    # --- groups

    def group_moments(self) -> tuple[Array, Array]:
        mean, sd, _ = self._moments
        mean_error, sd_error = self.hyper.moment_errors["theta"]
        return useful(mean, mean_error), useful(sd, sd_error)

    def groups(self, tail: float) -> GroupSummary:
        of, (mean, sd, weight) = self.hyper.of, self._moments
        lower, median, upper = self._quantiles(symmetric(tail), np.arange(len(of.se)))[:, of.where]
        return GroupSummary(mean, sd, lower, median, upper, weight).accurate(*self.hyper.moment_errors["theta"])

    @cached_property
    def _moments(self) -> tuple[Array, Array, Array]:
        """Mean, sd (NaN where they do not exist) and weight of each group's theta, in the caller's order."""
        of, nodes, parts = self.hyper.of, self.hyper.merged, []
        for some, own in self._chunks(np.arange(len(of.se)), len(nodes)):
            found = moments(some.thetas(own, nodes.given), nodes)
            parts.append((some.pivoted(own, found.mean), of.restored(found.sd), found.weight))
        mean, sd, weight = (np.concatenate(part)[of.where] for part in zip(*parts, strict=True))
        order, none = self.hyper.wanted.orders["theta"], np.full(len(mean), np.nan)
        return mean if order > 0 else none, sd if order > 1 else none, weight

    def _quantiles(self, levels: Array, which: Index) -> Array:
        """Quantiles of some of the distinct groups: (levels, which)."""
        (nodes, _), parts = self._fitted(levels), []
        for some, own in self._chunks(which, len(levels) * len(nodes)):
            theta = some.thetas(own, nodes.given)
            known = theta.sd.any(axis=1)  # leaves out thetas that are known exactly
            found = np.zeros((len(levels), len(own)))
            found[:, known] = Mixtures(theta.mean[known], theta.sd[known], nodes.probability).quantiles(levels)
            parts.append(some.pivoted(own, found))
        return np.concatenate(parts, axis=1)

    def _chunks(self, which: Index, width: int) -> Iterator[tuple[Rescaled, NDArray[np.bool_]]]:
        """Yield some groups at a time, with a mask of those that are measured from their own estimates."""
        size = max(1, _CHUNK // width)
        for start in range(0, len(which), size):
            some = self.hyper.of.subset(which[start : start + size])
            yield some, some.own(self.hyper.merged)

    def quantiles_of(self, tail: float, places: Index) -> Array:
        """Quantiles of some groups at tail, 1/2 and 1 - tail: (groups, 3)."""
        distinct, which = np.unique(self.hyper.of.where[places], return_inverse=True)
        return self._quantiles(symmetric(tail), distinct).T[which]

    def given(self, values: Mapping[str, float]) -> Results:
        return self.hyper.given(values)

    # --- nodes and pictures

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        return joint(self.hyper.of, self._nodes(fineness), fineness)

    def contrasts(self, fineness: int) -> Conditionals:
        return joint(self.hyper.of, self.hyper.some(fineness, apart=True), fineness, apart=True)

    def singles(self, fineness: int) -> Singles:
        few = len(self.hyper.of.se) >= self.hyper.spared
        return singles(self.hyper.of, self.hyper.some(fineness) if few else self._nodes(fineness))

    def _nodes(self, fineness: int) -> Nodes:
        """Gauss nodes of the scales where they serve, which are fewer, or those of a lattice."""
        return self.hyper.some(fineness) if self._few_serve else self.hyper.resampled(STEPS[fineness])

    @cached_property
    def _few_serve(self) -> bool:
        return serve(self.hyper.some(_JUDGED), self.hyper.resampled(STEPS[_JUDGING]), self.hyper.wanted)

    def every_node(self) -> Lattice:
        return lattice(self.hyper.of, *self.hyper.lattice)

    def drawn(self, n: int, rng: np.random.Generator) -> Drawn:
        scales, cut = self.hyper.drawn(n, rng)
        return drawn(self.hyper.of, scales, rng.standard_normal(n), cut)

    def traces(self, places: Index) -> Traces:
        return self.hyper.traces(places)


def effective(hyper: Hyperposterior, se: Array, count: Array) -> Score:
    """Effective number of parameters: see `engine.pooling`.

    w_j = sd^2/(s_j^2 + sd^2) and u_j = v^2/(s_j^2 + sd^2), with v the sd of the population's mean at a node. Under a
    normal prior of the mean the shares u_j do not sum to one.

    se: standard errors as multiples of the scatter; count: number of groups with each.
    """
    at = hyper.nodes.given

    def shares(some: slice) -> tuple[Array, Array]:
        s = se[:, None] * at.scatter[some]
        h = np.hypot(s, at.sd[some])
        return (at.sd[some] / h) ** 2, (s / h) ** 2 * (at.mean_sd[some] / h) ** 2

    return pooling.effective(count, hyper.nodes.probability, shares, hyper.moment_errors["theta"][0])
