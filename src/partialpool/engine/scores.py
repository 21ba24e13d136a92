"""Scores of complete, no and partial pooling side by side, whatever the family.

complete    one parameter for all groups, theta_1 = ... = theta_J, with a flat prior
none        a parameter for each group, independent of the others, each with a flat prior
partial     a parameter for each group, from a common population: the fit itself
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from partialpool.engine.results import Accuracy, GroupSummary
from partialpool.special import Array

MODELS = ("complete", "none", "partial")

FLAT = "the flat prior of this model is improper"
PLUGGED_IN = "the population's parameters are plugged in, not averaged over"

_EPSILON = 2.3e-16  # spacing of doubles at 1


@dataclass(frozen=True)
class Score:
    """A number with an estimate of its absolute error; or NaN, with the reason in `note`."""

    value: float
    error: float = 0.0
    note: str = ""

    @property
    def exists(self) -> bool:
        return not math.isnan(self.value)

    def plus(self, other: Score) -> Score:
        """Add two scores; the sum is missing if either is."""
        note = "; ".join(dict.fromkeys(said for said in (self.note, other.note) if said))
        return Score(self.value + other.value, self.error + other.error, note)


@dataclass(frozen=True)
class ModelScores:
    """The scores of one model.

    groups: sum over groups of log p(y_j | the other groups), leave-one-group-out.
    rows: sum over rows of log p(row | the other rows), leave-one-row-out.
    marginal: log p(y), the log marginal likelihood.
    parameters: effective number of parameters.
    """

    groups: Score
    rows: Score
    marginal: Score
    parameters: Score


@dataclass(frozen=True)
class Flat:
    """Complete or no pooling: a model without a population, with flat priors.

    Attributes:
        groups: function from a tail probability to summaries of every group.
        scores: function that computes the model's scores.
        accuracy: estimated errors of the summaries.
        why_missing: why some summaries may be NaN; empty if none is.
    """

    groups: Callable[[float], GroupSummary]
    scores: Callable[[], ModelScores]
    accuracy: Accuracy
    why_missing: str = ""


@dataclass(frozen=True)
class Alternatives:
    """Complete and no pooling beside a fit, and the scores of all three models.

    Attributes:
        complete: complete pooling.
        none: no pooling.
        partial: function that computes the scores of the fit itself; None where the population is plugged in.
        why_missing: why a group's summaries under the fit may be NaN; empty if none is.
    """

    complete: Flat
    none: Flat
    partial: Callable[[], ModelScores] | None
    why_missing: str = ""

    @property
    def accuracy(self) -> Accuracy:
        """Estimated errors of the summaries under complete and no pooling."""
        one, other = self.complete.accuracy, self.none.accuracy
        return Accuracy(one.mean, one.sd, max(one.probability, other.probability), one.how)

    def scores(self) -> Mapping[str, ModelScores]:
        """The scores of each model, by name."""
        partial = self.partial() if self.partial else ModelScores(*[missing(PLUGGED_IN)] * 4)
        return {"complete": self.complete.scores(), "none": self.none.scores(), "partial": partial}


def missing(note: str) -> Score:
    """A score that does not exist, with the reason."""
    return Score(math.nan, 0.0, note)


def summed(values: Array, times: Array | float = 1.0, errors: Array | float = 0.0) -> Score:
    """Sum of values, each `times` times, with the sum of their errors and the rounding error of adding up."""
    each = np.broadcast_to(times, np.shape(values)) * values
    rounding = 4.0 * _EPSILON * float(np.sum(np.abs(each)))
    off = float(np.sum(np.abs(np.broadcast_to(times, np.shape(values))) * errors))
    return Score(math.fsum(np.ravel(each).tolist()), off + rounding)


def first_missing(scores: Iterable[Score]) -> Score | None:
    """The first score that does not exist, or None."""
    return next((score for score in scores if not score.exists), None)


def probabilities(scores: Mapping[str, ModelScores]) -> dict[str, Score]:
    """Posterior probabilities of the models from their marginal likelihoods, with equal prior odds."""
    log_marginal = np.array([scores[model].marginal.value for model in MODELS])
    odds = np.exp(log_marginal - np.max(log_marginal))
    share = odds / odds.sum()
    off = 2.0 * max(scores[model].marginal.error for model in MODELS)
    return {model: Score(float(p), float(p) * off + _EPSILON) for model, p in zip(MODELS, share, strict=True)}
