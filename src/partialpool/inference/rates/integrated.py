"""Answers averaged over the posterior of the population's parameters of a gamma-Poisson model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import EXACT, USUAL_LEVELS, USUAL_TAIL, Accuracy, Answers, GroupSummary, Summary, symmetric
from partialpool.inference.rates.fixed import given
from partialpool.inference.rates.groups import GroupRule, disagreement, group_rule, quantiles
from partialpool.inference.rates.hyper import Hyperposterior, Lines, group_moments, typical
from partialpool.populations.gamma import PARAMETERS
from partialpool.propriety.rates import reason
from partialpool.special import Array

_GOAL = 1e-10
_SIZES = (16, 26, 40)
_HOPELESS = 1e-7
_FINEST = 3  # sets of many lines there are


@dataclass(frozen=True)
class Integrated:
    """What is known when the uncertainty of the population's parameters is."""

    hyper: Hyperposterior
    where: NDArray[np.intp]  # the distinct pair of each group

    @property
    def parameters(self) -> tuple[str, ...]:
        return PARAMETERS

    @cached_property
    def accuracy(self) -> Accuracy:
        marginals = max(self.hyper.quantiles(parameter, USUAL_TAIL)[1] for parameter in PARAMETERS)
        probability = 2.0 * max(marginals, self._rule[1]) + EXACT + self.hyper.likelihood.noise
        how = "two interleaved lattices compared, quantiles against the next finer rule"
        return Accuracy(self.hyper.mean_error(), self.hyper.sd_error(), probability, how)

    def population(self, parameter: str, tail: float) -> Summary:
        mean, sd = self.hyper.moments(parameter)
        (lower, median, upper), _ = self.hyper.quantiles(parameter, tail)
        order = self.hyper.orders[parameter]
        return Summary(mean, sd, lower, median, upper, reason(parameter, order + 1) if order < 2 else "")

    def groups(self, tail: float) -> GroupSummary:
        pairs = self.hyper.pairs
        of = group_moments(pairs, self.hyper.point, self.hyper.probability, self.hyper.orders)
        lower, median, upper = np.exp(quantiles(self.hyper, self._rule[0], pairs, symmetric(tail)))
        following = self.hyper.next_group()
        mean, sd = (np.where(pairs.exposure > 0.0, *both) for both in zip((of.mean, of.sd), following, strict=True))
        parts = (mean, sd, lower, median, upper, of.weight)
        return GroupSummary(*(part[self.where] for part in parts))

    @cached_property
    def _rule(self) -> tuple[GroupRule, float]:
        """The smallest rule for distribution functions of groups that a finer one confirms, and its error."""
        hyper, few = self.hyper, typical(self.hyper.pairs)
        best: tuple[GroupRule, float] | None = None
        for lines, finer_lines, thin in self._candidates():
            if best is not None and best[1] > _HOPELESS and len(lines.probability) <= _SIZES[-1]:
                continue  # Gauss rules converge too slowly here
            rule = group_rule(hyper, lines, few, thin=thin)
            z: Array = quantiles(hyper, rule, few, USUAL_LEVELS)
            finer = group_rule(hyper, finer_lines, few, thin=False)
            error = disagreement(hyper, finer, z, few, USUAL_LEVELS)
            if best is None or error < best[1]:
                best = rule, error
            if error < _GOAL:
                break
        assert best is not None
        return best

    def _candidates(self) -> Iterator[tuple[Lines, Lines, bool]]:
        """Sets of lines, finer ones to judge them by, and whether to thin them: from few to many."""
        for size, finer in pairwise(_SIZES):
            yield self.hyper.few_lines(size), self.hyper.few_lines(finer), True
        for index in range(_FINEST):
            yield self.hyper.lines(index), self.hyper.lines(index + 1), index == 0

    def given(self, values: Mapping[str, float]) -> Answers:
        return given(self.hyper.pairs, self.where, values)
