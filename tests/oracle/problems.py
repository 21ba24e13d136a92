"""The problems of the oracle suite: random ones from a fixed seed, and hard ones by name."""

from __future__ import annotations

import csv
import math
import random
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[2] / "src" / "partialpool" / "datasets" / "data"

Problem = dict[str, Any]
BDA = {"name": "bda"}
DEFAULT = {"name": "uniform-shrinkage"}


def separate(concentration: list[Any], c: float = 1, d: float = 1) -> dict[str, Any]:
    """Return a prior with Beta(c, d) mean and independent concentration."""
    return {"mean": ["Beta", c, d], "concentration": concentration}


def random_priors(r: random.Random) -> list[dict[str, Any]]:
    """Return one prior of every kind, its numbers drawn by r."""
    beta = (r.choice([0.5, 1, 2, 5]), r.choice([0.5, 1, 3, 10]))
    return [
        DEFAULT,
        BDA,
        separate(["Power", -2]),
        separate(["Pareto", r.choice([0.1, 1, 5]), r.choice([0.8, 1.5, 2.5])]),
        separate(["Gamma", r.choice([0.5, 2, 5]), r.choice([0.01, 0.1, 1])], *beta),
        separate(["Exponential", r.choice([0.01, 0.1, 1])]),
        separate(["LogNormal", r.choice([0, 2, 4]), r.choice([0.5, 1, 2])], *beta),
        separate(["HalfCauchy", r.choice([1, 10, 100])]),
        separate(["HalfCauchy", r.choice([0.3, 1, 3]), {"on": "sd"}]),
        separate(["HalfNormal", r.choice([3, 30, 300])]),
        separate(["HalfCauchy", r.choice([1, 20])], 0, 0),
        separate(["Pareto", 1, 1.5], *beta),
        separate(["HalfCauchy", 1, {"on": "sd"}], *beta),
        {
            "alpha": ["Gamma", r.choice([0.5, 2]), r.choice([0.1, 1])],
            "beta": ["Gamma", r.choice([1, 3]), r.choice([0.05, 0.5])],
        },
        {"alpha": ["Exponential", r.choice([0.1, 1])], "beta": ["Exponential", r.choice([0.05, 0.5])]},
    ]


def interior(successes: list[int], trials: list[int]) -> int:
    """Return the number of groups with 0 < y < n."""
    return sum(0 < y < n for y, n in zip(successes, trials))


def proper(successes: list[int], trials: list[int], prior: dict[str, Any]) -> bool:
    """Return whether the posterior is proper, for the priors used here."""
    if sum(trials) == 0:
        return False
    if prior == BDA:
        return interior(successes, trials) >= 1
    if prior.get("concentration", [None])[0] == "Power":
        return interior(successes, trials) >= 2
    if prior.get("mean", [None, 1])[1] == 0:
        return 0 < sum(successes) < sum(trials)
    return True


def draw(r: random.Random, groups: int, size: str) -> tuple[list[int], list[int]]:
    """Return random (successes, trials)."""
    mean = r.choice([0.003, 0.03, 0.1, 0.25, 0.5, 0.5, 0.7, 0.9, 0.99])
    k = r.choice([0.5, 2, 8, 30, 100, 1000, math.inf])
    successes, trials = [], []
    for _ in range(groups):
        n = {
            "small": r.randint(1, 20),
            "medium": r.randint(1, 60),
            "large": round(math.exp(r.uniform(0, math.log(1000)))),
        }[size]
        if r.random() < 0.04:
            n = 0
        theta = mean if k == math.inf else r.betavariate(k * mean, k * (1 - mean))
        trials.append(n)
        successes.append(sum(r.random() < theta for _ in range(n)))
    return successes, trials


def random_problems(rounds: int = 22, seed: int = 20261122) -> list[Problem]:
    """Return `rounds` problems for every prior kind."""
    out: list[Problem] = []
    for i in range(rounds):
        for kind in range(15):
            r = random.Random(f"{seed}/{i}/{kind}")
            prior = random_priors(r)[kind]
            groups = r.choice([1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 30])
            size = r.choice(["small", "small", "medium", "medium", "large"])
            while True:
                successes, trials = draw(r, groups, size)
                if proper(successes, trials, prior):
                    break
                groups = min(30, groups + r.randint(0, 1))
            out.append(
                {
                    "id": f"random-{15 * i + kind:03d}",
                    "kind": "random",
                    "note": size,
                    "successes": successes,
                    "trials": trials,
                    "prior": prior,
                }
            )
    return out


def table(name: str, yes: str, of: str) -> tuple[list[int], list[int]]:
    """Return the columns of a reference data set."""
    with (DATA / name).open() as f:
        rows = list(csv.DictReader(f))
    return [int(r[yes]) for r in rows], [int(r[of]) for r in rows]


