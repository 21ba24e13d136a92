"""Complete, no and partial pooling side by side: what each model is asked, whichever family it is of.

complete    one parameter for all groups, theta_1 = ... = theta_J, with a flat prior
none        a parameter for each group, independent of the others, with a flat prior each
partial     a parameter for each group, from a common population: the fit itself
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from partialpool.answers import Accuracy, GroupSummary
from partialpool.special import Array

MODELS = ("complete", "none", "partial")

FLAT = "the flat prior of this model is improper"
PLUGGED_IN = "the population's parameters are plugged in, not averaged over"

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


@dataclass(frozen=True)
class Flat:
    """Complete or no pooling: groups without a population, and flat priors.

    Attributes:
        groups: summaries of every group, with intervals that leave out a probability on either side.
        scores: how well it predicts.
        accuracy: how far the summaries can be off.
        why_missing: why some of them may be NaN; empty where none is.
    """

    groups: Callable[[float], GroupSummary]
    scores: Callable[[], ModelScores]
    accuracy: Accuracy
    why_missing: str = ""


@dataclass(frozen=True)
class Alternatives:
    """The models that stand beside a fit, and the scores of all three.

    Attributes:
        complete: complete pooling.
        none: no pooling.
        partial: works out the scores of the fit itself; None where the population's parameters are plugged in.
        why_missing: why a group's summaries under the fit may be NaN; empty where none is.
    """

    complete: Flat
    none: Flat
    partial: Callable[[], ModelScores] | None
    why_missing: str = ""

    @property
    def accuracy(self) -> Accuracy:
        """How far the summaries of complete and no pooling can be off."""
        one, other = self.complete.accuracy, self.none.accuracy
        return Accuracy(one.mean, one.sd, max(one.probability, other.probability), one.how)

    def scores(self) -> Mapping[str, ModelScores]:
        """The scores of each of the models."""
        partial = self.partial() if self.partial else ModelScores(*[missing(PLUGGED_IN)] * 4)
        return {"complete": self.complete.scores(), "none": self.none.scores(), "partial": partial}


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
