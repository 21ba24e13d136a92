"""The public interface against the oracle's stored answers: every number, and every claim about its accuracy."""

import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import partialpool as pp
from sampled import sampled

HERE = Path(__file__).resolve().parent
PROBLEMS = {p["id"]: p for p in json.loads((HERE / "problems.json").read_text())}
ANSWERS = {a["id"]: a for a in json.loads((HERE / "answers.json").read_text())}

MOMENTS = 1e-10  # relative error of means, sds and weights
PROBABILITY = 1e-9  # error of a quantile in probability
EPSILON = Decimal(2) ** -52
TINIEST = Decimal(2) ** -1074  # spacing of the doubles nearest to 0

# Problems that cannot honestly claim MOMENTS and PROBABILITY, and why; what they do claim must still hold.
FAR = "mass at concentrations of e^-300, so that quantiles of groups are averages over hundreds of orders of magnitude"
BEYOND: dict[str, str] = {"random-038": FAR, "random-057": FAR, "random-083": FAR}
FARTHEST = 2e-8  # what these do claim in probability


class Fitted(NamedTuple):
    """What the tests read of a fit."""

    population: dict[str, Any]
    groups: dict[str, Any]
    accuracy: Any


def density(spec):
    name, *arguments = spec
    options = arguments.pop() if isinstance(arguments[-1], dict) else {}
    return getattr(pp, name)(*arguments, **options)


def prior(spec):
    return spec["name"] if "name" in spec else pp.Prior(**{part: density(of) for part, of in spec.items()})


def fitted(name):
    problem = PROBLEMS[name]
    data = {"y": problem["successes"], "n": problem["trials"]}
    fit = pp.proportions(data, successes="y", trials="n", prior=prior(problem["prior"]))
    return Fitted(fit.population_columns(), fit.group_columns(), fit.accuracy)


def rows(name, fit):
    """Every (label, our row, the oracle's row), of the population and of the groups that are stored."""
    answer = ANSWERS[name]
    for i, parameter in enumerate(fit.population["parameter"]):
        yield parameter, {k: v[i] for k, v in fit.population.items()}, answer["population"][parameter]
    for stored in answer["groups"]:
        j = stored["index"]
        yield f"group {j}", {k: v[j] for k, v in fit.groups.items()}, stored


def bound(name, claimed, standard):
    return claimed if name in BEYOND else min(claimed, standard)


def relative(ours, exact):
    return abs(ours - exact) / exact if exact else abs(ours)


def in_probability(ours, exact, slope):
    """The error of a quantile in probability, less what the rounding of the quantile to a double accounts for."""
    ours, exact, slope = Decimal(float(ours)), Decimal(exact), Decimal(slope)
    return (abs(ours - exact) - 4 * max(EPSILON * exact, TINIEST)) * slope


@pytest.mark.parametrize("name", sampled(ANSWERS, 20, BEYOND))
def test_every_number_and_every_claim(name):
    fit = fitted(name)
    accuracy = fit.accuracy
    claimed = {"mean": accuracy.mean, "sd": accuracy.sd, "weight": accuracy.mean}
    for label, ours, exact in rows(name, fit):
        for moment in claimed.keys() & exact.keys():
            check_moment(name, (label, moment), ours[moment], exact[moment], claimed[moment])
        for column, (level, x, slope) in zip(("lower", "median", "upper"), exact["quantiles"] or []):
            error = in_probability(ours[column], x, slope)
            limit = bound(name, accuracy.probability, PROBABILITY)
            assert error <= limit, (label, level, ours[column], x, f"{error:.1e} in probability")
    assert max(accuracy.mean, accuracy.sd) <= MOMENTS
    assert accuracy.probability <= (FARTHEST if name in BEYOND else PROBABILITY)


def check_moment(name, what, ours, exact, claimed):
    assert math.isnan(ours) == (exact is None), what
    if exact is not None:
        assert relative(ours, float(exact)) <= bound(name, claimed, MOMENTS), (what, ours, exact)


def test_the_suite_is_as_broad_as_it_says():
    def count(kind, have):
        return sum(PROBLEMS[name]["kind"] == kind and have(answer) for name, answer in ANSWERS.items())

    def grouped(answer):
        return answer["groups"][0]["quantiles"] is not None

    assert count("random", lambda answer: True) >= 300
    assert count("hard", lambda answer: True) >= 80
    assert count("random", grouped) >= 100
    assert count("hard", grouped) >= 30
