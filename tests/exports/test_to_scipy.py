"""SciPy distributions of theta: inverses, derivatives, exact quantiles, independent integrals, limits, refusals."""

import copy
import pickle
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from scipy import integrate, stats

import partialpool as pp
from partialpool.analysis.exports import to_scipy as module
from partialpool.analysis.exports.to_scipy import ThetaDistribution, to_scipy
from partialpool.analysis.fitted_model import FittedModel
from partialpool.distributions import Betas
from partialpool.engine.mixture import Mixture
from simulated import OURS, drawn

P = np.array([1e-12, 1e-6, 0.001, 0.03, 0.3, 0.5, 0.7, 0.97])
INSIDE = {"proportions": (0.0, 1.0), "rates": (0.0, np.inf)}


def known(fit):
    return FittedModel(fit.family, fit.data, fit.results, fit.level)


def of(family, seed=0, **options):
    function, data, roles = drawn(family, seed)
    return known(function(data, **roles, **options))


def first(fit):
    return next(iter(fit.data.labels.values()))[0]


@pytest.fixture(scope="module", params=[(family, new) for family in OURS for new in (False, True)])
def both(request):
    family, new = request.param
    fit = of(family)
    return fit, to_scipy(fit, None if new else first(fit)), new


def test_it_is_a_frozen_distribution(both):
    fit, found, _ = both
    assert isinstance(found.dist, stats.rv_continuous)
    assert isinstance(found.dist, ThetaDistribution)
    assert found.support() == INSIDE.get(fit.family.name, (-np.inf, np.inf))
    assert found.rvs(3, random_state=1).shape == (3,)
    assert np.shape(found.rvs(random_state=1)) == ()
    assert found.rvs((2, 5), random_state=1).shape == (2, 5)


def test_quantiles_and_distribution_function_are_inverse(both):
    _, found, _ = both
    np.testing.assert_allclose(found.cdf(found.ppf(P)), P, rtol=1e-9)
    np.testing.assert_allclose(found.isf(found.sf(found.ppf(P[2:]))), found.ppf(P[2:]), rtol=1e-9)
    np.testing.assert_allclose(found.cdf(found.ppf(P)) + found.sf(found.ppf(P)), 1.0, rtol=1e-13)
    low, high = found.support()
    assert found.ppf(0.0) == low
    assert found.ppf(1.0) == high
    assert found.cdf(low) == 0.0
    assert found.cdf(high) == 1.0
    assert np.isnan(found.ppf(1.5))


def test_small_upper_tails_keep_their_digits(both):
    fit, found, _ = both
    p = P[2:] if fit.family.name == "proportions" else P  # a proportion near 1 has no more digits
    np.testing.assert_allclose(found.sf(found.isf(p)), p, rtol=1e-9)


def test_the_density_is_the_derivative(both):
    _, found, _ = both
    x = found.ppf(np.linspace(0.02, 0.98, 9))
    h = 1e-4 * found.ppf(0.75) - 1e-4 * found.ppf(0.25)
    central = (8 * (found.cdf(x + h) - found.cdf(x - h)) - (found.cdf(x + 2 * h) - found.cdf(x - 2 * h))) / (12 * h)
    np.testing.assert_allclose(found.pdf(x), central, rtol=1e-8)
    np.testing.assert_allclose(found.logpdf(x), np.log(found.pdf(x)), atol=1e-12)


def integral(function, low, high, support):
    """By logs of the distance to an end of the support where the piece is nearer to it than it is long."""
    if low - support[0] < high - low:
        return integrate.quad(
            lambda t: function(support[0] + np.exp(t)) * np.exp(t), *np.log([low - support[0], high - support[0]])
        )[0]
    if support[1] - high < high - low:
        return integrate.quad(
            lambda t: function(support[1] - np.exp(t)) * np.exp(t), *np.log([support[1] - high, support[1] - low])
        )[0]
    return integrate.quad(function, low, high, epsabs=1e-13)[0]