def hard_problems() -> list[Problem]:
    """Return the hard cases."""
    out: list[Problem] = []

    def add(name: str, note: str, successes: list[int], trials: list[int], prior: dict[str, Any]) -> None:
        assert proper(successes, trials, prior), name
        out.append({"id": name, "kind": "hard", "note": note, "successes": successes, "trials": trials, "prior": prior})

    rats, ball = table("rat_tumors.csv", "tumors", "rats"), table("baseball_1970.csv", "hits", "at_bats")
    pareto = separate(["Pareto", 1, 1.5])
    cauchy = separate(["HalfCauchy", 1, {"on": "sd"}])
    add("rats-bda", "references.md", *rats, BDA)
    add("rats-default", "", *rats, DEFAULT)
    add("rats-halfcauchy-sd", "", *rats, cauchy)
    add("rats-lognormal", "", *rats, separate(["LogNormal", 3, 1], 2, 5))
    add("baseball-pareto", "references.md", *ball, pareto)
    add("baseball-bda", "references.md", *ball, BDA)
    add("baseball-haldane", "references.md gives the mode only", *ball, separate(["HalfCauchy", 1], 0, 0))
    add("ten-5-10-bda", "identical groups; references.md", [5] * 10, [10] * 10, BDA)
    add("ten-5-10-default", "identical groups", [5] * 10, [10] * 10, DEFAULT)
    add("four-0-10", "identical groups at the boundary", [0] * 4, [10] * 4, DEFAULT)
    zeros, counts = [0, 0, 0, 0], [5, 12, 3, 40]
    for prior, tag in (
        (DEFAULT, "default"),
        (pareto, "pareto"),
        (separate(["Gamma", 2, 0.1]), "gamma"),
        (cauchy, "halfcauchy-sd"),
    ):
        add(f"all-zero-{tag}", "all y=0; mirror of all-one", zeros, counts, prior)
        add(f"all-one-{tag}", "all y=n; mirror of all-zero", counts, counts, prior)
    skew, size = [0, 1, 4, 2, 7], [9, 11, 30, 4, 21]
    other = [n - y for y, n in zip(skew, size)]
    for prior, swapped, tag in (
        (BDA, BDA, "bda"),
        (DEFAULT, DEFAULT, "default"),
        (separate(["HalfNormal", 30], 2, 5), separate(["HalfNormal", 30], 5, 2), "halfnormal"),
        (
            {"alpha": ["Gamma", 2, 1], "beta": ["Exponential", 0.1]},
            {"alpha": ["Exponential", 0.1], "beta": ["Gamma", 2, 1]},
            "alpha-beta",
        ),
    ):
        add(f"mirror-a-{tag}", "mirror of mirror-b", skew, size, prior)
        add(f"mirror-b-{tag}", "mirror of mirror-a", other, size, swapped)
    for prior, tag in (
        (DEFAULT, "default"),
        (separate(["Exponential", 0.1]), "exponential"),
        (cauchy, "halfcauchy-sd"),
    ):
        add(
            f"all-n-1-{tag}",
            "concentration is not identified: its posterior is its prior",
            [1, 0, 0, 1, 0, 1, 1, 0, 0],
            [1] * 9,
            prior,
        )
    add("one-group-default", "", [3], [17], DEFAULT)
    add("one-group-bda", "", [3], [17], BDA)
    add("one-group-lognormal", "", [3], [17], separate(["LogNormal", 2, 1]))
    add("one-group-1-1", "one group, one trial", [1], [1], DEFAULT)
    add("two-groups-default", "", [1, 9], [10, 12], DEFAULT)
    add("two-groups-morris", "", [1, 9], [10, 12], separate(["Power", -2]))
    add("two-groups-opposite", "0 of n and n of n", [0, 20], [20, 20], DEFAULT)
    tiny = [10**9 * 3 // 10, 1, 0, 2], [10**9, 2, 3, 5]
    add("one-1e9-tiny-bda", "one group of 1e9 trials with tiny ones", *tiny, BDA)
    add("one-1e9-tiny-default", "", *tiny, DEFAULT)
    near = [300_000_000, 300_012_345, 299_990_000], [10**9] * 3
    add("three-1e9-near-bda", "three groups of 1e9 with nearly equal rates", *near, BDA)
    add("three-1e9-near-default", "", *near, DEFAULT)
    add("three-1e9-near-pareto", "", *near, pareto)
    add("three-1e9-far-bda", "three groups of 1e9 with unequal rates", [10**8, 3 * 10**8, 8 * 10**8], [10**9] * 3, BDA)
    half = [0] * 5 + [10] * 5 + [4], [10] * 11
    add("half-half-interior-bda", "half 0, half n, one interior: mass at tiny concentration", *half, BDA)
    add("half-half-default", "half 0, half n", half[0][:10], half[1][:10], DEFAULT)
    for a, b, c, tag in ((2, 0, 0, "2-0-0"), (3, 2, 1, "3-2-1"), (1, 4, 0, "1-4-0"), (6, 1, 5, "6-1-5")):
        add(
            f"halves-{tag}",
            "closed form: J of 1/2, S of 1/1, F of 0/1",
            [1] * a + [1] * b + [0] * c,
            [2] * a + [1] * (b + c),
            BDA,
        )
    add("n-zero-default", "groups without data", [3, 0, 5, 0], [10, 0, 8, 0], DEFAULT)
    add("n-zero-bda", "groups without data", [3, 0, 5], [10, 0, 8], BDA)
    rare = [10, 3, 0, 22, 14], [10**7] * 5
    add("rare-bda", "rates near 1e-6, n = 1e7", *rare, BDA)
    add("rare-default", "rates near 1e-6, n = 1e7", *rare, DEFAULT)
    add("rare-halfcauchy-sd", "rates near 1e-6, n = 1e7", *rare, cauchy)
    few = [2, 0, 5, 1], [9, 6, 14, 3]
    add("haldane-gamma", "", *few, separate(["Gamma", 2, 0.1], 0, 0))
    add("haldane-one-success", "", [0, 1, 0], [8, 9, 4], separate(["LogNormal", 2, 1], 0, 0))
    add(
        "pareto-mass-at-minimum",
        "the likelihood wants kappa below the minimum",
        [0, 12, 1, 15, 14],
        [15] * 5,
        separate(["Pareto", 10, 1.5]),
    )
    add("pareto-minimum-1e3", "", *few, separate(["Pareto", 1000, 2.5]))
    add("pareto-minimum-1e-3", "", *few, separate(["Pareto", 0.001, 1.5]))
    for spec, tag in (
        (["Gamma", 2, 1e-6], "gamma-1e-6"),
        (["Gamma", 0.1, 1], "gamma-shape-0.1"),
        (["Gamma", 500, 5], "gamma-500"),
        (["Exponential", 1e6], "exponential-1e6"),
        (["Exponential", 1e-9], "exponential-1e-9"),
        (["LogNormal", 20, 3], "lognormal-20-3"),
        (["LogNormal", 0, 10], "lognormal-0-10"),
        (["LogNormal", 3, 0.01], "lognormal-narrow"),
        (["HalfCauchy", 1e6], "halfcauchy-1e6"),
        (["HalfCauchy", 1e-6], "halfcauchy-1e-6"),
        (["HalfCauchy", 1e-3, {"on": "sd"}], "halfcauchy-sd-1e-3"),
        (["HalfCauchy", 1e3, {"on": "sd"}], "halfcauchy-sd-1e3"),
        (["HalfNormal", 1e8], "halfnormal-1e8"),
        (["HalfNormal", 1e-4], "halfnormal-1e-4"),
        (["Pareto", 1, 2.2], "pareto-2.2"),
        (["Pareto", 1, 1.2], "pareto-1.2"),
        (["Pareto", 1, 0.1], "pareto-0.1"),
        (["Power", -1.2], "power-1.2"),
        (["Power", -2.9], "power-2.9"),
    ):
        data = ([2, 3, 5, 1], [9, 6, 14, 3]) if spec[0] == "Power" else few
        add(tag, "very large or small scale, or a moment that barely exists", *data, separate(spec))
    add("mean-1e4", "strong prior on the mean", *few, separate(["HalfCauchy", 1], 1e4, 1e4))
    add("mean-0.01", "prior on the mean heaped at 0 and 1", *few, separate(["HalfCauchy", 1], 0.01, 0.01))
    add("mean-0.01-all-zero", "heaped prior, all y=0", zeros, counts, separate(["LogNormal", 2, 1], 0.01, 0.01))
    add("mean-conflict", "strong prior on the mean against the data", *few, separate(["HalfNormal", 100], 2, 400))
    add("alpha-beta-wide", "", *few, {"alpha": ["Gamma", 0.01, 0.01], "beta": ["Gamma", 0.01, 0.01]})
    add("alpha-beta-scales", "scales far apart", *few, {"alpha": ["Exponential", 100], "beta": ["Exponential", 0.001]})
    many = [(7 * i * i + 3 * i) % 40 for i in range(40)]
    add("forty-spread", "40 groups spread over the whole range", many, [40] * 40, BDA)
    add("two-clusters", "two tight clusters of rates", [1, 2, 1, 0, 1, 39, 38, 40, 39, 39], [40] * 10, DEFAULT)
    add("underdispersed", "more alike than binomial", [25] * 12, [50] * 12, BDA)
    return out
