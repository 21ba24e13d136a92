"""The densities that the pictures of the population draw: normalised, exact, with their mode where it is."""

import numpy as np
import pytest
from scipy import integrate, special, stats

import partialpool as pp
from partialpool.quadrature.shown import Seen, Separately, exponential, unchanged
from partialpool.quadrature.surface import surface


def grid(table):
    """x, y and the density as a matrix."""
    x, y = (np.unique(column) for column in list(table.values())[:2])
    return x, y, table["density"].reshape(len(x), len(y))


def volume(x, y, density):
    return integrate.trapezoid(integrate.trapezoid(density, y, axis=1), x)


CASES = [("rats", "log"), ("rats", "mean-concentration"), ("pumps", "log"), ("pumps", "mean-shape")]


@pytest.mark.parametrize(("name", "coordinates"), CASES)
def test_it_integrates_to_one(request, name, coordinates):
    x, y, density = grid(request.getfixturevalue(name).surface_columns(coordinates)[0])
    assert volume(x, y, density) == pytest.approx(1.0, abs=3e-3)


@pytest.mark.parametrize(("name", "coordinates"), CASES)
def test_either_side_integrates_to_one_and_is_that_of_the_surface(request, name, coordinates):
    table, beside = request.getfixturevalue(name).surface_columns(coordinates)
    x, y, density = grid(table)
    for parameter, value, along in zip(
        list(table)[:2],
        (x, y),
        (integrate.trapezoid(density, y, axis=1), integrate.trapezoid(density, x, axis=0)),
        strict=True,
    ):
        own = beside["density"][beside["parameter"] == parameter]
        assert integrate.trapezoid(own, value) == pytest.approx(1.0, abs=3e-3)
        assert own == pytest.approx(along, rel=2e-3, abs=1e-3 * along.max())


def test_the_mode_of_the_rats_is_where_the_literature_has_it(rats):
    table, _ = rats.surface_columns()
    assert list(table) == ["log(alpha/beta)", "log(alpha+beta)", "density"]
    top = np.argmax(table["density"])
    assert table["log(alpha/beta)"][top] == pytest.approx(-1.785783, abs=1e-6)
    assert table["log(alpha+beta)"][top] == pytest.approx(2.741549, abs=1e-6)


def test_the_density_of_the_rats_is_likelihood_times_prior(rats):
    """p(y | alpha, beta) (alpha + beta)^(-5/2) alpha beta, the last for the logs."""
    table, _ = rats.surface_columns()
    some = np.flatnonzero(table["density"] > 1e-3 * table["density"].max())[::500]
    ratio, total = (np.exp(table[name][some]) for name in ("log(alpha/beta)", "log(alpha+beta)"))
    alpha, beta = total * ratio / (1.0 + ratio), total / (1.0 + ratio)
    y, n = rats.data.statistics["successes"], rats.data.statistics["trials"]
    direct = [
        special.betaln(a + y, b + n - y).sum() - len(y) * special.betaln(a, b) - 2.5 * np.log(a + b) + np.log(a * b)
        for a, b in zip(alpha, beta, strict=True)
    ]
    constant = np.log(table["density"][some]) - direct
    assert len(some) > 5
    assert constant == pytest.approx(np.full(len(some), constant[0]), abs=1e-9)


def test_both_coordinates_are_the_same_density(rats):
    (log, _), (natural, _) = rats.surface_columns("log"), rats.surface_columns("mean-concentration")
    at = np.argmax(natural["density"])
    mean, kappa = natural["mean"][at], natural["concentration"][at]
    x, y, density = grid(log)
    i, j = np.searchsorted(x, np.log(mean / (1.0 - mean))), np.searchsorted(y, np.log(kappa))
    near = density[i - 1 : i + 1, j - 1 : j + 1]
    here = natural["density"][at] * mean * (1.0 - mean) * kappa
    assert near.min() * 0.999 < here < near.max() * 1.001


NATURAL = [("rats", "alpha-beta"), ("pumps", "shape-rate")]


def beta_binomial(fit, alpha, beta):
    """p(y | alpha, beta) (alpha + beta)^(-5/2), without its constant."""
    y, n = fit.data.statistics["successes"], fit.data.statistics["trials"]
    kernel = special.betaln(alpha + y, beta + n - y).sum() - len(y) * special.betaln(alpha, beta)
    return kernel - 2.5 * np.log(alpha + beta)


def gamma_poisson(fit, shape, rate):
    """p(y | shape, rate) 1/mean / (e0 + rate)^2 d mean / d shape, without its constant."""
    y, e = fit.data.statistics["events"], fit.data.statistics["exposure"]
    return stats.nbinom.logpmf(y, shape, rate / (rate + e)).sum() - 2.0 * np.log(stats.hmean(e) + rate) - np.log(shape)


