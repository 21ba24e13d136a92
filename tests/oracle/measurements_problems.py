"""The problems of the oracle for measurements: random ones from a fixed seed, and hard ones by name."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[2] / "src" / "partialpool" / "datasets" / "data"

Problem = dict[str, Any]
DEFAULT: dict[str, Any] = {"name": "uniform-shrinkage"}
REFERENCE: dict[str, Any] = {"name": "reference"}
RATIO = {"on": "ratio"}


def random_priors(r: random.Random, scale: float, groups: int) -> list[dict[str, Any]]:
    """Return one prior of every kind, about the scale of the data."""

    def about(factor: float = 1.0) -> float:
        return float(f"{scale * factor * r.choice([0.3, 1.0, 3.0]):.3g}")

    centre = {"mean": ["Normal", about(2.0), about(3.0)]}
    some: list[dict[str, Any]] = [
        DEFAULT,
        {**centre},
        {"sd": ["HalfCauchy", about()]},
        {"sd": ["HalfNormal", about()], "sigma": ["InverseGamma", 2, about()]},
        {"sd": ["HalfStudentT", 4, about()], "sigma": ["HalfCauchy", about()]},
        {"sd": ["LogNormal", r.choice([-1, 0, 1]), 1], "sigma": ["LogNormal", 0, 2]},
        {"sd": ["Gamma", 2, r.choice([0.1, 1, 4])], **centre},
        {"sd": ["HalfCauchy", r.choice([0.3, 1, 3]), RATIO]},
        {"sd": ["HalfNormal", r.choice([0.5, 2]), RATIO], "sigma": ["HalfNormal", about(2.0)], **centre},
        {"sd": ["Exponential", float(f"{1 / scale:.3g}")], "sigma": ["Gamma", 1.5, float(f"{0.5 / scale:.3g}")]},
        {"sd": ["InverseGamma", 1, about(), {"on": "variance"}], "sigma": ["Flat"]},
        {"sd": ["Uniform", 0, float(f"{scale * r.choice([2, 5, 20]):.3g}")]},
        {"sd": ["Pareto", float(f"{scale * 0.1:.3g}"), 1.5]},
        {"sigma": ["HalfCauchy", about()]},
    ]
    if groups >= 3:
        some += [REFERENCE, REFERENCE]
    if groups >= 4:
        some += [{"sd": ["Flat", {"on": "variance"}]}, {"sd": ["Flat"], "sigma": ["Power", -2]}]
    return some


def random_problem(number: int) -> Problem:
    """Return the problem of a number, the same each time."""
    r = random.Random(7919 * number + 13)
    groups = r.choice([2, 2, 3, 3, 4, 5, 6, 8, 10, 14])
    sizes = r.choice([(1, 3), (2, 5), (2, 2), (3, 12), (1, 9), (5, 30)])
    scale = r.choice([0.01, 1.0, 1.0, 1.0, 10.0, 1000.0])
    sd = r.choice([0.0, 0.2, 0.5, 1.0, 1.0, 3.0, 10.0])
    shift = r.choice([0.0, 0.0, 5.0, -20.0, 1000.0]) * scale
    n = [r.randint(*sizes) for _ in range(groups)]
    n[0] = max(n[0], 2)
    rows = []
    for size in n:
        theta = shift + scale * sd * r.gauss(0, 1)
        rows.append([float(f"{theta + scale * r.gauss(0, 1):.5g}") for _ in range(size)])
    if all(len(set(v)) == 1 for v in rows):
        rows[0][0] += scale
    prior = r.choice(random_priors(r, scale, groups))
    return {"id": f"random-{number:03d}", "kind": "random", "prior": prior, "groups": [{"rows": v} for v in rows]}


def random_problems(count: int = 320) -> list[Problem]:
    return [random_problem(k) for k in range(count)]


def _table(name: str, value: str, group: str) -> list[dict[str, Any]]:
    found: dict[str, list[float]] = {}
    with (DATA / f"{name}.csv").open() as file:
        for row in csv.DictReader(file):
            found.setdefault(row[group], []).append(float(row[value]))
    return [{"rows": rows} for rows in found.values()]


def summary(n: int, mean: float, sd: float) -> dict[str, Any]:
    return {"n": n, "mean": mean, "sd": sd}


def hard_problems() -> list[Problem]:
    """Return the hard problems."""
    coagulation = _table("coagulation", "time_seconds", "diet")
    small = [[1.2, 3.4], [2.0], [5.5, 4.9, 6.1]]
    shifted = {
        c: [{"rows": [c + v for v in rows]} for rows in ([0.25, 0.5, 0.375], [0.5, 0.75], [1.0, 0.625, 0.75])]
        for c in (2.0**20, 2.0**40)
    }
    apart = [{"rows": [v, v + 1e-3]} for v in (0.0, 1000.0, -2500.0, 700.0)]
    alike = [{"rows": [1.0, 2.0, 3.0]} for _ in range(4)]
    large = [summary(1000, 0.3, 1.0), summary(1000, 0.25, 1.1), summary(800, 0.42, 0.9), summary(1200, 0.33, 1.0)]
    lopsided = [summary(10**6, 5.0, 2.0), summary(2, 4.0, 1.5), summary(1, 7.0, 0.0), summary(3, 5.5, 2.2)]
    equal_rows = [{"rows": [v, v]} for v in (1.0, 2.0, 4.0, 4.5)]
    forty = [summary(3 + k % 5, ((37 * k) % 41) / 10.0, 0.5 + ((11 * k) % 7) / 10.0) for k in range(40)]
    outlier = [summary(8, m, 1.0) for m in (0.1, -0.2, 0.3, 0.0, -0.1, 12.0)]
    two_camps = [summary(10, m, 1.0) for m in (0.0, 0.1, -0.1, 30.0, 30.1, 29.9)]
    singles = [{"rows": [v]} for v in (1.0, 2.5, 0.5, 3.0, 1.5)]
    single_rows = {"sigma": ["HalfNormal", 1.0]}
    smls = [{"rows": [1.0 + 0.1 * g + 0.1 * ((k * 7 + g) % 3) for k in range(21)]} for g in range(9)]
    fifties = [summary(50, m, s) for m, s in ((0.0, 1.0), (0.4, 1.2), (-0.3, 0.8), (0.1, 1.1), (0.2, 0.9))]
    uneven = [summary(200, 5.0, 2.0), summary(2, 4.0, 1.5), summary(1, 7.0, 0.0), summary(30, 5.5, 2.2)]
    pairs = [{"rows": [m, m + 0.5 * (k % 3)]} for k, m in enumerate((3.0, 3.5, 2.75, 4.0, 3.25, 2.5))]
    apart_some = [summary(4, m, 0.5) for m in (0.0, 10.0, -25.0, 7.0)]
    every: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = [
        ("coagulation", DEFAULT, coagulation),
        ("coagulation-reference", REFERENCE, coagulation),
        ("dyestuff", DEFAULT, _table("dyestuff", "yield_grams", "batch")),
        ("dyestuff-reference", REFERENCE, _table("dyestuff", "yield_grams", "batch")),
        ("dyestuff2", DEFAULT, _table("dyestuff2", "y", "batch")),
        ("dyestuff2-reference", REFERENCE, _table("dyestuff2", "y", "batch")),
        ("rail", DEFAULT, _table("rail", "travel_ns", "rail")),
        ("rail-reference", REFERENCE, _table("rail", "travel_ns", "rail")),
        ("one-group", DEFAULT, [{"rows": [1.0, 2.0, 4.0]}]),
        ("two-groups-three-rows", DEFAULT, [{"rows": [1.0, 2.0]}, {"rows": [4.0]}]),
        ("two-groups-pairs", DEFAULT, [{"rows": [1.0, 2.0]}, {"rows": [4.0, 6.0]}]),
        ("three-groups", DEFAULT, [{"rows": v} for v in small]),
        ("three-groups-reference", REFERENCE, [{"rows": v} for v in small]),
        ("shift-2^20", DEFAULT, shifted[2.0**20]),
        ("shift-2^40", DEFAULT, shifted[2.0**40]),
        ("smls", DEFAULT, smls),
        ("smls-shift", DEFAULT, [{"rows": [1e6 + v for v in g["rows"]]} for g in smls]),
        ("far-apart", DEFAULT, apart),
        ("far-apart-reference", REFERENCE, apart),
        ("alike", DEFAULT, alike),
        ("alike-reference", REFERENCE, alike),
        ("large-groups", DEFAULT, large),
        ("large-groups-reference", REFERENCE, large),
        ("lopsided", DEFAULT, lopsided),
        ("lopsided-reference", REFERENCE, lopsided),
        ("equal-rows", {"sigma": ["InverseGamma", 2, 1.0]}, equal_rows),
        ("equal-rows-lognormal", {"sd": ["HalfCauchy", 2.0], "sigma": ["LogNormal", -1, 1]}, equal_rows),
        ("forty", DEFAULT, forty),
        ("forty-flat", {"sd": ["Flat"]}, forty),
        ("outlier", DEFAULT, outlier),
        ("outlier-normal-mean", {"mean": ["Normal", 0.0, 0.5]}, outlier),
        ("two-camps", DEFAULT, two_camps),
        ("two-camps-narrow-sd", {"sd": ["HalfNormal", 1.0]}, two_camps),
        ("single-rows", single_rows, singles),
        ("single-rows-half-normal", {"sd": ["HalfNormal", 1.0], **single_rows}, singles),
        ("mean-far-from-prior", {"mean": ["Normal", 100.0, 1.0]}, coagulation),
        ("mean-known-well", {"mean": ["Normal", 64.0, 0.01]}, coagulation),
        ("sd-bounded", {"sd": ["Uniform", 0, 3.0]}, coagulation),
        ("sd-between", {"sd": ["Uniform", 1.0, 3.0]}, coagulation),
        ("ratio-bounded", {"sd": ["Uniform", 0, 1.0, RATIO]}, coagulation),
        ("sigma-bounded", {"sigma": ["Uniform", 0, 2.5]}, coagulation),
        ("both-bounded", {"sd": ["Uniform", 0, 6.0], "sigma": ["Uniform", 0, 2.5]}, coagulation),
        ("sd-from", {"sd": ["Pareto", 2.0, 1.5]}, coagulation),
        ("narrow-priors", {"sd": ["LogNormal", 1.0, 0.05], "sigma": ["LogNormal", 1.0, 0.05]}, coagulation),
        ("sigma-inverse-gamma", {"sigma": ["InverseGamma", 0.5, 0.5, {"on": "variance"}]}, coagulation),
        ("heavy", {"sd": ["HalfCauchy", 1.0]}, [{"rows": [1.0, 1.5]}, {"rows": [2.0, 2.25]}]),
        ("tiny-units", DEFAULT, [{"rows": [1e-9 * v for v in rows]} for rows in small]),
        ("huge-units", DEFAULT, [{"rows": [1e12 * v for v in rows]} for rows in small]),
        ("fifties", DEFAULT, fifties),
        ("fifties-reference", REFERENCE, fifties),
        ("uneven", DEFAULT, uneven),
        ("uneven-reference", REFERENCE, uneven),
        ("uneven-half-cauchy", {"sd": ["HalfCauchy", 0.1]}, uneven),
        ("two-rows-each", DEFAULT, pairs),
        ("two-rows-each-exponential", {"sd": ["Exponential", 10.0]}, pairs),
        ("apart", DEFAULT, apart_some),
        ("apart-reference", REFERENCE, apart_some),
        ("one-away", {"sd": ["Gamma", 2.0, 1.0]}, outlier),
        ("camps-half-cauchy", {"sd": ["HalfCauchy", 5.0]}, two_camps),
        ("mean-against-data", {"mean": ["Normal", 30.0, 3.0], "sd": ["HalfNormal", 2.0]}, coagulation),
        ("sd-far-below", {"sd": ["LogNormal", -4.0, 0.5]}, coagulation),
        ("sd-far-above", {"sd": ["LogNormal", 4.0, 0.5]}, coagulation),
        ("sigma-far-below", {"sigma": ["LogNormal", -1.0, 0.3]}, coagulation),
    ]
    return [{"id": name, "kind": "hard", "prior": prior, "groups": groups} for name, prior, groups in every]
