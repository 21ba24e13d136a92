"""Estimates against the oracle's stored answers: every number, and every claim about its accuracy."""

import json
import math
from decimal import Decimal
from pathlib import Path

import pytest

import partialpool as pp
from sampled import sampled

PROBLEMS = {row["id"]: row for row in json.loads((Path(__file__).parent / "normal_answers.json").read_text())}

MOMENTS = 1e-10  # relative error of means, sds and weights
PROBABILITY = 1e-9  # error of a quantile in probability

# Problems that cannot honestly claim these, and why; what they do claim must still hold.
APART = "data 1e4 sds from a prior of the mean: log densities of 1e8 leave few digits to a posterior"
BEYOND: dict[str, str] = {"narrow-uniform": APART, "uniform-far-below": APART}
FARTHEST = 2e-6  # what these do claim

EPSILON = Decimal(2) ** -52
TINIEST = Decimal(2) ** -1074  # spacing of the doubles nearest to 0


def density(spec):
    name, *arguments = spec
    options = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
    return getattr(pp, name)(*arguments, **options)


def prior(spec):
    if spec["sd"] == ["UniformShrinkage"] and "mean" not in spec:
        return "uniform-shrinkage"
    default = spec["sd"] == ["UniformShrinkage"]
    return pp.Prior(**{part: density(of) for part, of in spec.items() if not (default and part == "sd")})


def fitted(problem):
    data = {"y": problem["estimate"], "s": problem["se"]}
    return pp.estimates(data, estimate="y", se="s", prior=prior(problem["prior"]))


def rows(problem, fit):
    """Every (label, our row, the oracle's row), of the population and of the groups that are stored."""
    population, groups = fit.population_columns(), fit.group_columns()
    for i, parameter in enumerate(population["parameter"]):
        yield parameter, {k: v[i] for k, v in population.items()}, problem["answer"]["population"][parameter]
    for stored in problem["answer"]["groups"]:
        j = stored["index"]
        yield f"group {j}", {k: v[j] for k, v in groups.items()}, stored


def off(ours, exact, size):
    """Error relative to a size, less what the rounding of the answer to a double accounts for."""
    ours, exact, size = Decimal(float(ours)), Decimal(exact), Decimal(size)
    least = max(EPSILON * abs(exact), TINIEST)
    return float(max(abs(ours - exact) - least, Decimal(0)) / size) if size else float(ours != exact)


def in_probability(ours, exact, slope):
    """The error of a quantile in probability, less what the rounding of the quantile to a double accounts for."""
    if slope == "inf":
        return float(float(ours) != float(exact))
    ours, exact = Decimal(float(ours)), Decimal(exact)
    least = 4 * max(EPSILON * abs(exact), TINIEST)
    return float(max(abs(ours - exact) - least, Decimal(0)) * Decimal(slope))


def errors(problem, fit):
    """(kind, label, error) of every number; a moment that does not exist must not be reported."""
    for label, ours, exact in rows(problem, fit):
        for moment in ("mean", "sd", "weight"):
            if moment not in exact:
                continue
            assert math.isnan(ours[moment]) == (exact[moment] is None), (label, moment, ours[moment])
            if exact[moment] is not None:
                size = Decimal(exact[moment])
                if moment == "mean":
                    size = max(abs(size), Decimal(exact["sd"] or 0))
                yield "sd" if moment == "sd" else "mean", (label, moment), off(ours[moment], exact[moment], size)
        for column, (level, x, slope) in zip(("lower", "median", "upper"), exact["quantiles"]):
            yield "probability", (label, level), in_probability(ours[column], x, slope)


@pytest.mark.parametrize("name", sampled(PROBLEMS, 20, BEYOND))
def test_every_number_and_every_claim(name):
    fit = fitted(PROBLEMS[name])
    standard = {"mean": MOMENTS, "sd": MOMENTS, "probability": PROBABILITY}
    if name in BEYOND:
        standard = dict.fromkeys(standard, FARTHEST)
    claimed = {kind: getattr(fit.accuracy, kind) for kind in standard}
    for kind, what, error in errors(PROBLEMS[name], fit):
        assert error <= min(claimed[kind], standard[kind]), (kind, what, error, claimed[kind])
    assert all(claimed[kind] <= standard[kind] for kind in standard), claimed


def test_the_suite_is_as_broad_as_it_says():
    kinds = [row["kind"] for row in PROBLEMS.values()]
    assert kinds.count("random") >= 300
    assert kinds.count("hard") >= 40
