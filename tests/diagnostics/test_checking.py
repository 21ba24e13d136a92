import re

import mpmath as mp
import numpy as np
import pytest
from scipy import integrate, stats

import partialpool as pp
from partialpool.analysis.fitted_model import FittedModel
from partialpool.diagnostics.checking import check, holm
from partialpool.diagnostics.extremes import largest, zeros
from partialpool.diagnostics.kinds import Kinds, kinds
from partialpool.diagnostics.outcomes import Outcomes, outcomes
from partialpool.distributions import Betas, Gammas
from partialpool.distributions.marginals.sampling import Counted
from partialpool.distributions.marginals.sampling_beta_binomial import beta_binomial_table
from partialpool.errors import RequestError
from partialpool.models.registry import FAMILIES

RATS = {"successes": "tumors", "trials": "rats", "group": "group"}
PUMPS = {"events": "failures", "exposure": "time_thousand_hours", "group": "pump"}
SCHOOLS = {"estimate": "effect", "se": "se", "group": "school"}
BLOOD = {"value": "time_seconds", "group": "diet"}
PROPER = pp.Prior(mean=pp.Beta(2, 8), concentration=pp.Gamma(2, 0.1))


def known(fit):
    return FittedModel(fit.family, fit.data, fit.results, fit.level)


def of(fit, **options):
    return check(known(fit), fit.model, **options)


@pytest.fixture(scope="module")
def rats():
    return pp.proportions(pp.datasets.load("rat_tumors"), **RATS)


@pytest.fixture(scope="module")
def pumps():
    return pp.rates(pp.datasets.load("pump_failures"), **PUMPS)


@pytest.fixture(scope="module")
def schools():
    return pp.estimates(pp.datasets.load("eight_schools"), **SCHOOLS)


def some(family, value, size):
    value, size = np.array(value, float), np.array(size, float)
    place = np.arange(len(value))
    return Outcomes(value, size, 0.0 * value, 0.0 * value, FAMILIES[family], place, place, place)


def log_probability(data, each):
    return data.sampling(each, {}).log_probability(data)


def tails(data, each, phi=None):
    return data.sampling(each, phi or {}).tails(data)


def row_of(found, theta, statistic):
    columns = found.statistic_columns()
    at = (columns["theta"] == theta) & (columns["statistic"] == statistic)
    return {name: column[at][0] for name, column in columns.items()}


# --- probabilities of outcomes


@pytest.mark.parametrize(("y", "n"), [(0, 1), (3, 10), (10, 10), (700, 2000), (40_000, 1_000_000)])
def test_log_probability_of_successes(y, n):
    a, b = np.array([1e-8, 0.3, 50.0, 1e9]), np.array([0.7, 1e-5, 3.0, 3e9])
    found = log_probability(some("proportions", [y], [n]), Betas(a, b))[0]
    with mp.workdps(50):
        exact = [
            mp.log(mp.binomial(n, y)) + mp.log(mp.beta(y + mp.mpf(p), n - y + mp.mpf(q)) / mp.beta(p, q))
            for p, q in zip(a, b, strict=True)
        ]
    np.testing.assert_allclose(found, np.array(exact, float), rtol=1e-12, atol=1e-14 * n + 1e-13)


@pytest.mark.parametrize(("y", "e"), [(0, 0.3), (4, 2.0), (300, 40.0), (100_000, 900.0)])
def test_log_probability_of_events(y, e):
    a, s = np.array([1e-8, 0.3, 50.0, 1e9]), np.array([0.7, 2.0, 3.0, 4e9])
    found = log_probability(some("rates", [y], [e]), Gammas(a, np.log(s)))[0]
    with mp.workdps(50):
        exact = [
            mp.loggamma(y + mp.mpf(p))
            - mp.loggamma(p)
            - mp.loggamma(y + 1)
            + p * mp.log(mp.mpf(q) / (mp.mpf(q) + e))
            + y * mp.log(e / (mp.mpf(q) + e))
            for p, q in zip(a, s, strict=True)
        ]
    np.testing.assert_allclose(found, np.array(exact, float), rtol=1e-12, atol=1e-13 * (1 + y))


