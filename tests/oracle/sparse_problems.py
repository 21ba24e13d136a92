"""Random problems of two to eight sparse groups of each family: hardly any events, or nothing but events."""

from __future__ import annotations

from typing import Any

import numpy as np

SIZES = {"proportions": 80, "rates": 60, "estimates": 40, "measurements": 20}

PRIORS: dict[str, list[Any]] = {
    "proportions": [
        None,
        None,
        {"concentration": ["Pareto", 1.0, 1.5]},
        {"mean": ["Beta", 2.0, 8.0], "concentration": ["Gamma", 2.0, 0.1]},
        {"concentration": ["LogNormal", 1.0, 2.0]},
        {"alpha": ["Exponential", 1.0], "beta": ["Gamma", 0.5, 0.1]},
        "bda",
    ],
    "rates": [
        None,
        None,
        {"shape": ["Exponential", 1.0], "rate": ["Gamma", 0.1, 1.0]},
        {"mean": ["LogNormal", 0.0, 1.5], "rate": ["LogNormal", 0.0, 2.0]},
        {"mean": ["Gamma", 0.5, 0.5], "rate": ["HalfCauchy", 3.0]},
    ],
    "estimates": [None, {"sd": ["HalfCauchy", 1.0]}, {"mean": ["Normal", 0.0, 2.0], "sd": ["HalfNormal", 0.5]}],
    "measurements": [None, {"sd": ["HalfCauchy", 1.0]}],
}


def problems() -> list[dict[str, Any]]:
    """All problems, the same every time."""
    return [
        {"id": f"{family}-{k:03d}", "family": family, **_DRAWN[family](np.random.default_rng([2026, number, k]))}
        for number, (family, size) in enumerate(SIZES.items())
        for k in range(size)
    ]


def _prior(family: str, rng: np.random.Generator) -> Any:
    return PRIORS[family][int(rng.integers(len(PRIORS[family])))]


def _groups(rng: np.random.Generator) -> int:
    return int(rng.choice([2, 2, 2, 3, 3, 4, 5, 6, 8]))


def _proportions(rng: np.random.Generator) -> dict[str, Any]:
    size = _groups(rng)
    trials = np.full(size, rng.integers(1, 61)) if rng.random() < 0.4 else rng.integers(1, 61, size)
    successes = np.minimum(rng.choice([0, 0, 0, 1, 1, 2, 3], size), trials)
    everyone = rng.random(size) < 0.15
    successes = np.where(everyone, trials, successes)
    if rng.random() < 0.3:
        successes = trials - successes
    prior = _prior("proportions", rng)
    if prior == "bda" and not ((successes > 0) & (successes < trials)).any():
        prior = None
    return {"successes": successes.tolist(), "trials": trials.tolist(), "prior": prior}


def _rates(rng: np.random.Generator) -> dict[str, Any]:
    size = _groups(rng)
    exposure = np.full(size, 1.0) if rng.random() < 0.3 else np.round(10.0 ** rng.uniform(-1.0, 2.0, size), 2)
    events = rng.choice([0, 0, 0, 1, 1, 2, 3], size)
    if not events.any():
        events[0] = 1
    return {"events": events.tolist(), "exposure": exposure.tolist(), "prior": _prior("rates", rng)}


def _estimates(rng: np.random.Generator) -> dict[str, Any]:
    size = _groups(rng)
    se = np.round(10.0 ** rng.uniform(-0.5, 0.5, size), 2)
    estimate = np.round(rng.normal(0.0, rng.choice([0.0, 1.0, 3.0]), size), 2)
    return {"estimate": estimate.tolist(), "se": se.tolist(), "prior": _prior("estimates", rng)}


def _measurements(rng: np.random.Generator) -> dict[str, Any]:
    size = int(rng.integers(2, 5))
    rows = rng.integers(1, 5, size)
    rows[0] = max(int(rows[0]), 3)
    centre = rng.normal(0.0, rng.choice([0.3, 2.0]), size)
    values = [np.round(rng.normal(centre[k], 1.0, rows[k]), 2).tolist() for k in range(size)]
    return {"values": values, "prior": _prior("measurements", rng)}


_DRAWN = {"proportions": _proportions, "rates": _rates, "estimates": _estimates, "measurements": _measurements}
