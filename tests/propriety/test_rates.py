"""Which posteriors of rates are proper, and which moments exist: the table, and integrals that grow or do not."""

import functools

import numpy as np
import pytest

import partialpool as pp
from partialpool.models.inference.rates import distinct
from partialpool.priors import resolve
from partialpool.priors.propriety.rates import check, design, moment_exists, orders, reason

PARAMETERS = ("mean", "shape", "rate", "sd")


def of(prior):
    return resolve(prior, "rates").for_design(2.0)


def data(y, e=None):
    return design(distinct(np.array(y), np.array(e or [1.0] * len(y)))[0])


def proper(prior, y, e=None):
    try:
        check(of(prior), data(y, e))
    except pp.ImproperPosteriorError:
        return False
    return True


def count(prior, y):
    """How many of mean and sd each parameter has."""
    return [orders(of(prior), data(y), name) for name in PARAMETERS]


def test_what_is_counted():
    found = data([0, 3, 0, 4, 0], [2.0, 1.0, 0.0, 5.0, 1.0])
    assert (found.groups, found.with_events, found.events) == (4, 2, 7)
    twice = data([3, 3, 0], [1.0, 1.0, 0.0])
    assert (twice.groups, twice.with_events, twice.events) == (2, 2, 6)


# --- the table


@pytest.mark.parametrize("y", [[1], [0, 0, 3], [2, 5, 0], [1, 1, 1, 1]])
def test_the_default(y):
    """Proper if and only if a group has events; E[mean] is finite, E[mean^2] is not; rate and shape have no mean."""
    assert proper("uniform-shrinkage", y)
    assert count("uniform-shrinkage", y)[:3] == [1, 0, 0]
    assert not proper("uniform-shrinkage", [0] * len(y))


@pytest.mark.parametrize("p0", [0.0, -0.5, -0.9, 1.5])
@pytest.mark.parametrize("y", [[0, 0], [3, 0], [1, 2]])
def test_a_scale_free_mean_with_a_density_of_the_shape(p0, y):
    """dm/m p(shape): Y >= 1, P + p0 > 0 (and q > 1); E[mean^k] is infinite for every k > 0."""
    prior = pp.Prior(shape=pp.Gamma(1.0 + p0, 1.0))
    assert proper(prior, y) == (sum(y) >= 1 and np.count_nonzero(y) + p0 > 0)
    if proper(prior, y):
        assert count(prior, y) == [0, 2, 2 if sum(y) > 2 else 1 if sum(y) > 1 else 0, 0]


def test_a_flat_mean_needs_shapes_away_from_zero():
    """The likelihood falls like mean^(-shape J) only: never proper with mass below 1/J."""
    y = [3, 5, 4, 2]
    for shape in (pp.Exponential(1.0), pp.HalfCauchy(1.0), pp.Uniform(0.0, 9.0), pp.Uniform(0.25, 9.0)):
        assert not proper(pp.Prior(mean=pp.Flat(), shape=shape), y)
    assert proper(pp.Prior(mean=pp.Flat(), shape=pp.Uniform(0.26, 9.0)), y)


@pytest.mark.parametrize("y", [[1, 2], [3] * 9])
def test_never_proper(y):
    """Flat in (shape, rate) or their logs, and dm/m d rate/rate^2."""
    assert not proper(pp.Prior(shape=pp.Flat(), rate=pp.Flat()), y)
    assert not proper(pp.Prior(shape=pp.Power(-1.0), rate=pp.Power(-1.0)), y)
    assert not proper(pp.Prior(mean=pp.Power(-1.0), rate=pp.Flat()), y)
    assert not proper(pp.Prior(mean=pp.Power(-1.0), rate=pp.Power(-2.0)), y)


@pytest.mark.parametrize(("p0", "with_events"), [(-0.9, 0), (-1.5, 1), (-2.5, 2), (0.0, 0)])
@pytest.mark.parametrize("q", [1.0, 1.5, 2.5, 3.5])
def test_a_proper_mean(p0, with_events, q):
    """P + p0 > -1 and q > 1; the mean has the moments of its prior at least, the shape those with k < q - 1."""

    def density(x):
        return x**p0 / (1.0 + x) ** (p0 + q)

    y = [2] * with_events + [0] * 3
    if p0 > -1.0 and q > 1.0:
        prior = pp.Prior(mean=pp.Gamma(2.0, 1.0), shape=density)
        assert proper(prior, y)
        assert count(prior, y)[:2] == [2, min(2, int(np.ceil(q - 1.0)) - 1)]
    power = pp.Prior(mean=pp.Gamma(2.0, 1.0), shape=pp.Power(p0))
    assert proper(power, y) == (with_events + p0 > -1.0 and p0 < -1.0)  # q = -p0
    assert proper(power, [2, *y]) == (p0 < -1.0)


