"""Predictive distributions of many trials: by points of theta as by all counts, and quick."""

import time

import numpy as np
import pytest
from scipy import stats

import partialpool as pp
from partialpool.distributions import Betas
from partialpool.distributions.predictive import many_trials
from partialpool.distributions.predictive.batches import Batch
from partialpool.distributions.predictive.counts import Tabulated, beta_binomial
from partialpool.distributions.predictive.points import points
from partialpool.distributions.predictive.rows import BetaBinomials, Row, tabulated

CASES = {
    "alike": ([40.0, 45.0], [700.0, 720.0], [0.6, 0.4]),
    "narrow and wide": ([40.0, 5e3, 2e6, 3e14], [700.0, 9e4, 4e7, 6e15], [0.4, 0.3, 0.2, 0.1]),
    "all narrow": ([2e5, 1e9], [3e6, 1.5e10], [0.5, 0.5]),
    "rare": ([0.6, 2.0], [900.0, 1e3], [0.3, 0.7]),
    "next to nothing": ([0.02, 0.5], [30.0, 20.0], [0.5, 0.5]),
    "nearly all": ([900.0, 800.0], [1.5, 0.7], [0.3, 0.7]),
    "flat": ([1.0, 1.2], [1.0, 1.1], [0.9, 0.1]),
    "all or none": ([0.05, 0.02], [0.1, 0.02], [0.5, 0.5]),
}


@pytest.mark.parametrize("n", [300, 5000, 60_000])
@pytest.mark.parametrize("case", CASES)
def test_all_counts_are_as_by_their_ratios(case, n):
    a, b, weight = (np.array(x) for x in CASES[case])
    found = Row(weight, Betas(a, b), n).listed
    exact = np.cumsum(beta_binomial(n, a, b) @ weight)
    mine = np.zeros(n + 1)
    mine[found.first : found.first + len(found.pmf)] = found.pmf
    assert np.abs(np.cumsum(mine) - exact).max() < 5e-12 + found.error
    assert found.error < 2e-11


@pytest.mark.parametrize("case", ["alike", "narrow and wide", "all narrow"])
def test_points_have_the_characteristic_functions(case):
    """Against sums over all counts, at frequencies up to the limit."""
    a, b, _ = (np.array(x) for x in CASES[case])
    n = 20_000
    at = points(n, Betas(a, b), 0.02)
    w = np.array([0.0, 1e-4, 3e-3, 0.011, 0.02])
    found = at.waves(w) @ at.probabilities(a, b).astype(complex) * np.exp(-1j * at.middle * w)[:, None]
    exact = np.exp(-1j * w[:, None] * np.arange(n + 1)) @ beta_binomial(n, a, b).astype(complex)
    assert np.abs(found - exact).max() < 1e-11


def test_a_table_and_a_search_find_the_same_ends():
    weight, n = np.array([0.7, 0.3]), np.array([3000.0, 200.0])
    parts = Betas(np.array([[4.0, 90.0], [5.0, 7.0]]), np.array([[30.0, 700.0], [50.0, 60.0]]))
    table, error = tabulated(weight, parts, n)
    search = BetaBinomials(weight, parts, n)
    y, row = np.tile([-1.0, 0.0, 3.0, 30.0, 400.0, 3000.0], 2), np.repeat([0, 1], 6)
    for upper in (False, True):
        assert table.tails(row, y, upper=upper) == pytest.approx(search.tails(row, y, upper=upper), abs=1e-11 + error)
    assert table.pmf(1) == pytest.approx(beta_binomial(200, *(x[1] for x in (parts.a, parts.b))) @ weight, abs=1e-13)
    assert len(table.pmf(0)) == 3001


@pytest.fixture(scope="module")
def advertisements():
    return pp.proportions({"clicks": [120, 145], "views": [2400, 2410]}, successes="clicks", trials="views")


