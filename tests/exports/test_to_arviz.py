"""ArviZ's layout: dimensions, labels, likelihoods against SciPy, predictive draws, and ArviZ itself where it is."""

import sys
import warnings
from datetime import date

import numpy as np
import pytest
from scipy import stats

import partialpool as pp
from partialpool.analysis.exports.posterior_draws import draws
from partialpool.analysis.fitted_model import FittedModel
from partialpool.models.registry import FAMILIES as MODELS
from simulated import OURS, drawn

MANY = 20_000
FAR = 4.9


def known(fit):
    return FittedModel(fit.family, fit.data, fit.results, fit.level)


def of(family, seed=0, **options):
    function, data, roles = drawn(family, seed)
    return known(function(data, **roles, **options))


# --- what does not need xarray


def pointwise(family):
    fit = of(family)
    found = draws(fit, 200)
    return fit.data, found, MODELS[family].log_likelihood(fit.data, found.theta, found.parameters)


def test_binomial():
    data, found, log_p = pointwise("proportions")
    exact = stats.binom.logpmf(data.statistics["successes"], data.statistics["trials"], found.theta)
    np.testing.assert_allclose(log_p, exact, rtol=1e-10, atol=1e-10)


def test_poisson():
    data, found, log_p = pointwise("rates")
    exact = stats.poisson.logpmf(data.statistics["events"], data.statistics["exposure"] * found.theta)
    np.testing.assert_allclose(log_p, exact, rtol=1e-10, atol=1e-10)


def test_normal():
    data, found, log_p = pointwise("estimates")
    exact = stats.norm.logpdf(data.statistics["estimate"], found.theta, data.statistics["se"])
    np.testing.assert_allclose(log_p, exact, rtol=1e-12, atol=1e-12)


def test_rows():
    data, found, log_p = pointwise("measurements")
    exact = np.zeros_like(log_p)
    sigma = found.parameters["sigma"]
    for group, value in zip(data.members.group, data.members.value, strict=True):
        exact[:, group] += stats.norm.logpdf(value, found.theta[:, group], sigma)
    np.testing.assert_allclose(log_p, exact, rtol=1e-10, atol=1e-10)


def test_groups_without_data_say_nothing():
    fit = known(pp.rates({"y": [3, 5, 0], "e": [2.0, 4.0, 0.0]}, events="y", exposure="e"))
    found = draws(fit, 50)
    of_rates = MODELS["rates"]
    assert np.all(of_rates.log_likelihood(fit.data, found.theta, found.parameters)[:, 2] == 0.0)
    again = of_rates.replicated(fit.data, found.theta, found.parameters, np.random.default_rng(0))
    assert np.all(again[:, 2] == 0)
    assert again.dtype.kind == "i"
    fit = known(pp.proportions({"y": [0, 2, 1], "n": [0, 9, 7]}, successes="y", trials="n"))
    found = draws(fit, 50)
    log_p = MODELS["proportions"].log_likelihood(fit.data, found.theta, found.parameters)
    np.testing.assert_allclose(log_p[:, 0], 0.0, atol=1e-15)


def test_certain_data_are_certain():
    fit = known(pp.proportions({"y": [0, 9, 3], "n": [9, 9, 9]}, successes="y", trials="n"))
    theta = np.array([[0.0, 1.0, 0.5]])
    log_p = MODELS["proportions"].log_likelihood(fit.data, theta, {})
    np.testing.assert_allclose(log_p[0, :2], 0.0, atol=1e-14)