def test_tails_add_up_to_one():
    a, b = np.array([0.3, 2.0, 50.0]), np.array([0.7, 9.0, 3.0])
    for data, each in (
        (some("proportions", [0, 3, 10, 700, 4000], [10, 10, 10, 2000, 50_000]), Betas(a, b)),
        (some("rates", [0, 3, 100], [0.1, 5, 40]), Gammas(a, np.log(b))),
    ):
        at = tails(data, each)
        np.testing.assert_allclose(at.lower + at.equal + at.upper, 1.0, rtol=0, atol=1e-11)


def test_tails_of_very_many_trials_are_those_of_the_table():
    a, b = np.array([0.3, 2.0, 500.0]), np.array([0.7, 9.0, 1500.0])
    n, y = 5000, 1200
    at = tails(some("proportions", [y], [n]), Betas(a, b))
    table = beta_binomial_table(n, a, b)
    np.testing.assert_allclose(at.lower[0], table[:y].sum(axis=0), rtol=1e-9)
    np.testing.assert_allclose(at.upper[0], table[y + 1 :].sum(axis=0), rtol=1e-9)


# --- groups left out


def test_rats_stand_where_fits_without_them_say(rats):
    data = pp.datasets.load("rat_tumors")
    columns = of(rats).group_columns()
    for k in (0, 25, 45, 70):
        keep = np.arange(71) != k
        rest = {name: np.asarray(data[name])[keep] for name in ("tumors", "rats", "group")}
        fit = pp.proportions(rest, **RATS, prior=_same_prior(rats))
        nodes = fit.results.hyper.nodes
        point, p = nodes.point, nodes.probability
        seen = p > 1e-14
        a, b = (np.exp(log[seen]) for log in (point.log_alpha, point.log_beta))
        if fit.results.hyper.flipped:
            a, b = b, a
        y, n = int(np.asarray(data["tumors"])[k]), int(np.asarray(data["rats"])[k])
        pmf = stats.betabinom.pmf(np.arange(y + 1)[:, None], n, a, b) @ p[seen]
        assert columns["pit"][k] == pytest.approx(pmf[:y].sum() + 0.5 * pmf[y], abs=1e-8)
        assert columns["error"][k] < 1e-8


def _same_prior(fit):
    """The prior of the whole design, which does not change when a group is left out."""
    return pp.Prior(concentration=fit.model.prior.concentration)


def test_schools_stand_where_quadrature_says(schools):
    y, se = (np.asarray(pp.datasets.load("eight_schools")[name], float) for name in ("effect", "se"))
    scale = float(schools.model.prior.sd.density.scale)
    columns = of(schools).group_columns()
    for k in (0, 2, 7):
        others, s = np.delete(y, k), np.delete(se, k)

        def parts(tau, others=others, s=s, k=k):
            w = 1.0 / (s**2 + tau**2)
            mean = w @ others / w.sum()
            log = 0.5 * np.log(w).sum() - 0.5 * np.log(w.sum()) - 0.5 * w @ (others - mean) ** 2
            density = np.exp(log) * tau / (scale + tau**2) ** 2
            return density, stats.norm.cdf(y[k], mean, np.sqrt(se[k] ** 2 + tau**2 + 1.0 / w.sum()))

        options = {"limit": 400, "epsabs": 0, "epsrel": 1e-11}
        pieces = [(0, 5), (5, 20), (20, 100), (100, np.inf)]
        mass = sum(integrate.quad(lambda t: parts(t)[0], *piece, **options)[0] for piece in pieces)
        below = sum(integrate.quad(lambda t: np.prod(parts(t)), *piece, **options)[0] for piece in pieces)
        assert columns["pit"][k] == pytest.approx(below / mass, abs=1e-8)


