"""Complete, no and partial pooling side by side: closed forms, what is left out, limits, refusals, and tables."""

import itertools
import math
from dataclasses import replace

import mpmath
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import integrate, stats

import partialpool as pp
from designs import fitted
from partialpool.distributions.marginals.normal_normal import distinct
from partialpool.engine import leaving_out
from partialpool.engine.leaving_out import Parts, Predicted, one_by_one, predicted
from partialpool.models.inference.estimates import leaving_out as estimates_out
from partialpool.models.inference.measurements import leaving_out as measurements_out
from partialpool.models.inference.measurements.reduction import reduced
from partialpool.models.inference.proportions import leaving_out as proportions_out
from partialpool.models.inference.rates import leaving_out as rates_out
from partialpool.priors import resolve
from partialpool.priors.propriety.proper import Mass, improper, log_mass

MODELS = ["complete", "none", "partial"]
SHRINKAGE = pp.Prior(concentration=pp.UniformShrinkage(10))
PROPER = pp.Prior(mean=pp.Normal(0, 50), sd=pp.HalfCauchy(25))
SCALED = pp.Prior(mean=pp.Gamma(1, 0.1), rate=pp.UniformShrinkage(3))
ROWS = pp.Prior(mean=pp.Normal(60, 20), sd=pp.HalfCauchy(5), sigma=pp.HalfNormal(5))
SCHOOLS = pp.datasets.load("eight_schools")
COAGULATION = pp.datasets.load("coagulation")
PUMPS = pp.datasets.load("pump_failures")
Y, N = [0, 1, 2, 5, 3, 9, 2, 4], [20, 20, 18, 25, 10, 30, 10, 10]


def schools(prior="flat", **options):
    return pp.estimates(SCHOOLS, estimate="effect_unrounded", se="se_unrounded", group="school", prior=prior, **options)


def coagulation(prior="uniform-shrinkage"):
    return pp.measurements(COAGULATION, value="time_seconds", group="diet", prior=prior)


def pumps(prior="uniform-shrinkage", **options):
    return pp.rates(PUMPS, events="failures", exposure="time_thousand_hours", group="pump", prior=prior, **options)


def rates(events, exposure, prior="uniform-shrinkage", **options):
    return pp.rates({"y": list(events), "e": list(exposure)}, events="y", exposure="e", prior=prior, **options)


def of(columns, model, name):
    return columns[name][columns["model"] == model]


def scores(fit):
    return fit.pooling()._scores


def close(value, exact, error=0.0):
    assert abs(value - exact) <= error + 1e-12 * (1.0 + abs(exact)), (value, exact)


# --- the table of groups


def test_three_rows_a_group():
    table = fitted(Y, N, "bda").pooling().group_columns()
    assert list(table) == ["g", "model", "mean", "sd", "median", "lower", "upper"]
    assert list(table["model"]) == MODELS * len(Y)
    assert list(table["g"][:6]) == ["g0"] * 3 + ["g1"] * 3


def test_complete_and_no_pooling_of_proportions_are_beta_distributions():
    table = fitted(Y, N, "bda").pooling().group_columns(0.9)
    total = stats.beta(sum(Y) + 1, sum(N) - sum(Y) + 1)
    for model, each in (
        ("complete", [total] * 8),
        ("none", [stats.beta(a + 1, b - a + 1) for a, b in zip(Y, N, strict=True)]),
    ):
        for name, of_dist in (("mean", "mean"), ("sd", "std")):
            np.testing.assert_allclose(of(table, model, name), [getattr(d, of_dist)() for d in each], rtol=1e-12)
        for name, level in (("lower", 0.05), ("median", 0.5), ("upper", 0.95)):
            reached = [d.cdf(x) for d, x in zip(each, of(table, model, name), strict=True)]
            np.testing.assert_allclose(reached, level, atol=1e-12)


@pytest.mark.parametrize(
    "fit", [fitted(Y, N, "bda"), schools(), coagulation(), pumps()], ids=["proportions", "estimates", "rows", "rates"]
)
def test_partial_pooling_is_what_the_fit_says(fit):
    table, groups = fit.pooling().group_columns(0.8), fit.group_columns(0.8)
    for name in ("mean", "sd", "median", "lower", "upper"):
        assert np.array_equal(of(table, "partial", name), groups[name])


def test_a_group_without_data_has_the_flat_prior():
    table = fitted([0, 2, 0], [4, 9, 0], "uniform-shrinkage").pooling().group_columns()
    row = (table["g"] == "g2") & (table["model"] == "none")
    assert table["mean"][row] == pytest.approx(0.5, rel=1e-14)
    assert table["upper"][row] == pytest.approx(0.975, rel=1e-12)
    assert list(table["note"]) == [""] * 6 + ["no data"] * 3


def test_complete_and_no_pooling_of_estimates_are_normal():
    table = schools().pooling().group_columns()
    y, s = (np.array(SCHOOLS[name]) for name in ("effect_unrounded", "se_unrounded"))
    mean, sd = np.sum(y / s**2) / np.sum(1 / s**2), 1 / np.sqrt(np.sum(1 / s**2))
    np.testing.assert_allclose(of(table, "complete", "mean"), mean, rtol=1e-13)
    np.testing.assert_allclose(of(table, "complete", "sd"), sd, rtol=1e-13)
    np.testing.assert_allclose(of(table, "none", "lower"), y - 1.959963984540054 * s, rtol=1e-12)