def test_the_density_integrates_to_one_and_to_the_mean(both):
    _, found, _ = both
    support = found.support()
    cuts = found.ppf([1e-13, 1e-4, 0.1, 0.5, 0.9, 1.0 - 1e-4, 1.0 - 1e-13])
    cuts[-1] = min(cuts[-1], support[1] - 1e-6)  # nearer to an end at 1 an argument has too few digits
    beyond = found.sf(cuts[-1])
    mass, first = (
        sum(integral(f, low, high, support) for low, high in pairwise(cuts))
        for f in (found.pdf, lambda x: x * found.pdf(x))
    )
    assert mass + beyond == pytest.approx(1.0, abs=1e-9)
    if np.isfinite(found.std()):
        assert first + beyond * cuts[-1] == pytest.approx(found.mean(), rel=1e-7)


def test_a_group_is_as_in_the_table(both):
    fit, found, new = both
    if new:
        return
    for tail in (0.005, 0.025, 0.25):
        row = fit.results.groups(tail)
        assert found.mean() == row.mean[0]
        assert found.std() == pytest.approx(row.sd[0], rel=1e-14)
        levels = found.cdf([row.lower[0], row.median[0], row.upper[0]])
        np.testing.assert_allclose(levels, [tail, 0.5, 1.0 - tail], atol=2e-9)
    np.testing.assert_allclose(found.interval(0.5), (found.ppf(0.25), found.ppf(0.75)), rtol=1e-12)
    assert found.dist.accuracy < 1e-9


def test_draws_follow_it(both):
    _, found, _ = both
    for random_state in (7, np.random.default_rng(7)):
        assert stats.kstest(found.rvs(2000, random_state=random_state), found.cdf).pvalue > 1e-3
    assert np.array_equal(found.rvs(5, random_state=3), found.rvs(5, random_state=3))


def test_copies_are_the_same(both):
    _, found, _ = both
    x = found.ppf(0.3)
    for other in (copy.deepcopy(found), pickle.loads(pickle.dumps(found)), found.dist()):
        assert other.cdf(x) == found.cdf(x)
        assert other.dist.accuracy == found.dist.accuracy


@pytest.mark.parametrize("theta", [0.02, 0.15, 0.4])
def test_the_next_rat_group_by_mpmath(theta):
    """Two groups and a prior that make an integral of two dimensions, written out anew."""
    data = {"y": [1, 4], "n": [9, 12]}
    prior = pp.Prior(mean=pp.Beta(2, 3), concentration=pp.Gamma(3.0, 0.5))
    found = to_scipy(known(pp.proportions(data, successes="y", trials="n", prior=prior)))
    nodes, weights = np.polynomial.legendre.leggauss(80)
    mu, w = 0.5 * (nodes + 1.0), 0.5 * weights
    k, v = 30.0 * (nodes + 1.0), 30.0 * weights
    a, b = np.outer(mu, k), np.outer(1.0 - mu, k)
    p = np.outer(w * mu * (1.0 - mu) ** 2, v * k**2 * np.exp(-0.5 * k))
    for y, n in zip(data["y"], data["n"], strict=True):
        p = p * stats.betabinom.pmf(y, n, a, b)
    exact = float(np.sum(p * stats.beta.cdf(theta, a, b)) / np.sum(p))
    assert found.cdf(theta) == pytest.approx(exact, abs=1e-9)


def test_the_next_school_by_mpmath():
    schools = pp.datasets.load("eight_schools")
    y, s = (np.array(schools[name], dtype=float) for name in ("effect", "se"))
    found = to_scipy(known(pp.estimates(schools, estimate="effect", se="se", group="school", prior="flat")))

    def height(tau):
        h2 = s**2 + float(tau) ** 2
        w = 1.0 / h2
        mean, variance = (w @ y) / w.sum(), 1.0 / w.sum()
        p = 1e8 * np.exp(0.5 * (np.log(variance) - np.log(h2).sum() - ((y - mean) ** 2) @ w))
        return p, mean, np.sqrt(variance + float(tau) ** 2)

    def above(tau):
        p, mean, sd = height(tau)
        return p * stats.norm.sf((20.0 - mean) / sd)

    cuts = [0, 3, 10, 30, 100, 1000, 1e5, mpmath.inf]
    exact = float(mpmath.quad(above, cuts) / mpmath.quad(lambda tau: height(tau)[0], cuts))
    assert found.sf(20.0) == pytest.approx(exact, rel=1e-8)