@pytest.mark.parametrize("family", OURS)
def test_data_drawn_anew_have_the_mean_and_spread_of_the_model(family):
    fit = of(family)
    found = draws(fit, MANY)
    data, theta = fit.data.statistics, found.theta
    again = MODELS[family].replicated(fit.data, theta, found.parameters, np.random.default_rng(5))
    if family == "proportions":
        mean, variance = data["trials"] * theta, data["trials"] * theta * (1.0 - theta)
    elif family == "rates":
        mean = variance = data["exposure"] * theta
    elif family == "estimates":
        mean, variance = theta, np.broadcast_to(data["se"] ** 2, theta.shape)
    else:
        mean, variance = theta, found.parameters["sigma"][:, None] ** 2 / data["n"]
    z = (again - mean) / np.sqrt(variance)
    assert np.max(np.abs(z.mean(axis=0))) < FAR / np.sqrt(MANY)
    assert np.max(np.abs((z**2).mean(axis=0) - 1.0) / ((z**2).std(axis=0) / np.sqrt(MANY))) < FAR


def test_without_xarray_it_says_what_to_install(monkeypatch):
    from partialpool.analysis.exports.to_arviz import to_arviz

    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(pp.MissingDependencyError, match=r"partialpool\[arviz\]"):
        to_arviz(of("estimates"), 10)


# --- what does


@pytest.fixture
def export():
    pytest.importorskip("xarray", minversion="2024.10")
    from partialpool.analysis.exports.to_arviz import to_arviz

    return to_arviz


@pytest.mark.parametrize("family", OURS)
def test_the_tree(export, family):
    fit = of(family)
    tree, found = export(fit, 30, seed=4), draws(fit, 30, seed=4)
    assert set(tree.children) == {
        "posterior", "posterior_predictive", "log_likelihood", "sample_stats", "observed_data", "constant_data"
    }  # fmt: skip
    assert tree["posterior"]["theta"].dims == ("chain", "draw", "g")
    assert np.array_equal(tree["posterior"]["theta"].values[0], found.theta)
    assert np.array_equal(tree["posterior"]["theta_new"].values[0], found.theta_new)
    for name in fit.results.parameters:
        assert np.array_equal(tree["posterior"][name].values[0], found.parameters[name])
    assert tree["posterior"]["g"].values.tolist() == fit.data.labels["g"].tolist()
    role = MODELS[family].observed
    observed = fit.data.columns[role]
    assert observed == "y"
    for group in ("posterior_predictive", "log_likelihood", "observed_data"):
        assert list(tree[group].data_vars) == [observed]
    assert np.array_equal(tree["observed_data"]["y"].values, fit.data.statistics[role])
    assert not tree["sample_stats"]["diverging"].values.any()
    assert tree.attrs["inference_library"] == "partialpool"
    assert tree["posterior"].attrs["inference_library_version"] == pp.__version__
    assert tree["posterior"].sizes["chain"] == 1
    assert tree.equals(export(fit, 30, seed=4))
    assert not tree.equals(export(fit, 30, seed=5))


def test_the_design_is_kept(export):
    design = {
        "proportions": {"n"},
        "rates": {"e"},
        "estimates": {"se"},
        "measurements": {"n", "y_sd"},
    }
    assert {family: set(export(of(family), 5)["constant_data"].data_vars) for family in OURS} == design


def test_the_sd_of_a_single_row_is_not_known(export):
    rows = {"g": ["a", "a", "b", "c", "c"], "y": [1.0, 1.0, 2.0, 3.0, 5.0]}
    fit = pp.measurements(rows, value="y", group="g")
    design = export(known(fit), 5)["constant_data"]
    np.testing.assert_array_equal(design["y_sd"].values, fit.group_columns()["y_sd"])
    assert np.isnan(design["y_sd"].values).tolist() == [False, True, False]


def test_several_label_columns_are_joined(export):
    data = {"a": ["x", "x", "y"], "b": [1, 2, 1], "y": [1, 2, 3], "n": [9, 9, 9]}
    tree = export(known(pp.proportions(data, successes="y", trials="n", group=["a", "b"])), 5)
    assert tree["posterior"]["group"].values.tolist() == ["x, 1", "x, 2", "y, 1"]
    data |= {"a": ["x, 1", "x", "y"], "b": ["2", "1, 2", "1"]}
    tree = export(known(pp.proportions(data, successes="y", trials="n", group=["a", "b"])), 5)
    assert len(set(tree["posterior"]["group"].values.tolist())) == 3