def test_published_complete_pooling_of_the_schools():
    fit = pp.estimates(SCHOOLS, estimate="effect", se="se", group="school")
    table = fit.pooling().group_columns()
    assert of(table, "complete", "mean")[0] == pytest.approx(7.685617, abs=6e-7)
    assert of(table, "complete", "sd")[0] == pytest.approx(4.071919, abs=6e-7)


def test_exact_estimates_that_differ_have_nothing_in_common():
    fit = pp.estimates({"y": [0.0, 1.0, 3.0], "s": [0.0, 0.0, 1.0]}, estimate="y", se="s")
    table = fit.pooling().group_columns()
    assert np.isnan(of(table, "complete", "mean")).all()
    assert all("differ" in note for note in of(table, "complete", "note"))
    assert "differ" in fit.pooling().score_columns()["note"][0]


def test_complete_and_no_pooling_of_measurements_are_t_distributions():
    table = coagulation().pooling().group_columns()
    groups = {}
    for diet, seconds in zip(COAGULATION["diet"], COAGULATION["time_seconds"], strict=True):
        groups.setdefault(diet, []).append(seconds)
    rows = np.array(COAGULATION["time_seconds"], dtype=float)
    together = stats.t(len(rows) - 1, rows.mean(), rows.std(ddof=1) / np.sqrt(len(rows)))
    degrees = len(rows) - len(groups)
    pooled = np.sqrt(sum(np.var(g) * len(g) for g in groups.values()) / degrees)
    alone = [stats.t(degrees, np.mean(g), pooled / np.sqrt(len(g))) for g in groups.values()]
    for model, each in (("complete", [together] * 4), ("none", alone)):
        np.testing.assert_allclose(of(table, model, "mean"), [d.mean() for d in each], rtol=1e-13)
        np.testing.assert_allclose(of(table, model, "sd"), [d.std() for d in each], rtol=1e-12)
        np.testing.assert_allclose([d.cdf(x) for d, x in zip(each, of(table, model, "upper"), strict=True)], 0.975)


def test_moments_of_t_distributions_that_do_not_exist_are_null():
    rows = {"v": [1.0, 2.0, 5.0], "g": ["a", "a", "b"]}
    prior = pp.Prior(mean=pp.Normal(0, 10), sd=pp.HalfNormal(5), sigma=pp.HalfNormal(5))
    table = pp.measurements(rows, value="v", group="g", prior=prior).pooling().group_columns()
    assert np.isnan(of(table, "none", "mean")).all()
    assert np.isfinite(of(table, "none", "median")).all()
    assert of(table, "none", "note")[0] == "a t distribution of 1 degrees of freedom has no mean"
    assert of(table, "complete", "note")[0] == "a t distribution of 2 degrees of freedom has no sd"
    single = {"v": [1.0, 2.0, 5.0], "g": ["a", "b", "c"]}
    table = pp.measurements(single, value="v", group="g", prior=prior).pooling().group_columns()
    assert np.isnan(of(table, "none", "median")).all()


def test_complete_and_no_pooling_of_rates_are_gamma_distributions():
    table = pumps().pooling().group_columns(0.9)
    y, e = (np.array(PUMPS[name], dtype=float) for name in ("failures", "time_thousand_hours"))
    together = stats.gamma(y.sum() + 1, scale=1 / e.sum())
    alone = [stats.gamma(a + 1, scale=1 / b) for a, b in zip(y, e, strict=True)]
    for model, each in (("complete", [together] * 10), ("none", alone)):
        for name, of_dist in (("mean", "mean"), ("sd", "std")):
            np.testing.assert_allclose(of(table, model, name), [getattr(d, of_dist)() for d in each], rtol=1e-13)
        for name, level in (("lower", 0.05), ("median", 0.5), ("upper", 0.95)):
            reached = [d.cdf(x) for d, x in zip(each, of(table, model, name), strict=True)]
            np.testing.assert_allclose(reached, level, atol=1e-12)


def test_rates_of_a_group_without_exposure():
    y, e = [0, 3, 5, 0], [1.0, 2.0, 1.0, 0.0]
    pooling, without = rates(y, e).pooling(), rates(y[:3], e[:3]).pooling()
    table = pooling.group_columns()
    assert of(table, "complete", "mean")[3] == of(table, "complete", "mean")[0]
    assert np.isnan([of(table, "none", name)[3] for name in ("mean", "sd", "median", "lower", "upper")]).all()
    assert np.isfinite(of(table, "none", "upper")[:3]).all()
    assert list(table["note"][:9]) == [""] * 9
    assert table["note"][9] == "no data"
    assert table["note"][10].startswith("no exposure: the flat prior")
    assert "infinite under this prior" in table["note"][11]
    assert not np.isnan(of(table, "partial", "median")).any()
    for model in MODELS:
        for score in ("groups", "marginal", "parameters"):
            one, other = (getattr(p._scores[model], score) for p in (pooling, without))
            assert one.exists == other.exists
            assert not one.exists or abs(one.value - other.value) <= one.error + other.error
    assert pooling.accuracy.score < 1e-10


