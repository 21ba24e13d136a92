from importlib import import_module

import numpy as np
import pytest

import partialpool as pp
from partialpool.analysis.fitted_model import FittedModel
from partialpool.diagnostics.prior_families import default_priors
from partialpool.diagnostics.sensitivity import sensitivity
from partialpool.errors import PriorError, RequestError

RATS = {"successes": "tumors", "trials": "rats", "group": "group"}
SCHOOLS = {"estimate": "effect", "se": "se", "group": "school"}
FITS = {
    "proportions": ("rat_tumors", RATS),
    "rates": ("pump_failures", {"events": "failures", "exposure": "time_thousand_hours", "group": "pump"}),
    "estimates": ("eight_schools", SCHOOLS),
    "measurements": ("coagulation", {"value": "time_seconds", "group": "diet"}),
}
SUMMARIES = ("mean", "sd", "median", "lower", "upper")


def fitted(family, **options):
    name, roles = FITS[family]
    return getattr(pp, family)(pp.datasets.load(name), **roles, **options)


def known(fit):
    return FittedModel(fit.family, fit.data, fit.results, fit.level)


def of(fit, *arguments, **options):
    return sensitivity(known(fit), fit.model, *arguments, **options)


@pytest.mark.parametrize("family", FITS)
def test_every_row_is_that_of_a_fit(family):
    fit = fitted(family)
    columns = of(fit).columns()
    names = list(dict.fromkeys(columns["prior"]))
    assert names == ["uniform-shrinkage", *(name for name in default_priors(fit.family, fit.data) if name != names[0])]
    for name, prior in list(default_priors(fit.family, fit.data).items())[1:3]:
        other = fitted(family, prior=prior if isinstance(prior, pp.Prior) else name)
        expected = other.population_columns()
        for parameter in dict.fromkeys(columns["parameter"]):
            at = (columns["prior"] == name) & (columns["parameter"] == parameter)
            row = expected["parameter"] == parameter
            for summary in SUMMARIES:
                np.testing.assert_allclose(columns[summary][at], expected[summary][row], rtol=1e-12)
        before, after = fit.group_columns(), other.group_columns()
        moved = np.abs(after["mean"] - before["mean"]) / before["sd"]
        at = columns["prior"] == name
        np.testing.assert_allclose(columns["moved"][at], moved.max(), rtol=1e-5)
        label = next(iter(fit.data.labels.values()))
        assert set(columns["group"][at]) <= {str(label[j]) for j in np.flatnonzero(moved > moved.max() * (1 - 1e-6))}


@pytest.mark.parametrize("family", FITS)
def test_a_family_knows_the_parameters_of_its_population(family):
    fit = fitted(family)
    assert fit.family.parameters == tuple(fit.results.parameters)
    usual = fit.family.fixing[0]
    assert fit.sensitivity().parameters == usual == tuple(fit.results.parameters[: len(usual)])


def test_a_prior_without_a_posterior_is_a_row_with_the_reason():
    data = {"y": [1.0, 2.0], "se": [1.0, 1.0]}
    found = of(pp.estimates(data, estimate="y", se="se"), ["flat", "dumouchel"])
    columns = found.columns()
    assert np.isnan(columns["median"][columns["prior"] == "flat"]).all()
    assert np.isfinite(columns["median"][columns["prior"] == "dumouchel"]).all()
    assert "improper" in columns["note"][columns["prior"] == "flat"][0]
    assert "flat: " in repr(found)


def test_the_fit_itself_comes_first_and_does_not_move():
    columns = of(fitted("estimates", prior=pp.Prior(sd=pp.HalfNormal(3)))).columns()
    assert columns["prior"][0] == "the fit's own"
    assert columns["moved"][0] == 0.0
    assert columns["group"][0] is None


def test_priors_by_name_by_mapping_and_as_they_are():
    fit = fitted("proportions")
    mine = pp.Prior(mean=pp.Beta(1, 5))
    listed = of(fit, ["bda", mine, mine]).columns()["prior"]
    assert list(dict.fromkeys(listed)) == ["uniform-shrinkage", "bda", "prior 2", "prior 3"]
    mapped = of(fit, {"mine": mine}, parameters=["sd", "alpha"]).columns()
    assert list(dict.fromkeys(mapped["prior"])) == ["uniform-shrinkage", "mine"]
    assert list(dict.fromkeys(mapped["parameter"])) == ["sd", "alpha"]


# --- powers


def test_one_prior_needs_no_list():
    fit = fitted("estimates")
    prior = pp.Prior(sd=pp.HalfNormal(5))
    alone, listed = (fit.sensitivity(priors).columns() for priors in (prior, [prior]))
    assert alone["prior"].tolist() == listed["prior"].tolist()
    assert alone["median"].tolist() == listed["median"].tolist()


@pytest.mark.parametrize("family", FITS)
def test_every_prior_of_the_default_table_can_be_asked_for_by_its_name(family):
    fit = fitted(family)
    every = of(fit).columns()
    name = every["prior"][-1]
    assert name not in pp.priors.named(family)
    asked = of(fit, [name]).columns()
    rows, expected = asked["prior"] == name, every["prior"] == name
    assert rows.sum() == expected.sum() > 0
    assert asked["median"][rows].tolist() == every["median"][expected].tolist()


