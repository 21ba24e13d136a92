"""Predictions: against lattices written anew, closed forms, laws of mean and variance, and draws."""

import itertools

import mpmath
import numpy as np
import pytest
from scipy import signal, stats
from scipy import special as sc

import partialpool as pp
import predicted
from partialpool.analysis.predictions.prediction import new_group, predict
from partialpool.distributions import Betas, Gammas
from partialpool.distributions.predictive.counts import beta_binomial
from partialpool.distributions.predictive.events import negative_binomial, negative_binomial_tail
from partialpool.distributions.predictive.rows import BetaBinomials
from partialpool.distributions.predictive.total_events import TotalOfEvents
from partialpool.errors import RequestError

MUCH = {
    "labs": {"trials": 20},
    "u": {"trials": 20},
    "rats": {"trials": 20},
    "pumps": {"exposure": 10.0},
    "schools": {"se": 5.0},
    "diets": {"n": 4},
}
COUNTS = ["labs", "u", "rats", "pumps"]


def ask(name, **options):
    return predict(predicted.known(predicted.fits()[name]), **{**MUCH[name], **options})


def new(name, *args):
    return new_group(predicted.known(predicted.fits()[name]), *args)


# --- one node


@pytest.mark.parametrize(("a", "b"), [(2.0, 3.0), (0.3, 0.2), (1e-8, 4.0), (1e6, 3e6), (1.0, 1.0), (500.0, 0.01)])
def test_beta_binomial_probabilities(a, b):
    found = beta_binomial(12, np.array([a]), np.array([b]))[:, 0]
    with mpmath.workdps(50):
        exact = [mpmath.binomial(12, y) * mpmath.beta(y + a, 12 - y + b) / mpmath.beta(a, b) for y in range(13)]
        assert found == pytest.approx([float(p) for p in exact], rel=1e-13)
    assert found.sum() == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize(("a", "odds"), [(2.0, 3.0), (0.3, 0.02), (1e-6, 4.0), (900.0, 0.01), (5.0, 1e4)])
def test_negative_binomial_probabilities_and_tails(a, odds):
    log_odds = np.log(np.array([odds]))
    found = negative_binomial(13, np.array([a]), log_odds)[0]
    with mpmath.workdps(60):
        q = mpmath.mpf(odds) / (1 + mpmath.mpf(odds))
        exact = [mpmath.gamma(y + a) / mpmath.gamma(a) / mpmath.factorial(y) * (1 - q) ** a * q**y for y in range(13)]
        assert found == pytest.approx([float(p) for p in exact], rel=1e-11)
        below = mpmath.fsum(exact)
        tails = [negative_binomial_tail(np.array([12.0]), np.array([a]), log_odds, upper=u)[0] for u in (False, True)]
        assert tails == pytest.approx([float(below), float(1 - below)], rel=1e-10)


@pytest.mark.parametrize("trials", [0, 1, 2000, 100_000])
def test_many_trials_add_up_to_1(trials):
    p = beta_binomial(trials, np.array([0.3, 7.0, 4e4]), np.array([9.0, 0.2, 1e5]))
    assert p.shape == (trials + 1, 3)
    assert p.sum(axis=0) == pytest.approx(1.0, abs=1e-12)
    mean = np.arange(trials + 1) @ p
    assert mean == pytest.approx(trials * np.array([0.3 / 9.3, 7.0 / 7.2, 4.0 / 14.0]), rel=1e-10)


def test_very_many_trials_without_their_probabilities():
    """P(Y <= y) = E[F(U)] against the sum of probabilities."""
    weight = np.array([0.7, 0.2, 0.1])
    parts = Betas(np.array([[4.0, 0.6, 90.0]]), np.array([[30.0, 5.0, 700.0]]))
    of = BetaBinomials(weight, parts, np.array([3000.0]))
    p = beta_binomial(3000, parts.a[0], parts.b[0]) @ weight
    y = np.array([0.0, 1.0, 30.0, 300.0, 1500.0, 2999.0, 3000.0])
    row = np.zeros(len(y), dtype=np.intp)
    assert of.tails(row, y, upper=False) == pytest.approx(np.cumsum(p)[y.astype(int)], abs=1e-11)
    above = np.append(np.cumsum(p[:0:-1])[::-1], 0.0)[y.astype(int)]
    assert of.tails(row, y, upper=True) == pytest.approx(above, abs=1e-11)