def test_tables_in_the_callers_library():
    data = {"y": [1, 2, 4], "n": [5, 9, 8], "g": ["a", "b", "c"]}
    for library in (pd, pl):
        pooling = pp.proportions(library.DataFrame(data), successes="y", trials="n", group="g").pooling()
        assert isinstance(pooling.groups(), library.DataFrame)
        assert isinstance(pooling.scores(), library.DataFrame)


# --- scores


def test_scores_of_complete_and_no_pooling_of_proportions():
    found = scores(fitted(Y, N, "bda"))
    y, n = sum(Y), sum(N)
    exact = mpmath.mpf(0)
    for a, b in zip(Y, N, strict=True):
        chosen = mpmath.log(mpmath.binomial(b, a))
        exact += chosen + mpmath.log(mpmath.beta(y + 1, n - y + 1) / mpmath.beta(y - a + 1, n - y - b + a + 1))
    close(found["complete"].groups.value, float(exact), found["complete"].groups.error)
    marginal = sum(math.log(math.comb(b, a)) for a, b in zip(Y, N, strict=True)) + float(
        mpmath.log(mpmath.beta(y + 1, n - y + 1))
    )
    close(found["complete"].marginal.value, marginal)
    close(found["complete"].rows.value, y * math.log(y / (n + 1)) + (n - y) * math.log((n - y) / (n + 1)))
    alone = -sum(math.log(b + 1) for b in N)
    close(found["none"].groups.value, alone)
    close(found["none"].marginal.value, alone)
    counts = [v for a, b in zip(Y, N, strict=True) for v in ((a, b), (b - a, b))]
    close(found["none"].rows.value, sum(v * math.log(v / (b + 1)) for v, b in counts if v))


def test_leaving_out_a_group_of_proportions_is_what_fits_without_it_say():
    whole = scores(fitted(Y, N, SHRINKAGE))["partial"]
    rest = []
    for j in range(len(Y)):
        some = [i for i in range(len(Y)) if i != j]
        rest.append(scores(fitted([Y[i] for i in some], [N[i] for i in some], SHRINKAGE))["partial"].marginal)
    exact = sum(whole.marginal.value - one.value for one in rest)
    close(whole.groups.value, exact, whole.groups.error + sum(one.error for one in rest) + 8 * whole.marginal.error)


def test_leaving_out_a_school_is_what_fits_without_it_say():
    whole = scores(schools(PROPER))["partial"]
    table = {name: np.array(SCHOOLS[name]) for name in ("effect_unrounded", "se_unrounded")}
    exact = 0.0
    for j in range(8):
        some = {name: np.delete(column, j) for name, column in table.items()}
        rest = pp.estimates(some, estimate="effect_unrounded", se="se_unrounded", prior=PROPER)
        exact += whole.marginal.value - scores(rest)["partial"].marginal.value
    close(whole.groups.value, exact, whole.groups.error)


def test_leaving_out_a_diet_is_what_fits_without_it_say():
    prior = pp.Prior(mean=pp.Normal(60, 20), sd=pp.HalfCauchy(5), sigma=pp.HalfNormal(5))
    whole = scores(coagulation(prior))["partial"]
    diet, seconds = (np.array(COAGULATION[name]) for name in ("diet", "time_seconds"))
    exact = 0.0
    for one in np.unique(diet):
        rest = pp.measurements({"v": seconds[diet != one], "g": diet[diet != one]}, value="v", group="g", prior=prior)
        exact += whole.marginal.value - scores(rest)["partial"].marginal.value
    close(whole.groups.value, exact, 8 * whole.groups.error)


def test_the_marginal_likelihood_of_measurements_by_another_rule():
    """A trapezoid rule in (log sd, log sigma) of the normal density with its covariance written out."""
    rows = {"v": [1.0, 2.5, 5.0, 4.0, 2.0], "g": ["a", "a", "b", "b", "c"]}
    prior = pp.Prior(mean=pp.Normal(2, 3), sd=pp.HalfCauchy(2), sigma=pp.HalfNormal(2))
    found = scores(pp.measurements(rows, value="v", group="g", prior=prior))["partial"].marginal
    away = np.array(rows["v"]) - 2.0
    alike = np.array([[float(a == b) for b in rows["g"]] for a in rows["g"]])
    t = np.arange(-40.0, 40.0, 0.1)
    s = np.arange(-22.0, 4.0, 0.1)
    tau, sigma = np.exp(t)[:, None, None, None], np.exp(s)[:, None, None]
    covariance = sigma**2 * np.eye(5) + tau**2 * alike + 9.0
    live = (np.exp(s) > 1e-3)[None, :] & (np.exp(t) < 1e5)[:, None]
    total = 0.0
    inside = covariance[live]
    quadratic = np.einsum("i,kij,j->k", away, np.linalg.inv(inside), away)
    log_p = -0.5 * (quadratic + np.linalg.slogdet(inside)[1] + 5 * np.log(2 * np.pi))
    on = np.broadcast_to(
        (np.log(4 / np.pi / (4 + np.exp(2 * t))) + t)[:, None]
        + (0.5 * np.log(2 / np.pi) - np.log(2) - np.exp(2 * s) / 8 + s),
        live.shape,
    )[live]
    total = float(np.exp(log_p + on).sum()) * 0.01
    assert found.value == pytest.approx(math.log(total), abs=1e-8)


