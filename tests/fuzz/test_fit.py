"""Random small data and priors: refused by name, or answered with numbers that make sense."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import partialpool as pp
from designs import fitted

STEADY = settings(derandomize=True, deadline=None, max_examples=16)

COUNT = st.integers(0, 6) | st.sampled_from([20, 137, 10**4, 10**7])
SCALE = st.sampled_from([1e-3, 0.1, 1.0, 7.5, 300.0])
CONCENTRATION = st.one_of(
    st.builds(pp.Gamma, SCALE, SCALE),
    st.builds(pp.Exponential, SCALE),
    st.builds(pp.LogNormal, st.sampled_from([-2.0, 0.0, 4.0]), st.sampled_from([0.1, 1.0, 3.0])),
    st.builds(pp.HalfCauchy, SCALE, on=st.sampled_from([None, "sd", "variance"])),
    st.builds(pp.HalfNormal, SCALE, on=st.sampled_from([None, "sd"])),
    st.builds(pp.Pareto, SCALE, st.sampled_from([0.5, 1.5, 4.0])),
    st.builds(pp.Power, st.sampled_from([-3.0, -2.0, -1.5, -1.0, 0.0])),
    st.just(pp.UniformShrinkage()),
)
MEAN = st.builds(pp.Beta, st.sampled_from([0, 0.5, 1, 3, 40]), st.sampled_from([0, 0.5, 1, 3, 40]))
NATURAL = st.one_of(
    st.builds(pp.Gamma, SCALE, SCALE), st.builds(pp.Exponential, SCALE), st.builds(pp.HalfCauchy, SCALE)
)
PRIOR = st.one_of(
    st.sampled_from(list(pp.priors.named())),
    st.builds(pp.Prior, mean=MEAN, concentration=CONCENTRATION),
    st.builds(pp.Prior, alpha=NATURAL, beta=NATURAL),
)


@st.composite
def data(draw):
    rows = draw(st.lists(st.tuples(COUNT, COUNT), min_size=1, max_size=5))
    return [y for y, _ in rows], [y + f for y, f in rows]


@STEADY
@given(data(), PRIOR, st.sampled_from([0.5, 0.95, 0.999]))
def test_any_fit_is_refused_or_makes_sense(rows, prior, level):
    y, n = rows
    try:
        fit = fitted(y, n, prior, level=level)
    except pp.PartialpoolError:
        return
    groups, population = fit.group_columns(), fit.population_columns()
    assert math.isfinite(float(fit.accuracy))
    assert float(fit.accuracy) >= 0
    check_groups(groups, y, n)
    check_population(population)


def check_groups(groups, y, n):
    for name in ("mean", "sd", "median", "lower", "upper", "weight"):
        assert np.all((groups[name] >= 0) & (groups[name] <= 1)), name
    assert np.all((groups["lower"] <= groups["median"]) & (groups["median"] <= groups["upper"]))
    assert np.all(groups["sd"] ** 2 <= groups["mean"] * (1 - groups["mean"]) * (1 + 1e-9) + 1e-300)
    assert np.all((groups["weight"] == 0) == (np.array(n) == 0))
    assert groups["y"].tolist() == y


def check_population(table):
    assert np.all((table["lower"] <= table["median"]) & (table["median"] <= table["upper"]))
    assert np.all(table["lower"] >= 0)
    assert np.all(np.isfinite(table["upper"]))
    for i, name in enumerate(table["parameter"]):
        exists = np.isfinite(table["sd"][i])
        assert exists == (table["note"][i] == ""), name
        if name in ("mean", "sd"):
            assert exists
            assert table["mean"][i] <= 1
            assert table["upper"][i] <= 1


@STEADY
@given(data(), PRIOR)
def test_the_order_of_rows_and_the_call_do_not_matter(rows, prior):
    y, n = rows
    try:
        one = fitted(y, n, prior)
        other = fitted(y[::-1], n[::-1], prior)
    except pp.PartialpoolError:
        return
    moments, reverse = (fit.results.hyper.moments("mean") for fit in (one, other))
    assert moments == reverse
    assert one.warnings == other.warnings


@STEADY
@given(data(), st.sampled_from(["empirical-bayes", "moments"]))
def test_any_estimate_is_refused_or_in_range(rows, method):
    y, n = rows
    try:
        fit = fitted(y, n, "uniform-shrinkage", method=method)
    except pp.PartialpoolError:
        return
    values = fit.population_columns()["mean"]
    assert 0 <= values[0] <= 1
    assert np.all(values >= 0)
    assert not np.any(np.isnan(values))
    check_groups_of_estimate(fit.group_columns())


def check_groups_of_estimate(groups):
    for name in ("mean", "sd", "median", "lower", "upper", "weight"):
        assert np.all((groups[name] >= 0) & (groups[name] <= 1)), name
    assert np.all((groups["lower"] <= groups["median"]) & (groups["median"] <= groups["upper"]))


@STEADY
@given(data(), st.floats(1e-12, 1 - 1e-12), st.floats(1e-12, 1e12))
def test_any_given_is_in_order(rows, mean, concentration):
    y, n = rows
    if not sum(n):
        return
    groups = fitted(y, n, "uniform-shrinkage").given(mean=mean, concentration=concentration).group_columns(0.9)
    check_groups_of_estimate(groups)
    assert np.all((groups["weight"] == 0) == (np.array(n) == 0))
