"""Measurements against the oracle's stored answers: every number, and every claim about its accuracy."""

import json
import math
from decimal import Decimal
from pathlib import Path

import pytest

import partialpool as pp
from sampled import sampled

HERE = Path(__file__).resolve().parent
PROBLEMS = {p["id"]: p for p in json.loads((HERE / "measurements_problems.json").read_text())}
ANSWERS = {a["id"]: a for a in json.loads((HERE / "measurements_answers.json").read_text())}

MOMENTS = 1e-10  # error of means beside the sd, relative error of sds and weights
PROBABILITY = 1e-9  # error of a quantile in probability
CLAIMED = 10.0  # times these: what may be claimed, since a bound is larger than the error
EPSILON = Decimal(2) ** -52

# Problems that cannot honestly claim MOMENTS and PROBABILITY, and why; what they do claim must still hold.
FAR = "two ways to explain the data, sigma small or large, a million apart: averages over many orders of magnitude"
ROUNDED = "locations so far from zero that a double does not hold them to that accuracy"
AGAINST = "a prior of the mean a hundred of its sds from the data"
BEYOND = {
    "random-061": AGAINST,
    "random-150": AGAINST,
    "far-apart": FAR,
    "far-apart-reference": FAR,
    "shift-2^40": ROUNDED,
    "smls-shift": ROUNDED,
}


def density(spec):
    name, *arguments = spec
    options = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
    return getattr(pp, name)(*arguments, **options)


def prior(spec):
    return spec["name"] if "name" in spec else pp.Prior(**{part: density(of) for part, of in spec.items()})


def fitted(problem):
    groups = problem["groups"]
    if "rows" in groups[0]:
        data = {"y": [v for g in groups for v in g["rows"]], "g": [j for j, g in enumerate(groups) for _ in g["rows"]]}
        return pp.measurements(data, value="y", group="g", prior=prior(problem["prior"]))
    data = {part: [g[of] for g in groups] for part, of in (("m", "mean"), ("s", "sd"), ("size", "n"))}
    return pp.measurements(data, mean="m", sd="s", n="size", prior=prior(problem["prior"]))


def rows(fit, answer):
    """Every (label, our row, the oracle's row), of the population and of the groups that are stored."""
    population, groups = fit.population_columns(), fit.group_columns()
    for i, parameter in enumerate(population["parameter"]):
        if parameter in answer["population"]:
            yield parameter, {k: v[i] for k, v in population.items()}, answer["population"][parameter]
    for stored in answer["groups"]:
        j = stored["index"]
        yield f"group {j}", {k: v[j] for k, v in groups.items()}, stored


def moment_errors(label, ours, exact):
    """(which, error) of each moment: of a mean of either sign beside its sd, otherwise relative."""
    for which in {"mean", "sd", "weight"} & exact.keys():
        assert math.isnan(ours[which]) == (exact[which] is None), (label, which, ours[which], exact[which])
        if exact[which] is not None:
            either_sign = which == "mean" and ("weight" in exact or label == "mean")
            value = Decimal(exact[which])
            size = abs(value)
            if either_sign:
                size = Decimal(exact["sd"]) if exact["sd"] else Decimal(spread(exact))
            rounding = EPSILON * abs(value)
            error = max(abs(Decimal(float(ours[which])) - value) - rounding, Decimal(0))
            yield which, float(error / size) if size else float(error)


def spread(exact):
    """The width of the interval, where there is no sd."""
    return Decimal(exact["quantiles"][-1][1]) - Decimal(exact["quantiles"][0][1])


def probability_errors(ours, exact):
    """Errors of quantiles in probability, less what the rounding of the quantile to a double accounts for."""
    for column, (_, x, slope) in zip(("lower", "median", "upper"), exact["quantiles"]):
        gap = abs(Decimal(float(ours[column])) - Decimal(x)) - 4 * EPSILON * abs(Decimal(x))
        yield float(max(gap, Decimal(0)) * Decimal(slope))


def errors(name):
    """The fit, and the worst errors (mean, sd, probability)."""
    fit = fitted(PROBLEMS[name])
    worst = {"mean": 0.0, "sd": 0.0, "probability": 0.0}
    for label, ours, exact in rows(fit, ANSWERS[name]):
        for which, error in moment_errors(label, ours, exact):
            kind = "sd" if which == "sd" else "mean"
            worst[kind] = max(worst[kind], error)
        worst["probability"] = max(worst["probability"], *probability_errors(ours, exact))
    return fit, worst


@pytest.mark.parametrize("name", sampled(ANSWERS, 20, BEYOND))
def test_every_number_and_every_claim(name):
    fit, worst = errors(name)
    claimed = fit.accuracy
    assert worst["mean"] <= claimed.mean
    assert worst["sd"] <= claimed.sd
    assert worst["probability"] <= claimed.probability
    if name not in BEYOND:
        assert max(worst["mean"], worst["sd"]) <= MOMENTS
        assert worst["probability"] <= PROBABILITY
        assert max(claimed.mean, claimed.sd) <= CLAIMED * MOMENTS
        assert claimed.probability <= CLAIMED * PROBABILITY


def test_the_suite_is_as_broad_as_it_says():
    kinds = [PROBLEMS[name]["kind"] for name in ANSWERS]
    assert kinds.count("random") >= 300
    assert kinds.count("hard") >= 40