@pytest.mark.parametrize("trials", [1000, 3000, 50_000, 1_000_000])
def test_two_arms_and_many_trials_are_quick(advertisements, trials):
    """Ends against the interval of theta, which the binomial distribution widens a little."""
    begun = time.process_time()
    found = advertisements.predict(trials=trials)
    assert time.process_time() - begun < 20.0
    assert isinstance(found.found.counts, Tabulated if trials < 10_000 else BetaBinomials)
    theta = advertisements.group_columns()
    sd = np.sqrt(trials**2 * theta["sd"] ** 2 + trials * (theta["mean"] * (1 - theta["mean"]) - theta["sd"] ** 2))
    assert found.sd == pytest.approx(sd, rel=1e-8)
    p = found.pmf(1)
    y = np.arange(len(p))
    assert y @ p == pytest.approx(found.mean[0], rel=1e-7)
    assert np.sqrt((y - y @ p) ** 2 @ p) == pytest.approx(found.sd[0], rel=1e-6)


def test_two_arms_as_over_every_node(advertisements):
    """By all counts, averaged over all nodes of the integration that are not next to nothing."""
    n = 6000
    found, hyper = advertisements.predict(trials=n), advertisements.results.hyper
    keep = hyper.nodes.probability > 1e-11
    alpha, beta = (
        np.exp(np.minimum(x[keep], 600.0)) for x in (hyper.nodes.point.log_alpha, hyper.nodes.point.log_beta)
    )
    assert not hyper.flipped
    p = np.zeros(n + 1)
    for some in np.array_split(np.arange(len(alpha)), 100):
        p += beta_binomial(n, 120.0 + alpha[some], 2280.0 + beta[some]) @ hyper.nodes.probability[keep][some]
    assert np.cumsum(found.pmf(1)) == pytest.approx(np.cumsum(p), abs=1e-8)


def test_a_given_population_is_a_closed_form(advertisements):
    found = advertisements.given(mean=0.06, concentration=500.0).predict(trials=40_000)
    law = stats.betabinom(40_000, 30.0 + 120, 470.0 + 2280)
    y = np.array([1000, 2000, 2185, 2600, 4000])
    assert found.cdf(y, 1) == pytest.approx(law.cdf(y), abs=1e-10)
    assert found.upper[0] == law.ppf(0.975)


def test_many_rows_at_a_time_are_as_one_by_one():
    """With long and short tails, all or none, and windows that start anywhere."""
    rng = np.random.default_rng(5)
    n = rng.integers(0, 400, 300).astype(float)
    weight = np.array([0.5, 0.3, 0.2])
    a = np.exp(rng.normal(1.5, 1.5, (300, 1)) + rng.normal(0.0, 0.1, (300, 3)))
    b = np.exp(rng.normal(3.0, 2.0, (300, 1)) + rng.normal(0.0, 0.1, (300, 3)))
    found, error = tabulated(weight, Betas(a, b), n)
    assert error < 1e-11
    for j in range(300):
        exact = np.cumsum(beta_binomial(int(n[j]), a[j], b[j]) @ weight)
        assert np.abs(np.cumsum(found.pmf(j)) - exact).max() < error


def test_windows_of_many_rows_say_what_they_leave_out():
    a, b, n = np.array([[4.0]]), np.array([[30.0]]), np.array([500.0])
    law = stats.betabinom(500, 4.0, 30.0)
    some = Batch(np.ones(1), Betas(a, b), n, np.array([20.0]), np.array([131]))
    pmf, left = some.listed(np.array([0]))
    beyond = law.cdf(19) + law.sf(150)
    assert pmf[0] * (1.0 - beyond) == pytest.approx(law.pmf(np.arange(20, 151)), rel=1e-9)
    assert beyond <= left[0] < 6.0 * beyond


