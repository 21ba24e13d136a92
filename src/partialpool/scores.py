"""Complete, no and partial pooling side by side: what each model is asked, whichever family it is of.

complete    one parameter for all groups, theta_1 = ... = theta_J, with a flat prior
none        a parameter for each group, independent of the others, with a flat prior each
partial     a parameter for each group, from a common population: the fit itself
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from partialpool.answers import Accuracy, GroupSummary
from partialpool.special import Array

MODELS = ("complete", "none", "partial")

_EPSILON = 2.3e-16


@dataclass(frozen=True)
class Score:
    """A number with an estimate of its absolute error; or NaN, and why there is none."""

    value: float
    error: float = 0.0
    note: str = ""

    @property
    def exists(self) -> bool:
        return not math.isnan(self.value)

    def plus(self, other: Score) -> Score:
        """The sum; missing if either is."""
        note = "; ".join(dict.fromkeys(said for said in (self.note, other.note) if said))
        return Score(self.value + other.value, self.error + other.error, note)


@dataclass(frozen=True)
class ModelScores:
    """The scores of one model.

    groups: sum over groups of log p(y_j | the other groups), their group left out.
    rows: sum over rows of the log predictive density of a row, that row left out.
    marginal: log p(y), the parameters integrated out.
    parameters: effective number of parameters.
    """

    groups: Score
    rows: Score
    marginal: Score
    parameters: Score


class Alternatives(Protocol):
    """The models that stand beside a fit, and the scores of all three."""

    @property
    def accuracy(self) -> Accuracy:
        """How far the summaries of complete and no pooling can be off."""

    def complete(self, tail: float) -> GroupSummary:
        """Every group under complete pooling."""

    def alone(self, tail: float) -> GroupSummary:
        """Every group under no pooling."""

    def why_missing(self, model: str) -> str:
        """Why a group's summaries under the model may be NaN; empty where none is."""

    def scores(self) -> Mapping[str, ModelScores]:
        """The scores of each of the models."""


def missing(note: str) -> Score:
    """No number, and why."""
    return Score(math.nan, 0.0, note)


def summed(values: Array, times: Array | float = 1.0, errors: Array | float = 0.0) -> Score:
    """The sum of numbers, each so many times, with the error of each and that of adding up."""
    each = np.broadcast_to(times, np.shape(values)) * values
    rounding = 4.0 * _EPSILON * float(np.sum(np.abs(each)))
    off = float(np.sum(np.abs(np.broadcast_to(times, np.shape(values))) * errors))
    return Score(math.fsum(np.ravel(each).tolist()), off + rounding)


def first_missing(scores: Iterable[Score]) -> Score | None:
    """The first of the scores that does not exist, if there is one."""
    return next((score for score in scores if not score.exists), None)


def probabilities(scores: Mapping[str, ModelScores]) -> dict[str, Score]:
    """Posterior probabilities of the models from their marginal likelihoods, with equal prior odds."""
    log_marginal = np.array([scores[model].marginal.value for model in MODELS])
    odds = np.exp(log_marginal - np.max(log_marginal))
    share = odds / odds.sum()
    off = 2.0 * max(scores[model].marginal.error for model in MODELS)
    return {model: Score(float(p), float(p) * off + _EPSILON) for model, p in zip(MODELS, share, strict=True)}