# --- counts


@pytest.mark.parametrize("name", COUNTS)
def test_probabilities_add_up_and_have_the_mean_and_sd(name):
    found = ask(name, groups="both")
    labels = next(iter(predicted.known(predicted.fits()[name]).data.labels.values())).tolist()
    for row, label in [(0, labels[0]), (len(labels) // 2, labels[len(labels) // 2]), (-1, "new")][
        : 2 if name == "pumps" else 3
    ]:
        p = found.pmf(label)
        y = np.arange(len(p))
        assert p.sum() == pytest.approx(1.0, abs=2e-12)
        assert y @ p == pytest.approx(found.mean[row], rel=1e-6)
        assert np.sqrt((y - y @ p) ** 2 @ p) == pytest.approx(found.sd[row], rel=1e-6)
        assert (found.pmf_columns(label)["count"] == y).all()


@pytest.mark.parametrize("name", ["labs", "u", "rats"])
def test_the_mean_of_one_trial_is_that_of_theta(name):
    fit = predicted.fits()[name]
    found, groups = ask(name, trials=1), fit.group_columns()
    assert found.mean == pytest.approx(groups["mean"], rel=1e-14)
    last = next(iter(fit.data.labels.values())).tolist()[-1]
    assert found.pmf(last)[1] == pytest.approx(groups["mean"][-1], abs=1e-8)
    assert found.sd == pytest.approx(np.sqrt(groups["mean"] * (1 - groups["mean"])), rel=1e-10)


@pytest.mark.parametrize("level", [0.5, 0.95])
@pytest.mark.parametrize("name", COUNTS)
def test_intervals_of_counts_hold_at_least_their_level(name, level):
    found = ask(name, groups="new", level=level)
    p, tail = found.pmf(), 0.5 * (1 - level)
    lower, median, upper = (int(x[0]) for x in (found.lower, found.median, found.upper))
    assert p[lower : upper + 1].sum() >= level - 1e-9
    assert p[:lower].sum() <= tail + 1e-9
    assert p[: lower + 1].sum() >= tail - 1e-9
    assert p[upper + 1 :].sum() <= tail + 1e-9
    assert upper == 0 or p[upper:].sum() > tail - 1e-9
    assert p[:median].sum() < 0.5 <= p[: median + 1].sum()
    assert found.cdf([lower - 1, upper]) == pytest.approx([p[:lower].sum(), p[: upper + 1].sum()], abs=1e-11)
    assert found.quantile([tail, 0.5, 1 - tail]).tolist() == [lower, median, upper]


@pytest.mark.parametrize("which", ["few", "u"])
def test_proportions_by_a_lattice(which):
    """Each group, the next one, the total, and three new ones, over a lattice of mean and concentration."""
    known = predicted.known(predicted.labs(which))
    a, b, p = predicted.beta_nodes(which)
    keep = p > 1e-12
    a, b, p = a[keep], b[keep], p[keep] / p[keep].sum()
    data, n = known.data.statistics, 7
    found = predict(known, trials=n, groups="both")

    def given(a, b):
        y = np.arange(n + 1)[:, None]
        return sc.binom(n, y) * np.exp(sc.betaln(y + a, n - y + b) - sc.betaln(a, b))

    each = [given(a + y, b + t - y) for y, t in zip(data["successes"], data["trials"], strict=True)]
    for label, one in zip(data_labels(known), each, strict=True):
        assert found.pmf(label) == pytest.approx(one @ p, abs=1e-8)
    one = given(a, b)
    assert found.pmf("new") == pytest.approx(one @ p, abs=1e-7)
    for parts, options in ((each, {"total": True}), ([one] * 3, {"groups": "new", "new": 3})):
        total = np.ones((1, len(p)))
        for part in parts:
            longer = np.zeros((len(total) + n, len(p)))
            for y in range(n + 1):
                longer[y : y + len(total)] += part[y] * total
            total = longer
        some = predict(known, trials=n, **options)
        exact, y = total @ p, np.arange(len(total))
        assert some.pmf() == pytest.approx(exact, abs=1e-7)
        mean = y @ exact
        assert some.mean[0] == pytest.approx(mean, rel=1e-7)
        assert some.sd[0] == pytest.approx(np.sqrt((y - mean) ** 2 @ exact), rel=1e-6)


def data_labels(known):
    return next(iter(known.data.labels.values())).tolist()


def test_rates_by_a_lattice():
    """Each pump, the next one, and totals by a convolution at each point of a lattice over shape and rate."""
    known = predicted.known(predicted.pumps())
    shape, rate, p = predicted.gamma_nodes()
    keep = p > 1e-9
    shape, rate, p = shape[keep], rate[keep], p[keep] / p[keep].sum()
    data, e = known.data.statistics, 3.0
    found = predict(known, exposure=e, groups="both")
    y = np.arange(300)[:, None]
    for label, events, exposure in zip(data_labels(known), data["events"], data["exposure"], strict=True):
        exact = stats.nbinom.pmf(y[:40], shape + events, (rate + exposure) / (rate + exposure + e)) @ p
        mine = found.pmf(label)[:40]
        assert mine == pytest.approx(exact[: len(mine)], abs=1e-7)
    one = stats.nbinom.pmf(y, shape, rate / (rate + e))
    assert found.pmf("new")[:300] == pytest.approx((one @ p)[: len(found.pmf("new"))], abs=1e-6)
    two = np.fft.irfft(np.fft.rfft(np.concatenate([one, np.zeros_like(one)]), axis=0) ** 2, axis=0) @ p
    some = predict(known, exposure=e, groups="new", new=2)
    assert some.pmf()[:200] == pytest.approx(two[:200], abs=2e-6)
    many = np.random.default_rng(1).choice(len(p), 1_000_000, p=p)
    rng = np.random.default_rng(2)
    total = np.zeros(len(many))
    for events, exposure in zip(data["events"], data["exposure"], strict=True):
        total += rng.poisson(e * rng.gamma(shape[many] + events) / (rate[many] + exposure))
    whole = predict(known, exposure=e, total=True)
    assert whole.mean[0] == pytest.approx(total.mean(), abs=4 * total.std() / 1000)
    assert whole.sd[0] == pytest.approx(total.std(), rel=0.004)
    for at in (10, 19, 30):
        exact = whole.cdf(at)
        assert np.mean(total <= at) == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 1e6))


