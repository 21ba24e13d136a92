"""Order, origin, unit and form of the data make no difference to measurements; limits are what they should be."""

import itertools

import numpy as np
import pytest

import partialpool as pp

ROWS = [[0.25, 1.5, 0.75], [2.0, 2.625], [1.0], [-0.5, 0.0, 0.125, 1.0], [3.0, 2.5], [0.5, 1.25, 0.875]]
PRIORS = {
    "default": "uniform-shrinkage",
    "reference": "reference",
    "half-cauchy": pp.Prior(sd=pp.HalfCauchy(1.0), sigma=pp.HalfCauchy(2.0)),
}
NUMBERS = ("raw", "mean", "sd", "median", "lower", "upper", "weight")
LOCATIONS = ("raw", "mean", "median", "lower", "upper")


def fitted(rows, prior="uniform-shrinkage", labels=None, **arguments):
    labels = labels or range(len(rows))
    data = {"y": [v for r in rows for v in r], "g": [g for g, r in zip(labels, rows, strict=True) for _ in r]}
    return pp.measurements(data, value="y", group="g", prior=prior, **arguments)


def tables(fit):
    return fit.group_columns(), fit.population_columns()


@pytest.mark.parametrize("prior", PRIORS.values(), ids=PRIORS)
def test_groups_and_rows_in_any_order_have_the_same_bits(prior):
    groups, population = tables(fitted(ROWS, prior))
    for seed in range(3):
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(ROWS))
        mixed = [rng.permutation(ROWS[j]).tolist() for j in order]
        again, people = tables(fitted(mixed, prior, labels=order.tolist()))
        for name in NUMBERS:
            assert (again[name] == groups[name][order]).all(), name
        for name in ("mean", "sd", "median", "lower", "upper"):
            assert np.array_equal(people[name], population[name], equal_nan=True), name


def test_methods_too_are_the_same_bits_in_any_order():
    for method in ("empirical-bayes", "moments"):
        one, other = fitted(ROWS, method=method), fitted(ROWS[::-1], method=method)
        for name in NUMBERS:
            assert (one.group_columns()[name] == other.group_columns()[name][::-1]).all()


@pytest.mark.parametrize("constant", [2.0**20, -(2.0**40), 1e6, 1e12])
def test_a_constant_moves_locations_and_nothing_else(constant):
    groups, population = tables(fitted(ROWS))
    moved, people = tables(fitted([[v + constant for v in r] for r in ROWS]))
    for name in ("sd", "weight"):
        assert (moved[name] == groups[name]).all()
    for name in LOCATIONS:
        assert moved[name] == pytest.approx(groups[name] + constant, rel=3e-16)
    for name in ("mean", "sd", "median", "lower", "upper"):
        assert (people[name][1:] == population[name][1:]).all()
    assert people["median"][0] == pytest.approx(population["median"][0] + constant, rel=3e-16)


@pytest.mark.parametrize("unit", [2.0**-30, 4.0, 1000.0, 1e-250, 1e200])
def test_the_unit_of_the_rows_is_the_unit_of_the_answers(unit):
    groups, population = tables(fitted(ROWS))
    scaled, people = tables(fitted([[v * unit for v in r] for r in ROWS]))
    exact = unit in (2.0**-30, 4.0)
    for name in ("mean", "sd", "median", "lower", "upper"):
        assert scaled[name] / unit == pytest.approx(groups[name], rel=1e-15 if exact else 2e-10, abs=1e-15)
        factor = np.array([unit, unit, unit, 1.0])
        assert people[name] / factor == pytest.approx(population[name], rel=1e-15 if exact else 2e-10)
    assert scaled["weight"] == pytest.approx(groups["weight"], rel=1e-15 if exact else 1e-11)


def test_a_change_of_sign_mirrors_the_answers():
    one, other = fitted(ROWS).group_columns(), fitted([[-v for v in r] for r in ROWS]).group_columns()
    for name, mirror in (("mean", "mean"), ("lower", "upper"), ("median", "median"), ("upper", "lower")):
        assert one[name] == pytest.approx(-other[mirror], abs=1e-9)
    assert one["sd"] == pytest.approx(other["sd"], rel=1e-11)


@pytest.mark.parametrize("prior", PRIORS.values(), ids=PRIORS)
def test_rows_and_summaries_say_the_same(prior):
    raw = fitted(ROWS, prior)
    data = {
        "m": [float(np.mean(r)) for r in ROWS],
        "s": [float(np.std(r, ddof=1)) if len(r) > 1 else 0.0 for r in ROWS],
        "n": [len(r) for r in ROWS],
    }
    summed = pp.measurements(data, mean="m", sd="s", n="n", prior=prior)
    for name in NUMBERS:
        assert summed.group_columns()[name] == pytest.approx(raw.group_columns()[name], rel=1e-9, abs=1e-10), name


