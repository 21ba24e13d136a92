"""Priors and data drawn at random: answered with a true claim in bounded time, or refused by name.

Every density of the public interface takes part, on every scale, with parameters log-uniform from 1e-3 to 1e3; many
reach over hundreds of powers of ten. NumPy's warnings are errors here, as everywhere.
"""

import math
import time

import numpy as np
import pytest

import partialpool as pp
from drawn_priors import drawn
from sampled import ALL

CASES = 2_000 if ALL else 60
FOUND = (106, 134, 200, 236, 276, 575, 810, 1074, 1636, 1680, 1845, 1915)  # cases that failed once, or took minutes
BATCH = 20
SUPPORT = {"proportions": (0.0, 1.0), "rates": (0.0, math.inf)}
SLOWEST = 40.0  # seconds of CPU that any case may take; 5 are meant, on a core of one's own


@pytest.mark.parametrize("first", range(0, CASES, BATCH))
def test_any_prior_is_answered_or_refused(first):
    for seed in range(first, first + BATCH):
        timed(seed)


@pytest.mark.parametrize("seed", FOUND)
def test_those_that_once_failed(seed):
    timed(seed)


def timed(seed):
    began = time.process_time()
    check(seed)
    assert time.process_time() - began < SLOWEST, seed


def check(seed):
    """The answers of a case, or what it is refused with."""
    try:
        case = drawn(seed)
        fit = case.fit()
        groups, population, accuracy = fit.group_columns(), fit.population_columns(), fit.accuracy
    except pp.PartialpoolError as refused:
        return refused
    said = f"seed {seed}: {case}"
    assert 0.0 <= float(accuracy) < math.inf, said
    check_population(population, said)
    check_groups(groups, *SUPPORT.get(case.family, (-math.inf, math.inf)), said)
    return fit


def check_population(table, said):
    assert np.all((table["lower"] <= table["median"]) & (table["median"] <= table["upper"])), said
    for i, name in enumerate(table["parameter"]):
        cells = [table[column][i] for column in ("mean", "sd", "lower", "median", "upper")]
        assert table["note"][i] or np.all(np.isfinite(cells)), (name, said)
        if name != "mean":
            assert table["lower"][i] >= 0.0, (name, said)


def check_groups(table, low, high, said):
    assert np.all((table["lower"] <= table["median"]) & (table["median"] <= table["upper"])), said
    assert np.all((table["lower"] >= low) & (table["upper"] <= high)), said
    notes = table.get("note", np.full(len(table["mean"]), ""))
    for column in ("mean", "sd", "weight"):
        finite = np.isfinite(table[column])
        assert np.all(finite | (notes != "")), (column, said)
    inside = np.isfinite(table["mean"])
    assert np.all((table["mean"][inside] >= low) & (table["mean"][inside] <= high)), said
    weight = table["weight"][np.isfinite(table["weight"])]
    assert np.all((weight >= 0.0) & (weight <= 1.0)), said
    assert np.all(table["sd"][np.isfinite(table["sd"])] >= 0.0), said