def test_counts_given_the_population_are_closed_forms():
    known = predicted.known(predicted.labs().given(mean=0.3, concentration=10.0))
    found = predict(known, trials=[5, 6, 7])
    for label, y, t, n in zip("abc", predicted.LABS["y"], predicted.LABS["n"], (5, 6, 7), strict=True):
        law = stats.betabinom(n, 3.0 + y, 7.0 + t - y)
        assert found.pmf(label) == pytest.approx(law.pmf(np.arange(n + 1)), rel=1e-11)
    assert found.columns()["trials"].tolist() == [5, 6, 7]
    law = stats.betabinom(9, 3.0, 7.0)
    assert predict(known, trials=9, groups="new").upper[0] == law.ppf(0.975)
    pumps = predicted.known(predicted.pumps().given(mean=0.8, shape=2.0))
    found, law = predict(pumps, exposure=4.0, groups="new"), stats.nbinom(2.0, 2.5 / 6.5)
    assert found.pmf()[:30] == pytest.approx(law.pmf(np.arange(30)), rel=1e-11)
    assert [found.lower[0], found.upper[0]] == [law.ppf(0.025), law.ppf(0.975)]
    three = predict(pumps, exposure=4.0, groups="new", new=3)
    assert three.pmf()[:40] == pytest.approx(stats.nbinom(6.0, 2.5 / 6.5).pmf(np.arange(40)), abs=1e-10)