def test_complete_pooling_of_measurements_leaves_out_a_group():
    """The density of rows under 1/sigma is a ratio of gamma functions and sums of squares."""

    def log_density(rows):
        n, q = len(rows), float(np.sum((rows - rows.mean()) ** 2))
        free = 0.5 * (n - 1)
        return math.lgamma(free) - math.log(2) - free * math.log(math.pi * q) - 0.5 * math.log(n)

    diet, seconds = np.array(COAGULATION["diet"]), np.array(COAGULATION["time_seconds"], dtype=float)
    exact = sum(log_density(seconds) - log_density(seconds[diet != one]) for one in np.unique(diet))
    found = scores(coagulation())["complete"].groups
    close(found.value, exact, found.error)


@pytest.mark.parametrize("se", [[1.0, 2.0, 0.5, 1.0], [0.0, 2.0, 0.5, 1.0]])
def test_complete_pooling_of_estimates_leaves_out_a_group(se):
    y, s = np.array([1.0, 4.0, 2.0, 2.5]), np.array(se)
    exact = 0.0
    for j in range(4):
        rest, v = np.delete(y, j), np.maximum(np.delete(s, j) ** 2, 1e-40)
        w = 1 / v
        exact += stats.norm(np.sum(w * rest) / w.sum(), np.sqrt(s[j] ** 2 + 1 / w.sum())).logpdf(y[j])
    found = scores(pp.estimates({"y": y, "s": s}, estimate="y", se="s"))["complete"].groups
    close(found.value, exact, found.error)


def test_exact_estimates_that_agree_are_certain():
    fit = pp.estimates({"y": [1.0, 1.0, 3.0], "s": [0.0, 0.0, 1.0]}, estimate="y", se="s")
    assert "with certainty" in scores(fit)["complete"].groups.note


def test_published_log_marginal_likelihood_of_the_schools():
    assert scores(schools(PROPER))["partial"].marginal.value == pytest.approx(-33.7269831, abs=6e-8)


def both_ways(parts: Parts):
    """What the rest of the data say of each part, by the posterior without it and by averages over nodes."""
    return one_by_one(parts, np.arange(len(parts.count))), parts.together()


@pytest.mark.parametrize("design", [(Y, N), ([0, 6, 0, 6, 3], [6] * 5), ([0, 2, 7, 0], [4, 9, 12, 0])])
@pytest.mark.parametrize("prior", ["uniform-shrinkage", "half-cauchy-sd", "pareto"])
def test_both_ways_of_leaving_out_agree_for_proportions(design, prior):
    hyper = fitted(*design, prior).results.hyper
    for parts in (proportions_out.groups(hyper), proportions_out.trials(hyper)):
        one, other = both_ways(parts)
        assert (np.abs(one.value - other.value) <= one.error + other.error).all()
        assert one.error.max() < 1e-9


def test_both_ways_of_leaving_out_agree_beside_a_huge_group():
    hyper = fitted([123456789, 1, 0, 2], [10**9, 3, 2, 4], "uniform-shrinkage").results.hyper
    for parts in (proportions_out.groups(hyper), proportions_out.trials(hyper)):
        one, other = both_ways(parts)
        assert (np.abs(one.value - other.value) <= one.error + other.error).all()
        assert one.error.max() < 1e-8


@pytest.mark.parametrize("prior", ["uniform-shrinkage", "flat", "jeffreys", PROPER])
def test_both_ways_of_leaving_out_agree_for_estimates(prior):
    fit = schools(prior)
    of_ = distinct(*(fit.data.statistics[role].astype(float) for role in ("estimate", "se")))
    one, other = both_ways(estimates_out.groups(of_, fit.results.hyper, fit.model.prior))
    assert (np.abs(one.value - other.value) <= one.error + other.error).all()


@pytest.mark.parametrize("prior", ["uniform-shrinkage", "reference", ROWS], ids=["usual", "reference", "proper"])
@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_both_ways_of_leaving_out_agree_for_measurements(prior, shift):
    rng = np.random.default_rng(5)
    group = np.repeat(np.arange(7), [1, 2, 3, 4, 5, 6, 200])
    value = 60.0 + shift + rng.normal(0, 3, 7)[group] + rng.normal(0, 2, len(group))
    if prior is ROWS:
        prior = pp.Prior(mean=pp.Normal(60 + shift, 20), sd=pp.HalfCauchy(5), sigma=pp.HalfNormal(5))
    fit = pp.measurements({"v": value, "g": group}, value="v", group="g", prior=prior)
    parts = measurements_out.groups(fit.data, reduced(fit.data), fit.results.hyper, fit.model.prior)
    one, other = both_ways(parts)
    assert (np.abs(one.value - other.value) <= one.error + other.error).all()
    assert one.error.max() < 1e-8