def test_parts_of_groups_as_summaries_add_up_to_the_groups():
    parts = [(g, r[:1]) for g, r in enumerate(ROWS)] + [(g, r[1:]) for g, r in enumerate(ROWS) if r[1:]]
    data = {
        "g": [g for g, _ in parts],
        "m": [float(np.mean(r)) for _, r in parts],
        "s": [float(np.std(r, ddof=1)) if len(r) > 1 else 0.0 for _, r in parts],
        "n": [len(r) for _, r in parts],
    }
    found = pp.measurements(data, group="g", mean="m", sd="s", n="n").group_columns()
    raw = fitted(ROWS).group_columns()
    for name in NUMBERS:
        assert found[name] == pytest.approx(raw[name], rel=1e-9, abs=1e-10), name


def test_with_very_many_rows_sigma_is_known_and_it_is_the_family_of_estimates():
    means, n = np.array([1.0, 4.0, -2.0, 0.5, 3.0]), np.array([10**9, 2 * 10**9, 10**9, 4 * 10**9, 10**9])
    s = np.sqrt(n * 2.0)  # standard errors of about 1.4
    size = float(np.median(s))
    data = {"m": means, "s": np.full(5, size), "n": n, "se": size / np.sqrt(n)}
    prior = pp.Prior(sd=pp.HalfCauchy(2.0))
    ours = pp.measurements(data, mean="m", sd="s", n="n", prior=prior)
    theirs = pp.estimates(data, estimate="m", se="se", prior=prior)
    for name in ("mean", "sd", "median", "lower", "upper"):
        assert ours.group_columns()[name] == pytest.approx(theirs.group_columns()[name], rel=1e-7, abs=1e-7)
        assert ours.population_columns()[name][:2] == pytest.approx(theirs.population_columns()[name][:2], rel=1e-7)


def test_quantiles_stand_in_order_and_shrink_towards_the_mean():
    for prior, level in itertools.product(PRIORS.values(), (0.5, 0.95, 0.999)):
        fit = fitted(ROWS, prior)
        found = fit.group_columns(level)
        assert (found["lower"] < found["median"]).all()
        assert (found["median"] < found["upper"]).all()
        assert ((found["weight"] > 0.0) & (found["weight"] < 1.0)).all()
        order = np.argsort([len(r) for r in ROWS], kind="stable")
        assert (np.diff(found["weight"][order]) >= 0.0).all()


def test_given_the_population_the_answers_are_the_normal_conditionals():
    fit = fitted(ROWS)
    mean, sd, sigma = 0.7, 1.3, 0.6
    found = fit.given(mean=mean, sd=sd, sigma=sigma).group_columns()
    n, y = np.array([len(r) for r in ROWS]), np.array([np.mean(r) for r in ROWS])
    precision = n / sigma**2 + 1.0 / sd**2
    assert found["mean"] == pytest.approx((n * y / sigma**2 + mean / sd**2) / precision, rel=1e-14)
    assert found["sd"] == pytest.approx(precision**-0.5, rel=1e-14)
    assert found["upper"] == pytest.approx(found["mean"] + 1.959963984540054 * found["sd"], rel=1e-14)
    assert found["weight"] == pytest.approx(n * sd**2 / (n * sd**2 + sigma**2), rel=1e-14)


def test_with_sd_zero_all_groups_are_the_pooled_mean():
    everything = [v for r in ROWS for v in r]
    found = fitted(ROWS).given(sd=0.0, sigma=2.0)
    assert found.group_columns()["mean"] == pytest.approx(np.full(len(ROWS), np.mean(everything)), rel=1e-14)
    assert found.group_columns()["sd"] == pytest.approx(2.0 / np.sqrt(len(everything)), rel=1e-14)
    assert (found.group_columns()["weight"] == 0.0).all()


def test_answers_averaged_over_draws_of_the_nodes_are_the_answers():
    fit = fitted(ROWS)
    nodes, unit = fit.results.hyper.nodes, fit.results.hyper.data.unit
    chosen = np.argsort(nodes.probability)[::-1][:400]
    total, mean = 0.0, 0.0
    for k in chosen:
        sd, sigma = (float(np.exp(nodes.logs[name][k])) * unit for name in ("sd", "sigma"))
        at = fit.given(sd=sd, sigma=sigma)
        total += nodes.probability[k]
        mean = mean + nodes.probability[k] * at.group_columns()["mean"]
    assert total > 0.5
    assert mean / total == pytest.approx(fit.group_columns()["mean"], abs=0.1)