@pytest.mark.parametrize(("name", "coordinates"), NATURAL)
def test_the_natural_parameters_are_likelihood_times_prior(request, name, coordinates):
    fit = request.getfixturevalue(name)
    table, _ = fit.surface_columns(coordinates)
    assert list(table) == [*coordinates.split("-"), "density"]
    some = np.flatnonzero(table["density"] > 1e-4 * table["density"].max())[::400]
    direct = {"rats": beta_binomial, "pumps": gamma_poisson}[name]
    logs = [direct(fit, *(float(table[part][row]) for part in coordinates.split("-"))) for row in some]
    constant = np.log(table["density"][some]) - logs
    assert len(some) > 5
    assert constant == pytest.approx(np.full(len(some), constant[0]), abs=1e-9)


@pytest.mark.parametrize(("name", "coordinates"), NATURAL)
def test_either_natural_parameter_has_the_median_and_interval_of_the_table(request, name, coordinates):
    fit = request.getfixturevalue(name)
    table, beside = fit.population_columns(), fit.surface_columns(coordinates)[1]
    for parameter in coordinates.split("-"):
        own, row = beside["parameter"] == parameter, list(table["parameter"]).index(parameter)
        value, density = beside["value"][own], beside["density"][own]
        below = integrate.cumulative_trapezoid(density, value, initial=0.0)
        assert below[-1] == pytest.approx(1.0, abs=3e-3)
        for column, probability in (("lower", 0.025), ("median", 0.5), ("upper", 0.975)):
            assert np.interp(table[column][row], value, below) == pytest.approx(probability, abs=2e-3)


def test_the_grid_of_the_natural_parameters_holds_their_mode(rats):
    table, _ = rats.surface_columns("alpha-beta")
    top = np.argmax(table["density"])
    at = np.array([table["alpha"][top], table["beta"][top]])
    here = beta_binomial(rats, *at)
    for step in ([1e-3, 0.0], [-1e-3, 0.0], [0.0, 1e-3], [0.0, -1e-3]):
        assert beta_binomial(rats, *(at * (1.0 + np.array(step)))) < here


def test_successes_and_failures_can_change_places():
    data = {"y": [18, 15, 19, 16, 12], "n": [20, 20, 20, 20, 20]}
    many = pp.proportions(data, successes="y", trials="n")
    few = pp.proportions(
        {**data, "y": [n - y for y, n in zip(data["y"], data["n"], strict=True)]}, successes="y", trials="n"
    )
    x, _, density = grid(many.surface_columns()[0])
    mirrored, _, other = grid(few.surface_columns()[0])
    assert x == pytest.approx(-mirrored[::-1], abs=1e-6)
    assert density == pytest.approx(other[::-1], rel=1e-5, abs=1e-9)


def test_the_density_of_the_pumps_is_likelihood_times_prior(pumps):
    table, _ = pumps.surface_columns()
    some = np.flatnonzero(table["density"] > 1e-3 * table["density"].max())[::500]
    y, e = pumps.data.statistics["events"], pumps.data.statistics["exposure"]
    typical = stats.hmean(e)
    direct = []
    for mean, shape in zip(np.exp(table["log(mean)"][some]), np.exp(table["log(shape)"][some]), strict=True):
        rate = shape / mean
        prior = -2.0 * np.log(typical + rate) + np.log(rate)
        direct.append(stats.nbinom.logpmf(y, shape, rate / (rate + e)).sum() + prior)
    constant = np.log(table["density"][some]) - direct
    assert len(some) > 5
    assert constant == pytest.approx(np.full(len(some), constant[0]), abs=1e-9)


@pytest.mark.parametrize("most", [3.0, 30.0])
def test_a_prior_that_is_cut_off_ends_the_grid(most):
    data = {"y": [1, 4, 2, 8, 5], "n": [20, 20, 20, 20, 20]}
    prior = pp.Prior(concentration=pp.Uniform(1.0, most))
    table, _ = pp.proportions(data, successes="y", trials="n", prior=prior).surface_columns("mean-concentration")
    x, y, density = grid(table)
    assert y.max() < most
    assert y.max() == pytest.approx(most, rel=1e-6)
    assert y.min() == pytest.approx(1.0, rel=1e-6)
    assert volume(x, y, density) == pytest.approx(1.0, abs=3e-3)