@pytest.mark.parametrize(
    ("a", "odds"),
    [(0.3, 0.02), (2.0, 100.0), (900.0, 10.0), (1e-6, 4.0), (5.0, 1e4), (0.01, 1e6), (1e6, 1e-3), (3e4, 1.0)],
)
def test_a_total_of_events_is_a_closed_form_where_rates_are_alike(a, odds):
    """Three groups with the same r add up to a negative binomial, however long its tail."""
    parts = Gammas(np.array([[a], [2.0 * a]]), np.full((2, 1), -np.log(odds)))
    of = TotalOfEvents(np.ones(1), parts, np.ones(2), np.array([2.0, 1.0]))
    y = np.unique(np.concatenate([np.arange(50.0), np.geomspace(50.0, 1e7, 100).round()]))
    exact = stats.nbinom.cdf(y, 4.0 * a, 1.0 / (1.0 + odds))
    row = np.zeros(len(y), dtype=np.intp)
    assert of.tails(row, y, upper=False) == pytest.approx(exact, abs=1e-10)
    assert of.tails(row, y, upper=True) == pytest.approx(1.0 - exact, abs=1e-10)


def test_a_total_of_events_is_a_convolution():
    weight, r = np.array([0.6, 0.4]), np.array([[400.0, 9.0], [20.0, 0.2], [1.0, 3.0]])
    a = np.array([[0.5, 2.0], [3.0, 60.0], [20.0, 0.1]])
    y, exact = np.arange(40_000), 0.0
    for k in range(2):
        p = [stats.nbinom.pmf(y, a[j, k], 1.0 / (1.0 + r[j, k])) for j in range(3)]
        exact = exact + weight[k] * signal.fftconvolve(signal.fftconvolve(p[0], p[1])[: len(y)], p[2])[: len(y)]
    found = TotalOfEvents(weight, Gammas(a, -np.log(r)), np.ones(3), np.ones(3))
    some = y[::7]
    below = found.tails(np.zeros(len(some), dtype=np.intp), some.astype(float), upper=False)
    assert below == pytest.approx(np.cumsum(exact)[some], abs=1e-10)


@pytest.mark.parametrize("exposure", [10.0, 720.0, 20_000.0])
def test_totals_of_sparse_rates_have_an_answer(exposure):
    fit = pp.rates(events=[1, 0, 0, 2], exposure=[100, 50, 70, 200])
    for options in ({"total": True}, {"groups": "new", "new": 3}):
        found = fit.predict(exposure=exposure, **options)
        assert found.accuracy < 1e-4
        assert found.cdf(found.columns()["upper"])[0] >= 0.975 > found.cdf(found.columns()["upper"] - 1)[0]
        assert found.cdf(found.columns()["median"])[0] >= 0.5


def test_a_machine_of_few_failures_as_with_every_node():
    """Counts that are tabulated, and those by the incomplete beta function, over all nodes."""
    fit = pp.rates(events=[1, 0, 0, 2], exposure=[100, 50, 70, 200])
    found = fit.predict(exposure=720)
    point, p = fit.results.hyper.point.limited, fit.results.hyper.probability
    a, odds = 1.0 + np.exp(point.log_shape), 720.0 / (100.0 + np.exp(point.log_rate))
    y = np.array([0, 5, 20, 63, 64, 200])
    exact = [float(stats.nbinom.cdf(v, a, 1.0 / (1.0 + odds)) @ p) for v in y]
    assert found.cdf(y, 1) == pytest.approx(exact, abs=1e-9)


def test_a_million_trials():
    found = ask("labs", trials=1_000_000, groups="c")
    theta = predicted.labs().group_columns()
    for name in ("lower", "median", "upper"):
        assert getattr(found, name)[0] / 1e6 == pytest.approx(theta[name][2], abs=5e-6)
    assert found.mean[0] == pytest.approx(1e6 * theta["mean"][2], rel=1e-12)


# --- numbers


