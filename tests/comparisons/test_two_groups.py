"""Two thetas at once, where it is hard: ends of the range, underflow, certain groups, moments that do not exist."""

import itertools

import numpy as np
import pytest
from scipy import integrate, special, stats

import partialpool as pp
from partialpool.analysis.comparisons.comparing import compare, existing
from partialpool.analysis.comparisons.exceedance import probability, select
from partialpool.analysis.comparisons.pairs import pair_columns
from partialpool.analysis.comparisons.two_groups import Pair
from partialpool.analysis.fitted_model import FittedModel
from partialpool.distributions import Betas, Gammas

BETAS = [(0.05, 8), (0.3, 7), (0.002, 5), (4, 0.05), (30, 0.4), (3, 9), (2e5, 8e5), (2.2, 3.1), (0.9, 2e4)]
GAMMAS = [(0.05, 8), (0.3, 0.01), (0.002, 5), (30, 4), (2e6, 1e5), (1.2, 4)]
VALUES = (-0.7, -0.2, -0.01, -1e-4, 1e-4, 0.01, 0.2, 0.7)


def betas(a, b):
    return Betas(np.array([float(a)]), np.array([float(b)]))


def gammas(a, s):
    return Gammas(np.array([float(a)]), np.log(np.array([float(s)])))


def pair(one, other):
    return Pair(np.ones(1), one, other)


def known(fit):
    return FittedModel(fit.family, fit.data, fit.results, fit.level)


def proportions(y, n):
    data = {"g": [f"g{i}" for i in range(len(y))], "y": y, "n": n}
    return pp.proportions(data, successes="y", trials="n", group="g")


@pytest.mark.parametrize(("make", "kinds"), [(betas, BETAS), (gammas, GAMMAS)])
def test_each_theta_may_be_the_one_that_is_integrated_over(make, kinds):
    """P(one - other <= v) + P(other - one <= -v) = 1, the two by different integrals."""
    for x, y in itertools.combinations(kinds, 2):
        this, that = pair(make(*x), make(*y)), pair(make(*y), make(*x))
        for quantity in this.one.quantities:
            for v in VALUES:
                assert abs(this.below(quantity, v)[0] + that.below(quantity, -v)[0] - 1.0) < 1e-9, (x, y, quantity, v)


@pytest.mark.parametrize(("one", "other"), [((0.05, 8), (0.3, 7)), ((4, 0.05), (30, 0.4)), ((0.002, 5), (0.001, 5))])
def test_densities_that_grow_towards_an_end_by_draws(one, other):
    draws, rng = 1_000_000, np.random.default_rng(1)
    gap = rng.beta(*one, draws) - rng.beta(*other, draws)
    this = pair(betas(*one), betas(*other))
    difference = this.one.quantities[0]
    for v in VALUES:
        p = this.below(difference, v)[0]
        assert abs(np.mean(gap <= v) - p) < 5.0 * np.sqrt(max(p * (1.0 - p), 1e-7) / draws)


def test_thetas_that_underflow():
    """Far below 1 minus the logit is exponential with rate a, so that the larger theta is a matter of the rates."""
    assert pair(gammas(1e-4, 3.0), gammas(1e-4, 3.0)).greater == pytest.approx(0.5, abs=1e-9)
    # log theta = -E/a + O(1): the probability that E_one/a_one < E_other/a_other is a_one/(a_one + a_other)
    assert pair(gammas(2e-5, 1.0), gammas(1e-5, 1.0)).greater == pytest.approx(2.0 / 3.0, abs=1e-4)


@pytest.mark.parametrize("name", ["difference", "ratio"])
def test_rates_by_a_double_integral(name):
    one, other = stats.gamma(3.4, scale=1 / 2.5), stats.gamma(5.2, scale=1 / 4.0)
    this = pair(gammas(3.4, 2.5), gammas(5.2, 4.0))
    quantity = next(q for q in this.one.quantities if q.name == name)
    x = this.quantile(quantity, 0.9)
    there = (lambda t: t + x) if name == "difference" else (lambda t: t * np.exp(x))
    below = integrate.quad(lambda t: other.pdf(t) * one.cdf(there(t)), 0, np.inf, epsabs=1e-13, limit=200)[0]
    assert below == pytest.approx(0.9, abs=1e-9)
    assert this.below(quantity, x)[0] == pytest.approx(below, abs=1e-9)
    step = 1e-5
    slope = (this.below(quantity, x + step)[0] - this.below(quantity, x - step)[0]) / (2.0 * step)
    assert this.below(quantity, x)[1] == pytest.approx(slope, rel=1e-4)