def moments(fit, parameter):
    """Mean and sd of the logit or the log of a parameter of proportions, over the nodes of the integration."""
    hyper = fit.results.hyper
    p, at = hyper.nodes.probability, hyper.nodes.point
    value = at.log_kappa if parameter == "concentration" else at.log_mean - at.log_other
    if parameter == "mean" and hyper.flipped:
        value = -value
    mean = p @ value / p.sum()
    return mean, np.sqrt(p @ (value - mean) ** 2 / p.sum())


def test_powers_of_a_prior_are_refits_with_it():
    a, b, shape, rate = 2.0, 8.0, 2.0, 0.1

    def at(power):
        mean = pp.Beta(power * (a - 1) + 1, power * (b - 1) + 1)
        concentration = pp.Gamma(power * (shape - 1) + 1, power * rate)
        return fitted("proportions", prior=pp.Prior(mean=mean, concentration=concentration))

    columns = of(at(1.0)).power_columns()
    near = 1.0 + 1e-3 * np.array([-1.0, 1.0])
    for k, parameter in enumerate(("mean", "concentration")):
        mean, sd = moments(at(1.0), parameter)
        for power in (0.8, 1.25):
            expected = (moments(at(power), parameter)[0] - mean) / sd
            assert columns[f"shift_{power:g}"][k] == pytest.approx(expected, abs=3e-6)
        low, high = (moments(at(power), parameter)[0] for power in near)
        slope = (high - low) / sd / np.diff(np.log2(near))[0]
        assert columns["sensitivity"][k] == pytest.approx(slope, abs=1e-5)
        assert columns["error"][k] < 1e-5


def test_powers_of_a_likelihood_by_a_grid():
    prior = pp.Prior(mean=pp.Normal(5, 10), sd=pp.Gamma(3, 0.3))
    fit = fitted("estimates", prior=prior)
    y, se = (np.asarray(pp.datasets.load("eight_schools")[name], float) for name in ("effect", "se"))
    mean, log_sd = np.meshgrid(np.linspace(-45, 60, 421), np.linspace(-6, 4.5, 701), indexing="ij")
    sd = np.exp(log_sd)
    variance = se[:, None, None] ** 2 + sd**2
    log_likelihood = (-0.5 * np.log(variance) - 0.5 * (y[:, None, None] - mean) ** 2 / variance).sum(axis=0)
    log_prior = -0.5 * ((mean - 5) / 10) ** 2 + 2 * log_sd - 0.3 * sd + log_sd

    def average(log, value):
        p = np.exp(log - log.max())
        return (p * value).sum() / p.sum()

    columns = of(fit).power_columns()
    for k, value in enumerate((mean, log_sd)):
        centre = average(log_prior + log_likelihood, value)
        spread = np.sqrt(average(log_prior + log_likelihood, (value - centre) ** 2))
        for power in (0.8, 1.25):
            expected = (average(log_prior + power * log_likelihood, value) - centre) / spread
            assert columns[f"shift_{power:g}"][2 + k] == pytest.approx(expected, abs=max(1e-5, columns["error"][2 + k]))
        covariance = average(log_prior + log_likelihood, (value - centre) * log_likelihood)
        expected = np.log(2) * covariance / spread
        assert columns["sensitivity"][2 + k] == pytest.approx(expected, abs=max(1e-5, columns["error"][2 + k]))


def test_a_flat_prior_has_no_power():
    columns = of(fitted("estimates", prior="flat")).power_columns()
    np.testing.assert_allclose(columns["sensitivity"][:2], 0.0, atol=1e-10)
    assert abs(columns["sensitivity"][3]) > 0.01


def test_a_prior_against_the_data_shows_opposite_signs():
    fit = fitted("estimates", prior=pp.Prior(mean=pp.Normal(40, 5), sd=pp.HalfNormal(2)))
    columns = of(fit).power_columns()
    prior, likelihood = columns["sensitivity"][[0, 2]]
    assert prior > 0.3
    assert likelihood < -0.3


@pytest.mark.parametrize("family", FITS)
def test_powers_of_every_family(family):
    found = of(fitted(family))
    columns = found.power_columns()
    assert np.isfinite(columns["sensitivity"]).all()
    assert (columns["error"] < 2e-3).all()
    assert set(columns["part"]) == {"prior", "likelihood"}
    assert "The same data under" in repr(found)
    assert found.accuracy < 1e-6


@pytest.mark.parametrize("family", ["proportions", "rates"])
def test_only_the_parameters_in_the_tables_are_claimed(family):
    found = of(fitted(family))
    results = [refit.results for refit in found.refits if refit.results is not None]
    assert found.accuracy == max(float(each.accuracy_of(found.parameters)) for each in results)
    for each in results:
        assert each.accuracy_of(each.parameters).probability <= each.accuracy.probability
        assert each.accuracy_of(found.parameters).probability <= each.accuracy_of(each.parameters).probability