def test_schools_by_linear_algebra():
    """Given sd all thetas are jointly normal: each, the next one, and totals."""
    known = predicted.known(predicted.schools())
    sd, p, mean, covariance = predicted.normal_nodes()
    size, y = known.data.size, np.array([-20.0, 0.0, 5.0, 31.0])
    found = predict(known, se=4.0, groups="both")
    for j, label in enumerate(data_labels(known)):
        scale = np.sqrt(covariance[:, j, j] + 16.0)
        exact = sc.ndtr((y[:, None] - mean[:, j]) / scale) @ p
        assert found.cdf(y, label) == pytest.approx(exact, abs=1e-8)
        assert found.density(y, label) == pytest.approx(stats.norm.pdf(y[:, None], mean[:, j], scale) @ p, abs=1e-8)
    following = np.sqrt(covariance[:, -1, -1] + sd**2 + 16.0)
    assert found.cdf(y, "new") == pytest.approx(sc.ndtr((y[:, None] - mean[:, -1]) / following) @ p, abs=1e-8)
    whole, at = predict(known, se=4.0, total=True), np.array([-50.0, 30.0, 90.0])
    middle, variance = mean[:, :size].sum(axis=1), covariance[:, :size, :size].sum(axis=(1, 2)) + size * 16.0
    assert whole.cdf(at) == pytest.approx(sc.ndtr((at[:, None] - middle) / np.sqrt(variance)) @ p, abs=1e-8)
    assert whole.mean[0] == pytest.approx(middle @ p, rel=1e-8)
    assert whole.sd[0] ** 2 == pytest.approx((variance + (middle - middle @ p) ** 2) @ p, rel=1e-7)
    three = predict(known, se=4.0, groups="new", new=3)
    variance = 9 * covariance[:, -1, -1] + 3 * (sd**2 + 16.0)
    assert three.cdf(at) == pytest.approx(sc.ndtr((at[:, None] - 3 * mean[:, -1]) / np.sqrt(variance)) @ p, abs=1e-7)
    assert three.mean[0] == pytest.approx(3 * mean[:, -1] @ p, rel=1e-8)


def test_an_estimate_without_error_is_theta():
    found, groups = ask("schools", se=0.0), predicted.schools().group_columns()
    for name in ("mean", "sd", "median", "lower", "upper"):
        assert getattr(found, name) == pytest.approx(groups[name], rel=1e-6, abs=1e-7)


def test_diets_by_draws():
    """A million draws of theta and sigma given nodes: the mean of 4 rows, of a group and of the next, and the total."""
    known = predicted.known(predicted.diets())
    nodes, rng = known.conditionals(3), np.random.default_rng(5)
    many = rng.choice(len(nodes.probability), 1_000_000, p=nodes.probability)
    noise = nodes.phi["sigma"][many] / 2.0
    parts = [*(nodes.groups.part((j, many)) for j in nodes.where), nodes.population.part(many)]
    drawn = [part.drawn(rng) + noise * rng.standard_normal(len(many)) for part in parts]
    found, whole = ask("diets", groups="both"), ask("diets", total=True)
    rows = [*zip(drawn, [*data_labels(known), "new"], itertools.repeat(found)), (sum(drawn[:-1]), None, whole)]
    for i, (y, label, of) in enumerate(rows):
        k = min(i, len(of.mean) - 1)
        for p in (0.025, 0.3, 0.9):
            at = float(of.quantile(p, label))
            assert np.mean(y <= at) == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / 1e6))
        assert of.mean[k] == pytest.approx(y.mean(), abs=4 * y.std() / 1000)


def test_measurements_given_the_population_are_closed_forms():
    fit = predicted.diets().given(mean=64.0, sd=3.0, sigma=2.0)
    known = predicted.known(fit)
    found, data = predict(known, n=5, groups="both"), known.data.statistics
    precision = data["n"] / 4.0 + 1 / 9.0
    mean = (data["n"] * data["mean"] / 4.0 + 64.0 / 9.0) / precision
    sd = np.sqrt(1 / precision + 4.0 / 5.0)
    assert found.mean[:-1] == pytest.approx(mean, rel=1e-12)
    assert found.sd[:-1] == pytest.approx(sd, rel=1e-12)
    assert found.upper[:-1] == pytest.approx(mean + sd * sc.ndtri(0.975), rel=1e-12)
    assert found.sd[-1] == pytest.approx(np.sqrt(9.0 + 0.8), rel=1e-12)
    whole = predict(known, n=5, total=True)
    assert whole.mean[0] == pytest.approx(mean.sum(), rel=1e-12)
    assert whole.sd[0] == pytest.approx(np.sqrt(np.sum(sd**2)), rel=1e-9)


# --- the next group


def test_a_new_laboratory_as_published():
    found = new("rats")
    assert found.mean == pytest.approx(0.144297, abs=5e-7)
    assert found.sd == pytest.approx(0.089102, abs=5e-7)


