"""Probabilities that a parameter of the population lies above or below a value.

P(parameter <= x) is the p whose quantile q(p) is x. A quantile has the accuracy of the fit in probability, and so has
the p that solves q(p) = x.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special as sc
from scipy.optimize import brentq

from partialpool.analysis.fitted_model import FittedModel
from partialpool.engine.results import USUAL_TAIL, Results
from partialpool.errors import RequestError
from partialpool.io.output.content import Content, Shown, Tabled
from partialpool.io.output.tables import to_native
from partialpool.messages.claims import Claim
from partialpool.messages.progress import shown
from partialpool.priors.words import WORDS

Columns = dict[str, NDArray[Any]]

_FARTHEST = 7.0  # range of the normal score: levels down to 1.3e-12, beyond which a probability is 0 or 1
_CLOSED = 1e-13  # final width of the bracket of the normal score
_STEPS = 500
_LARGEST = float(np.finfo(float).max)
_POINT = "the parameter is known for certain here"
_NORMAL = "normal, from the standard error that meta_analysis() shows, with the sd taken as known"


@dataclass(frozen=True, repr=False)
class PopulationProbability(Shown):
    """The probability that a parameter of the population meets a criterion.

    Attributes:
        fit: the fit.
        parameter: the parameter's name, such as "mean".
        criterion: the criterion in words.
        probability: probability that the criterion is met.
        accuracy: estimated error of the probability.
        note: remark for the reader, such as that the fit has no uncertainty about the parameter.
    """

    fit: FittedModel
    parameter: str
    criterion: str
    probability: float
    accuracy: float
    note: str = ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about numbers that are less accurate than usual."""
        return self.fit.cautions(Claim("probabilities", self.accuracy))

    def __float__(self) -> float:
        return self.probability

    def table(self) -> Any:
        """One row: parameter, criterion, probability, accuracy and note."""
        return to_native(self.columns(), self.fit.data.library)

    def columns(self) -> Columns:
        """The table as plain columns."""
        return {
            "parameter": np.array([self.parameter], dtype=object),
            "criterion": np.array([self.criterion], dtype=object),
            "probability": np.array([self.probability]),
            "accuracy": np.array([self.accuracy]),
            "note": np.array([self.note], dtype=object),
        }

    def _content(self) -> Content:
        shown = {name: column for name, column in self.columns().items() if name not in ("accuracy", "note")}
        lines = (f"within {self.accuracy:.0e} (estimated)", *([self.note] if self.note else []))
        return Content("Probability of a population parameter", (Tabled(shown, keys=2), *lines))


@shown("a probability of the population")
def population_probability(
    fit: FittedModel,
    parameter: str,
    *,
    above: object = None,
    below: object = None,
    between: object = None,
    than: object = None,
    method: str = "full",
) -> PopulationProbability:
    """Find P(parameter > above) or P(parameter < below), given the data.

    Args:
        fit: the fit.
        parameter: a parameter of the population, or mu, tau or kappa.
        above: a number.
        below: a number; exactly one of above and below must be given.
        between: must be None, since it is for groups.
        than: must be None, since it is for groups.
        method: how the fit was made. Of point estimates, only the mean of estimates has a standard error.

    Raises:
        RequestError: there is no such parameter, not exactly one finite number is given, or the parameter is a
            point estimate without a standard error.
    """
    name = check_parameter(fit.results, parameter)
    sign, limit = limit_of(above, below, between, than)
    results = fit.results
    if method not in ("full", "given"):
        return _of_estimate(fit, name, sign, limit, method)
    middle = results.population(name, 0.25)
    if middle.lower == middle.upper:
        return _of_point(fit, name, middle.median, sign, limit)
    u = share_below(results, name, limit)
    p = float(sc.ndtr(-u if sign == ">" else u))
    accuracy = results.accuracy.probability + (_CLOSED if math.isfinite(u) else float(sc.ndtr(-_FARTHEST)))
    return PopulationProbability(fit, name, f"{name} {sign} {limit:g}", p, accuracy)


def _of_point(fit: FittedModel, name: str, value: float, sign: str, limit: float) -> PopulationProbability:
    """Probability, 0 or 1, for a parameter that is known for certain."""
    met = value > limit if sign == ">" else value < limit
    return PopulationProbability(fit, name, f"{name} {sign} {limit:g}", float(met), 0.0, _POINT)


def _of_estimate(fit: FittedModel, name: str, sign: str, limit: float, method: str) -> PopulationProbability:
    """Probability that agrees with the normal interval of an estimated mean: P(mu > limit) = Phi((mu - limit)/se).

    Raises:
        RequestError: the parameter has no standard error.
    """
    found = fit.family.estimated(fit.data, fit.results, name, USUAL_TAIL)
    if found is None or math.isnan(found.sd):
        raise RequestError(
            f'With method="{method}" the {name} is a point estimate without a standard error, so that it has no '
            'probability to be above or below a value: fit the full posterior, by method="full".'
        )
    if found.sd == 0.0:
        return _of_point(fit, name, found.median, sign, limit)
    u = (found.median - limit) / found.sd
    p = float(sc.ndtr(u if sign == ">" else -u))
    return PopulationProbability(fit, name, f"{name} {sign} {limit:g}", p, fit.results.accuracy.probability, _NORMAL)


def check_parameter(results: Results, parameter: object) -> str:
    """Check a parameter's name, translate other words for it, and return it.

    Raises:
        RequestError: the population has no such parameter.
    """
    name = WORDS.get(parameter, parameter) if isinstance(parameter, str) else parameter
    if name not in results.parameters:
        raise RequestError(f"There is no parameter {parameter!r}; there are {', '.join(results.parameters)}.")
    return str(name)


def limit_of(above: object, below: object, between: object = None, than: object = None) -> tuple[str, float]:
    """Return the sign and the number of the criterion.

    Raises:
        RequestError: not exactly one of the two is given, or it is no finite number.
    """
    if (above is None) == (below is None) or between is not None or than is not None:
        raise RequestError("Of a parameter, give one of above and below, and nothing else.")
    sign, name, value = ("<", "below", below) if above is None else (">", "above", above)
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or not math.isfinite(value):  # type: ignore[arg-type]
        raise RequestError(f"Of a parameter, {name} takes a finite number, not {value!r}.")
    return sign, float(value)  # type: ignore[arg-type]


def share_below(results: Results, name: str, limit: float) -> float:
    """Find the normal score u of P(parameter <= limit): the quantile of level Phi(u) is the limit."""

    def gap(u: float) -> float:
        return _between(_quantile(results, name, u), limit)

    if gap(-_FARTHEST) >= 0.0:
        return -math.inf
    if gap(_FARTHEST) <= 0.0:
        return math.inf
    return float(brentq(gap, -_FARTHEST, _FARTHEST, xtol=_CLOSED, rtol=_CLOSED, maxiter=_STEPS))


def _quantile(results: Results, name: str, u: float) -> float:
    """The quantile of level Phi(u)."""
    found = results.population(name, float(sc.ndtr(-abs(u))))
    return float(found.lower if u < 0.0 else found.upper)


def _between(value: float, limit: float) -> float:
    """Distance of a value above a limit, in logs if both are above 0, since quantiles can span hundreds of digits."""
    if value > 0.0 and limit > 0.0:
        return math.log(min(value, _LARGEST)) - math.log(limit)
    return min(value, _LARGEST) - limit