def test_a_group_that_outweighs_all_others_is_left_out_by_itself():
    rng = np.random.default_rng(2)
    s = np.append(rng.gamma(2.0, 1.0, 50), 1e-4)
    y = np.append(rng.normal(0, 1, 50) + s[:50] * rng.normal(0, 1, 50), 4.0)
    fit = pp.estimates({"y": y, "s": s}, estimate="y", se="s")
    parts = estimates_out.groups(distinct(y, s), fit.results.hyper, fit.model.prior)
    one, together, found = one_by_one(parts, np.arange(51)), parts.together(), predicted(parts)
    assert together.error[0] > 1e-6
    assert together.error[1:].max() < 1e-9
    assert (np.abs(one.value - found.value) <= one.error + found.error).all()
    assert found.error.max() < 1e-9


def test_many_groups_are_left_out_together():
    rng = np.random.default_rng(3)
    n = rng.integers(1, 60, 400)
    y = rng.binomial(n, rng.beta(2, 8, 400))
    found = scores(fitted(y, n, "bda"))["partial"]
    assert found.groups.error < 1e-8
    s = rng.gamma(2.0, 1.0, 300)
    fit = pp.estimates({"y": rng.normal(0, 1, 300) + s * rng.normal(0, 1, 300), "s": s}, estimate="y", se="s")
    assert scores(fit)["partial"].groups.error < 1e-8
    group = np.repeat(np.arange(100), rng.integers(1, 6, 100))
    value = rng.normal(0, 1, 100)[group] + rng.normal(0, 2, len(group))
    fit = pp.measurements({"v": value, "g": group}, value="v", group="g")
    assert scores(fit)["partial"].groups.error < 1e-8


def test_scores_do_not_depend_on_the_order_of_groups():
    order = [3, 0, 7, 1, 6, 2, 5, 4]
    one = fitted(Y, N, "bda").pooling().score_columns()
    other = fitted([Y[i] for i in order], [N[i] for i in order], "bda").pooling().score_columns()
    backwards = pp.estimates({name: list(column)[::-1] for name, column in SCHOOLS.items()}, estimate="effect", se="se")
    forwards = pp.estimates(SCHOOLS, estimate="effect", se="se")
    for name in ("log_score", "log_marginal", "effective_parameters"):
        assert np.array_equal(one[name], other[name], equal_nan=True)
        a, b = (fit.pooling().score_columns()[name] for fit in (forwards, backwards))
        assert np.array_equal(a, b, equal_nan=True)


def test_swapping_successes_and_failures_changes_no_score():
    one = fitted(Y, N, "uniform-shrinkage").pooling().score_columns()
    other = fitted([n - y for y, n in zip(Y, N, strict=True)], N, "uniform-shrinkage").pooling().score_columns()
    for name in ("log_score", "log_score_rows", "log_marginal", "effective_parameters"):
        np.testing.assert_allclose(one[name], other[name], rtol=1e-11)


def test_effective_parameters_lie_between_one_and_the_number_of_groups():
    alike = scores(fitted([500] * 6, [1000] * 6, pp.Prior(concentration=pp.Uniform(1e8, 2e8))))["partial"]
    apart = scores(fitted([0, 1000, 0, 1000], [1000] * 4, pp.Prior(concentration=pp.Uniform(1e-8, 2e-8))))["partial"]
    assert alike.parameters.value == pytest.approx(1.0, abs=1e-4)
    assert apart.parameters.value == pytest.approx(4.0, abs=1e-4)


def test_effective_parameters_of_estimates_count_the_mean_once():
    fit = pp.estimates({"y": [0.0, 1.0, 3.0], "s": [1.0] * 3}, estimate="y", se="s", prior="uniform-shrinkage")
    weight = fit.group_columns()["weight"]
    found = scores(fit)["partial"].parameters.value
    assert found == pytest.approx(
        weight.sum() + 1.0 - weight.mean(), rel=1e-12
    )  # equal weights: the sum is J w + 1 - w


def test_what_no_model_predicts_is_null_with_the_reason():
    table = schools("flat").pooling().score_columns()
    assert list(table) == ["model", "log_score", "log_marginal", "effective_parameters", "note"]
    assert math.isnan(table["log_score"][1])
    assert "flat prior" in table["note"][1]
    assert "improper" in table["note"][2]
    one = fitted([3, 0], [10, 10], "bda").pooling().score_columns()
    assert math.isnan(one["log_score"][2])
    assert "without one of these the posterior is improper" in one["note"][2]


def test_point_estimates_have_no_scores():
    for fit in (fitted(Y, N, "bda", method="moments"), schools(method="moments")):
        table = fit.pooling().score_columns()
        assert math.isnan(table["log_score"][2])
        assert "plugged in" in table["note"][2]


def test_probabilities_of_the_models():
    table = fitted(Y, N, "uniform-shrinkage").pooling().score_columns(probabilities=True)
    odds = np.exp(table["log_marginal"] - table["log_marginal"].max())
    np.testing.assert_allclose(table["probability"], odds / odds.sum(), rtol=1e-12)
    with pytest.raises(pp.RequestError, match="with partial pooling, the prior of concentration is improper"):
        fitted(Y, N, "bda").pooling().scores(probabilities=True)
    with pytest.raises(pp.RequestError, match="with complete pooling, the flat prior"):
        schools(PROPER).pooling().scores(probabilities=True)