def test_a_pump_and_a_diet_stand_where_draws_say():
    rng = np.random.default_rng(8)
    for fit, k in (
        (pp.rates(pp.datasets.load("pump_failures"), **PUMPS), 4),
        (pp.measurements(pp.datasets.load("coagulation"), **BLOOD), 2),
    ):
        keep = np.arange(fit.data.size) != k
        frame = pp.datasets.load("pump_failures" if fit.family.name == "rates" else "coagulation")
        name = "pump" if fit.family.name == "rates" else "diet"
        labels = fit.data.labels[name]
        inside = np.isin(np.asarray(frame[name]), labels[keep])
        rest = {column: np.asarray(frame[column])[inside] for column in frame}
        if fit.family.name == "rates":
            prior = pp.Prior(rate=fit.model.prior.rate.density)
            other = pp.rates(rest, **PUMPS, prior=prior)
        else:
            other = pp.measurements(rest, **BLOOD, prior=pp.Prior(sd=fit.model.prior.sd.density))
        nodes = known(other).conditionals(4)
        at = rng.choice(len(nodes.probability), 1_000_000, p=nodes.probability)
        theta = nodes.population.part(at).drawn(rng)
        if fit.family.name == "rates":
            y, e = fit.data.statistics["events"][k], fit.data.statistics["exposure"][k]
            new = rng.poisson(np.minimum(theta * e, 1e15))
            drawn = np.mean(new < y) + 0.5 * np.mean(new == y)
        else:
            y, n = fit.data.statistics["mean"][k], fit.data.statistics["n"][k]
            drawn = np.mean(theta + nodes.phi["sigma"][at] / np.sqrt(n) * rng.standard_normal(len(at)) < y)
        columns = of(fit).group_columns()
        assert columns["pit"][k] == pytest.approx(drawn, abs=4 * 0.5e-3)
        assert columns["error"][k] < 1e-7


def test_an_outlier_is_called_one_and_rats_are_not(rats):
    rng = np.random.default_rng(3)
    n = np.full(40, 60)
    y = rng.binomial(n, rng.beta(20, 80, 40))
    y[17] = 50
    found = of(pp.proportions({"y": y, "n": n}, successes="y", trials="n"))
    assert np.flatnonzero(found.outlying).tolist() == [17]
    assert "outlying, given the others (Holm, 0.05): group 18" in repr(found)
    assert not of(rats).outlying.any()
    assert found.group_columns()["error"][17] < 1e-7


def test_a_far_outlier_is_left_out_by_another_fit():
    n = np.full(30, 1000)
    y = 200 + np.arange(30) % 7
    y[3] = 900
    fit = pp.proportions({"y": y, "n": n}, successes="y", trials="n")
    columns = of(fit).group_columns()
    keep = np.arange(30) != 3
    rest = pp.proportions({"y": y[keep], "n": n[keep]}, successes="y", trials="n", prior=_same_prior(fit))
    nodes = known(rest).conditionals(4)
    upper = tails(some("proportions", [900], [1000]), nodes.population, nodes.phi).upper[0] @ nodes.probability
    assert columns["p_value"][3] == pytest.approx(2 * upper, rel=0.05, abs=1e-12)
    assert columns["pit"][3] == pytest.approx(1.0, abs=1e-6)


def test_a_group_without_which_the_posterior_is_improper_says_so():
    data = {"y": [1.0, 2.0, 4.0], "se": [1.0, 1.0, 1.0], "g": list("abc")}
    columns = of(pp.estimates(data, estimate="y", se="se", group="g", prior="flat")).group_columns()
    assert np.isnan(columns["pit"]).all()
    assert set(columns["note"]) == {"without this group the posterior is improper"}
    assert not columns["outlying"].any()


def test_groups_without_data_are_labelled():
    data = {"y": [1, 3, 0, 5], "n": [9, 12, 0, 20], "g": list("abcd")}
    columns = of(pp.proportions(data, successes="y", trials="n", group="g")).group_columns()
    assert columns["note"].tolist() == ["", "", "no data", ""]
    assert np.isnan(columns["pit"][2])
    assert np.isfinite(columns["pit"][[0, 1, 3]]).all()


def test_holm_by_hand():
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, np.nan, 0.03, 0.005])), [0.03, 0.06, np.nan, 0.06, 0.02])


