"""Draws: against exact distribution functions, exact moments, independent integrals, limits, and refusals."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest
from scipy import stats

import partialpool as pp
from partialpool.analysis.exports.posterior_draws import draws
from partialpool.analysis.fitted_model import FittedModel
from partialpool.engine.mixture import Mixture
from partialpool.quadrature.frame import Frame
from partialpool.quadrature.rejection import drawn as drawn_from
from partialpool.quadrature.rejection import drawn_over_plane, lattice, on_line
from simulated import OURS, drawn

MANY = 50_000
FAR = 4.9  # standard errors: exceeded by chance once in a million
TAILS = (0.001, 0.005, 0.025, 0.1, 0.25, 0.4)
SCHOOLS = pp.datasets.load("eight_schools")
CUT = {
    "proportions": pp.Prior(mean=pp.Uniform(0.1, 0.4), concentration=pp.Pareto(2.0, 1.5)),
    "rates": pp.Prior(mean=pp.Uniform(0.3, 0.8), shape=pp.Uniform(0.5, 3.0)),
    "estimates": pp.Prior(mean=pp.Normal(2, 1), sd=pp.Uniform(0.5, 2.0)),
    "measurements": pp.Prior(mean=pp.Normal(9, 2), sd=pp.Uniform(0.5, 3.0), sigma=pp.Uniform(1.0, 1.7)),
}


def known(fit):
    return FittedModel(fit.family, fit.data, fit.results, fit.level)


def of(family, seed=0, **options):
    function, data, roles = drawn(family, seed)
    return known(function(data, **roles, **options))


@pytest.fixture(scope="module", params=OURS)
def many(request):
    fit = of(request.param)
    return fit, draws(fit, MANY, seed=3)


def beyond(values, x, p):
    """How many standard errors the share of draws below x is from p."""
    return np.abs(np.mean(values <= x, axis=0) - p) / np.sqrt(p * (1.0 - p) / len(values))


def check_quantiles(values, summary, tails=TAILS):
    for tail in tails:
        row = summary(tail)
        assert np.max(beyond(values, row.lower, tail)) < FAR
        assert np.max(beyond(values, row.median, 0.5)) < FAR
        assert np.max(beyond(values, row.upper, 1.0 - tail)) < FAR


def test_parameters_have_the_exact_quantiles(many):
    fit, found = many
    assert set(found.parameters) == set(fit.results.parameters)
    assert found.accuracy < 1e-8
    for name, values in found.parameters.items():
        check_quantiles(values, lambda tail, name=name: fit.results.population(name, tail))


def test_groups_have_the_exact_quantiles(many):
    fit, found = many
    check_quantiles(found.theta, fit.results.groups)


def test_groups_and_the_next_one_have_the_exact_distribution(many):
    fit, found = many
    nodes = fit.singles(4)
    groups = Mixture(nodes.probability, nodes.groups.part(nodes.where))
    u = groups.tails(groups.parts.line(found.theta[:1500].T), upper=False)
    assert min(stats.kstest(row, "uniform").pvalue for row in u) > 1e-4
    following = Mixture(nodes.probability, nodes.population.part(None))
    u = following.tails(following.parts.line(found.theta_new[None, :5000]), upper=False)[0]
    assert stats.kstest(u, "uniform").pvalue > 1e-3


def test_moments_that_exist(many):
    fit, found = many
    exact = fit.results.groups(0.025)
    error = exact.sd / np.sqrt(MANY)
    assert np.nanmax(np.abs(found.theta.mean(axis=0) - exact.mean) / error) < FAR
    for name in fit.results.parameters:
        row = fit.results.population(name, 0.025)
        if np.isfinite(row.sd):
            assert abs(found.parameters[name].mean() - row.mean) < FAR * row.sd / np.sqrt(MANY)


def test_groups_are_drawn_together(many):
    """Cov(theta_i, theta_j) is that of their conditional means, which the nodes give exactly."""
    fit, found = many
    nodes = fit.conditionals(5)
    mean = nodes.groups.part(nodes.where).mean
    away = mean - (mean @ nodes.probability)[:, None]
    exact = (away * nodes.probability) @ away.T
    theta = found.theta - found.theta.mean(axis=0)
    products = theta[:, :, None] * theta[:, None, :]
    error = products.std(axis=0) / np.sqrt(MANY)
    apart = np.abs(products.mean(axis=0) - exact) / error
    off = ~np.eye(nodes.size, dtype=bool)
    assert apart[off].max() < FAR
    assert (np.abs(exact) / error)[off].max() > 3.0  # there is something to see


def test_parameters_belong_together(many):
    _, found = many
    phi = found.parameters
    if "concentration" in phi:
        np.testing.assert_allclose(phi["alpha"] + phi["beta"], phi["concentration"], rtol=1e-12)
        np.testing.assert_allclose(phi["alpha"] / phi["concentration"], phi["mean"], rtol=1e-12)
    if "rate" in phi:
        np.testing.assert_allclose(phi["shape"] / phi["rate"], phi["mean"], rtol=1e-12)
    if "icc" in phi:
        np.testing.assert_allclose(phi["sd"] ** 2 / (phi["sd"] ** 2 + phi["sigma"] ** 2), phi["icc"], rtol=1e-12)


def test_draws_are_in_random_order(many):
    """The sum of products of neighbours, n of them, has about the sd 1/sqrt(n)."""
    _, found = many
    for values in (*found.parameters.values(), found.theta_new, found.theta[:, 0]):
        rank = stats.rankdata(values)
        rank = (rank - rank.mean()) / rank.std()
        assert abs(np.mean(rank[1:] * rank[:-1])) < FAR / np.sqrt(MANY)


def test_no_value_is_drawn_twice(many):
    _, found = many
    assert all(len(np.unique(values)) == MANY for values in found.parameters.values())


def test_the_next_group_against_the_schools_own_integral():
    """P(theta_new < 0) by mpmath, from the density of (mean, sd) written out anew."""
    y, s = (np.array(SCHOOLS[name], dtype=float) for name in ("effect", "se"))

    def likelihood(tau):
        h2 = s**2 + float(tau) ** 2
        w = 1.0 / h2
        mean, variance = (w @ y) / w.sum(), 1.0 / w.sum()
        height = 1e8 * np.exp(0.5 * (np.log(variance) - np.log(h2).sum() - ((y - mean) ** 2) @ w))
        return height, mean, variance + float(tau) ** 2

    def below(tau):
        height, mean, variance = likelihood(tau)
        return height * stats.norm.cdf(-mean / np.sqrt(variance))

    cuts = [0, 3, 10, 30, 100, 1000, mpmath.inf]
    exact = float(mpmath.quad(below, cuts) / mpmath.quad(lambda tau: likelihood(tau)[0], cuts))
    fit = pp.estimates(SCHOOLS, estimate="effect", se="se", group="school", prior="flat")
    found = draws(known(fit), 400_000, seed=8)
    assert abs(np.mean(found.theta_new < 0.0) - exact) < FAR * np.sqrt(exact * (1.0 - exact) / 400_000)


@pytest.mark.parametrize("family", OURS)
def test_priors_that_are_cut_off(family):
    fit = of(family, 1, prior=CUT[family])
    found = draws(fit, 20_000, seed=1)
    assert found.cut < 1e-9
    for name in fit.results.parameters[:2]:  # quantiles of the others take long to work out
        check_quantiles(found.parameters[name], lambda tail, name=name: fit.results.population(name, tail))
    check_quantiles(found.theta, fit.results.groups, (0.025, 0.25))


@pytest.mark.parametrize("family", OURS)
def test_given_parameters(family):
    values = {
        "proportions": {"mean": 0.3, "concentration": 8.0},
        "rates": {"mean": 0.6, "shape": 2.0},
        "estimates": {"mean": 3.0, "sd": 1.0},
        "measurements": {"mean": 10.0, "sd": 2.0, "sigma": 1.5},
    }[family]
    function, data, roles = drawn(family, 2)
    fit = known(function(data, **roles).given(**values))
    found = draws(fit, 20_000, seed=5)
    for name, value in values.items():
        np.testing.assert_allclose(found.parameters[name], value, rtol=1e-12)
    check_quantiles(found.theta, fit.results.groups)


def test_a_mean_that_is_not_given_is_drawn():
    function, data, roles = drawn("measurements", 2)
    fit = known(function(data, **roles).given(sd=2.0, sigma=1.5))
    found = draws(fit, 20_000, seed=5)
    check_quantiles(found.parameters["mean"], lambda tail: fit.results.population("mean", tail))
    check_quantiles(found.theta, fit.results.groups)


@pytest.mark.parametrize("family", OURS)
def test_a_seed_says_all(family):
    fit = of(family)
    one, two, other = draws(fit, 50, seed=1), draws(fit, 50, seed=1), draws(fit, 50, seed=2)
    assert np.array_equal(one.theta, two.theta)
    assert np.array_equal(one.theta_new, two.theta_new)
    assert not np.any(one.theta == other.theta)


def test_many_groups_are_drawn_in_parts(monkeypatch):
    fit = of("proportions")
    monkeypatch.setattr("partialpool.analysis.exports.posterior_draws._CELLS", 100)
    found = draws(fit, 5000, seed=2)
    check_quantiles(found.theta, fit.results.groups)


def test_groups_with_the_same_data_differ():
    fit = known(pp.proportions({"y": [3, 3, 3, 9], "n": [10, 10, 10, 10]}, successes="y", trials="n"))
    theta = draws(fit, 100).theta
    assert not np.any(theta[:, 0] == theta[:, 1])


def test_exact_estimates_are_drawn_as_they_are():
    fit = known(pp.estimates({"y": [1.25, 2.0, 1e3 + 1 / 3], "s": [3.0, 4.0, 0.0]}, estimate="y", se="s"))
    theta = draws(fit, 100).theta
    assert np.all(theta[:, 2] == 1e3 + 1 / 3)
    assert len(np.unique(theta[:, 0])) == 100


def test_symmetric_data_draw_symmetric_parameters():
    fit = known(pp.proportions({"y": [3, 7, 5], "n": [10, 10, 10]}, successes="y", trials="n"))
    found = draws(fit, MANY)
    assert beyond(found.parameters["mean"], 0.5, 0.5) < FAR
    assert abs(found.theta.mean() - 0.5) < FAR * found.theta.mean(axis=1).std() / np.sqrt(MANY)


def test_tables():
    found = draws(known(pp.estimates(SCHOOLS, estimate="effect", se="se", group="school")), 4)
    table = found.columns()
    assert list(table) == ["draw", "mean", "sd", "theta_new"]
    long = found.group_columns()
    assert list(long) == ["school", "draw", "theta"]
    assert long["theta"][(long["school"] == "B") & (long["draw"] == 2)].item() == found.theta[2, 1]
    assert "4 draws of 8 groups" in repr(found)
    assert len(found.table()) == 4
    assert len(found.group_table()) == 32


@pytest.mark.parametrize(("options", "said"), [
    ({"n": 0}, "n is how many"),
    ({"n": 2.0}, "n is how many"),
    ({"n": True}, "n is how many"),
    ({"seed": -1}, "seed must be"),
    ({"seed": None}, "seed must be"),
    ({"n": 10**9}, "at most"),
])  # fmt: skip
def test_what_is_refused(options, said):
    with pytest.raises(pp.RequestError, match=said):
        draws(of("estimates"), **options)


def test_certain_groups_are_refused():
    fit = pp.measurements(pp.datasets.load("coagulation"), value="time_seconds", group="diet").given(sd=0.0, sigma=1.0)
    with pytest.raises(pp.RequestError, match="nothing to compare"):
        draws(known(fit), 10)


# --- rejection alone


def test_a_line_with_two_narrow_modes():
    def log_f(t):
        return np.logaddexp(-0.5 * (t / 0.05) ** 2, np.log(3.0) - 0.5 * ((t - 4.0) / 0.2) ** 2)

    of_line = on_line(log_f, np.linspace(-3.0, 8.0, 111))
    (t,), cut = drawn_from(of_line, MANY, np.random.default_rng(1))
    assert cut == 0.0
    left = 0.05 / (0.05 + 3.0 * 0.2)
    assert abs(np.mean(t < 2.0) - left) < FAR * np.sqrt(left * (1.0 - left) / MANY)
    assert stats.kstest(t[t < 2.0] / 0.05, "norm").pvalue > 1e-3
    assert stats.kstest((t[t > 2.0] - 4.0) / 0.2, "norm").pvalue > 1e-3


@pytest.mark.parametrize("step", [0.3, 0.8, 1.2])
def test_the_lattice_leaves_no_trace(step):
    """Even one so coarse that its interpolation is far from the density."""
    rough = lattice(lambda t: -0.5 * t**2, (np.arange(-9.1, 9.0, step),))
    (t,), cut = drawn_from(replace(rough, bound=1.2), 4 * MANY, np.random.default_rng(4))
    assert cut == 0.0
    assert stats.kstest(t, "norm").pvalue > 1e-3
    assert abs(np.var(t) - 1.0) < FAR * np.sqrt(2.0 / len(t))


def test_what_is_cut_off_is_reported():
    rough = lattice(lambda t: -0.5 * t**2, (np.arange(-9.1, 9.0, 1.2),))
    assert drawn_from(replace(rough, bound=1.0), 1000, np.random.default_rng(4))[1] > 1e-3


def test_a_ridge_over_the_plane():
    """x normal, y | x normal about a bent ridge with a width that grows."""

    def log_density(x, y):
        width = np.exp(0.3 * x)
        return -0.5 * x**2 - 0.5 * ((y - np.sin(x)) / width) ** 2 - np.log(width)

    x = np.linspace(-9.0, 9.0, 37)
    frame = Frame(0.0, 1.0, x, np.sin(x), np.exp(0.3 * x), (-9.0, 9.0), (-9.0, 9.0))
    x, y, cut = drawn_over_plane(log_density, frame, MANY, np.random.default_rng(2))
    assert cut < 1e-9
    assert stats.kstest(x, "norm").pvalue > 1e-3
    assert stats.kstest((y - np.sin(x)) / np.exp(0.3 * x), "norm").pvalue > 1e-3
    assert abs(np.corrcoef(x, y - np.sin(x))[0, 1]) < FAR / np.sqrt(MANY)