# --- scores of rates


ON_RATES = {
    "gamma, uniform shrinkage": SCALED,
    "shape, rate": pp.Prior(shape=pp.Exponential(1), rate=pp.Gamma(0.1, 1)),
    "mean, shape": pp.Prior(mean=pp.LogNormal(0, 3), shape=pp.Exponential(1)),
}


@pytest.mark.parametrize("name", ON_RATES)
def test_leaving_out_rates_of_a_pump_is_what_fits_without_it_say(name):
    whole = scores(pumps(ON_RATES[name]))["partial"]
    table = {name: np.array(PUMPS[name]) for name in ("failures", "time_thousand_hours")}
    exact, error = 0.0, whole.groups.error + 10 * whole.marginal.error
    for j in range(10):
        some = {column: np.delete(values, j) for column, values in table.items()}
        rest = pp.rates(some, events="failures", exposure="time_thousand_hours", prior=ON_RATES[name])
        one = scores(rest)["partial"].marginal
        exact, error = exact + whole.marginal.value - one.value, error + one.error
    close(whole.groups.value, exact, error)


def test_leaving_out_rates_is_the_average_over_the_posterior_without_the_group():
    """Negative binomial probabilities at the nodes of the fit without the group, under an improper prior."""
    prior = pp.Prior(rate=pp.UniformShrinkage(3))
    y, e = (np.array(PUMPS[name]) for name in ("failures", "time_thousand_hours"))
    exact = 0.0
    for j in range(10):
        hyper = rates(np.delete(y, j), np.delete(e, j), prior).results.hyper
        shape, rate = np.exp(hyper.point.log_shape), np.exp(hyper.point.log_rate)
        exact += math.log(stats.nbinom(shape, rate / (rate + e[j])).pmf(y[j]) @ hyper.probability)
    found = scores(pumps(prior))["partial"]
    assert found.groups.value == pytest.approx(exact, abs=1e-9)
    assert "the prior of mean is improper" in found.marginal.note


def test_the_marginal_likelihood_of_rates_has_every_constant():
    """Probabilities of all counts that a group can have add up to one."""
    prior = pp.Prior(mean=pp.Gamma(4, 8), rate=pp.Uniform(2, 4))
    found = [scores(rates([a], [1.5], prior))["partial"].marginal for a in range(30)]
    assert sum(math.exp(one.value) for one in found) == pytest.approx(1.0, abs=1e-9)


def test_complete_pooling_of_rates_leaves_out_a_group():
    y, e = [0, 3, 5, 123456789, 3], [0.5, 2.0, 1e-9, 3e7, 2.0]
    with mpmath.workdps(50):
        total, exposure = sum(y), mpmath.fsum(e)
        exact = mpmath.mpf(0)
        for a, b in zip(y, e, strict=True):
            rest = exposure - b
            gammas = mpmath.loggamma(total + 1) - mpmath.loggamma(total - a + 1) - mpmath.loggamma(a + 1)
            powers = (total - a + 1) * mpmath.log(rest) - (total + 1) * mpmath.log(exposure)
            exact += gammas + powers + (a * mpmath.log(b) if a else 0)
        found = scores(rates(y, e))["complete"].groups
        assert abs(found.value - exact) <= found.error
    assert found.error < 1e-11 * abs(exact)


def test_complete_pooling_of_rates_predicts_negative_binomials():
    y, e = np.array([3, 0, 4]), np.array([2.0, 0.5, 1.25])
    rest = y.sum() - y + 1, (e.sum() - e) / e.sum()
    close(scores(rates(y, e))["complete"].groups.value, stats.nbinom(*rest).logpmf(y).sum())


@pytest.mark.parametrize("prior", ["uniform-shrinkage", "jeffreys-mean", *ON_RATES])
@pytest.mark.parametrize(
    "design",
    [
        ([5, 1, 5, 14, 3], [94.3, 15.7, 62.9, 126.0, 5.24]),
        ([3] * 6, [2.0] * 6),
        ([0, 3, 5, 0], [1.0, 2.0, 1.0, 0.0]),
        ([3, 2, 5, 1], [1e-6, 1e6, 2.0, 1.0]),
    ],
    ids=["ordinary", "equal", "no exposure", "unequal"],
)
def test_both_ways_of_leaving_out_agree_for_rates(design, prior):
    hyper = rates(*design, ON_RATES.get(prior, prior)).results.hyper
    one, other = both_ways(rates_out.groups(hyper))
    assert (np.abs(one.value - other.value) <= one.error + other.error).all()
    assert one.error.max() < 1e-8


def test_many_rates_are_left_out_together():
    rng = np.random.default_rng(3)
    e = np.append(rng.gamma(2.0, 10.0, 40), 1e9)
    y = np.append(rng.poisson(e[:40] * rng.gamma(2.0, 0.5, 40)), 2 * 10**9)
    fit = rates(y, e)
    found = scores(fit)["partial"].groups
    assert found.error < 1e-8
    hyper = fit.results.hyper
    some = np.arange(0, 41, 10)
    parts = rates_out.groups(hyper)
    one, other = one_by_one(parts, some), predicted(parts)
    assert (np.abs(one.value - other.value[some]) <= one.error + other.error[some]).all()


