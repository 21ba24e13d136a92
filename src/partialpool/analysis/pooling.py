"""Complete, no and partial pooling side by side: the estimates of the three models, and how well each predicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.engine.results import Accuracy, GroupSummary, Results, claims_of, tail_of
from partialpool.engine.scores import MODELS, Alternatives, ModelScores, Score, probabilities
from partialpool.errors import RequestError
from partialpool.groups.groups import Groups
from partialpool.io.output.content import Content, Shown, Stated, Tabled
from partialpool.io.output.tables import to_native
from partialpool.messages.claims import Claim, cautions
from partialpool.messages.progress import shown
from partialpool.messages.wording import counted
from partialpool.models.family import Family
from partialpool.priors.propriety.barely import barely_note
from partialpool.special import Columns

_SUMMARIES = ("mean", "sd", "median", "lower", "upper")
_TAKEN = ("model", *_SUMMARIES, "note")
_SCORES = {
    "log_score": "groups",
    "log_score_rows": "rows",
    "log_marginal": "marginal",
    "effective_parameters": "parameters",
}


@dataclass(frozen=True)
class PoolingAccuracy(Stated):
    """Estimated errors of the numbers of a `Pooling`.

    Attributes:
        groups: errors of the summaries of groups, under the model for which they are largest.
        score: largest estimated absolute error of the scores.
    """

    groups: Accuracy
    score: float

    def __float__(self) -> float:
        return max(float(self.groups), self.score)

    def __str__(self) -> str:
        return f"{self.groups}; scores within {self.score:.0e} (estimated)"


@dataclass(frozen=True, repr=False)
class Pooling(Shown):
    """Complete, no and partial pooling of the same groups, as `fit.pooling()` returns them.

        complete    theta_1 = ... = theta_J = theta, flat prior on theta
        none        theta_1, ..., theta_J independent, flat prior on each
        partial     theta_j from a population whose parameters are unknown: the fit itself

    The flat priors are uniform on (0, 1) for proportions, uniform on (0, infinity) for rates, uniform on the real line
    for estimates, and for measurements uniform on the real line for each theta and proportional to 1/sigma for the
    spread within groups, which all groups share.

    Attributes:
        family: the kind of data: proportions, rates, estimates or measurements.
        data: the groups, with the sums of their rows.
        results: the posterior of the fit, which is partial pooling.
        alternatives: the posteriors of complete and of no pooling, and the scores.
        level: probability of intervals, unless a method is given another.
        tol: the requested accuracy; None for the default.

    Example:
        >>> import partialpool as pp
        >>> data = {"lab": ["a", "b", "c"], "y": [0, 3, 4], "n": [20, 20, 14]}
        >>> pooling = pp.proportions(data, successes="y", trials="n", group="lab").pooling()
        >>> pooling.group_columns()["mean"].round(3)
        array([0.143, 0.045, 0.062, 0.143, 0.182, 0.152, 0.143, 0.312, 0.226])

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), sections 5.1 to 5.5 and 7.2.
    """

    _tables = ("table", "groups")

    family: Family
    data: Groups
    results: Results
    alternatives: Alternatives
    level: float
    tol: float | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """A warning for numbers that are less accurate than `tol`, or than usual."""
        return cautions([*claims_of(self.accuracy.groups), Claim("scores", self.accuracy.score)], self.tol)

    def groups(self, level: float | None = None) -> Any:
        """Three rows per group, one per model: mean, sd, median and interval of the group's theta.

        Args:
            level: probability of the central interval, in (0, 1).

        Returns:
            A table in the library of `fit.groups()`. A cell is null where the number does not exist under the model,
            and then a further column, `note`, says why.

        Raises:
            RequestError: the level is not in (0, 1), or a group column has the name of a result.
        """
        return to_native(self.group_columns(level), self.data.library)

    @shown("groups")
    def group_columns(self, level: float | None = None) -> Columns:
        """The table of `groups` as a dict of arrays, three elements per group."""
        self._check_names()
        tail = tail_of(self.level if level is None else level)
        beside = self.alternatives
        models = (beside.complete.groups(tail), beside.none.groups(tail), self.results.groups(tail))
        reasons = (beside.complete.why_missing, beside.none.why_missing, beside.why_missing)
        size = self.data.size
        columns: dict[str, NDArray[Any]] = {
            name: np.repeat(label, len(MODELS)) for name, label in self.data.labels.items()
        }
        columns["model"] = np.array(MODELS * size, dtype=object)
        for name in _SUMMARIES:
            columns[name] = np.stack([getattr(model, name) for model in models], axis=1).ravel()
        notes = np.stack([self._notes(*pair) for pair in zip(models, reasons, strict=True)], axis=1).ravel()
        if (notes != "").any():
            columns["note"] = notes
        return columns

    def _notes(self, found: GroupSummary, reason: str) -> NDArray[Any]:
        """The note on each group under a model: that it has no data, or why a number is missing; else empty."""
        notes = np.full(self.data.size, "", dtype=object)
        notes[np.isnan(self.family.raw(self.data))] = "no data"
        gone = np.isnan(np.stack([getattr(found, name) for name in _SUMMARIES])).any(axis=0)
        notes[gone] = barely_note(found.barely) or reason or "does not exist"
        return notes

    def table(self) -> Any:
        """The table of scores, as `scores` returns it."""
        return self.scores()

    def scores(self, *, probabilities: bool = False) -> Any:
        """One row per model: how well it predicts held-out data, and its effective number of parameters.

            log_score             sum over groups of log p(y_j | the other groups)
            log_score_rows        sum over rows of log p(row | all other rows), for proportions, one row per trial, and
                                  for measurements given one per row; of other data only the sums of rows are kept
            log_marginal          log p(y), all parameters integrated out
            effective_parameters  sum over groups of the share that the group's own data have in its estimate

        All logs are natural and include every constant, so that they can be compared between models. `log_score` leaves
        a group out: partial pooling then predicts it from the population and complete pooling from the common
        parameter; no pooling has only its flat prior, which has a prediction only where it is proper.

        The share of group j's own data in its estimate, given the population, is w_j + (1 - w_j) w_j / sum_i w_i, where
        w_j is the weight and the second part is the group's share in the population's mean. The sum over groups is 1
        under complete pooling and the number of groups without pooling. It is averaged over the posterior.

        Args:
            probabilities: also give the posterior probability of each model, from equal prior probabilities.

        Returns:
            A table in the library of `fit.groups()`. A number that does not exist is null, and `note` says why.

        Raises:
            RequestError: probabilities are requested, and a model has an improper prior, under which there are none.

        Source: Spiegelhalter, Best, Carlin and van der Linde 2002, Journal of the Royal Statistical Society B 64:583,
        section 2.5 (effective parameters); Geisser and Eddy 1979, JASA 74:153 (scores that leave out).
        """
        return to_native(self.score_columns(probabilities=probabilities), self.data.library)

    def score_columns(self, *, probabilities: bool = False) -> Columns:
        """The table of `scores` as a dict of arrays, one element per model."""
        columns: dict[str, NDArray[Any]] = {"model": np.array(MODELS, dtype=object)}
        for name, field in self._shown.items():
            columns[name] = np.array([getattr(self._scores[model], field).value for model in MODELS])
        if probabilities:
            columns["probability"] = np.array([score.value for score in self._probabilities().values()])
        columns["note"] = np.array([self._reasons(model) for model in MODELS], dtype=object)
        return columns

    @property
    def _shown(self) -> Mapping[str, str]:
        """Name of each score in the table -> its field, without the score of rows where the fit keeps no rows."""
        rows = any(self._scores[model].rows.exists for model in MODELS)
        return {name: field for name, field in _SCORES.items() if rows or field != "rows"}

    def _reasons(self, model: str) -> str:
        """Say why scores of a model are missing, each reason once, with the names of the scores."""
        said: dict[str, list[str]] = {}
        for name, field in self._shown.items():
            score: Score = getattr(self._scores[model], field)
            if score.note:
                said.setdefault(score.note, []).append(name)
        return "; ".join(f"{', '.join(names)}: {note}" for note, names in said.items())

    @cached_property
    def _scores(self) -> Mapping[str, ModelScores]:
        return shown("scores of the models")(self.alternatives.scores)()

    def _probabilities(self) -> Mapping[str, Score]:
        for model in MODELS:
            marginal = self._scores[model].marginal
            if not marginal.exists:
                raise RequestError(
                    f"There is no posterior probability of the models: with {_named(model)}, {marginal.note}. Leave "
                    "probabilities out, and compare log_score."
                )
        return probabilities(self._scores)

    @cached_property
    def accuracy(self) -> PoolingAccuracy:
        """Estimated errors of the numbers in both tables, and how they were established."""
        one, other = self.results.accuracy, self.alternatives.accuracy
        how = one.how if one.how == other.how else f"partial pooling: {one.how}; the others: {other.how}"
        mean, sd, probability = (
            max(getattr(one, name), getattr(other, name)) for name in ("mean", "sd", "probability")
        )
        scores = (getattr(self._scores[model], field) for model in MODELS for field in _SCORES.values())
        return PoolingAccuracy(Accuracy(mean, sd, probability, how), max(score.error for score in scores))

    def _check_names(self) -> None:
        for name in self.data.labels:
            if name in _TAKEN:
                raise RequestError(
                    f'The column "{name}" has the name of a result; rename it, for example "{name}_observed".'
                )

    def _content(self) -> Content:
        count = self.data.size
        columns = {name: column for name, column in self.score_columns().items() if name != "note"}
        return Content(
            f"Complete, no and partial pooling of {counted(count, 'group')}",
            (
                Tabled(columns),
                *(f"{model}: {reason}" for model in MODELS if (reason := self._reasons(model))),
            ),
        )


def _named(model: str) -> str:
    return f"{'no' if model == 'none' else model} pooling"
