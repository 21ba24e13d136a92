"""Sums of independent events with each left out in turn, against sums over all outcomes."""

import itertools

import numpy as np
import pytest

from partialpool.analysis.comparisons import poisson_binomial
from partialpool.analysis.comparisons.poisson_binomial import LeavingOut


def without_each(weight, q, count):
    found = LeavingOut(count)
    half = q.shape[1] // 2
    for part in (slice(half), slice(half, None)):
        found.add(weight[:, part], q[:, part])
    return found.below


def by_hand(q):
    """P(r events) by convolution."""
    pmf = np.ones(1)
    for one in q:
        pmf = np.convolve(pmf, [1.0 - one, one])
    return pmf


@pytest.mark.parametrize("spread", ["even", "extreme", "equal"])
def test_each_left_out(spread):
    rng = np.random.default_rng(2)
    q = {
        "even": rng.uniform(size=(9, 5)),
        "extreme": rng.choice([0.0, 1e-12, 0.5, 1.0 - 1e-9, 1.0], size=(9, 5)),
        "equal": np.full((9, 5), 0.3),
    }[spread]
    weight = rng.uniform(size=(9, 5))
    count = np.array([1.0, 2.0, 1.0, 1.0, 3.0, 1.0, 1.0, 1.0, 1.0])
    found = without_each(weight, q, count)
    for j in range(9):
        others = np.repeat(np.arange(9), (count - (np.arange(9) == j)).astype(int))
        exact = sum(weight[j, m] * by_hand(q[others, m]) for m in range(5))
        np.testing.assert_allclose(found[j], np.cumsum(exact), atol=2e-15)


def test_all_outcomes_of_a_few_events():
    q = np.array([[0.2], [0.7], [0.45]])
    found = without_each(np.ones((3, 1)), q, np.ones(3))
    for j in range(3):
        rest = [i for i in range(3) if i != j]
        exact = np.zeros(3)
        for outcome in itertools.product((0, 1), repeat=2):
            exact[sum(outcome)] += np.prod(
                [q[i, 0] if hit else 1 - q[i, 0] for i, hit in zip(rest, outcome, strict=True)]
            )
        np.testing.assert_allclose(found[j], np.cumsum(exact), atol=1e-15)


def test_many_events_and_sums_that_are_out_of_sight():
    rng = np.random.default_rng(5)
    q = np.sort(rng.uniform(size=(400, 130)) ** 3, axis=1)
    found = without_each(np.full((400, 130), 1.0 / 130), q, np.ones(400))
    np.testing.assert_allclose(found[:, -1], 1.0, atol=1e-12)
    for j in (0, 17, 399):
        exact = np.mean([by_hand(np.delete(q[:, m], j)) for m in range(130)], axis=0)
        np.testing.assert_allclose(found[j], np.cumsum(exact), atol=1e-13)


@pytest.mark.parametrize("middle", [0.5, 0.2, 0.8])
def test_many_events_whose_number_varies_much(middle):
    """Variances of 30 to 250, at which each is left out by frequencies; several events of a kind."""
    rng = np.random.default_rng(7)
    count = rng.integers(1, 5, 150).astype(float)
    q = np.clip(middle + rng.uniform(-1.0, 1.0, (150, 40)) * np.linspace(0.0, 0.6, 40), 0.0, 1.0)
    assert (count @ (q * (1.0 - q)) > 30.0).all()
    weight = rng.uniform(size=(150, 40)) / 40
    found = without_each(weight, q, count)
    for j in (0, 71, 149):
        others = np.repeat(np.arange(150), (count - (np.arange(150) == j)).astype(int))
        exact = sum(weight[j, m] * by_hand(q[others, m]) for m in range(40))
        np.testing.assert_allclose(found[j], np.cumsum(exact), atol=1e-13)


def test_few_events_as_many_would_be(monkeypatch):
    """Groups that are far behind all others, alike in threes: sums before and after each, and by division."""
    rng = np.random.default_rng(3)
    q, weight, count = rng.uniform(size=(30, 64)) ** 40, rng.uniform(size=(30, 64)), np.full(30, 3.0)
    few = without_each(weight, q, count)
    monkeypatch.setattr(poisson_binomial, "_FEW", 0)
    np.testing.assert_allclose(few, without_each(weight, q, count), atol=1e-12)


RNG = np.random.default_rng(0)
KINDS = {
    "sparse": RNG.uniform(0.0, 0.02, (130, 4)),
    "one event": np.where(np.arange(130)[:, None] == 5, 0.9, 1e-9) * np.ones((130, 4)),
    "identical": np.full((130, 4), 0.03),
    "about the limit of the series": RNG.choice([0.0299999, 0.03, 0.0300001, 0.97, 0.9699999, 0.5], (130, 4)),
    "certain": RNG.choice([0.0, 1.0, 1e-300, 1.0 - 1e-16, 0.5], (130, 4)),
    "nearly certain": 1.0 - RNG.uniform(0.0, 0.02, (130, 4)),
    "halves": np.full((130, 4), 0.5),
    "rare but for some": np.where(RNG.random((130, 4)) < 0.9, 1e-6, RNG.uniform(size=(130, 4))),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_left_out_of_more_than_a_hundred_is_a_convolution_of_the_others(kind):
    q = KINDS[kind]
    weight = np.random.default_rng(1).choice([0.0, 0.3, 1.0], q.shape)
    found = without_each(weight, q, np.ones(130))
    for j in range(0, 130, 9):
        exact = sum(weight[j, m] * by_hand(np.delete(q[:, m], j)) for m in range(4))
        np.testing.assert_allclose(found[j], np.cumsum(exact), atol=1e-12)