def test_where_leaving_out_together_fails_parts_are_left_out_one_by_one(monkeypatch):
    parts = rates_out.groups(rates([3, 0], [2.0, 1.0], "jeffreys-mean").results.hyper)
    one = predicted(parts)
    nothing = Predicted(np.zeros(2), np.array([np.inf, 0.0]))
    monkeypatch.setattr(leaving_out, "_FEW", 0)
    other = predicted(replace(parts, together=lambda: nothing))
    assert (other.value[0], other.error[0]) == (one.value[0], one.error[0])
    assert (other.value[1], other.error[1]) == (0.0, 0.0)


def test_only_the_worst_are_worked_out_again(monkeypatch):
    error = np.array([1e-12, 1e-3, np.nan, 1e-4, 1e-2])
    said = Predicted(np.zeros(5), error)
    parts = Parts(np.ones(5), "", lambda: said, lambda: Mass(1.0, 1e-14), lambda _: Mass(0.0, 1e-14))
    monkeypatch.setattr(leaving_out, "_FEW", 0)
    monkeypatch.setattr(leaving_out, "_MOST_AGAIN", 2)
    assert predicted(parts).value.tolist() == [0.0, 0.0, 1.0, 0.0, 1.0]
    assert predicted(replace(parts, goal=1.0)).value.tolist() == [0.0, 0.0, 1.0, 0.0, 0.0]


def test_scores_of_rates_do_not_depend_on_the_order_of_groups_or_rows():
    y, e = (np.array(PUMPS[name]) for name in ("failures", "time_thousand_hours"))
    one = scores(rates(y, e, SCALED))
    for other in (scores(rates(y[::-1], e[::-1], SCALED)), scores(rates(np.roll(y, 3), np.roll(e, 3), SCALED))):
        for model in MODELS:
            for name in ("groups", "marginal", "parameters"):
                a, b = getattr(one[model], name), getattr(other[model], name)
                assert np.array_equal(a.value, b.value, equal_nan=True)


def test_the_unit_of_exposure_changes_no_score_of_rates():
    y, e = (np.array(PUMPS[name]) for name in ("failures", "time_thousand_hours"))
    for model in ("complete", "partial"):
        one, other = (scores(rates(y, unit * e))[model] for unit in (1.0, 1e6))
        close(one.groups.value, other.groups.value, one.groups.error + other.groups.error)
        close(one.parameters.value, other.parameters.value, one.parameters.error)


def test_equal_rates():
    found = scores(rates([3] * 6, [2.0] * 6, SCALED))
    exact = 6 * stats.nbinom(16, 10 / 12).logpmf(3)
    close(found["complete"].groups.value, exact, found["complete"].groups.error)
    assert found["complete"].groups.value > found["partial"].groups.value
    assert 1.0 < found["partial"].parameters.value < 6.0
    none = scores(rates([0] * 4, [2.0] * 4, SCALED))
    close(none["complete"].groups.value, 4 * math.log(0.75), none["complete"].groups.error)
    assert none["partial"].groups.exists


def test_effective_parameters_of_rates_lie_between_one_and_the_number_of_groups():
    mean = pp.Gamma(1, 0.1)
    alike = scores(rates([500] * 6, [100.0] * 6, pp.Prior(mean=mean, rate=pp.Uniform(1e8, 2e8))))["partial"]
    apart = scores(rates([1, 900, 30], [100.0] * 3, pp.Prior(mean=mean, rate=pp.Uniform(1e-8, 2e-8))))["partial"]
    assert alike.parameters.value == pytest.approx(1.0, abs=1e-5)
    assert apart.parameters.value == pytest.approx(3.0, abs=1e-5)
    fit = rates([3, 1, 7], [2.0] * 3)
    weight = fit.group_columns()["weight"]
    assert scores(fit)["partial"].parameters.value == pytest.approx(weight.sum() + 1.0 - weight.mean(), rel=1e-12)


def test_what_no_model_of_rates_predicts_is_null_with_the_reason():
    table = pumps().pooling().score_columns()
    assert list(table) == ["model", "log_score", "log_marginal", "effective_parameters", "note"]
    assert math.isnan(table["log_score"][1])
    assert "flat prior" in table["note"][1]
    for y, e in (([3], [2.0]), ([3, 0], [2.0, 1.0])):  # without the events the posterior is improper
        found = scores(rates(y, e))["partial"].groups
        assert "without one of the groups the posterior is improper" in found.note
    one = scores(rates([3], [2.0], SCALED))
    assert one["partial"].groups.value == pytest.approx(one["partial"].marginal.value, abs=1e-12)
    assert "improper" in one["complete"].groups.note
    plugged = scores(pumps(method="empirical-bayes"))["partial"]
    assert "plugged in" in plugged.groups.note
    with pytest.raises(pp.RequestError, match="with complete pooling, the flat prior"):
        pumps(SCALED).pooling().scores(probabilities=True)


# --- refusals and accuracy