@pytest.mark.parametrize(("low", "most"), [(1.0, 3.0), (2.0, 50.0)])
def test_either_natural_parameter_under_a_prior_that_is_cut_off(low, most):
    data = {"y": [1, 4, 2, 8, 5], "n": [20, 20, 20, 20, 20]}
    fit = pp.proportions(data, successes="y", trials="n", prior=pp.Prior(concentration=pp.Uniform(low, most)))
    table, beside = fit.population_columns(), fit.surface_columns("alpha-beta")[1]
    for parameter in ("alpha", "beta"):
        own, row = beside["parameter"] == parameter, list(table["parameter"]).index(parameter)
        value, density = beside["value"][own], beside["density"][own]
        below = integrate.cumulative_trapezoid(density, value, initial=0.0)
        assert below[-1] == pytest.approx(1.0, abs=3e-3)
        assert np.interp(table["median"][row], value, below) == pytest.approx(0.5, abs=2e-3)
        turns = np.diff(np.sign(np.diff(density[density > 0.02 * density.max()])))
        assert np.count_nonzero(turns) <= 1  # one peak, and no ripples


def test_a_population_without_uncertainty_has_no_density(rats, schools):
    for fit in (rats.given(mean=0.1, concentration=10.0), schools.given(mean=8.0, sd=5.0)):
        with pytest.raises(pp.RequestError, match="no density"):
            fit.plot.population()


def test_unknown_coordinates_are_refused(rats, pumps, schools):
    for fit in (rats, pumps):
        with pytest.raises(pp.RequestError, match="coordinates must be one of 'log', 'mean-"):
            fit.surface("polar")
    with pytest.raises(pp.RequestError, match="takes no coordinates"):
        schools.plot.population("log")


def test_a_density_without_a_highest_point_is_refused():
    fit = pp.proportions({"y": [0, 0, 0, 0], "n": [10, 12, 14, 20]}, successes="y", trials="n")
    with pytest.raises(pp.RequestError, match=r'alpha and beta has no highest point.*such as "log"'):
        fit.plot.population("alpha-beta")
    fit.plot.population()


def test_each_family_has_its_own(rats, pumps, schools, diets):
    for fit in (rats, pumps):
        with pytest.raises(pp.RequestError, match="surface"):
            fit.traces()
    for fit in (schools, diets):
        with pytest.raises(pp.RequestError, match="traces"):
            fit.surface()


def test_tables_come_in_the_callers_library(rats, schools):
    assert type(rats.surface()).__module__.startswith(("pandas", "polars", "pyarrow", "partialpool"))
    assert len(schools.traces()) == 8 * 201


# --- traces ------------------------------------------------------------------------------------------------


def at_points(table, groups, *columns):
    points = len(table["given_sd"]) // groups
    return table["given_sd"][:points], *(table[name].reshape(groups, points) for name in columns)


def test_the_density_of_the_schools_sd_is_as_computed_otherwise(schools):
    """Equation 5.21 of the book, flat prior, its integral by adaptive quadrature."""
    y, s = (schools.data.statistics[role].astype(float) for role in ("estimate", "se"))

    def height(sd):
        v = s**2 + sd**2
        mean = np.sum(y / v) / np.sum(1.0 / v)
        return np.sum(1.0 / v) ** -0.5 * np.prod(v**-0.5 * np.exp(-((y - mean) ** 2) / (2.0 * v))) * 1e9

    total = integrate.quad(height, 0.0, 50.0, epsabs=0.0, epsrel=1e-11, limit=400)[0]
    total += integrate.quad(height, 50.0, np.inf, epsabs=0.0, epsrel=1e-11, limit=400)[0]
    sd, density = at_points(schools.trace_columns(), 8, "density")
    for i in (0, 3, 40, 100, 160, 200):
        assert density[0, i] == pytest.approx(height(sd[i]) / total, rel=1e-8)


def test_the_traces_of_the_schools_are_equation_5_17(schools):
    y, s = (schools.data.statistics[role].astype(float) for role in ("estimate", "se"))
    sd, mean, spread = at_points(schools.trace_columns(), 8, "mean", "sd")
    for i in (0, 25, 100, 200):
        v = s**2 + sd[i] ** 2
        centre, weight = np.sum(y / v) / np.sum(1.0 / v), sd[i] ** 2 / v
        assert mean[:, i] == pytest.approx(centre + weight * (y - centre), rel=1e-10)
        assert spread[:, i] == pytest.approx(np.sqrt(weight * s**2 + (1.0 - weight) ** 2 / np.sum(1.0 / v)), rel=1e-10)


