"""Prior sensitivity: refits under other priors, and power-scaling of the prior and the likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.fitted_model import FittedModel
from partialpool.diagnostics.outcomes import outcomes
from partialpool.diagnostics.power_scaling import PARTS, Scaled, power_scaled
from partialpool.diagnostics.prior_families import Priors, joints
from partialpool.engine.results import Accuracy, Results, claims_of, tail_of
from partialpool.errors import DataError, PriorError, RequestError
from partialpool.io.output.content import Content, Shown, Tabled
from partialpool.io.output.tables import to_native
from partialpool.messages.calling import checked
from partialpool.messages.claims import worst_of
from partialpool.messages.progress import counted as counted_items
from partialpool.messages.progress import shown
from partialpool.messages.wording import counted
from partialpool.models.model import Model, check_full
from partialpool.priors import Joint
from partialpool.priors.text import in_words
from partialpool.special import Array

Columns = dict[str, NDArray[Any]]

POWERS = (0.8, 1.25)

_SUMMARIES = ("mean", "sd", "median", "lower", "upper")


@dataclass(frozen=True)
class Refit:
    """A refit under one prior: its answers, or a note on why there are none, and how far groups moved.

    `prior` has its scale from the design filled in if the posterior is proper. `moved` is the largest |difference of
    posterior means| / (posterior sd under the fit's own prior) among groups with data, and `group` the group that has
    it.
    """

    name: str
    prior: Joint
    results: Results | None
    note: str
    moved: float
    group: int


@dataclass(frozen=True, repr=False)
class Sensitivity(Shown):
    """Refits of the same data under several priors, the fit's own first, as `fit.sensitivity()` returns them.

    Attributes:
        fit: the fit.
        model: the distribution of the data, that of the population, the prior and the method.
        refits: the refits, one per prior.
        parameters: the population's parameters in the tables.
        powers: the powers to which prior and likelihood are raised.
        level: probability of the intervals.

    Example:
        >>> import partialpool as pp
        >>> fit = pp.estimates(pp.datasets.load("eight_schools"), estimate="effect", se="se", group="school")
        >>> found = sensitivity(fit.known, fit.model, ["flat", "jeffreys"])
        >>> found.columns()["median"].round(2)
        array([7.92, 6.06, 7.89, 5.24, 7.97, 7.22])
    """

    _tables = ("table", "power")

    fit: FittedModel
    model: Model
    refits: tuple[Refit, ...]
    parameters: tuple[str, ...]
    powers: tuple[float, ...]
    level: float
    _found: list[Scaled] = field(default_factory=list, repr=False, compare=False)

    def table(self) -> Any:
        """One row for each prior and population parameter: mean, sd, median, interval, and how far groups move.

        `moved` is the largest change of a group's posterior mean against the fit's own prior, in posterior sds under
        that prior, to within 1e-5; `group` is the group with this change. Both are the same in every row of a prior.
        `stated` is the prior as text, with its scale, which `prior=` accepts. A prior under which the posterior is
        improper has no numbers, and `note` says why.

        Returns:
            A table in the library of `fit.groups()`.
        """
        return to_native(self.columns(), self.fit.data.library)

    def columns(self) -> Columns:
        """The table as a dict of arrays, one element per row."""
        tail, labels = tail_of(self.level), self._labels
        rows: dict[str, list[Any]] = {
            name: [] for name in ("prior", "parameter", *_SUMMARIES, "moved", "group", "stated", "note")
        }
        for refit in self.refits:
            for parameter in self.parameters:
                found = None if refit.results is None else refit.results.population(parameter, tail)
                rows["prior"].append(refit.name)
                rows["parameter"].append(parameter)
                for name in _SUMMARIES:
                    rows[name].append(np.nan if found is None else getattr(found, name))
                rows["moved"].append(refit.moved)
                rows["group"].append(labels[refit.group] if refit.group >= 0 else None)
                rows["stated"].append(in_words(refit.prior))
                rows["note"].append(refit.note or (found.note if found is not None else ""))
        texts = ("prior", "parameter", "group", "stated", "note")
        return {k: np.array(v, dtype=object) if k in texts else np.array(v, dtype=float) for k, v in rows.items()}

    def power(self) -> Any:
        """One row for prior or likelihood and each parameter: how the posterior moves when it is raised to a power.

            scale         the scale of the parameter for this table: logit, log or identity
            sensitivity   change of its posterior mean, in posterior sds, per doubling of the power, at power 1
            shift_a       change of its posterior mean, in posterior sds, from power 1 to a
            error         estimated error of these

        The prior density is with respect to d mean d concentration (proportions), d mean d rate (rates), d mean d sd
        (estimates) or d mean d sd d sigma (measurements), and every theta is integrated out of the likelihood. A prior
        with a sensitivity near 0 does not matter; with one as large as that of the likelihood it matters as much as the
        data, and with the opposite sign it contradicts them.

        Returns:
            A table in the library of `fit.groups()`.

        Source: Kallioinen, Paananen, Bürkner and Vehtari 2024, Statistics and Computing 34:57, with the mean in the
        place of the distance of distributions.
        """
        return to_native(self.power_columns(), self.fit.data.library)

    @shown("powers of the prior and of the likelihood")
    def power_columns(self) -> Columns:
        """The table of `power` as a dict of arrays, one element per row."""
        if not self._found:
            self._found.append(power_scaled(self.fit, self.model.prior, self.parameters, self.powers))
        found, size = self._found[0], len(self.parameters)
        columns: Columns = {"part": np.repeat(np.array(PARTS, dtype=object), size)}
        columns["parameter"] = np.array(found.parameters * 2, dtype=object)
        columns["scale"] = np.array(found.scales * 2, dtype=object)
        exists = np.array([self._exists(*pair) for pair in zip(found.parameters, found.scales, strict=True)] * 2)
        columns["sensitivity"] = np.where(exists, found.sensitivity.ravel(), np.nan)
        for k, power in enumerate(self.powers):
            columns[f"shift_{power:g}"] = np.where(exists, found.shift[..., k].ravel(), np.nan)
        columns["error"] = np.where(exists, found.error.ravel(), np.nan)
        return columns | {"note": np.where(exists, "", "its mean or sd does not exist").astype(object)}

    def _exists(self, parameter: str, scale: str) -> bool:
        """Whether the mean and the sd of a parameter exist on the scale; on log and logit scales they always do."""
        if scale != "identity":
            return True
        found = self.fit.results.population(parameter, tail_of(self.level))
        return bool(np.isfinite(found.mean) and np.isfinite(found.sd))

    @property
    def priors(self) -> dict[str, Joint]:
        """Name -> prior, with scales from the design filled in; each can be given as `prior=` to a fit."""
        return {refit.name: refit.prior for refit in self.refits}

    @property
    def accuracy(self) -> float:
        """Largest estimated error under any prior: relative for means and sds, in probability for quantiles."""
        return max(map(float, self._accuracies))

    @property
    def warnings(self) -> tuple[str, ...]:
        """A warning if the numbers under some prior are less accurate than usual."""
        return self.fit.cautions(*worst_of(claims_of(each, " under some prior") for each in self._accuracies))

    @property
    def _accuracies(self) -> list[Accuracy]:
        """Accuracy of the parameters in the tables under each prior."""
        return [refit.results.accuracy_of(self.parameters) for refit in self.refits if refit.results is not None]

    @property
    def _labels(self) -> list[str]:
        return [" ".join(map(str, row)) for row in zip(*self.fit.data.labels.values(), strict=True)]

    def _content(self) -> Content:
        columns = self.columns()
        shown = {name: columns[name] for name in ("prior", "parameter", "median", "lower", "upper", "moved", "group")}
        kept = np.array([not np.isnan(value) for value in shown["median"]])
        shown = {name: column[kept] for name, column in shown.items()}
        count = sum(refit.results is not None for refit in self.refits)
        stated = [f"{refit.name}: {text}" for refit in self.refits if (text := _stated(refit))]
        return Content(
            f"The same data under {counted(count, 'prior')}, the fit's own first",
            (
                Tabled(shown, keys=2, alike=False, rows=len(kept)),
                *stated,
                "moved: largest change of a group's mean, in its sds",
            ),
        )


def _stated(refit: Refit) -> str:
    """The prior as text with its scale, or why it has no answers; empty if its name is that text."""
    if refit.results is None:
        return refit.note
    return "" if "~" in refit.name else in_words(refit.prior, 4)


@checked
@shown("sensitivity")
def sensitivity(
    fit: FittedModel,
    model: Model,
    priors: Priors | None = None,
    *,
    parameters: Sequence[str] | None = None,
    powers: Sequence[float] = POWERS,
    level: float | None = None,
) -> Sensitivity:
    """Refit the same data under other priors, and scale the prior and the likelihood by powers.

    Args:
        fit: the fit.
        model: the model of the fit.
        priors: a prior or its name, a list of these, or a mapping from names of your own to priors. By default the
            named priors and a few more with a scale from the design; their names may be given here too.
        parameters: names of the population's parameters to summarise; by default mean and spread.
        powers: powers to which prior and likelihood are raised, in (0, 10).
        level: probability of the intervals, in (0, 1).

    Raises:
        RequestError: the fit's method ignores the prior, a parameter does not exist, or an argument is out of range.
        PriorError: a prior does not exist, or does not fit the family.
    """
    check_method(model.method)
    level = fit.level if level is None else level
    tail_of(level)
    chosen = _parameters(fit, parameters)
    own = model.prior.name or "the fit's own"
    others = joints(fit.family, fit.data, priors, own)
    base = _means(fit, fit.results)
    refits = [
        Refit(own, model.prior, fit.results, "", 0.0, -1),
        *(_refit(fit, *pair, base) for pair in counted_items([*others.items()])),
    ]
    return Sensitivity(fit, model, tuple(refits), chosen, _powers(powers), float(level))


def check_method(method: str) -> None:
    """Refuse a method that uses no prior.

    Raises:
        RequestError: the method is not "full".
    """
    check_full(method, "prior to be sensitive to", "to see what priors do")


def _parameters(fit: FittedModel, asked: Sequence[str] | None) -> tuple[str, ...]:
    known_ones = fit.results.parameters
    if asked is None:
        return fit.family.natural
    for name in asked:
        if name not in known_ones:
            raise RequestError(f"There is no parameter {name!r}; there are {', '.join(known_ones)}.")
    return tuple(asked)


def _powers(powers: Sequence[float]) -> tuple[float, ...]:
    for power in powers:
        if not 0.0 < power < 10.0:
            raise RequestError(f"powers must be above 0 and below 10, not {power!r}.")
    return tuple(float(power) for power in powers)


def _refit(fit: FittedModel, name: str, prior: Joint, base: tuple[Array, Array]) -> Refit:
    try:
        solved = fit.family.solve(fit.data, prior, "full")
        results, prior = solved.results, solved.prior
        mean = _means(fit, results)[0]
    except (PriorError, DataError, RequestError) as refused:
        return Refit(name, prior, None, str(refused), np.nan, -1)
    moved = np.abs(mean - base[0]) / np.where(base[1] > 0.0, base[1], np.inf)  # an exactly known mean does not move
    if np.isnan(moved).all():
        return Refit(name, prior, results, "", np.nan, -1)
    group = int(np.nanargmax(moved))
    return Refit(name, prior, results, "", float(moved[group]), group)


def _means(fit: FittedModel, results: Results) -> tuple[Array, Array]:
    """Posterior mean and sd of every group, each (groups,); NaN without data, and where a moment does not exist."""
    mean, sd = results.group_moments()
    data = outcomes(fit.family, fit.data)
    out = np.full((2, fit.data.size), np.nan)
    out[:, data.groups] = mean[data.groups], sd[data.groups]
    return out[0], out[1]