def test_moments_that_do_not_exist_are_not_followed():
    data = {"y": [1.0, 5.0, 2.0], "se": [1.0, 1.0, 1.0]}
    columns = of(pp.estimates(data, estimate="y", se="se", prior="flat"), ["dumouchel"]).power_columns()
    assert np.isnan(columns["sensitivity"][0])
    assert columns["note"][0]
    assert np.isfinite(columns["sensitivity"][1])


# --- requests


def test_what_is_refused():
    fit = fitted("estimates")
    with pytest.raises(PriorError, match="Did you mean"):
        of(fit, ["flatt"])
    with pytest.raises(RequestError, match="no parameter 'tau'"):
        of(fit, parameters=["tau"])
    with pytest.raises(RequestError, match="powers"):
        of(fit, powers=[0.0])
    with pytest.raises(RequestError, match="level"):
        of(fit, level=95)
    with pytest.raises(RequestError, match="no prior to be sensitive to"):
        of(fitted("estimates", method="moments"))


def test_tables_come_in_the_callers_library():
    found = of(fitted("estimates"), ["flat"])
    pandas = import_module("pandas")
    assert isinstance(found.table(), pandas.DataFrame)
    assert isinstance(found.power(), pandas.DataFrame)


def test_mirrored_counts_mirror_the_powers():
    y, n = np.array([1, 3, 0, 5, 2, 9]), np.array([20, 25, 18, 30, 22, 40])
    one, other = (
        of(
            pp.proportions(
                {"y": v, "n": n},
                successes="y",
                trials="n",
                prior=pp.Prior(mean=pp.Beta(*shapes), concentration=pp.Gamma(2, 0.1)),
            )
        ).power_columns()
        for v, shapes in ((y, (2, 6)), (n - y, (6, 2)))
    )
    sign = np.array([-1.0, 1.0, -1.0, 1.0])
    np.testing.assert_allclose(one["sensitivity"], sign * other["sensitivity"], atol=1e-9)
    assert np.abs(one["sensitivity"]).max() > 0.05


@pytest.mark.parametrize(
    "fit",
    [
        lambda: pp.rates({"y": [1, 0, 5, 3], "e": [2.0, 0.0, 3.0, 9.0]}, events="y", exposure="e"),
        lambda: pp.estimates({"y": [1.0, 2.0, 3.0, 0.0], "se": [1.0, 0.0, 2.0, 1.0]}, estimate="y", se="se"),
        lambda: pp.proportions({"y": [3, 0], "n": [9, 0]}, successes="y", trials="n"),
    ],
)
def test_edges(fit):
    found = of(fit())
    columns = found.columns()
    kept = columns["note"] == ""
    assert np.isfinite(columns["moved"][kept]).all()
    assert (np.abs(found.power_columns()["error"]) < 1e-2).all()


@pytest.mark.parametrize("family", ["proportions", "rates"])
def test_moves_are_those_of_the_exact_means(family):
    """Groups that differ in size, and populations from narrow to wide: within the 1e-5 of an sd that is stated."""
    rng = np.random.default_rng(3)
    for spread in (0.3, 3.0, 40.0):
        n, e = rng.integers(1, 200, 12), 10 ** rng.uniform(-1, 2, 12)
        if family == "proportions":
            y = rng.binomial(n, rng.beta(spread, 3 * spread, 12))
            fit = pp.proportions({"y": y, "n": n}, successes="y", trials="n")
        else:
            y = rng.poisson(e * rng.gamma(spread, 1.0, 12))
            fit = pp.rates({"y": y, "e": e}, events="y", exposure="e")
        found = of(fit).columns()
        before = fit.group_columns()
        for name, prior in list(default_priors(fit.family, fit.data).items())[1:4]:
            after = refit(fit, prior if isinstance(prior, pp.Prior) else name)
            moved = np.abs(after["mean"] - before["mean"]) / before["sd"]
            assert found["moved"][found["prior"] == name][0] == pytest.approx(moved.max(), abs=1e-5)


def refit(fit, prior):
    """The table of groups under another prior."""
    statistics = {role: fit.data.statistics[role] for role in fit.data.columns}
    roles = {role: role for role in statistics}
    return getattr(pp, fit.family.name)(statistics, **roles, prior=prior).group_columns()


def test_one_name_is_a_list_of_one_and_a_wrong_one_tells_all():
    fit = fitted("proportions")
    assert fit.sensitivity("bda").columns()["prior"].tolist() == fit.sensitivity(["bda"]).columns()["prior"].tolist()
    with pytest.raises(PriorError) as refused:
        fit.sensitivity(["bdda"])
    for name in default_priors(fit.family, fit.data):
        assert name in str(refused.value)


@pytest.mark.parametrize("family", FITS)
def test_what_a_fit_is_made_of_shows_itself_in_a_line(family):
    fit = fitted(family)
    for part in (fit.known, fit.results, fit.plot):
        assert len(repr(part)) < 200
        assert "0x" not in repr(part)
        assert "\n" not in repr(part)
    assert "shrinkage()" in repr(fit.plot)