def test_mirrored_counts_mirror_the_places():
    y, n = np.array([0, 2, 5, 9, 3]), np.array([8, 9, 10, 12, 30])
    one, other = (
        of(pp.proportions({"y": v, "n": n}, successes="y", trials="n")).group_columns()["pit"] for v in (y, n - y)
    )
    np.testing.assert_allclose(one, 1.0 - other, atol=1e-8)


# --- replicates


def test_pumps_that_would_fail_again(pumps):
    rng = np.random.default_rng(1)
    hyper = pumps.results.hyper
    p = hyper.probability / hyper.probability.sum()
    at = rng.choice(len(p), 200_000, p=p)
    y, e = (np.asarray(pumps.data.statistics[role], float) for role in ("events", "exposure"))
    shape, rate = (np.exp(log[at])[:, None] for log in (hyper.point.log_shape, hyper.point.log_rate))
    found = of(pumps)
    for kind in ("same", "new"):
        theta = rng.gamma(shape + (y if kind == "same" else 0.0 * y)) / (rate + (e if kind == "same" else 0.0 * e))
        raw = rng.poisson(np.minimum(theta * e, 1e15)) / e
        for name, values, observed in (
            ("min", raw.min(axis=1), (y / e).min()),
            ("max", raw.max(axis=1), (y / e).max()),
            ("zeros", (raw == 0).sum(axis=1).astype(float), 0.0),
        ):
            exact = row_of(found, kind, name)
            p = np.mean(values > observed + 1e-9) + 0.5 * np.mean(np.abs(values - observed) <= 1e-9)
            assert exact["observed"] == observed
            assert exact["p_value"] == pytest.approx(p, abs=4.5 * 0.5 / np.sqrt(200_000))
            assert exact["error"] < 1e-4
            assert exact["how"] == "exact"
            lower, upper = np.quantile(values, [0.025, 0.975])
            assert exact["lower"] == pytest.approx(lower, rel=0.05, abs=0.011)
            assert exact["upper"] == pytest.approx(upper, rel=0.03)


def test_schools_that_would_be_measured_again(schools):
    rng = np.random.default_rng(2)
    y, se = (np.asarray(pp.datasets.load("eight_schools")[name], float) for name in ("effect", "se"))
    nodes = schools.results.hyper.nodes
    data = schools.results.hyper.data
    p = nodes.probability / nodes.probability.sum()
    at = rng.choice(len(p), 1_000_000, p=p)
    tau = data.restored(np.exp(nodes.logs["sd"][at]))
    mean = data.centre + data.restored(nodes.given.mean[at] + nodes.given.mean_sd[at] * rng.standard_normal(len(at)))
    found = of(schools)
    for kind in ("same", "new"):
        highest = np.full(len(at), -np.inf)
        lowest = np.full(len(at), np.inf)
        for j in range(8):
            b = tau**2 / (tau**2 + se[j] ** 2) if kind == "same" else 0.0 * tau
            sd = np.sqrt(b) * se[j] if kind == "same" else tau
            theta = mean + b * (y[j] - mean) + sd * rng.standard_normal(len(at))
            again = theta + se[j] * rng.standard_normal(len(at))
            highest, lowest = np.maximum(highest, again), np.minimum(lowest, again)
        for name, values, observed in (("max", highest, 28.0), ("min", lowest, -3.0)):
            exact = row_of(found, kind, name)
            assert exact["p_value"] == pytest.approx(np.mean(values > observed), abs=4.5 * 0.5e-3)
            assert exact["mean"] == pytest.approx(values.mean(), abs=4.5 * values.std() / 1e3)
            limits = np.quantile(values, [0.025, 0.975])
            np.testing.assert_allclose([exact["lower"], exact["upper"]], limits, atol=0.25)
            assert exact["error"] < 1e-7
            assert exact["error_limits"] < 1e-4


