"""The problems of the oracle for rates: random ones from fixed seeds, and hard ones by name."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).resolve().parents[2] / "src" / "partialpool" / "datasets" / "data"
RANDOM = 400

Given = dict[str, Any]
DEFAULT: Given = {"name": "uniform-shrinkage"}
JEFFREYS: Given = {"name": "jeffreys-mean"}


def problem(name: str, kind: str, events: Any, exposure: Any, prior: Given) -> Given:
    y, e = [int(v) for v in events], [float(v) for v in exposure]
    return {"id": name, "kind": kind, "events": y, "exposure": e, "prior": prior}


def densities(rng: np.random.Generator, scale: float) -> list[list[Any]]:
    """Proper densities of a positive parameter, about a scale."""

    def near(spread: float = 1.0) -> float:
        return float(f"{scale * 10 ** rng.uniform(-spread, spread):.3g}")

    low = near()
    return [
        ["Gamma", round(float(rng.uniform(0.3, 3.0)), 2), float(f"{1 / near():.3g}")],
        ["Exponential", float(f"{1 / near():.3g}")],
        ["HalfCauchy", near()],
        ["HalfNormal", near()],
        ["HalfStudentT", round(float(rng.uniform(1.5, 8.0)), 1), near()],
        ["LogNormal", float(f"{np.log(near()):.4g}"), round(float(rng.uniform(0.3, 2.5)), 2)],
        ["InverseGamma", round(float(rng.uniform(0.5, 3.0)), 2), near()],
        ["Uniform", 0.0, near()],
        ["Uniform", low, float(f"{low * rng.choice([1.5, 10.0, 1000.0]):.4g}")],
        ["Pareto", float(f"{0.3 * near():.3g}"), round(float(rng.uniform(0.5, 2.5)), 2)],
        ["UniformShrinkage", near()],
    ]


def random_prior(rng: np.random.Generator, mean: float, rate: float) -> Given:
    """A prior of any kind, about these scales."""

    def one(scale: float) -> list[Any]:
        some = densities(rng, scale)
        return some[int(rng.integers(len(some)))]

    kinds = [
        "default",
        "default",
        "jeffreys",
        "mean",
        "rate",
        "mean, rate",
        "shape, rate",
        "mean, shape",
        "powers",
        "shape",
    ]
    kind = rng.choice(kinds)
    if kind == "default":
        return DEFAULT
    if kind == "jeffreys":
        return JEFFREYS
    if kind == "powers":
        return {"mean": ["Power", round(float(rng.uniform(-1.3, -0.3)), 2)], "rate": one(rate)}
    if kind == "shape":
        return {"shape": ["Gamma", round(float(rng.uniform(1.5, 4.0)), 2), 1.0]}
    scales = {"mean": mean, "rate": rate, "shape": mean * rate}
    return {name: one(scales[name]) for name in kind.split(", ")}


def random_problem(i: int) -> Given:
    """2 to 30 groups, exposures over up to four orders of magnitude in odd units, counts from 0 to 1e5."""
    rng = np.random.default_rng([11, i])
    groups = int(rng.choice([2, 2, 3, 4, 5, 6, 8, 10, 14, 20, 30]))
    unit = float(rng.choice([1.0, 1.0, 365.25, 1e-3, 2.54e-6, 1.609e7]))
    spread = float(rng.choice([0.0, 0.3, 1.0, 2.0]))
    e = np.array([float(f"{v:.4g}") for v in unit * 10 ** rng.uniform(-spread, spread, groups)])
    typical = float(rng.choice([0.3, 2.0, 10.0, 100.0, 1e3, 2e4]))
    shape = float(rng.choice([0.3, 1.0, 3.0, 10.0, 100.0, 1e6]))
    mean = typical / unit
    theta = rng.gamma(shape, mean / shape, groups)
    y = np.minimum(rng.poisson(theta * e), 100_000)
    if np.count_nonzero(y) < 2:
        y[:2] += 1
    if rng.random() < 0.15:
        y[-1], e[-1] = 0, 0.0
        y[0] = max(y[0], 1)
        if np.count_nonzero(y) < 2:
            y, e = np.append(y, 3), np.append(e, unit)
    if groups > 3 and rng.random() < 0.15:
        y[1], e[1] = y[0], e[0]
    prior = random_prior(rng, float(f"{mean:.2g}"), float(f"{shape / mean if shape < 1e3 else unit:.2g}"))
    return problem(f"random-{i:03d}", "random", y, e, prior)


def random_problems() -> list[Given]:
    return [random_problem(i) for i in range(RANDOM)]


def pumps(column: str = "time_thousand_hours_bugs") -> tuple[list[int], list[float]]:
    with (DATA / "pump_failures.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [int(row["failures"]) for row in rows], [float(row[column]) for row in rows]


def hard_problems() -> list[Given]:
    y, e = pumps()
    found: list[Given] = []

    def add(name: str, events: Any, exposure: Any, prior: Given = DEFAULT) -> None:
        found.append(problem(name, "hard", events, exposure, prior))

    bugs = {"shape": ["Exponential", 1.0], "rate": ["Gamma", 0.1, 1.0]}
    add("pumps-bugs", y, e, bugs)
    add("pumps", y, e)
    add("pumps-jeffreys", y, e, JEFFREYS)
    add("pumps-exact-times", *pumps("time_thousand_hours"))
    for power in (9, -9):
        unit = 10.0**power
        add(f"pumps-1e{power}", y, [v * unit for v in e])
        add(
            f"pumps-1e{power}-mean",
            y,
            [v * unit for v in e],
            {"mean": ["Gamma", 1.0, unit], "shape": ["Exponential", 1.0]},
        )
    add("pumps-of-a-billion-hours-bugs", y, [v * 1e9 for v in e], bugs)
    add("pumps-of-a-billionth-bugs", y, [v * 1e-9 for v in e], bugs)
    # all alike: underdispersed
    add("alike", [5] * 6, [2.0] * 6)
    add("alike-many-events", [1000] * 5, [10.0] * 5)
    add("alike-rates", [10, 20, 30, 40], [1.0, 2.0, 3.0, 4.0])
    add("alike-shape", [5] * 6, [2.0] * 6, {"mean": ["Exponential", 0.3], "shape": ["HalfCauchy", 10.0]})
    add("alike-heavy-rate", [5] * 6, [2.0] * 6, {"rate": ["Pareto", 1.0, 0.5]})
    add("alike-ones", [1] * 12, [1.0] * 12)
    # few groups, few events
    add("one-group", [3], [2.0])
    add("one-group-jeffreys", [3], [2.0], JEFFREYS)
    add("one-group-proper", [3], [2.0], {"mean": ["Gamma", 2.0, 1.0], "rate": ["Exponential", 1.0]})
    add("one-group-none", [0], [2.0], {"mean": ["Gamma", 2.0, 1.0], "rate": ["Exponential", 1.0]})
    add("two-groups", [3, 8], [2.0, 1.0])
    add("two-groups-far", [1, 3000], [1.0, 1.0])
    add("one-with-events", [0, 0, 7, 0], [1.0, 2.0, 1.5, 3.0])
    add("one-with-one-event", [0, 0, 1, 0, 0], [1.0, 2.0, 1.5, 3.0, 1.0])
    add("one-with-one-event-jeffreys", [0, 0, 1, 0, 0], [1.0, 2.0, 1.5, 3.0, 1.0], JEFFREYS)
    add("one-with-many-events", [0, 0, 5000, 0], [1.0, 2.0, 1.5, 3.0])
    add("none-gamma-mean", [0, 0, 0], [1.0, 2.0, 4.0], {"mean": ["Gamma", 1.0, 0.1]})
    add("none-jeffreys", [0, 0, 0], [1.0, 2.0, 4.0], JEFFREYS)
    add("none-lognormal", [0] * 5, [10.0] * 5, {"mean": ["LogNormal", 0.0, 3.0]})
    add("none-shape-rate", [0, 0, 0], [1.0, 2.0, 4.0], bugs)
    add("none-pareto", [0, 0], [1.0, 2.0], {"mean": ["Pareto", 0.01, 1.0], "shape": ["Exponential", 1.0]})
    # no exposure
    add("no-exposure", [*y, 0], [*e, 0.0])
    add("no-exposure-bugs", [*y, 0], [*e, 0.0], bugs)
    add(
        "no-exposure-proper",
        [*y, 0, 0],
        [*[0.0, *e, 0.0][1:], 0.0],
        {"mean": ["Exponential", 1.0], "rate": ["Gamma", 4.0, 2.0]},
    )
    add("no-exposure-shape", [4, 0, 2], [2.0, 0.0, 5.0], {"mean": ["Gamma", 3.0, 2.0], "shape": ["Pareto", 1.0, 3.0]})
    # large counts
    add("millions", [1_200_000, 900_000, 1_500_000, 1_100_000], [1.0, 1.0, 1.3, 0.9])
    add("millions-alike", [1_000_000, 1_000_300, 999_500, 1_001_100], [1.0] * 4)
    add("billion-and-tiny", [10**9, 1, 0, 2], [10.0**9, 3.0, 2.0, 4.0])
    add(
        "billions",
        [10**9, 2 * 10**9, 15 * 10**8],
        [1.0, 1.5, 1.7],
        {"mean": ["LogNormal", 20.0, 2.0], "shape": ["Exponential", 0.1]},
    )
    add("billions-alike", [10**9, 10**9 + 40_000, 10**9 - 20_000], [1.0] * 3)
    add("millions-in-years", [3_000_000, 20, 0, 1_000], [1e-6, 1e-9, 1e-12, 2e-9])
    # small shapes
    add("tiny-shape", [0, 0, 900, 0, 1, 0], [1.0] * 6, {"mean": ["Exponential", 0.01], "shape": ["Exponential", 1e3]})
    add("tiny-shape-none", [0, 0, 0, 0], [1.0] * 4, {"mean": ["Exponential", 1.0], "shape": ["Gamma", 0.5, 1e3]})
    add("tiny-shape-uniform", [0, 3, 0, 0], [1.0] * 4, {"mean": ["HalfNormal", 3.0], "shape": ["Uniform", 0.0, 1e-3]})
    add("power-law-shape", [0, 0, 0], [1.0, 2.0, 3.0], {"shape": ["Gamma", 0.1, 1.0], "rate": ["Gamma", 1.0, 1.0]})
    add(
        "power-law-shape-events",
        [0, 4, 0],
        [1.0, 2.0, 3.0],
        {"shape": ["Power", -1.9], "rate": ["Gamma", 2.0, 1.0]} | {"shape": ["Gamma", 0.05, 0.5]},
    )
    add("power-law-mean", [0, 4, 0], [1.0, 2.0, 3.0], {"mean": ["Power", -0.8], "rate": ["Gamma", 0.3, 0.3]})
    add(
        "power-law-mean-slow",
        [3, 4, 1, 2],
        [1.0, 2.0, 3.0, 1.0],
        {"mean": ["Power", -0.9], "rate": ["UniformShrinkage"]},
    )
    add("power-law-rate", [0, 4, 1], [1.0, 2.0, 3.0], {"rate": ["Gamma", 0.1, 0.3]})
    add("power-law-rate-far", [2, 4, 1], [1.0, 2.0, 3.0], {"rate": ["Pareto", 0.5, 0.1]})
    add("log-law-mean", y, e, {"shape": ["Exponential", 1.0]})
    add("log-law-few", [2, 5, 1, 3], [1.0, 2.0, 3.0, 1.0], {"shape": ["Gamma", 2.0, 1.0]})
    # narrow and cut off
    add("narrow-lognormals", y, e, {"mean": ["LogNormal", 0.0, 0.01], "rate": ["LogNormal", 0.0, 0.01]})
    add("narrow-shape", y, e, {"mean": ["LogNormal", -1.0, 1.0], "shape": ["LogNormal", 0.0, 1e-3]})
    add("narrow-against-data", y, e, {"mean": ["LogNormal", 3.0, 0.02], "rate": ["LogNormal", 2.0, 0.02]})
    add("shape-cut", y, e, {"mean": ["Flat"], "shape": ["Uniform", 0.5, 20.0]})
    add("shape-cut-rate", y, e, {"shape": ["Uniform", 0.5, 2.0], "rate": ["Uniform", 0.1, 3.0]})
    add("shape-from", y, e, {"shape": ["Pareto", 0.5, 1.0], "rate": ["InverseGamma", 1.0, 2.0]})
    add("mean-cut", y, e, {"mean": ["Uniform", 0.2, 0.5], "rate": ["Pareto", 2.0, 1.0]})
    add("both-from", y, e, {"mean": ["Pareto", 0.5, 2.0], "rate": ["Pareto", 1.0, 2.0]})
    add("mean-and-shape-cut", y, e, {"mean": ["Uniform", 0.3, 0.8], "shape": ["Uniform", 1.0, 3.0]})
    add("cut-far-from-data", y, e, {"mean": ["Uniform", 10.0, 20.0], "shape": ["Exponential", 1.0]})
    add("large-shape-only", y, e, {"mean": ["Exponential", 1.0], "shape": ["Pareto", 1e6, 1.0]})
    add("rate-near-pooling", [3, 5, 4, 2], [1.0, 2.0, 1.5, 1.0], {"rate": ["Uniform", 1e8, 1e9]})
    # two kinds of groups, an outlier
    add("two-camps", [0, 1, 0, 1, 300, 280, 320], [1.0] * 7)
    add("outlier", [2, 3, 1, 2, 4, 2, 100_000], [1.0] * 7)
    add("small-and-large-exposure", [1, 0, 100_000, 2], [1e-6, 1e-5, 1e5, 1.0])
    return found