@pytest.mark.parametrize("which", ["few", "u", "none"])
def test_the_next_proportion_by_a_lattice(which):
    found = new_group(predicted.known(predicted.labs(which)))
    a, b, p = predicted.beta_nodes(which)
    theta = np.array([1e-12, 1e-3, 0.05, 0.3, 0.9, 0.9999])
    assert found.cdf(theta) == pytest.approx(sc.betainc(a, b, theta[:, None]) @ p, abs=1e-8)
    assert found.mean == pytest.approx(p @ (a / (a + b)), rel=1e-8)
    square = a / (a + b) * (a + 1) / (a + b + 1)
    assert found.sd**2 + found.mean**2 == pytest.approx(p @ square, rel=1e-8)


def test_the_next_rate_by_a_lattice():
    for on in ("mean", "rate"):
        found = new_group(predicted.known(predicted.pumps(on)))
        shape, rate, p = predicted.gamma_nodes(on)
        theta = np.array([1e-6, 0.01, 0.3, 2.0, 9.0])
        exact = sc.gammainc(shape, theta[:, None] * rate) @ p
        assert found.cdf(theta) == pytest.approx(exact, abs=1e-8)
        assert found.accuracy.probability < 1e-6


FAR = np.array([1e-12, 1e-9, 1e-6, 1e-3])


def test_far_tails_of_the_next_theta_of_schools_by_a_lattice():
    """Given sd theta_new is normal, so that the reference is a sum over one lattice."""
    found = new("schools")
    sd, p, mean, covariance = predicted.normal_nodes()
    for upper in (False, True):
        z = found.mixture.parts.theta(found.mixture.quantiles(FAR, upper=upper)[0])
        away = (z[:, None] - mean[:, -1]) / np.hypot(sd, np.sqrt(covariance[:, -1, -1]))
        assert sc.ndtr(-away if upper else away) @ p == pytest.approx(FAR, rel=max(found.relative, 1e-9))
    assert found.relative < 1e-8


@pytest.mark.parametrize("which", ["few", "u", "none"])
def test_far_tails_of_the_next_proportion_by_a_lattice(which):
    """What the reference leaves out, 1e-16 of its top at a point, is 1e-4 of the least tail."""
    found = new_group(predicted.known(predicted.labs(which)))
    a, b, p = predicted.beta_nodes(which)
    for upper, tail in ((False, sc.betainc), (True, sc.betaincc)):
        z = found.mixture.quantiles(FAR, upper=upper)[0]
        inside = (z > -600.0) & (z < 36.0)  # nearer to 1 a double no longer tells where
        exact = tail(a, b, sc.expit(z[inside])[:, None]) @ p
        assert exact == pytest.approx(FAR[inside], rel=max(found.relative, 1e-3))


@pytest.mark.parametrize("name", list(MUCH))
def test_far_tails_of_the_next_theta_say_how_good_they_are(name):
    """Against those of every second row, which are worse than all rows."""
    found = new(name)
    assert found.relative < 0.02
    assert f"within {found.relative:.0e} of themselves" in repr(found)


@pytest.mark.parametrize("name", list(MUCH))
def test_the_next_theta_has_the_moments_of_the_population(name):
    """E[theta] = E[mean] and Var(theta) = E[sd^2] + Var(mean): over nodes, to what they can."""
    found, nodes = new(name), predicted.known(predicted.fits()[name]).singles(6)
    mean = nodes.probability @ nodes.population.mean
    assert found.mean == pytest.approx(mean, rel=1e-6)
    if name != "pumps":
        variance = nodes.probability @ (nodes.population.variance + (nodes.population.mean - mean) ** 2)
        assert found.sd == pytest.approx(np.sqrt(variance), rel=2e-4)
    else:
        assert "does not exist" in found.note