def test_largest_residual_by_draws(rats):
    found = of(rats, draws=20_000)
    nodes = known(rats).conditionals(3)
    data = outcomes(rats.family, rats.data)
    n, p = data.size[data.where], nodes.probability
    rng = np.random.default_rng(5)
    theta_mean = (nodes.population.mean @ p) * np.ones(71)
    within = nodes.population.mean * (1 - nodes.population.mean) - nodes.population.variance
    spread = nodes.population.variance + (nodes.population.mean - theta_mean[0]) ** 2
    sd = np.sqrt((within @ p) / n + spread @ p)
    at = rng.choice(len(p), 40_000, p=p)
    theta = rng.beta(nodes.population.a[at][:, None], nodes.population.b[at][:, None] * np.ones(71))
    again = np.max(np.abs(rng.binomial(n.astype(int), theta) / n - theta_mean) / sd, axis=1)
    row = row_of(found, "new", "largest residual")
    assert row["observed"] == pytest.approx(np.max(np.abs(data.raw[data.where] - theta_mean) / sd), rel=1e-9)
    assert row["p_value"] == pytest.approx(np.mean(again > row["observed"]), abs=4.5 * 0.3 / 200)
    assert row["mean"] == pytest.approx(again.mean(), abs=4.5 * again.std() / 200)
    drawn = row_of(found, "new", "sd")
    assert drawn["how"] == "20,000 draws"
    assert 0.001 < drawn["error"] < 0.01


def test_zeros_are_poisson_binomial():
    data = some("proportions", [0, 1, 2], [3, 4, 5])
    of_theta = Betas(np.array([[2.0, 5.0]] * 3), np.array([[7.0, 9.0]] * 3))
    weight = np.array([0.3, 0.7])
    found = zeros(kinds(data, of_theta, {}, weight), 1.0, np.array([0.025, 0.975]))
    q = stats.betabinom.pmf(0, data.size[:, None], of_theta.a, of_theta.b)
    expected = np.zeros(4)
    for outcome in np.ndindex(2, 2, 2):
        hit = np.array(outcome)[:, None]
        expected[sum(outcome)] += np.prod(np.where(hit, q, 1 - q), axis=0) @ weight
    assert found.below == pytest.approx(expected[0], abs=1e-12)
    assert found.equal == pytest.approx(expected[1], abs=1e-12)
    assert found.mean == pytest.approx(expected @ np.arange(4), abs=1e-12)


def test_too_many_counts_are_drawn():
    y, n = np.array([1000, 900_000, 40_000, 7]), np.array([200_000, 3_000_000, 500_000, 1000])
    found = of(pp.proportions({"y": y, "n": n}, successes="y", trials="n"))
    row = row_of(found, "new", "max")
    assert row["how"] == "4,000 draws"
    assert 0.0 <= row["p_value"] <= 1.0
    assert np.isfinite(found.group_columns()["pit"]).all()


def test_moments_that_do_not_exist_are_not_given(pumps):
    row = row_of(of(pumps), "new", "max")
    assert np.isnan(row["mean"])
    assert row["note"]
    assert np.isnan(row_of(of(pumps), "new", "largest residual")["p_value"])


# --- the prior


def test_an_improper_prior_predicts_nothing(schools):
    row = row_of(of(schools), "prior", "sd")
    assert np.isnan(row["p_value"])
    assert "improper" in row["note"]


@pytest.mark.parametrize("method", ["moments", "empirical-bayes"])
def test_where_no_prior_was_used_none_is_blamed(rats, method):
    plugged = pp.proportions(pp.datasets.load("rat_tumors"), **RATS, method=method)
    for fit in (rats.given(mean=0.14, concentration=20.0), plugged):
        row = row_of(of(fit), "prior", "sd")
        assert np.isnan(row["p_value"])
        assert "improper" not in row["note"]
        assert ("are given, without" in row["note"]) == (fit.model.method == "given")


def on_scale(family, unit, rng):
    """Data of a family on some scale, and the columns."""
    if family == "proportions":
        y = rng.binomial(10_000_000, 0.3 * unit * rng.uniform(0.5, 1.5, 9))
        return {"y": y, "n": [10_000_000] * 9}, {"successes": "y", "trials": "n"}
    if family == "rates":
        return {"y": rng.poisson(40, 9), "n": 40 / unit * rng.uniform(0.5, 1.5, 9)}, {"events": "y", "exposure": "n"}
    theta = unit * rng.normal(3.0, 1.0, 9)
    if family == "estimates":
        return {"y": theta, "se": [unit] * 9}, {"estimate": "y", "se": "se"}
    rows = np.repeat(theta, 4) + unit * rng.normal(size=36)
    return {"y": rows, "g": np.repeat(range(9), 4)}, {"value": "y", "group": "g"}