def test_the_next_pump_is_known_well_although_its_tail_is_heavy():
    pumps = pp.datasets.load("pump_failures")
    fit = known(pp.rates(pumps, events="failures", exposure="time_thousand_hours", group="pump"))
    found = to_scipy(fit)
    assert found.dist.accuracy < 1e-9
    assert np.isnan(found.std())
    cut = 1e8
    mean = integrate.quad(lambda z: found.sf(np.exp(z)) * np.exp(z), -60.0, np.log(cut), limit=400, epsrel=1e-10)[0]
    assert mean == pytest.approx(found.mean(), rel=1e-6)


def test_a_group_without_data_is_the_next_one():
    fit = known(pp.proportions({"y": [3, 5, 0, 9], "n": [12, 14, 0, 15]}, successes="y", trials="n"))
    x = np.array([0.1, 0.4, 0.6])
    assert np.array_equal(to_scipy(fit, 3).cdf(x), to_scipy(fit).cdf(x))
    assert to_scipy(fit, 3).mean() == pytest.approx(to_scipy(fit).mean(), rel=1e-12)


def test_given_parameters_are_closed_forms():
    fit = pp.proportions({"y": [1, 4], "n": [9, 12]}, successes="y", trials="n").given(alpha=2.0, beta=3.0)
    x = np.linspace(0.0, 1.0, 11)
    np.testing.assert_allclose(to_scipy(known(fit), 2).cdf(x), stats.beta.cdf(x, 6.0, 11.0), atol=1e-14)
    np.testing.assert_allclose(to_scipy(known(fit), 2).pdf(x), stats.beta.pdf(x, 6.0, 11.0), rtol=1e-12)
    np.testing.assert_allclose(to_scipy(known(fit)).sf(x), stats.beta.sf(x, 2.0, 3.0), atol=1e-14)
    assert to_scipy(known(fit)).mean() == pytest.approx(0.4, rel=1e-14)


@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 2.0), (1.0, 1.0), (2.0, 0.5)])
def test_densities_at_the_ends(alpha, beta):
    fit = pp.proportions({"y": [0, 9], "n": [9, 9]}, successes="y", trials="n").given(alpha=alpha, beta=beta)
    ends = np.array([0.0, 1.0])
    for group, y in ((1, 0), (2, 9), (None, None)):
        a, b = (alpha, beta) if y is None else (alpha + y, beta + 9 - y)
        np.testing.assert_allclose(to_scipy(known(fit), group).pdf(ends), stats.beta.pdf(ends, a, b), rtol=1e-12)


def test_groups_that_do_not_exist():
    with pytest.raises(pp.RequestError, match="no group"):
        to_scipy(of("estimates"), "nobody")


def test_an_exact_estimate_has_no_distribution():
    fit = pp.estimates({"y": [1.0, 2.0, 2.5], "s": [3.0, 4.0, 0.0]}, estimate="y", se="s")
    with pytest.raises(pp.RequestError, match=r"known exactly, 2\.5"):
        to_scipy(known(fit), 3)
    assert to_scipy(known(fit), 1).dist.accuracy < 1e-7


def test_groups_of_one_trial():
    """Where the prior has mass at populations of nothing but 0 and 1, nodes are hard to find: that is stated."""
    fit = known(pp.proportions({"y": [1, 0, 1, 1, 0], "n": [1] * 5}, successes="y", trials="n"))
    found = to_scipy(fit, 2)
    row = fit.results.groups(0.3)
    off = np.abs(found.cdf([row.median[1], row.upper[1]]) - [0.5, 0.7])
    assert off.max() < found.dist.accuracy < 0.01


def test_nodes_without_a_number_are_not_taken_for_exact():
    quantiles = np.zeros((2, len(module._LEVELS)))
    lost = Mixture(np.ones(1), Betas(np.array([[np.nan]]), np.array([[1.0]])))
    assert module.tails_apart(quantiles, lost) == np.inf


def test_a_certain_theta_has_no_distribution():
    schools = pp.datasets.load("eight_schools")
    fit = pp.estimates(schools, estimate="effect", se="se", group="school").given(mean=8.0, sd=0.0)
    for group, name in (("A", "A"), (None, "the next group")):
        with pytest.raises(pp.RequestError, match=f"theta of {name} is known exactly, 8"):
            to_scipy(known(fit), group)