def test_exponential_shape_and_gamma_rate_have_everything():
    """BUGS: always proper, with all moments of shape and rate."""
    prior = pp.Prior(shape=pp.Exponential(1.0), rate=pp.Gamma(0.1, 1.0))
    for y in ([0], [0, 0, 0], [5], [1, 2, 3]):
        assert proper(prior, y)
        assert count(prior, y) == [0, 2, 2, 0]
    assert count(pp.Prior(shape=pp.Exponential(1.0), rate=pp.Gamma(1.5, 1.0)), [1, 2])[0] == 1
    assert count(pp.Prior(shape=pp.Exponential(1.0), rate=pp.Gamma(2.5, 1.0)), [1, 2])[0] == 2


def test_a_least_shape_is_worth_moments_of_the_mean():
    """At shape >= 0.5 with four groups the likelihood falls like mean^-2 at least."""
    prior = pp.Prior(shape=pp.Pareto(0.5, 4.0))
    assert count(prior, [1, 2, 0, 1])[0] == 1
    assert count(prior, [1, 2, 0, 1, 3])[0] == 2


# --- what is said


def test_no_events_under_a_scale_free_mean():
    said = (
        r'^With the prior "uniform-shrinkage" the posterior is improper: .*mean goes to 0; use a proper prior on the m'
    )
    with pytest.raises(pp.ImproperPosteriorError, match=said):
        check(of("uniform-shrinkage"), data([0, 0, 0]))
    check(of(pp.Prior(mean=pp.Gamma(1.0, 0.001))), data([0, 0, 0]))
    check(of(pp.Prior(mean=pp.LogNormal(0.0, 3.0))), data([0, 0, 0]))
    check(of("jeffreys-mean"), data([0, 0, 0]))


def test_heavy_rates_and_small_shapes():
    with pytest.raises(
        pp.ImproperPosteriorError, match=r"^With this prior .* groups become alike .* use the default for"
    ):
        check(of(pp.Prior(rate=pp.Flat())), data([1, 2]))
    with pytest.raises(pp.ImproperPosteriorError, match=r"only 1 group has events, .* shape goes to 0; use a"):
        check(of(pp.Prior(mean=pp.Gamma(1.0, 1.0), rate=pp.Power(-2.5))), data([3, 0]))
    with pytest.raises(pp.ImproperPosteriorError, match=r"no group has events, .* shape goes to 0"):
        check(of(pp.Prior(mean=pp.Gamma(1.0, 1.0), rate=pp.Power(-1.5))), data([0, 0]))
    with pytest.raises(pp.ImproperPosteriorError, match="mean goes to infinity and shape goes to 0; use a proper"):
        check(of(pp.Prior(mean=pp.Flat(), shape=pp.Exponential(1.0))), data([3, 4]))


def test_moments_that_do_not_exist_are_nan_and_say_why():
    fit = pp.rates({"y": [3, 0, 4], "e": [1.0, 2.0, 0.0 + 3.0]}, events="y", exposure="e")
    population = fit.population_columns()
    assert np.isnan(population["mean"]).tolist() == [False, True, True, False]
    assert np.isnan(population["sd"]).all()
    assert population["note"].tolist() == [
        "sd does not exist: E[mean^2] is infinite under this prior",
        "mean does not exist: E[shape^1] is infinite under this prior",
        "mean does not exist: E[rate^1] is infinite under this prior",
        "sd does not exist: E[sd^2] is infinite under this prior",
    ]
    assert reason("rate", 1) == population["note"][2]


def test_the_next_group_has_the_moments_of_the_population():
    data = {"y": [3, 0, 4, 0], "e": [1.0, 2.0, 3.0, 0.0]}
    groups = pp.rates(data, events="y", exposure="e").group_columns()
    assert np.isfinite(groups["mean"]).all()
    assert np.isnan(groups["sd"]).tolist() == [False, False, False, True]
    prior = pp.Prior(shape=pp.Exponential(1.0), rate=pp.Gamma(0.5, 1.0))
    groups = pp.rates(data, events="y", exposure="e", prior=prior).group_columns()
    assert np.isnan(groups["mean"]).tolist() == [False, False, False, True]


# --- integrals up to growing cut-offs

NEAR, MIDDLE, FAR, STEP = 40.0, 80.0, 160.0, 0.5