@pytest.mark.parametrize("unit", [1e-5, 0.004, 1.0, 23.0, 7e8])
@pytest.mark.parametrize("family", ["proportions", "rates", "estimates", "measurements"])
def test_the_proper_prior_that_is_advised_is_on_the_scale_of_the_data(family, unit):
    unit = min(unit, 1.0) if family == "proportions" else unit
    data, columns = on_scale(family, unit, np.random.default_rng(3))
    improper = {"prior": "bda"} if family == "proportions" else {}
    fit = getattr(pp, family)(data, **columns, **improper)
    note = row_of(of(fit), "prior", "sd")["note"]
    code = re.search(r"pp\.Prior\(.*\)(?=, or one)", note)[0]
    assert len(code) < 110
    again = of(getattr(pp, family)(data, **columns, prior=eval(code, {"pp": pp})))
    assert "on the scale of these data (a pooled value of" in note
    for statistic in ("pooled", "sd"):
        assert 0.02 < row_of(again, "prior", statistic)["p_value"] < 0.98


def test_a_prior_that_the_data_contradict():
    data = {"y": [18, 17, 19, 16], "n": [20, 20, 20, 20]}
    against = of(pp.proportions(data, successes="y", trials="n", prior=PROPER))
    with_it = of(pp.proportions({"y": [3, 5, 2, 4], "n": data["n"]}, successes="y", trials="n", prior=PROPER))
    assert row_of(against, "prior", "pooled")["p_value"] < 0.01
    assert 0.1 < row_of(with_it, "prior", "pooled")["p_value"] < 0.9


def test_prior_prediction_of_a_mean_by_closed_form():
    prior = pp.Prior(mean=pp.Normal(1, 3), sd=pp.HalfNormal(1e-6))
    data = {"y": [2.0, 3.0], "se": [1.0, 1.0]}
    row = row_of(of(pp.estimates(data, estimate="y", se="se", prior=prior), draws=40_000), "prior", "pooled")
    assert row["p_value"] == pytest.approx(stats.norm.sf(2.5, 1, np.sqrt(9.5)), abs=4.5 * 0.5 / 200)


# --- the record


def test_the_same_seed_gives_the_same_table(pumps):
    one, other = (of(pumps, seed=4).statistic_columns() for _ in range(2))
    another = of(pumps, seed=5).statistic_columns()
    np.testing.assert_array_equal(one["p_value"], other["p_value"])
    assert (one["p_value"] != another["p_value"]).any()


@pytest.mark.parametrize("method", ["empirical-bayes", "moments"])
@pytest.mark.parametrize("family", ["proportions", "measurements"])
def test_plug_in_fits_can_be_checked(family, method):
    name, roles = ("rat_tumors", RATS) if family == "proportions" else ("coagulation", BLOOD)
    found = of(getattr(pp, family)(pp.datasets.load(name), **roles, method=method))
    columns = found.group_columns()
    assert ((columns["pit"] > 0) & (columns["pit"] < 1)).all()
    assert (columns["error"] < 1e-2).all()
    assert "Check of" in repr(found)


def test_tables_come_in_the_callers_library(rats):
    found = of(rats)
    assert type(found.groups()).__module__.startswith("pandas")
    assert type(found.statistics()).__module__.startswith("pandas")


@pytest.mark.parametrize("options", [{"draws": 10}, {"draws": 1e4}, {"seed": -1}, {"level": 95}, {"draws": True}])
def test_requests_out_of_range(schools, options):
    with pytest.raises(RequestError):
        of(schools, **options)


def test_a_group_column_named_like_a_result():
    data = {"y": [1, 3, 5], "n": [9, 12, 20], "pit": list("abc")}
    with pytest.raises(RequestError, match="pit_observed"):
        of(pp.proportions(data, successes="y", trials="n", group="pit")).groups()