@pytest.mark.parametrize("d", [1e-30, 4e-25, 1e-10, 1e-4])
@pytest.mark.parametrize(("one", "other"), [((0.05, 8), (0.02, 5)), ((0.004, 5), (0.03, 50))])
def test_a_difference_about_0_of_thetas_that_are_mostly_nearly_0(one, other, d):
    """It bends within one panel there; by an integral over log theta_other, and by its own slope."""
    (a, b), (c, e) = one, other

    def part(u):
        y = np.exp(u)
        return np.exp(c * u + (e - 1.0) * np.log1p(-y) - special.betaln(c, e)) * special.betainc(a, b, min(y + d, 1.0))

    ends = [-25.0 / c, -200.0, *(np.log(d) + np.arange(-12.0, 13.0, 3.0)), -1e-13]
    ends = sorted(end for end in ends if end < 0.0)
    below = sum(integrate.quad(part, *pair, epsabs=1e-13, limit=400)[0] for pair in itertools.pairwise(ends))
    below += special.betainc(a, b, d) * special.betainc(c, e, np.exp(ends[0]))
    this = pair(betas(*one), betas(*other))
    difference = this.one.quantities[0]
    p, density = this.below(difference, d)
    assert p == pytest.approx(below, abs=1e-9)
    slope = (this.below(difference, 1.001 * d)[0] - this.below(difference, 0.999 * d)[0]) / (0.002 * d)
    assert density == pytest.approx(slope, rel=1e-4)
    if 0.01 < p < 0.99:
        assert this.quantile(difference, p) == pytest.approx(d, rel=1e-5 / min(a, c))


def by_an_integral(one, other, quantity, value):
    """P(quantity <= value) by an integral over z_other, in many more panels than any density here asks for."""
    x, w = np.polynomial.legendre.leggauss(20)
    edges = np.linspace(other.reach[0][0], other.reach[1][0], 401)
    z = (edges[:-1, None] + np.diff(edges)[:, None] * (x + 1.0) / 2.0).ravel()
    weight = np.exp(other.log_density(z)) * np.tile(w, 400)
    with np.errstate(all="ignore"):
        there = np.nan_to_num(quantity.shift(z, value)[0], nan=1e5, posinf=1e5, neginf=-1e5)
        below = np.where(np.abs(there) < 1e4, one.cdf(np.clip(there, -1e4, 1e4)), there > 0.0)
    return weight @ below / weight.sum()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (betas(200, 1e6), betas(110, 1e3)),
        (betas(1e3, 110), betas(110, 1e3)),
        (betas(101, 1e8), betas(1e6, 1e6)),
        (betas(210, 190), betas(230, 205)),
        (gammas(101, 1.0), gammas(1e5, 1e3)),
        (gammas(101, 1e-3), gammas(105, 1e-3)),
    ],
)
def test_sharp_thetas_by_an_integral(one, other):
    """Just below the spread up to which a short series serves: skewed, at either end, and one much sharper."""
    this, that = pair(one, other), pair(other, one)
    for quantity in this.one.quantities:
        (mean, variance), (other_mean, other_variance) = quantity.along(one), quantity.along(other)
        for u in (-4.0, -1.0, -0.1, 0.3, 2.0, 5.0):
            value = float((mean - other_mean + u * np.sqrt(variance + other_variance))[0])
            if variance[0] > other_variance[0]:  # the integral is over the sharper of the two
                expected = by_an_integral(one, other, quantity, value)
            else:
                expected = 1.0 - by_an_integral(other, one, quantity, -value)
            assert this.below(quantity, value)[0] == pytest.approx(expected, abs=1e-10)
            assert that.below(quantity, -value)[0] == pytest.approx(1.0 - expected, abs=1e-10)


@pytest.mark.parametrize(
    ("one", "other"),
    [(betas(0.3, 40), betas(120, 90)), (betas(0.3, 40), betas(2e5, 8e5)), (betas(0.9, 2e4), betas(3, 9))],
)
def test_a_tail_that_is_cut_off(one, other):
    """The density of a proportion with few successes falls like exp(-e^z) on one side, within a panel of the other."""
    this = pair(one, other)
    for quantity in this.one.quantities[1:]:  # of a difference the integral here would be worse
        for value in (-2.0, -0.7, -0.2, -0.01, 0.2):
            expected = by_an_integral(one, other, quantity, value)
            assert this.below(quantity, value)[0] == pytest.approx(expected, abs=2e-9)


