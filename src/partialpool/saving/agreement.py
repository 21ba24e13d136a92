"""Check that the answers computed from a saved fit agree with those that were saved, within the accuracy of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from partialpool.engine.results import Accuracy, Results, Summary, tail_of
from partialpool.saving.values import array_from_json, array_to_json, cell_from_json, cell_to_json

_NUMBERS = ("mean", "sd", "lower", "median", "upper")
_CENTRE = 0.499  # tail probability of a narrow interval around the median, which gives the density there
_WIDER = 1.001  # ratio of tail probabilities of two intervals, whose difference gives the density at their ends
_EPSILON = 4e-16  # relative rounding error
_POINT = 1e-8  # relative error of a point estimate found by maximisation


def answers_to_json(results: Results, level: float) -> dict[str, Any]:
    """The population's summaries with their accuracy, as JSON."""
    tail, accuracy = tail_of(level), results.accuracy
    rows = {name: results.population(name, tail) for name in results.parameters}
    return {
        "parameters": list(rows),
        **{name: array_to_json(_column(rows, name)) for name in _NUMBERS},
        "accuracy": [cell_to_json(float(part)) for part in (accuracy.mean, accuracy.sd, accuracy.probability)],
    }


def same(saved: Mapping[str, Any], results: Results, level: float) -> bool:
    """Whether the answers are bit-identical to those that were saved."""
    return bool(saved == answers_to_json(results, level))


def differences(saved: Mapping[str, Any], results: Results, level: float) -> Iterator[str]:
    """Yield, in words, each number that differs from the saved one by more than both accuracies allow."""
    if tuple(saved["parameters"]) != tuple(results.parameters):
        yield f"the parameters are {', '.join(results.parameters)}, not {', '.join(saved['parameters'])}"
        return
    numbers = {name: array_from_json(saved[name]) for name in _NUMBERS}
    old, new = _accuracy(saved["accuracy"]), results.accuracy
    for place, parameter in enumerate(results.parameters):
        found = results.population(parameter, tail_of(level))
        for name, allowed in _allowed(results, parameter, found, level, old, new).items():
            was, now = float(numbers[name][place]), float(getattr(found, name))
            if was != now and not abs(was - now) <= allowed and not (np.isnan(was) and np.isnan(now)):
                yield f"the {name} of {parameter} was {was!r} and is now {now!r}"


def _allowed(
    results: Results, parameter: str, found: Summary, level: float, old: Accuracy, new: Accuracy
) -> dict[str, float]:
    """The largest allowed difference of each summary of a parameter.

    The accuracy of a quantile is in probability; the distance to a nearby quantile converts it to the parameter's unit.
    """
    if found.lower == found.upper and found.sd == 0.0:
        point = _POINT * abs(found.median)
        return dict.fromkeys(_NUMBERS, point)
    spread = found.sd if np.isfinite(found.sd) else 0.0
    allowed = {
        "mean": (old.mean + new.mean) * max(abs(found.mean), spread),
        "sd": (old.sd + new.sd) * abs(found.sd),
    }
    tail = tail_of(level)
    at, middle = results.population(parameter, tail / _WIDER), results.population(parameter, _CENTRE)
    below = tail - tail / _WIDER
    slopes = {
        "lower": abs(found.lower - at.lower) / below,
        "median": abs(middle.upper - middle.lower) / (1.0 - 2.0 * _CENTRE),
        "upper": abs(found.upper - at.upper) / below,
    }
    for name, slope in slopes.items():
        value = abs(float(getattr(found, name)))
        allowed[name] = 2.0 * (old.probability + new.probability) * slope + _EPSILON * value
    return allowed


def _accuracy(saved: list[Any]) -> Accuracy:
    mean, sd, probability = (float(cell_from_json(part)) for part in saved)
    return Accuracy(mean, sd, probability, "saved")


def _column(rows: Mapping[str, Summary], name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([getattr(row, name) for row in rows.values()], dtype=float)