BORDERLINE = {
    "default, one event": ("uniform-shrinkage", [1]),
    "default": ("uniform-shrinkage", [2, 0]),
    "default, no events": ("uniform-shrinkage", [0, 0]),
    "jeffreys, no events": ("jeffreys-mean", [0, 0]),
    "log law of the mean": (pp.Prior(shape=pp.Gamma(0.5, 1.0)), [1]),
    "log law of the mean, no more": (pp.Prior(shape=pp.Gamma(0.5, 1.0)), [0]),
    "room none, one with events": (pp.Prior(mean=pp.Power(-0.5), rate=pp.Gamma(0.5, 1.0)), [1, 0]),
    "room none, none with events": (pp.Prior(mean=pp.Power(-0.5), rate=pp.Gamma(0.5, 1.0)), [0, 0]),
    "less than none": (pp.Prior(mean=pp.Power(-0.4), rate=pp.Gamma(0.5, 1.0)), [1, 1]),
    "powers of the mean and rate": (pp.Prior(mean=pp.Power(-0.5), rate=pp.Power(-1.4)), [1, 0]),
    "mean too small": (pp.Prior(mean=pp.Power(-2.2), rate=pp.Gamma(2.0, 1.0)), [3, 0]),
    "mean small enough": (pp.Prior(mean=pp.Power(-1.8), rate=pp.Gamma(2.0, 1.0)), [3, 0]),
    "mean of many events in one group": (pp.Prior(mean=pp.Power(-3.0), shape=pp.Gamma(2.0, 1.0)), [3, 0]),
    "shape to zero": (pp.Prior(mean=pp.Gamma(1.0, 1.0), shape=pp.Power(-1.9)), [1, 0]),
    "shape to zero too fast": (pp.Prior(mean=pp.Gamma(1.0, 1.0), shape=pp.Power(-2.1)), [1, 0]),
    "mean of exponent one": (pp.Prior(mean=pp.Power(-1.0), shape=pp.Power(-1.5)), [1, 1]),
    "mean of exponent one, too few": (pp.Prior(mean=pp.Power(-1.0), shape=pp.Power(-1.5)), [2, 0]),
    "shape and rate": (pp.Prior(shape=pp.Power(-1.5), rate=pp.Power(-0.6)), [2, 1]),
    "shape and rate too flat": (pp.Prior(shape=pp.Power(-1.4), rate=pp.Power(-0.5)), [2, 1]),
    "rate of exponent minus one": (pp.Prior(shape=pp.Power(-1.5), rate=pp.Power(-1.0)), [2, 1]),
    "rate of exponent minus one, one": (pp.Prior(shape=pp.Power(-1.5), rate=pp.Power(-1.0)), [2, 0]),
    "rates of a gamma": (pp.Prior(shape=pp.Exponential(1.0), rate=pp.Gamma(1.0, 1.0)), [1, 0]),
    "heavy shape and rate": (pp.Prior(shape=pp.HalfCauchy(1.0), rate=pp.HalfCauchy(1.0)), [1, 0]),
    "least shape": (pp.Prior(mean=pp.Power(-0.7), shape=pp.Pareto(0.3, 2.0)), [1, 0]),
    "least shape, flat": (pp.Prior(mean=pp.Flat(), shape=pp.Pareto(0.3, 2.0)), [1, 0]),
}


@functools.cache
def height(name):
    """log density with respect to (log mean, log rate) on a lattice, from gamma functions alone."""
    prior, y = BORDERLINE[name]
    t = np.arange(-FAR, FAR + STEP, STEP)
    log_m, log_b = np.meshgrid(t, t, indexing="ij")
    log_a = log_m + log_b
    np.exp(np.clip(log_a, -300.0, 300.0))
    out = of(prior).log_density(log_m, log_b) + log_m + log_b
    for events in y:
        # log(a (a+1) ...) and the rest, over one unit of exposure each
        out = out + sum(np.logaddexp(log_a, np.log(i)) if i else log_a for i in range(events))
        loose = np.logaddexp(0.0, -log_b)
        out = out - events * np.logaddexp(log_b, 0.0) - np.exp(np.clip(log_a + np.log(loose + 1e-320), -700.0, 300.0))
    return t, np.nan_to_num(out, nan=-np.inf)


def grows(name, tilt):
    """Whether the integral of exp(height + tilt) still grows, from one cut-off to the next ones."""
    t, value = height(name)
    value = value + tilt(t[:, None], t[None, :])
    top = value.max()
    p = np.exp(value - top)
    masses = [p[np.ix_(np.abs(t) <= r, np.abs(t) <= r)].sum() for r in (NEAR, MIDDLE, FAR)]
    first, second = masses[1] - masses[0], masses[2] - masses[1]
    return bool(second > 0.9 * first and second > 1e-12 * masses[2])


TILTS = {
    "mean": lambda k, m, b: k * m + 0 * b,
    "rate": lambda k, m, b: k * b + 0 * m,
    "shape": lambda k, m, b: k * (m + b),
    "sd": lambda k, m, b: 0.5 * k * (m - b),
}


@pytest.mark.parametrize("name", BORDERLINE)
def test_proper_is_where_the_integral_stops_growing(name):
    prior, y = BORDERLINE[name]
    assert proper(prior, y) == (not grows(name, lambda m, b: 0.0 * (m + b)))


@pytest.mark.parametrize("name", [name for name, (prior, y) in BORDERLINE.items() if proper(prior, y)])
@pytest.mark.parametrize("parameter", PARAMETERS)
@pytest.mark.parametrize("order", [1, 2])
def test_moments_exist_where_their_integrals_stop_growing(name, parameter, order):
    prior, y = BORDERLINE[name]
    expected = moment_exists(of(prior), data(y), parameter, order)
    assert expected == (not grows(name, lambda m, b: TILTS[parameter](order, m, b)))