def test_the_sd_of_a_ratio_of_certain_thetas():
    """By the delta method, of which the error is of the order of 1/trials."""
    this = pair(betas(3e9, 7e9), betas(4e9, 6e9))
    ratio, odds = this.one.quantities[1:]
    assert this.moments(ratio)[1] == pytest.approx(0.75 * np.sqrt(0.7 / 3e9 + 0.6 / 4e9), rel=1e-8)
    assert this.moments(odds)[1] == pytest.approx(9 / 14 * np.sqrt(1e10 / 3e9 / 7e9 + 1e10 / 4e9 / 6e9), rel=1e-8)


def test_moments_of_ratios_by_integrals():
    one, other = stats.beta(2.5, 6.0), stats.beta(4.5, 3.2)
    this = pair(betas(2.5, 6.0), betas(4.5, 3.2))
    for quantity, up in zip(this.one.quantities[1:], (lambda t: t, lambda t: t / (1 - t)), strict=True):
        first, second = (
            one.expect(lambda t, k=k, up=up: up(t) ** k) * other.expect(lambda t, k=k, up=up: up(t) ** -k)
            for k in (1, 2)
        )
        mean, sd = this.moments(quantity)
        assert mean == pytest.approx(first, rel=1e-7)
        assert sd == pytest.approx(np.sqrt(second - first**2), rel=1e-6)


def test_a_ratio_over_a_group_without_successes_has_no_mean():
    """Where it is likely to be, the population would give it one, but its shape may come as near to 0 as it likes."""
    fit = known(proportions([0] + [50] * 12, [10] + [100] * 12))
    assert existing(fit, (1, 0), "difference") == (True, True, "")
    for name, said in (("ratio", "2 successes of g0"), ("odds ratio", "2 successes of g0 and 2 failures of g1")):
        mean, sd, why = existing(fit, (1, 0), name)
        assert not mean
        assert not sd
        assert said in why


def test_a_group_without_exposure():
    data = {"g": ["a", "b", "c", "d"], "y": [3, 5, 0, 9], "e": [1.0, 2.0, 0.0, 4.0]}
    fit = pp.rates(data, events="y", exposure="e", group="g")
    assert np.isnan(fit.group_columns()["sd"][2])
    assert existing(known(fit), (2, 1), "difference") == (True, False, "a group's own sd does not exist")
    assert not existing(known(fit), (2, 1), "ratio")[0]


def test_quantiles_where_thetas_are_often_nearly_zero():
    fit = proportions([0, 0], [8, 7]).given(alpha=0.05, beta=1.0)
    found = compare(known(fit), "g0", "g1")
    table, draws, rng = found.columns(), 1_000_000, np.random.default_rng(4)
    gap = rng.beta(0.05, 9, draws) - rng.beta(0.05, 8, draws)
    for name, p in (("lower", 0.025), ("upper", 0.975)):
        assert abs(np.mean(gap <= table[name][0]) - p) < 5.0 * np.sqrt(p * (1 - p) / draws)
    assert found.accuracy < 1e-7


def test_one_group_beside_very_many():
    rng = np.random.default_rng(6)
    n = rng.integers(5, 30, 2100)
    fit = known(proportions(rng.binomial(n, rng.beta(8, 20, 2100)), n).given(alpha=8.0, beta=20.0))
    found = probability(fit, than="g3")
    assert np.isnan(found.probability[3])
    assert found.probability[7] == pytest.approx(compare(fit, "g7", "g3").p_greater, abs=2e-9)


def test_a_group_is_not_selected_for_being_above_itself():
    chosen = select(known(proportions([3, 5, 9], [20, 20, 20])), than="g0", fdr=0.9)
    assert 0 not in chosen.chosen
    assert np.isfinite(chosen.columns()["probability"]).all()


def test_very_many_certain_groups_are_refused_and_not_answered_wrongly():
    rng = np.random.default_rng(1)
    n = np.full(300, 10**9)
    fit = known(proportions(np.round(n * rng.uniform(0.2, 0.8, 300)).astype(int), n).given(alpha=2.0, beta=2.0))
    with pytest.raises(pp.errors.RequestError, match="two at a time"):
        pair_columns(fit)