def test_the_density_of_the_diets_sd_is_as_computed_otherwise(diets):
    """p(sd, sigma | y) with the mean integrated out, by the trapezoid rule over log sigma and over log sd."""
    n, y, s = (diets.data.statistics[role].astype(float) for role in ("n", "mean", "sd"))
    squares = np.sum((n - 1.0) * s**2)
    log_sigma = np.linspace(np.log(0.4), np.log(30.0), 1200)[:, None]
    sigma = np.exp(log_sigma)

    def heights(sd):
        """p(sd, log sigma), and E(theta | sd, sigma)."""
        v = sd**2 + sigma**2 / n
        precision = np.sum(1.0 / v, axis=1)
        centre = np.sum(y / v, axis=1) / precision
        within = -(n.sum() - len(n)) * log_sigma[:, 0] - squares / (2.0 * sigma[:, 0] ** 2)
        between = -0.5 * np.log(precision) - 0.5 * np.sum(np.log(v) + (y - centre[:, None]) ** 2 / v, axis=1)
        weight = sd**2 / v
        return np.exp(within + between), centre[:, None] + weight * (y - centre[:, None])

    step = np.diff(log_sigma[:2, 0])[0]
    log_sd = np.linspace(np.log(1e-4), np.log(1e6), 3000)
    total = np.sum([np.sum(heights(sd)[0]) * sd for sd in np.exp(log_sd)]) * step * (log_sd[1] - log_sd[0])
    total += np.sum(heights(1e-4)[0]) * step * 1e-4
    sd, density, mean = at_points(diets.trace_columns(), 4, "density", "mean")
    for i in (10, 40, 100, 180):
        p, theta = heights(sd[i])
        assert density[0, i] == pytest.approx(p.sum() * step / total, rel=1e-6)
        assert mean[:, i] == pytest.approx(p @ theta / p.sum(), rel=1e-8)


@pytest.mark.parametrize("name", ["schools", "diets"])
def test_the_density_of_the_sd_integrates_to_one(request, name):
    fit = request.getfixturevalue(name)
    sd, density = at_points(fit.trace_columns(), fit.data.size, "density")
    assert integrate.trapezoid(density[0], sd) == pytest.approx(1.0, abs=2e-3)


def test_a_prior_that_is_cut_off_ends_the_traces():
    data = {"y": [1.0, 4.0, -2.0, 8.0], "s": [1.0, 2.0, 1.5, 1.0]}
    fit = pp.estimates(data, estimate="y", se="s", prior=pp.Prior(sd=pp.Uniform(1.0, 3.0)))
    sd, density = at_points(fit.trace_columns(), 4, "density")
    assert 1.0 < sd.min() < 1.01
    assert sd.max() < 3.0
    assert integrate.trapezoid(density[0], sd) == pytest.approx(1.0, abs=2e-2)


def test_some_of_the_groups_can_be_asked_for(schools):
    few, all_ = schools.trace_columns(np.array([2, 0])), schools.trace_columns()
    points = len(all_["given_sd"]) // 8
    assert few["school"][[0, points]].tolist() == ["C", "A"]
    assert np.array_equal(few["mean"][points:], all_["mean"][:points])


def test_a_group_column_cannot_have_the_name_of_a_result():
    fit = pp.estimates(
        {"density": ["a", "b", "c"], "y": [1.0, 2.0, 4.0], "s": [1.0, 1.0, 1.0]}, estimate="y", se="s", group="density"
    )
    with pytest.raises(pp.RequestError, match='"density" has the name of a result'):
        fit.traces()


# --- any density -------------------------------------------------------------------------------------------


def test_a_normal_density_and_what_is_shown_of_it():
    rng = np.random.default_rng(1)
    u, v = rng.normal(2.0, 0.5, 4000), rng.normal(-1.0, 0.2, 4000)

    def log_density(u, v):
        return stats.norm.logpdf(u, 2.0, 0.5) + stats.norm.logpdf(v, -1.0, 0.2)

    nowhere = (-np.inf, np.inf), (-np.inf, np.inf)
    found = surface(log_density, Seen(u, v, log_density(u, v)), nowhere, Separately(unchanged("u"), exponential("w")))
    assert found.names == ("u", "w")
    i, j = np.unravel_index(np.argmax(found.density), found.density.shape)
    assert found.x[i, j] == pytest.approx(2.0, abs=1e-7)
    assert found.y[i, j] == pytest.approx(np.exp(-1.0 - 0.04), abs=1e-7)  # the mode of a lognormal
    one, other = found.beside
    assert one.density == pytest.approx(stats.norm.pdf(one.value, 2.0, 0.5), rel=1e-3, abs=1e-3)
    assert other.density == pytest.approx(stats.lognorm.pdf(other.value, 0.2, scale=np.exp(-1.0)), rel=1e-3, abs=1e-3)


def test_closer_up_it_is_the_same_density(rats):
    surface = rats.surface_matrices("alpha-beta")
    x, _, density = surface.closer(0.05, 300)
    assert min(density.shape) >= 300
    assert density.max() == surface.density.max()
    assert {*surface.x[surface.density > 0.05 * density.max()]} <= {*x.ravel()}
    edge = np.concatenate([density[0], density[-1], density[:, 0], density[:, -1]])
    assert edge.max() < 0.05 * density.max()
