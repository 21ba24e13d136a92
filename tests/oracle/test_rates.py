"""Rates against the oracle's stored answers: every number, and every claim about its accuracy."""

import json
import math
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import partialpool as pp
from sampled import sampled

PROBLEMS = {row["id"]: row for row in json.loads((Path(__file__).parent / "rates_answers.json").read_text())}

MOMENTS = 1e-10  # relative error of means, sds and weights
PROBABILITY = 1e-9  # error of a quantile in probability
CLAIMED = 10.0  # times these: what may be claimed, since a bound is larger than the error
EPSILON = Decimal(2) ** -52
TINIEST = Decimal(2) ** -1074  # spacing of the doubles nearest to 0

# Problems that cannot honestly claim MOMENTS and PROBABILITY, and why; what they do claim must still hold.
CUT = "a prior that is cut off beside narrow groups"
FEW = "a handful of events: shapes near 0, where quantiles of groups take finer rules than there are"
TAIL = "a tail without end: the moment, or the distribution, hardly exists"
BEYOND = {
    "random-005": CUT,
    **dict.fromkeys(("random-206", "random-211", "random-356", "random-385"), FEW),
    **dict.fromkeys(("random-239", "random-257", "random-326", "random-336", "power-law-shape-events"), TAIL),
    **dict.fromkeys(("none-jeffreys", "none-lognormal", "tiny-shape-none"), TAIL),
}


def density(spec):
    name, *arguments = spec
    options = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
    return getattr(pp, name)(*arguments, **options)


def prior(spec):
    if "name" in spec:
        return spec["name"]
    return pp.Prior(**{part: density(of) for part, of in spec.items()})


def fitted(problem):
    data = {"y": problem["events"], "e": problem["exposure"]}
    return pp.rates(data, events="y", exposure="e", prior=prior(problem["prior"]))


def rows(problem, fit):
    """Every (label, our row, the oracle's row), of the population and of the groups that are stored."""
    population, groups = fit.population_columns(), fit.group_columns()
    for i, parameter in enumerate(population["parameter"]):
        yield parameter, {k: v[i] for k, v in population.items()}, problem["answer"]["population"][parameter]
    for stored in problem["answer"]["groups"]:
        j = stored["index"]
        yield f"group {j}", {k: v[j] for k, v in groups.items()}, stored


def off(ours, exact):
    """Relative error, less what the rounding of the answer to a double accounts for."""
    ours, exact = Decimal(float(ours)), Decimal(exact)
    least = max(EPSILON * abs(exact), TINIEST)
    return float(max(abs(ours - exact) - least, Decimal(0)) / exact) if exact else float(ours != exact)


def in_probability(ours, exact, slope):
    """The error of a quantile in probability, less what the rounding of the quantile to a double accounts for."""
    ours, exact = Decimal(float(ours)), Decimal(exact)
    least = 4 * max(EPSILON * abs(exact), TINIEST)
    away = max(abs(ours - exact) - least, Decimal(0))
    return float(away * Decimal(slope)) if away else 0.0  # next to 0 a density may be infinite


def errors(problem, fit):
    """(kind, label, error) of every number; a moment that does not exist must not be reported."""
    for label, ours, exact in rows(problem, fit):
        for moment in ("mean", "sd", "weight"):
            if moment not in exact:
                continue
            assert math.isnan(ours[moment]) == (exact[moment] is None), (label, moment, ours[moment], exact[moment])
            if exact[moment] is not None:
                yield "sd" if moment == "sd" else "mean", (label, moment), off(ours[moment], exact[moment])
        for column, (level, x, slope) in zip(("lower", "median", "upper"), exact["quantiles"]):
            yield "probability", (label, level), in_probability(ours[column], x, slope)


WATCHED = ("random-336", "random-341")  # which have been wrong: a sd that hardly exists, a far tail


@pytest.mark.parametrize("name", sampled(PROBLEMS, 20, {*BEYOND, *WATCHED}))
def test_every_number_and_every_claim(name):
    fit = fitted(PROBLEMS[name])
    standard = {"mean": MOMENTS, "sd": MOMENTS, "probability": PROBABILITY}
    claimed = {kind: getattr(fit.accuracy, kind) for kind in standard}
    for kind, what, error in errors(PROBLEMS[name], fit):
        limit = claimed[kind] if name in BEYOND else min(claimed[kind], standard[kind])
        assert error <= limit, (kind, what, error, claimed[kind])
    if name not in BEYOND:
        assert all(claimed[kind] <= CLAIMED * standard[kind] for kind in standard), claimed


def test_a_prior_that_contradicts_the_data_is_weighed_against_it():
    """Rates of 1e8, under a prior that expects 1e-9: the shape must be tiny, and the mean stays where its prior is.

    The reference is a sum over a plain grid of log mean and log shape.
    """
    y, e = [5, 1, 14], [9.43e-8, 1.57e-8, 1.26e-7]
    prior = pp.Prior(mean=pp.Gamma(1, 1e9), shape=pp.Exponential(1))
    table = pp.rates({"y": y, "e": e}, events="y", exposure="e", prior=prior).population_columns()
    log_mean, log_shape = np.meshgrid(np.linspace(-32, -15, 400), np.linspace(-55, -20, 800), indexing="ij")
    mean, shape = np.exp(log_mean), np.exp(log_shape)
    log_p = -1e9 * mean + log_mean - shape + log_shape
    for events, exposure in zip(y, e, strict=True):
        each = stats.nbinom(shape, 1.0 / (1.0 + exposure * mean / shape))
        log_p += np.where(events, each.logpmf(events), 0.0)
    p = np.exp(log_p - log_p.max())
    for name, value in (("mean", mean), ("shape", shape), ("rate", shape / mean)):
        found = dict(zip(table["parameter"], table["mean"], strict=True))[name]
        assert found == pytest.approx(float((value * p).sum() / p.sum()), rel=1e-6)


def test_a_prior_that_contradicts_the_data_beyond_double_precision_is_refused():
    prior = pp.Prior(mean=pp.LogNormal(-600, 1e-9), shape=pp.LogNormal(20, 1e-9))
    with pytest.raises(pp.PriorError, match="contradict each other"):
        pp.rates({"y": [10**10, 3 * 10**9], "e": [1, 1]}, events="y", exposure="e", prior=prior)


def test_the_suite_is_as_broad_as_it_says():
    kinds = [row["kind"] for row in PROBLEMS.values()]
    assert kinds.count("random") >= 300
    assert kinds.count("hard") >= 40
    assert len(BEYOND) <= 0.05 * len(PROBLEMS)