def test_differences_that_no_double_can_hold():
    """Two thetas that are all but 0 differ by 0, and one all but 0 from one all but 1 by -1, with a probability."""
    fit = proportions([0, 40], [40, 40])
    for one, other, lower, upper in (("g0", "g1", -1.0, None), ("g1", "g0", None, 1.0)):
        found = fit.compare(one, other)
        row = {name: column[0] for name, column in found.columns().items()}
        assert found.accuracy < 1e-6
        assert lower is None or row["lower"] == lower
        assert upper is None or row["upper"] == upper
    none = proportions([0, 0, 0], [34, 34, 34]).compare("g0", "g1")
    assert none.columns()["median"][0] == 0.0
    assert none.accuracy < 1e-6


@pytest.mark.parametrize(
    ("value", "expected"), [(-0.995, 0.125900565374126), (-0.97, 0.302837274826692), (-0.6, 0.866802899444484)]
)
def test_thetas_at_opposite_ends_by_an_integral_in_30_digits(value, expected):
    """P(theta_one - theta_other <= v) of Beta(0.3, 2) and Beta(5, 0.2); the digits are mpmath's, in both orders."""
    this, that = pair(betas(0.3, 2.0), betas(5.0, 0.2)), pair(betas(5.0, 0.2), betas(0.3, 2.0))
    difference = this.one.quantities[0]
    assert this.below(difference, value)[0] == pytest.approx(expected, abs=2e-9)
    assert that.below(difference, -value)[0] == pytest.approx(1.0 - expected, abs=2e-9)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (stats.gamma(370, scale=100.0), stats.gamma(340, scale=0.02)),
        (stats.gamma(85, scale=0.1), stats.gamma(1400, scale=1.5)),
        (stats.gamma(90, scale=1.0), stats.gamma(9.0, scale=3.0)),
        (stats.beta(90, 9e4), stats.beta(4e4, 3e3)),
        (stats.beta(300, 200), stats.beta(9.0, 30.0)),
        (stats.beta(0.3, 40), stats.beta(120, 90)),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_thetas_of_very_different_sizes(one, other, turned):
    """One may be known better as a number, and the other on the scale of the logit or the log."""
    if turned:
        one, other = other, one
    make = betas if one.dist.name == "beta" else lambda a, s: gammas(a, 1.0 / s)
    this = pair(*(make(*each.args, *each.kwds.values()) for each in (one, other)))
    over, inner, sign = (one, other, -1.0) if one.std() < other.std() else (other, one, 1.0)
    u, w = np.polynomial.legendre.leggauss(400)
    z = 8.3 * u  # over the normal quantile of the probability that theta is below
    weight = w * stats.norm.pdf(z)
    for d in (one.mean() - other.mean()) + np.hypot(one.std(), other.std()) * np.array([-1.5, -0.2, 0.7]):
        theta = np.where(z < 0, over.ppf(stats.norm.cdf(z)), over.isf(stats.norm.sf(z)))
        below = weight @ (inner.cdf(theta + d) if sign > 0 else inner.sf(theta - d)) / weight.sum()
        assert this.below(this.one.quantities[0], d)[0] == pytest.approx(below, abs=2e-9)


def test_the_median_of_a_difference_that_goes_by_its_logarithm_about_0():
    """Two groups without successes: both thetas are often all but 0, and so is the median of their difference."""
    fit = known(proportions([0, 0], [5, 8]))
    found = compare(fit, "g0", "g1")
    assert found.accuracy < 1e-7
    pair_at = Pair.of(fit.conditionals(4), (0, 1))
    median = found.columns()["median"][0]
    assert abs(pair_at.below(pair_at.one.quantities[0], median)[0] - 0.5) < 1e-7
    assert found.p_greater == pytest.approx(probability(fit, than="g1").probability[0], abs=1e-7)


@pytest.mark.parametrize(
    ("y", "n"), [([12, 20], [100, 100]), ([1, 0], [49, 52]), ([100000, 2], [1000000, 9]), ([10, 12, 20], [10, 12, 30])]
)
def test_claims_hold_at_finer_nodes(y, n):
    """Ordinary groups, one event, a giant beside a tiny group, and successes alone: quantiles and P(one > other)."""
    fit = known(proportions(y, n))
    found = compare(fit, "g0", "g1")
    assert found.accuracy < 3e-8
    finer, table = Pair.of(fit.conditionals(5), (0, 1)), found.columns()
    assert abs(finer.greater - found.p_greater) < found.accuracy
    for k, quantity in enumerate(finer.one.quantities):
        for name, p in (("lower", 0.025), ("median", 0.5), ("upper", 0.975)):
            value = np.log(table[name][k]) if quantity.logged else table[name][k]
            assert abs(finer.below(quantity, value)[0] - p) < found.accuracy