@pytest.mark.parametrize("name", list(MUCH))
def test_quantiles_of_the_next_theta_invert_its_distribution(name):
    found, p = new(name, 0.8), np.array([[0.1, 0.5], [0.8, 0.9]])
    assert found.cdf(found.quantile(p)) == pytest.approx(p, abs=1e-9)
    assert found.quantile([0.1, 0.5, 0.9]) == pytest.approx([found.lower, found.median, found.upper], rel=1e-9)
    x = float(found.quantile(0.4))
    h = 1e-5 * x
    assert (found.cdf(x + h) - found.cdf(x - h)) / (2 * h) == pytest.approx(float(found.pdf(x)), rel=1e-6)
    assert found.accuracy.probability < 3e-6
    assert "next group" in repr(found)
    assert len(found.table()) in (1, 6)


def test_ends_of_the_next_theta():
    found = new("labs")
    assert found.cdf([-1.0, 0.0, 1.0, 2.0]).tolist() == [0.0, 0.0, 1.0, 1.0]
    assert found.pdf([-1.0, 2.0]).tolist() == [0.0, 0.0]
    with pytest.raises(RequestError):
        found.quantile(1.0)


def test_a_missing_moment_says_why():
    default = predicted.pumps("default")
    found = new_group(predicted.known(default))
    assert np.isfinite(found.mean)
    assert np.isnan(found.sd)
    assert "infinite" in found.note
    assert "does not exist" in predict(predicted.known(default), exposure=1.0, groups="new").note


# --- what is asked


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("labs", {"trials": None}, "Give trials="),
        ("labs", {"exposure": 2.0}, "with trials="),
        ("pumps", {"trials": 3}, "with exposure="),
        ("schools", {"n": 3}, "with se="),
        ("diets", {"se": 3}, "with n="),
        ("labs", {"trials": 2.5}, "whole numbers, 0 or more"),
        ("labs", {"trials": -1}, "0 or more"),
        ("labs", {"trials": [1, 2]}, "one for each of the 3 groups"),
        ("labs", {"trials": "many"}, "numbers"),
        ("labs", {"trials": True}, "numbers"),
        ("labs", {"trials": float("nan")}, "not nan"),
        ("pumps", {"exposure": 0.0}, "above 0"),
        ("schools", {"se": -1.0}, "0 or more"),
        ("diets", {"n": 0}, "1 or more"),
        ("labs", {"groups": "d"}, "There is no group"),
        ("labs", {"new": 3}, 'groups="new"'),
        ("labs", {"groups": "new", "new": 0}, "1 or more"),
        ("labs", {"groups": "a", "total": True}, "adds up"),
        ("labs", {"level": 1.5}, "level"),
        ("rats", {"trials": 10**7, "total": True}, "too much work"),
    ],
)
def test_refusals(name, options, said):
    with pytest.raises(RequestError, match=said):
        ask(name, **options)


def test_rows_and_kinds():
    found = ask("labs", groups="both")
    assert found.columns()["lab"].tolist() == ["a", "b", "c", "new"]
    assert found.columns()["lower"].dtype == np.int64
    assert ask("labs", groups="new", new=3).columns()["lab"].tolist() == ["total of 3"]
    assert ask("labs", total=True).columns()["trials"].tolist() == [60]
    assert ask("labs", groups=("a",)).columns()["lab"].tolist() == ["a"]
    assert "Prediction" in repr(found)
    assert len(ask("rats").table()) == 71
    with pytest.raises(RequestError, match="which of the 4 rows"):
        found.pmf()
    with pytest.raises(RequestError, match="not among"):
        ask("labs", groups="a").pmf("b")
    with pytest.raises(RequestError, match="no count"):
        ask("schools").pmf("A")
    with pytest.raises(RequestError, match="is a count"):
        found.density(1.0, "a")
    with pytest.raises(RequestError, match="p must be"):
        found.quantile(0.0, "a")
    assert ask("labs", trials=0).upper.tolist() == [0, 0, 0]


@pytest.mark.parametrize("method", ["cdf", "density", "quantile"])
def test_a_label_in_the_place_of_the_numbers_is_refused(method):
    data = {"part": ["M1", "M1", "M3", "M3", "M4", "M4"], "mm": [1.0, 1.1, 1.3, 1.2, 1.7, 1.6]}
    found = pp.measurements(data, group="part", value="mm").predict(n=1)
    with pytest.raises(pp.RequestError, match=rf"must be numbers, not 'M3': \.{method}\([yp], group\) takes"):
        getattr(found, method)("M3", 0.5)
