"""Intervals: against lattices written anew, laws of the shortest one, and tails of 1e-12."""

import mpmath
import numpy as np
import pytest
from scipy import optimize, stats
from scipy import special as sc

import partialpool as pp
import predicted
from partialpool.analysis.intervals import shortest as module
from partialpool.analysis.intervals.intervals import KINDS, intervals, quantiles
from partialpool.analysis.intervals.shortest import shortest
from partialpool.distributions import Betas, Gammas, Normals
from partialpool.engine.mixture import Mixture, tail
from partialpool.errors import RequestError

NAMES = ["labs", "u", "rats", "pumps", "schools", "diets"]


def ask(name, *args, **options):
    return intervals(predicted.known(predicted.fits()[name]), *args, **options)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_central_intervals_are_those_of_the_fit(name, level):
    found, of = ask(name, level), predicted.fits()[name].group_columns(level)
    scale = of["upper"] - of["lower"]
    assert np.max(np.abs(found.lower - of["lower"]) / scale) < 1e-6
    assert np.max(np.abs(found.upper - of["upper"]) / scale) < 1e-6
    assert found.probability == pytest.approx(level, abs=1e-12)
    assert found.accuracy < 1e-6


@pytest.mark.parametrize("name", ["labs", "pumps", "schools", "diets"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_holds_what_it_says(name, kind):
    for level in (0.02, 0.8, 0.99):
        found = ask(name, level, kind=kind)
        assert found.probability == pytest.approx(level, abs=1e-12)
        assert (found.lower < found.upper).all()


@pytest.mark.parametrize("which", ["few", "u", "none"])
@pytest.mark.parametrize("kind", KINDS)
def test_proportions_by_a_lattice(which, kind):
    """P(theta <= x) at the ends by a lattice over mean and concentration."""
    found = intervals(predicted.known(predicted.labs(which)), 0.9, kind=kind)
    a, b, p = predicted.beta_nodes(which)
    data = predicted.labs(which).data.statistics
    for j, (y, n) in enumerate(zip(data["successes"], data["trials"], strict=True)):
        below, above = (sc.betainc(a + y, b + n - y, x) @ p for x in (found.lower[j], found.upper[j]))
        assert above - below == pytest.approx(0.9, abs=2e-8)
        if kind == "central":
            assert below == pytest.approx(0.05, abs=2e-8)
        elif kind == "upper":
            assert found.upper[j] == 1.0
        elif kind == "lower":
            assert found.lower[j] == 0.0


def test_the_shortest_by_a_lattice():
    """Minimised over the lower end on a lattice over mean and concentration, by a library's own minimiser."""
    found = intervals(predicted.known(predicted.labs()), 0.9, kind="shortest")
    a, b, p = predicted.beta_nodes()
    keep = p > 1e-9
    a, b, p = a[keep], b[keep], p[keep] / p[keep].sum()
    y, n = 3, 20

    def cdf(x):
        return sc.betainc(a + y, b + n - y, x) @ p

    def length(x):
        return optimize.brentq(lambda top: cdf(top) - cdf(x) - 0.9, x, 1.0, xtol=1e-12) - x

    best = optimize.minimize_scalar(length, bounds=(1e-6, 0.1), method="bounded", options={"xatol": 1e-7})
    assert found.upper[1] - found.lower[1] == pytest.approx(best.fun, abs=1e-7)
    assert found.lower[1] == pytest.approx(best.x, abs=1e-4)


@pytest.mark.parametrize("name", ["labs", "u", "pumps", "schools", "diets"])
def test_the_shortest_is_no_longer_than_any_other(name):
    one, level = ask(name, 0.8, kind="shortest"), 0.8
    below = np.linspace(0.001, 0.199, 23)
    known = predicted.known(predicted.fits()[name])
    low, high = quantiles(known, below)[0], quantiles(known, 1.0 - level - below, upper=True)[0]
    assert ((high - low) * (1 + 1e-9) >= (one.upper - one.lower)[:, None]).all()
    central = ask(name, 0.8)
    assert (one.upper - one.lower <= central.upper - central.lower).all()


@pytest.mark.parametrize(
    ("parts", "law"),
    [
        (Betas(np.array([[4.0]]), np.array([[9.0]])), stats.beta(4, 9)),
        (Gammas(np.array([[3.0]]), np.array([[np.log(2.0)]])), stats.gamma(3, scale=0.5)),
        (Normals(np.array([[1.0]]), np.array([[2.0]]), 5.0, 3.0), stats.norm(8, 6)),
    ],
)
def test_the_shortest_of_one_distribution_has_equal_densities(parts, law):
    z, u = shortest(Mixture(np.ones(1), parts), 0.9)
    low, high = parts.theta(z[0])
    assert law.cdf(high) - law.cdf(low) == pytest.approx(0.9, abs=1e-12)
    assert law.pdf(low) == pytest.approx(law.pdf(high), rel=1e-7)
    assert law.cdf(low) == pytest.approx(u[0], rel=1e-10)


def test_the_shortest_of_a_normal_is_central():
    parts = Normals(np.array([[0.0], [3.0]]), np.array([[1.0], [0.1]]))
    z, _ = shortest(Mixture(np.ones(1), parts), 0.95)
    assert z[0] == pytest.approx(stats.norm.ppf([0.025, 0.975]), abs=1e-7)


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_a_monotone_density_gives_an_interval_from_its_end(level):
    parts = Betas(np.array([[0.4], [7.0], [1.0]]), np.array([[7.0], [0.4], [1.5]]))
    z, _ = shortest(Mixture(np.ones(1), parts), level)
    assert z[0, 0] == Betas.limits[0]
    assert z[1, 1] == Betas.limits[1]
    assert z[2, 0] == Betas.limits[0]
    assert parts.theta(z[0, 1:]) == pytest.approx(stats.beta(0.4, 7).ppf(level), rel=1e-9)
    assert parts.theta(-z[1, :1]) == pytest.approx(stats.beta(0.4, 7).ppf(level), rel=1e-9)
    gamma = Gammas(np.array([[0.7]]), np.array([[0.0]]))
    z, _ = shortest(Mixture(np.ones(1), gamma), level)
    assert z[0, 0] == Gammas.limits[0]
    assert gamma.theta(z[0, 1:]) == pytest.approx(stats.gamma(0.7).ppf(level), rel=1e-9)


@pytest.mark.parametrize("upper", [False, True])
def test_beta_tails_of_either_side_keep_their_digits(upper):
    for a, b, z in [(3.0, 90.0, 0.2), (90.0, 3.0, -0.2), (2.0, 5.0, 12.0), (5.0, 2.0, -12.0), (0.3, 40.0, -0.5)]:
        of = Betas(np.array([a]), np.array([b]))
        found = tail(of, np.array([z]), upper=upper)[0]
        with mpmath.workdps(40):
            x = 1 / (1 + mpmath.exp(-mpmath.mpf(z)))
            ends = (x, 1) if upper else (0, x)
            exact = mpmath.betainc(a, b, *ends, regularized=True)
            assert found == pytest.approx(float(exact), rel=1e-11)


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("p", [0.5, 1e-3, 1e-12, 1e-30])
def test_quantiles_of_mixtures_invert_their_tails(p, upper):
    some = np.random.default_rng(3)
    shape = (5, 4)
    weight = np.array([0.5, 0.3, 0.15, 0.05])
    for parts in (
        Betas(some.gamma(2.0, 5.0, shape) + 0.1, some.gamma(2.0, 5.0, shape) + 0.1),
        Gammas(some.gamma(2.0, 5.0, shape) + 0.1, some.normal(size=shape)),
        Normals(some.normal(size=shape), some.gamma(2.0, 1.0, shape) + 0.01, 3.0, 2.0),
    ):
        mixture = Mixture(weight, parts)
        z = mixture.quantiles(np.array([p]), upper=upper)
        assert mixture.tails(z, upper=upper) == pytest.approx(p, rel=1e-11)


def test_tails_of_one_normal_down_to_1e_12():
    """Schools given mean and sd: theta_j ~ N, so that the quantiles are closed forms."""
    fit = predicted.schools().given(mean=3.0, sd=6.0)
    known, p = predicted.known(fit), np.array([1e-12, 1e-6, 0.3])
    found, error = quantiles(known, p)
    y, se = known.data.statistics["estimate"], known.data.statistics["se"]
    b = 36.0 / (36.0 + se**2)
    exact = (3.0 + b * (y - 3.0))[:, None] + np.sqrt(b * se**2)[:, None] * sc.ndtri(p)
    assert found == pytest.approx(exact, rel=1e-12)
    assert error < 1e-12


def test_far_tails_by_a_lattice():
    """The error that is stated holds: schools against a lattice over mean and sd, in tails of 1e-3, 1e-6 and 1e-12."""
    known, p = predicted.known(predicted.schools()), np.array([1e-3, 1e-6, 1e-12])
    found, error = quantiles(known, p, upper=True)
    _, weight, mean, covariance = predicted.normal_nodes()
    for j in range(known.data.size):
        z = (mean[:, j] - found[j][:, None]) / np.sqrt(covariance[:, j, j])
        assert sc.ndtr(z) @ weight == pytest.approx(p, rel=max(2 * error, 1e-9))
    assert error < 1e-3


def test_intervals_of_higher_level_hold_those_of_lower():
    for kind in ("central", "shortest"):
        small, large = ask("labs", 0.6, kind=kind), ask("labs", 0.7, kind=kind)
        assert (large.lower <= small.lower).all()
        assert (large.upper >= small.upper).all()


def test_one_sided_bounds_meet():
    """A bound of 0.9 from below is the same number as a bound of 0.1 from above."""
    lower, upper = ask("pumps", 0.9, kind="lower"), ask("pumps", 1 - 0.9, kind="upper")
    assert lower.upper == pytest.approx(upper.lower, rel=1e-7)
    assert (lower.lower == 0.0).all()
    assert np.isinf(upper.upper).all()
    assert np.isinf(ask("schools", 0.9, kind="lower").lower).all()


def test_successes_and_failures_mirror():
    other = predicted.known(predicted.labs("mirrored"))
    for kind in ("central", "shortest"):
        one, two = ask("labs", 0.9, kind=kind), intervals(other, 0.9, kind=kind)
        assert one.lower == pytest.approx(1.0 - two.upper, abs=1e-7)
        assert one.upper == pytest.approx(1.0 - two.lower, abs=1e-7)


@pytest.mark.parametrize("on", ["mean", "rate"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_accuracy_that_is_stated_holds(on, kind):
    """Pumps against a lattice over shape and rate; a rate that is nearly 0 a priori is hard on few nodes."""
    found = intervals(predicted.known(predicted.pumps(on)), 0.9, kind=kind)
    shape, rate, p = predicted.gamma_nodes(on)
    data = predicted.pumps(on).data.statistics
    for j, (y, e) in enumerate(zip(data["events"], data["exposure"], strict=True)):
        below, above = (
            sc.gammainc(shape + y, np.minimum(x, 1e300) * (rate + e)) @ p for x in (found.lower[j], found.upper[j])
        )
        assert above - below == pytest.approx(0.9, abs=3 * found.accuracy + 1e-9)
    assert found.accuracy < 1e-6


def test_the_table_keeps_the_names_of_groups():
    found = ask("rats")
    assert list(found.columns()) == ["group", "lower", "upper", "probability"]
    assert len(found.table()) == 71
    assert "95%" in repr(found)


@pytest.mark.parametrize(("level", "kind"), [(1.0, "central"), (0.0, "lower"), (95, "central"), (0.9, "widest")])
def test_refusals(level, kind):
    with pytest.raises(RequestError):
        ask("labs", level, kind=kind)


def test_a_column_with_the_name_of_a_result():
    data = {"probability": ["a", "b", "c"], "y": [1, 3, 4], "n": [20, 20, 14]}
    fit = predicted.pp.proportions(data, successes="y", trials="n", group="probability")
    with pytest.raises(RequestError, match="probability_observed"):
        intervals(predicted.known(fit)).table()
    with pytest.raises(RequestError, match="above 0"):
        quantiles(predicted.known(fit), np.array([0.0]))


@pytest.mark.parametrize("name", ["labs", "rates"])
def test_the_shortest_by_newton_is_that_by_halving(name, monkeypatch):
    """Nearly all groups are found by steps on both equations at once, and lie where a search puts them."""
    rng = np.random.default_rng(6)
    n = rng.integers(5, 300, 40)
    y = rng.binomial(n, rng.beta(2, 30, 40))
    found = []
    newton = module._newton

    def counted(*arguments):
        answer = newton(*arguments)
        found.append(answer[2].mean())
        return answer

    def fitted():
        if name == "labs":
            return pp.proportions({"y": y, "n": n}, successes="y", trials="n")
        return pp.rates({"y": y, "n": n}, events="y", exposure="n")

    monkeypatch.setattr(module, "_newton", counted)
    quick = fitted().intervals(0.9, kind="shortest")
    assert min(found) > 0.5
    monkeypatch.setattr(module, "_newton", lambda of, rest, z, some: (z.copy(), np.full(len(z), np.nan), some & False))
    slow = fitted().intervals(0.9, kind="shortest")
    np.testing.assert_allclose(quick.upper, slow.upper, rtol=2e-7)
    np.testing.assert_allclose(quick.lower, slow.lower, rtol=2e-7, atol=1e-9)
    np.testing.assert_allclose(quick.probability, 0.9, atol=2e-10)