# --- edges


@pytest.mark.parametrize(
    "fit",
    [
        lambda: pp.rates({"y": [1, 0, 5, 3], "e": [2.0, 0.0, 3.0, 9.0]}, events="y", exposure="e"),
        lambda: pp.estimates({"y": [1.0, 2.0, 3.0, 0.0], "se": [1.0, 0.0, 2.0, 1.0]}, estimate="y", se="se"),
        lambda: pp.measurements({"y": [1.0, 2.0, 3.0, 0.0, 4.0], "g": list("aabbc")}, value="y", group="g"),
        lambda: pp.proportions({"y": [0, 0, 0], "n": [4, 9, 9]}, successes="y", trials="n"),
        lambda: pp.proportions({"y": [0, 1, 1, 0]}, successes="y"),
        lambda: pp.rates({"y": [1, 5, 3], "e": [2, 3, 9]}, events="y", exposure="e").given(mean=0.5, shape=2),
    ],
)
def test_edges(fit):
    found = of(fit())
    groups, statistics = found.group_columns(), found.statistic_columns()
    some = groups["note"] == ""
    assert some.sum() >= 3
    assert ((groups["pit"][some] > 0) & (groups["pit"][some] < 1)).all()
    assert (groups["error"][some] < 1e-5).all()
    p = statistics["p_value"][statistics["theta"] != "prior"]
    assert ((p >= 0) & (p <= 1) | np.isnan(p)).all()


def test_a_single_group_has_no_others():
    columns = of(pp.proportions({"y": [3], "n": [9]}, successes="y", trials="n")).group_columns()
    assert columns["note"].tolist() == ["there is no other group"]
    assert np.isnan(columns["pit"]).all()


def test_only_the_group_that_makes_the_posterior_proper_cannot_be_left_out():
    y = np.zeros(20, dtype=int)
    y[4] = 5
    fit = pp.proportions({"y": y, "n": 10 + np.arange(20)}, successes="y", trials="n", prior="bda")
    columns = of(fit).group_columns()
    assert np.flatnonzero(columns["note"] != "").tolist() == [4]


@pytest.mark.parametrize("cut", [0.0, 1e-9])
def test_limits_of_the_largest_of_several_counts(cut):
    """By halving, whether tables are whole, and there is a mean, or cut."""
    mean = np.array([[3.0, 8.0], [20.0, 2.0]])
    tables = stats.poisson.pmf(np.arange(200)[:, None, None], mean)
    of = Kinds(
        np.array([0.3, 0.7]),
        np.array([2.0, 1.0]),
        tuple(map(Counted.tabulated, (tables[:, 0], tables[:, 1]), (1.0, 0.5))),
        cut,
    )
    found = largest(of, 12.0, np.array([0.025, 0.5, 0.975]))
    below = stats.poisson.cdf(of.support[:, None], mean[0]) ** 2 * stats.poisson.cdf(of.support[:, None] * 0.5, mean[1])
    below = below @ of.probability
    np.testing.assert_array_equal(found.quantiles, of.support[np.searchsorted(below, [0.025, 0.5, 0.975])])
    assert found.below == pytest.approx(below[np.searchsorted(of.support, 12.0) - 1], abs=1e-13)
    assert np.isnan(found.mean) == (cut > 0.0)


def test_two_coarse_answers_that_are_alike_by_accident_claim_no_accuracy():
    """P-values by sums over 260 x 260 points of log mean and log rate, or of logit mean and log concentration."""
    rates = pp.rates(events=[1, 0], exposure=[1.0, 2.0])
    proportions = pp.proportions(successes=[0, 0, 1, 0, 0], trials=[30, 40, 10, 20, 5])
    for fit, name, exact in ((rates, "max", 0.3059701248682), (proportions, "zeros", 0.4069812874349)):
        found = of(fit).statistic_columns()
        at = (found["theta"] == "new") & (found["statistic"] == name)
        assert abs(found["p_value"][at][0] - exact) <= found["error"][at][0]
