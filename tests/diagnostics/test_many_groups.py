"""Thousands of groups that all differ: in chunks, from few nodes and from fewer draws, within what is stated."""

import tracemalloc

import numpy as np
import pytest

import partialpool as pp
from partialpool.diagnostics import drawing, left_out
from partialpool.diagnostics.checking import check
from partialpool.diagnostics.outcomes import outcomes
from partialpool.distributions import Betas
from sampled import ALL


def fitted(size, family="proportions"):
    rng = np.random.default_rng(1)
    views = rng.negative_binomial(0.5, 0.5 / 200, size) + 1
    clicks = rng.binomial(views, rng.beta(2, 60, size))
    if family == "rates":
        return pp.rates({"clicks": clicks, "views": views}, events="clicks", exposure="views")
    return pp.proportions({"clicks": clicks, "views": views}, successes="clicks", trials="views")


def peak(ask):
    """The most memory that a question takes, in MB."""
    tracemalloc.start()
    try:
        ask()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("question", ["sensitivity", "statistics", *(["groups"] if ALL else [])])  # minutes
def test_memory_is_bounded(question):
    fit = fitted(15_000)
    asks = {
        "sensitivity": lambda: fit.sensitivity(["bda"]),
        "statistics": lambda: fit.check(draws=100).statistics(),
        "groups": lambda: fit.check().groups(),
    }
    assert peak(asks[question]) < 350.0


@pytest.mark.parametrize("family", ["proportions", "rates"])
def test_few_nodes_say_what_lattices_say(family):
    known = fitted(400, family).known
    data = outcomes(known.family, known.data)
    found, error, kept = left_out._thinned(known, data)
    expected, off, share = left_out._reweighted(known, data)
    assert error.max() < 1e-7
    assert (np.abs(found - expected) <= error + off).all()
    np.testing.assert_allclose(kept, share, rtol=1e-4)


def test_draws_that_are_too_many_are_fewer_and_said_so(monkeypatch):
    fit = fitted(500)
    whole = check(fit.known, fit.model, draws=400).statistic_columns()
    assert "400 draws" in whole["how"]
    monkeypatch.setattr(drawing, "_MOST_DRAWN", 150 * 500)
    assert "150 draws" in check(fit.known, fit.model, draws=400).statistic_columns()["how"]


def test_draws_made_some_at_a_time_are_as_many_and_alike(monkeypatch):
    fit = fitted(500)
    whole = check(fit.known, fit.model, draws=2000).statistic_columns()
    monkeypatch.setattr(drawing, "_AT_ONCE", 300 * 500)
    found = check(fit.known, fit.model, draws=2000).statistic_columns()
    assert found["how"].tolist() == whole["how"].tolist()
    drawn = np.array(["draws" in how for how in whole["how"]])
    off = np.abs(found["p_value"] - whole["p_value"])[drawn]
    assert (off < 6.0 * np.hypot(found["error"], whole["error"])[drawn]).all()


def test_tails_of_many_sizes_are_those_of_each_by_itself():
    """Sizes that all differ are worked out together, few of them by tables of all counts."""
    rng = np.random.default_rng(4)
    n = rng.permutation(np.arange(60, 2960))[:400].astype(float)
    y = np.concatenate([[0.0, 0.0, n[2], n[3]], rng.binomial(n[4:].astype(int), rng.beta(2.0, 30.0, 396))])
    a, b = np.array([0.7, 2.0, 20.0, 5.0]), np.array([30.0, 31.0, 400.0, 2.0])
    fit = pp.proportions({"y": y, "n": n}, successes="y", trials="n")
    data = outcomes(fit.family, fit.data)
    every = data.sampling(Betas(a, b), {}).tails(data)
    for some in np.array_split(np.arange(len(data.value)), 5):
        part = data.subset(some)
        few = part.sampling(Betas(a, b), {}).tails(part)
        for name in ("lower", "equal", "upper"):
            assert np.abs(getattr(every, name)[some] - getattr(few, name)).max() < 1e-11
    assert np.abs(every.lower + every.equal + every.upper - 1.0).max() < 1e-11