def test_too_many_rows_are_refused_before_they_are_worked_out():
    rng = np.random.default_rng(6)
    size = 20_000
    parts = Betas(rng.uniform(20, 900, (size, 1)) + np.zeros(400), rng.uniform(200, 9000, (size, 1)) + np.zeros(400))
    begun = time.process_time()
    with pytest.raises(pp.RequestError, match=r"20,000 groups of up to 9,000 trials.*groups=\[\.\.\.\].*fit\.draws"):
        tabulated(np.full(400, 1 / 400), parts, np.full(size, 9000.0))
    assert time.process_time() - begun < 10.0


@pytest.mark.parametrize("n", [3000, 60_000, 1_000_000])
@pytest.mark.parametrize("case", CASES)
def test_distribution_functions_of_many_trials_are_sums_over_all_counts(case, n):
    a, b, weight = (np.array(x) for x in CASES[case])
    pmf = beta_binomial(n, a, b) @ weight
    below = np.cumsum(pmf)
    above = np.append(np.cumsum(pmf[:0:-1])[::-1], 0.0)
    y = np.unique(np.searchsorted(below, [1e-9, 1e-3, 0.025, 0.5, 0.975, 1.0 - 1e-7]).clip(0, n - 1))
    y = np.unique([0, 1, 2, *y, n - 2, n - 1])
    found = BetaBinomials(weight, Betas(a[None], b[None]), np.array([float(n)]))
    rows = np.zeros(len(y), dtype=int)
    for upper, exact in ((False, below), (True, above)):
        assert np.abs(found.tails(rows, y.astype(float), upper=upper) - exact[y]).max() < 5e-11


def test_a_sparse_group_of_many_trials_beside_one_of_few_is_quick():
    """Few trials make a table and many do not; both are as by themselves."""
    fit = pp.proportions({"clicks": [0, 1, 3], "views": [50, 49, 60]}, successes="clicks", trials="views")
    begun = time.process_time()
    both = fit.predict(trials=[20, 50_000, 20])
    assert time.process_time() - begun < 20.0
    few, many = fit.predict(trials=20), fit.predict(trials=50_000)
    for name in ("lower", "median", "upper"):
        found = both.columns()[name]
        assert found.tolist() == [few.columns()[name][0], many.columns()[name][1], few.columns()[name][2]]
    assert both.pmf(1) == pytest.approx(few.pmf(1), abs=1e-9)
    assert both.pmf(2).sum() == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("n", [1e4, 1e6, 1e9])
def test_nodes_without_a_table_say_the_same(n, monkeypatch):
    """Theta is known a little worse, or much better, than any number of trials tells: with tables, and without any."""
    a = np.array([3.0, 4e3, 5e5, 3e7, 2e9, 1e13])
    weight = np.array([0.2, 0.2, 0.2, 0.15, 0.15, 0.1])
    y = np.floor(n * np.array([0.05, 0.0999, 0.1, 0.10002, 0.103, 0.2]))
    rows = np.zeros(len(y), dtype=int)

    def below():
        of = BetaBinomials(weight, Betas(a[None], 9.0 * a[None]), np.array([n]))
        low, high = (of.tails(rows, y, upper=upper) for upper in (False, True))
        assert low + high == pytest.approx(np.ones(len(y)), abs=1e-11)
        return low

    tables = below()
    monkeypatch.setattr(many_trials, "_MOST", 1)
    assert below() == pytest.approx(tables, abs=1e-11)
    assert (np.diff(tables) >= 0.0).all()


def test_as_many_trials_as_there_may_be():
    """The share of a billion trials is theta to all that can be seen."""
    fit = pp.proportions({"y": [0, 3_000_000, 5], "n": [1, 10_000_000, 20]}, successes="y", trials="n")
    share, theta = fit.predict(trials=10**9).columns(), fit.group_columns()
    for name in ("lower", "median", "upper"):
        assert np.asarray(share[name]) / 1e9 == pytest.approx(np.asarray(theta[name]), rel=1e-3)