@pytest.mark.parametrize(("labels", "shown"), [
    ([date(2024, 1, 1), date(2024, 1, 2)], ["2024-01-01", "2024-01-02"]),
    ([1, "1"], ["1", "'1'"]),
    (["b", "a"], ["b", "a"]),
    ([7, 5], [7, 5]),
])  # fmt: skip
def test_labels(export, labels, shown):
    fit = known(pp.estimates({"g": labels, "y": [1.0, 2.0], "s": [1.0, 1.0]}, estimate="y", se="s", group="g"))
    found = export(fit, 5)["posterior"]["g"].values.tolist()
    assert len(set(found)) == 2
    assert found == shown or labels == [1, "1"]


@pytest.mark.parametrize("name", ["theta", "draw", "group", "mean "])
def test_a_column_with_the_name_of_a_dimension(export, name):
    fit = known(pp.estimates({name: ["a", "b"], "y": [1.0, 2.0], "s": [1.0, 1.0]}, estimate="y", se="s", group=name))
    assert export(fit, 5)["posterior"]["theta"].dims[2] == ("group" if name in ("theta", "draw") else name)


def test_an_observed_column_called_group(export):
    fit = known(pp.estimates({"group": [1.0, 2.0], "s": [1.0, 1.0]}, estimate="group", se="s"))
    tree = export(fit, 5)
    assert tree["posterior"]["theta"].dims[2] == "group_"
    assert tree["observed_data"]["group"].values.tolist() == [1.0, 2.0]


def test_exact_estimates_have_no_likelihood(export):
    fit = known(pp.estimates({"y": [1.0, 2.0, 4.0], "s": [0.0, 1.0, 1.0]}, estimate="y", se="s"))
    assert "log_likelihood" not in export(fit, 5).children


def test_one_draw(export):
    assert export(of("rates"), 1)["posterior"].sizes["draw"] == 1


def test_what_is_refused(export):
    with pytest.raises(pp.RequestError, match="n is how many"):
        export(of("rates"), 0)
    with pytest.raises(pp.RequestError, match="not worked out"):
        export(of("toy"), 10)


@pytest.mark.parametrize("family", OURS)
def test_arviz_takes_it(export, family):
    """Summaries and leave-one-out scores; ArviZ's own warnings of importance weights aside."""
    arviz_stats = pytest.importorskip("arviz_stats")
    fit = of(family)
    tree = export(fit, 2000)
    table = arviz_stats.summary(tree, round_to="none")
    exact = fit.results.groups(0.025)
    theta = table.loc[[f"theta[{label}]" for label in fit.data.labels["g"]]]
    assert np.max(np.abs(theta["mean"].to_numpy(float) - exact.mean) / (exact.sd / np.sqrt(2000))) < FAR
    assert np.all(theta["ess_bulk"].to_numpy(float) > 1000)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Estimated shape parameter of Pareto")
        scores = arviz_stats.loo(tree)
    assert scores.n_data_points == fit.data.size


@pytest.mark.filterwarnings("ignore:The scale 'SquareRootScale':PendingDeprecationWarning")  # of arviz-plots itself
@pytest.mark.parametrize("family", OURS)
def test_arviz_draws_it(export, family, monkeypatch):
    style = pytest.importorskip("matplotlib.style")
    if not hasattr(style, "core"):  # arviz-plots 0.8 looks for what Matplotlib 3.11 has moved
        monkeypatch.setattr(style, "core", style, raising=False)
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    arviz_plots = pytest.importorskip("arviz_plots", exc_type=ImportError)
    arviz_plots.plot_forest(export(of(family), 200), var_names=["theta", "theta_new"], backend="matplotlib")
