"""Ranks and comparisons of sparse groups against a plain fine lattice: every probability, and what is claimed of it."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import special
from sparse_model import lattice, rising

import partialpool as pp
from partialpool.analysis.comparisons.pairs import pair_columns
from partialpool.analysis.comparisons.ranking import ranking
from sampled import ALL

STORED = json.loads((Path(__file__).parent / "sparse_answers.json").read_text())
PROBLEMS = {row["id"]: row for k, row in enumerate(STORED) if ALL or k % 18 == 0}

CLAIMED = 1e-6  # what may be claimed of ranks and pairs at most
OWN = 2e-9  # error of the stored answers


def density(spec):
    return getattr(pp, spec[0])(*spec[1:])


def prior(spec):
    if spec is None:
        return "uniform-shrinkage"
    return spec if isinstance(spec, str) else pp.Prior(**{name: density(of) for name, of in spec.items()})


def fitted(problem):
    names = {
        "proportions": ("successes", "trials"),
        "rates": ("events", "exposure"),
        "estimates": ("estimate", "se"),
    }
    family = problem["family"]
    if family == "measurements":
        rows = [(k, value) for k, group in enumerate(problem["values"]) for value in group]
        data = {"group": [k for k, _ in rows], "value": [value for _, value in rows]}
        return pp.measurements(data, value="value", group="group", prior=prior(problem["prior"]))
    data = {name: problem[name] for name in names[family]} | {"group": list(range(len(problem[names[family][0]])))}
    roles = {name: name for name in names[family]}
    return getattr(pp, family)(data, group="group", prior=prior(problem["prior"]), **roles)


def test_there_are_two_hundred_problems():
    assert len(STORED) == 200


@pytest.mark.parametrize("name", PROBLEMS)
def test_ranks_and_pairs(name):
    problem = PROBLEMS[name]
    fit, expected = fitted(problem), np.array(problem["answer"]["cumulative"])
    found = ranking(fit.known)
    claim = found.accuracy + OWN
    assert claim < CLAIMED
    assert np.max(np.abs(found.cumulative - expected)) <= claim
    size = len(expected)
    mean = size - expected[:, :-1].sum(axis=1)
    assert np.max(np.abs(found.expected - mean)) <= claim * size

    pairs = pair_columns(fit.known)
    assert np.max(np.abs(pairs["p_greater"] - problem["answer"]["greater"])) <= pairs["error"][0] + OWN


@pytest.mark.parametrize("name", [name for k, name in enumerate(PROBLEMS) if k % 4 == 0])
def test_compare(name):
    problem = PROBLEMS[name]
    fit = fitted(problem)
    labels = list(range(len(problem["answer"]["cumulative"])))
    for (one, other), p in list(zip(itertools.combinations(labels, 2), problem["answer"]["greater"], strict=True))[:2]:
        found = fit.compare(one, other)
        assert found.accuracy < 1e-3  # means and sds under long tails among them
        assert abs(found.p_greater - p) <= found.accuracy + OWN


@pytest.mark.parametrize(("exposure", "count"), [(1.0, 3), (1.0, 10), (125.76, 1000)])
def test_events_of_the_next_pump(exposure, count):
    """P(more than `count` events): the tail of the next group is longer than that of any group with data."""
    pumps = pp.datasets.load("pump_failures")
    y, e = (np.asarray(pumps[name], dtype=float) for name in ("failures", "time_thousand_hours"))
    prior = pp.Prior(shape=pp.Exponential(1), rate=pp.Gamma(0.1, 1))
    fit = pp.rates(pumps, events="failures", exposure="time_thousand_hours", group="pump", prior=prior)
    found = fit.predict(exposure=exposure, groups="new")

    def log_density(log_shape, log_rate):
        shape, rate = np.exp(log_shape), np.exp(log_rate)
        value = rising(y, log_shape) - shape + 0.1 * log_rate - rate + log_shape
        for v, t in zip(y, e, strict=True):
            value = value - shape * np.log1p(t / rate) - v * np.log(rate + t)
        return value

    log_shape, log_rate, p = lattice(np.arange(-9.0, 4.0, 0.1), np.arange(-30.0, 6.0, 0.1), log_density)
    expected = special.betainc(count + 1.0, np.exp(log_shape), exposure / (np.exp(log_rate) + exposure)) @ p
    assert 1.0 - found.cdf(count) == pytest.approx(expected, abs=found.accuracy + 1e-10)
    assert found.accuracy < 1e-6