def test_a_level_or_a_column_name_that_cannot_be():
    with pytest.raises(pp.RequestError, match="did you mean"):
        fitted(Y, N, "bda").pooling().groups(95)
    fit = pp.proportions({"y": [1, 2], "n": [3, 4], "model": ["a", "b"]}, successes="y", trials="n", group="model")
    with pytest.raises(pp.RequestError, match='"model" has the name of a result'):
        fit.pooling().groups()


def test_accuracy_and_repr():
    pooling = schools("flat").pooling()
    assert 0.0 < pooling.accuracy.score < 1e-10
    assert float(pooling.accuracy) < 1e-9
    assert "scores within" in str(pooling.accuracy)
    lines = repr(pooling).splitlines()
    assert lines[0] == "Complete, no and partial pooling of 8 groups"
    assert lines[-1] == "  .table() and .groups() are the tables"


# --- the drawback of each model, on rows that none has seen


def test_held_out_at_bats_of_eighteen_batters():
    players = {name: np.array(column) for name, column in pp.datasets.load("baseball_1970").items()}
    prior = pp.Prior(concentration=pp.UniformShrinkage(45))
    first = pp.proportions(players, successes="hits", trials="at_bats", group="last_name", prior=prior).pooling()
    season = pp.proportions(players, successes="season_hits", trials="season_at_bats", group="last_name", prior=prior)
    later = players["remaining_hits"] / players["remaining_at_bats"]
    table = first.group_columns()
    error = {m: float(np.sqrt(np.mean((of(table, m, "mean") - later) ** 2))) for m in MODELS}
    inside = {m: int(np.sum((of(table, m, "lower") < later) & (later < of(table, m, "upper")))) for m in MODELS}
    ahead = season.pooling().score_columns()["log_marginal"] - first.score_columns()["log_marginal"]
    assert error["partial"] < error["complete"] < error["none"]
    assert error["none"] > 1.7 * error["partial"]  # unstable
    assert (inside["complete"], inside["partial"]) == (9, 17)  # ignores differences
    assert ahead[2] > ahead[0] > ahead[1]
    assert np.ptp(of(table, "none", "mean")) > np.ptp(later) > np.ptp(of(table, "partial", "mean")) > 0.0


# --- priors


NORMALISED = [
    pp.Exponential(0.3),
    pp.Gamma(2.5, 0.7),
    pp.HalfCauchy(2.0),
    pp.HalfNormal(2.0),
    pp.HalfStudentT(4, 1.5),
    pp.InverseGamma(2.0, 3.0),
    pp.LogNormal(0.5, 1.2),
    pp.Pareto(1.0, 1.5),
    pp.Uniform(1.0, 4.0),
    pp.UniformShrinkage(3.0),
    pp.DuMouchel(3.0),
    pp.HalfCauchy(1.0, on="sd"),
    pp.Exponential(2.0, on="variance"),
]


@pytest.mark.parametrize("density", NORMALISED, ids=str)
def test_densities_by_name_integrate_to_one(density):
    prior = resolve(pp.Prior(concentration=density))
    assert not improper(prior)
    assert log_mass(prior).log == 0.0
    part = prior.part("concentration")
    lo, hi = np.clip(np.log(np.maximum(part.support, 1e-300)), -120.0, 120.0)
    ends = [lo, *[c for c in (-10.0, 0.0, 10.0) if lo < c < hi], hi]
    pieces = itertools.pairwise(ends)

    def f(x):
        return float(np.exp(part.log_pdf(np.array(x)) + x))

    total = sum(integrate.quad(f, a, b, epsabs=1e-13, epsrel=1e-12, limit=400)[0] for a, b in pieces)
    assert total == pytest.approx(1.0, rel=1e-10)


def test_a_function_of_the_callers_own_is_normalised():
    own = resolve(
        pp.Prior(
            mean=pp.Custom(lambda m: 6 * m * (1 - m), (0.0, 1.0)),
            concentration=pp.Custom(lambda k: k * np.exp(-k / 10)),
        )
    )
    mass = log_mass(own)
    assert mass.log == pytest.approx(math.log(100.0), abs=1e-13)
    one = pp.Prior(concentration=pp.Custom(lambda k: 7.0 / (10 + k) ** 2))
    a, b = scores(fitted(Y, N, one))["partial"].marginal, scores(fitted(Y, N, SHRINKAGE))["partial"].marginal
    close(a.value, b.value, a.error + b.error)


@pytest.mark.parametrize(
    ("family", "prior", "said"),
    [
        ("proportions", "bda", "concentration"),
        ("proportions", "haldane", "mean"),
        ("proportions", pp.Prior(mean=pp.Beta(1, 0)), "mean"),
        ("proportions", pp.Prior(alpha=pp.Flat(), beta=pp.Exponential(1)), "alpha"),
        ("estimates", "flat", "mean"),
        ("estimates", pp.Prior(mean=pp.Normal(0, 1), sd=pp.Flat()), "sd"),
        ("measurements", pp.Prior(mean=pp.Normal(0, 1)), "sigma"),
        ("rates", "uniform-shrinkage", "mean"),
    ],
)
def test_improper_priors_are_named(family, prior, said):
    assert said in improper(resolve(prior, family))
