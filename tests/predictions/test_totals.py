"""Totals of successes: against convolutions of all probabilities, over finer nodes, and as quick as they should be."""

import time

import numpy as np
import pytest
from scipy import signal, stats

import partialpool as pp
from partialpool.distributions import Betas
from partialpool.distributions.predictive import totals
from partialpool.distributions.predictive.counts import beta_binomial
from partialpool.distributions.predictive.totals import Summands, total_of_successes
from partialpool.distributions.predictive.windows import Window, window
from partialpool.errors import RequestError


def hospitals(size=39, operations=(300, 2100), seed=1):
    rng = np.random.default_rng(seed)
    n = rng.integers(*operations, size)
    return n, pp.proportions({"y": rng.binomial(n, rng.beta(8, 80, size)), "n": n}, successes="y", trials="n")


def convolved(parts, times):
    out = np.ones(1)
    for p, count in zip(parts, times, strict=True):
        for _ in range(int(count)):
            out = signal.fftconvolve(out, p)
    return out


CASES = {
    "small": ([[2.0, 5.0], [0.3, 9.0], [4.0, 1.0]], [[3.0, 20.0], [2.0, 4.0], [50.0, 1.0]], [3, 10, 1], [1, 2, 1]),
    "all or none": ([[0.01, 0.001], [0.02, 1.0]], [[0.02, 0.002], [0.01, 1.0]], [400, 700], [2, 1]),
    "large": (
        [[80.0, 90.0], [300.0, 250.0], [20.0, 30.0]],
        [[900.0, 950.0], [300.0, 270.0], [2e3, 2e3]],
        [3000, 900, 50],
        [2, 3, 9],
    ),
    "sharp": ([[1e9, 5e8], [4e7, 4e7]], [[1e9, 5e8], [9e8, 9e8]], [1000, 2000], [1, 1]),
    "rare": ([[0.5, 0.7], [1.5, 1.2]], [[5e4, 4e4], [9e3, 9e3]], [5000, 3000], [2, 2]),
    "none": ([[3.0, 2.0]], [[3.0, 2.0]], [0], [4]),
}


@pytest.mark.parametrize("case", CASES)
def test_totals_are_convolutions(case):
    a, b, trials, times = (np.array(x, dtype=float) for x in CASES[case])
    weight = np.array([0.7, 0.3])
    first, some, error = total_of_successes(Summands(weight, Betas(a, b), trials, times))
    p = np.zeros(int(trials @ times) + 1)
    p[first : first + len(some)] = some
    each = [
        convolved([beta_binomial(int(n), a[j, k : k + 1], b[j, k : k + 1])[:, 0] for j, n in enumerate(trials)], times)
        for k in range(2)
    ]
    assert error < 2e-12
    assert np.cumsum(p) == pytest.approx(np.cumsum(weight @ np.array(each)), abs=2e-12)


@pytest.mark.parametrize("work", [0.0, 3e5])
def test_too_much_work_names_the_way_by_draws(work, monkeypatch):
    n, fit = hospitals(5)
    monkeypatch.setattr(totals, "_WORK", work)
    with pytest.raises(RequestError, match=r"fit\.draws\(4000\)\.theta.*binomial.*fewer groups"):
        fit.predict(trials=n, total=True)


@pytest.mark.parametrize(
    ("a", "b", "n"), [(3.0, 50.0, 4000), (1.0, 1.0, 30), (0.2, 0.4, 50), (1e8, 2e9, 10**6), (40.0, 1.5, 9000)]
)
def test_a_window_holds_all_but_nothing(a, b, n):
    of = Betas(np.array([a, 1.1 * a]), np.array([b, 0.9 * b]))
    found = window(n, of)
    p = found.probabilities(of.a, of.b)
    whole = beta_binomial(n, of.a, of.b)
    assert p == pytest.approx(whole[found.first : found.last + 1], rel=1e-9, abs=1e-18)
    assert whole.sum(axis=0) - whole[found.first : found.last + 1].sum(axis=0) == pytest.approx(0.0, abs=1e-14)
    assert found.left_out(p, of.a, of.b).max() < 1e-15


def test_a_window_says_what_it_leaves_out():
    a, b = np.array([4.0]), np.array([30.0])
    law, some = stats.betabinom(500, 4.0, 30.0), Window(500, 20, 150)
    p = law.pmf(np.arange(20, 151))[:, None]
    beyond = law.cdf(19) + law.sf(150)
    assert beyond <= some.left_out(p, a, b)[0] < 5.0 * beyond
    assert Window(500, 20, 55).left_out(law.pmf(np.arange(20, 56))[:, None], a, b)[0] > law.sf(55)


def test_deaths_in_all_of_39_hospitals_where_the_population_is_given():
    n, fit = hospitals()
    found = fit.given(mean=0.09, concentration=90.0).predict(trials=n, total=True)
    y = np.array(fit.data.statistics["successes"])
    each = [
        beta_binomial(int(m), np.array([8.1 + s]), np.array([81.9 + m - s]))[:, 0] for s, m in zip(y, n, strict=True)
    ]
    assert found.cdf(np.arange(n.sum() + 1)) == pytest.approx(np.cumsum(convolved(each, np.ones(39))), abs=1e-11)


@pytest.mark.parametrize(("size", "operations"), [(39, (300, 2100)), (5, (1000, 1001)), (1000, (10, 11))])
def test_totals_of_ordinary_sizes_are_quick_and_as_accurate_as_they_say(size, operations):
    n, fit = hospitals(size, operations)
    begun = time.process_time()
    found = fit.predict(trials=n, total=True)
    assert time.process_time() - begun < 10.0
    assert found.mean[0] == pytest.approx(fit.predict(trials=n).mean.sum(), rel=1e-8)
    nodes = fit.known.conditionals(4)
    distinct, times = np.unique(np.stack([nodes.where, n]), axis=1, return_counts=True)
    parts = nodes.groups.part(distinct[0])
    finer = total_of_successes(Summands(nodes.probability, parts, distinct[1].astype(float), times.astype(float)))
    ends = np.concatenate([found.lower, found.median, found.upper]).astype(int)
    assert found.cdf(ends) == pytest.approx(np.cumsum(finer.pmf)[ends - finer.first], abs=found.accuracy)
    assert found.accuracy < 1e-7


@pytest.mark.parametrize("seed", [11, 15])
def test_a_total_claims_the_error_that_all_its_nodes_share(seed):
    """Groups of measurements that hardly differ are the population's mean, of which a total has some values alone."""
    rng = np.random.default_rng(1000 + seed)
    groups = int(rng.integers(3, 15))
    group = np.repeat(np.arange(groups), rng.integers(1, 7, groups))
    group = np.append(group, group[:1])
    theta = rng.normal(0.0, 10.0 ** rng.uniform(-1, 1), groups)
    fit = pp.measurements(value=theta[group] + rng.normal(size=len(group)), group=group)
    for label in range(0, groups, 3):
        total, alone = fit.predict(n=10**9, groups=[label], total=True), fit.to_scipy(label)
        ends = np.concatenate([total.lower, total.median, total.upper])
        assert np.abs(alone.cdf(ends) - [0.025, 0.5, 0.975]).max() <= total.accuracy
