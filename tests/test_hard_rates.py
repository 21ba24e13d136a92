"""Hard cases of rates: what must be answered, and answered right, and what is refused and how.

What is refused row by row is tested in families/test_poisson.py, propriety in propriety/test_rates.py.
"""

import numpy as np
import pytest
from scipy import stats

import partialpool as pp

NUMBERS = ("mean", "sd", "median", "lower", "upper", "weight")


def fitted(y, e, prior="uniform-shrinkage", **options):
    return pp.rates({"y": list(y), "e": list(e)}, events="y", exposure="e", prior=prior, **options)


def sane(fit, within=1e-8):
    """Finite where they exist, in order, in range, and as accurate as that; less where tails fall only like powers."""
    groups, population = fit.group_columns(), fit.population_columns()
    for name in NUMBERS[2:]:
        assert np.all(np.isfinite(groups[name])), name
    assert np.all((groups["weight"] >= 0.0) & (groups["weight"] <= 1.0))
    for table in (groups, population):
        assert np.all((table["lower"] <= table["median"]) & (table["median"] <= table["upper"]))
    assert float(fit.accuracy) < within
    return groups, population


def test_no_events_at_all():
    with pytest.raises(pp.ImproperPosteriorError, match="mean goes to 0; use a proper prior on the mean, such as"):
        fitted([0, 0, 0], [1.0, 2.0, 3.0])
    groups, _ = sane(fitted([0, 0, 0], [1.0, 2.0, 3.0], pp.Prior(mean=pp.Gamma(1.0, 0.001))), 1e-6)
    assert np.all(groups["mean"] < 1.0)
    assert np.all(np.diff(groups["mean"]) < 0.0)  # the longer nothing happened, the lower
    sane(fitted([0, 0, 0], [1.0, 2.0, 3.0], "jeffreys-mean"), 1e-4)


def test_no_events_given_the_population():
    """Gamma(shape, e + rate)."""
    fit = fitted([0, 0], [1.0, 3.0], pp.Prior(mean=pp.Gamma(1.0, 0.1))).given(shape=0.5, rate=2.0)
    np.testing.assert_allclose(fit.group_columns()["mean"], [0.5 / 3.0, 0.5 / 5.0], rtol=1e-14)


def test_no_exposure_at_all():
    with pytest.raises(pp.DataError, match=r"No group has any exposure: .* Give groups with exposure above 0\."):
        fitted([0, 0], [0.0, 0.0])


def test_events_without_exposure():
    with pytest.raises(pp.CellError, match="events without exposure: row 2: y=1, e=0"):
        fitted([3, 1], [2.0, 0.0])


@pytest.mark.parametrize(("exposure", "said"), [(-1.0, "negative"), (np.nan, "missing|not finite"), (np.inf, "finite")])
def test_exposures_that_are_none(exposure, said):
    with pytest.raises(pp.CellError, match=f"row 2.*{said}|{said}.*row 2"):
        fitted([3, 1], [2.0, exposure])


@pytest.mark.parametrize("prior", ["uniform-shrinkage", "jeffreys-mean"])
def test_underdispersed_counts_are_answered(prior):
    """More alike than chance would have it: groups are pooled, and the shape has no mean."""
    groups, population = sane(fitted([10, 10, 10, 10, 10], [2.0] * 5, prior))
    assert np.isnan(population["mean"][1])
    np.testing.assert_allclose(groups["mean"], groups["mean"][0], rtol=1e-15)
    assert groups["mean"][0] == pytest.approx(5.0, rel=0.03)
    assert np.all(groups["sd"] < np.sqrt(10.0) / 2.0)


@pytest.mark.parametrize("unit", [1e9, 1e-9])
def test_units_a_billion_apart_rescale(unit):
    y, e = [5, 0, 14, 3, 22], np.array([94.3, 15.7, 126.0, 5.24, 10.5])
    one, other = fitted(y, e), fitted(y, e * unit)
    groups, same = sane(one)[0], sane(other)[0]
    for name in NUMBERS[:-1]:
        np.testing.assert_allclose(same[name] * unit, groups[name], rtol=1e-10)
    np.testing.assert_allclose(same["weight"], groups["weight"], rtol=1e-10)


@pytest.mark.parametrize("groups", [1, 2])
def test_one_and_two_groups_are_answered_with_a_warning(groups):
    fit = fitted([3, 8][:groups], [2.0, 1.0][:groups])
    sane(fit, 0.1)  # of the means: the mean of the population barely exists
    assert fit.accuracy.probability < 1e-8
    said = "only 1 group with data" if groups == 1 else "only 2 groups with data"
    assert any(said in warning and "prior dominates" in warning for warning in fit.warnings)


def test_one_group_of_a_billion_with_tiny_ones():
    """The billion knows its rate; it counts as one group in what is said of the population."""
    y, e = [10**9, 1, 0, 2], [1e9, 3.0, 2.0, 4.0]
    fit = fitted(y, e)
    groups, _ = sane(fit)
    assert groups["lower"][0] == pytest.approx(1.0 - 1.96e-9**0.5 * 1.96**0.5, abs=1e-4)
    np.testing.assert_allclose(stats.gamma.cdf(groups["lower"][0], 1e9, scale=1e-9), 0.025, atol=1e-4)
    small = fitted([10**6, 1, 0, 2], [1e6, 3.0, 2.0, 4.0], fit.model.prior).group_columns()
    np.testing.assert_allclose(groups["mean"][1:], small["mean"][1:], rtol=1e-4)


def test_counts_beyond_what_doubles_can_do_are_refused():
    with pytest.raises(pp.DataError, match=r"A group has 1.1e\+10 events; .* leave it out, and fit the others"):
        fitted([11 * 10**9, 3], [1.0, 1.0])


@pytest.mark.parametrize("prior", ["uniform-shrinkage", "jeffreys-mean"])
def test_a_group_without_exposure_changes_nothing_for_the_others(prior):
    y, e = [1, 2, 7, 3], [5.0, 9.0, 12.0, 10.0]
    groups, _ = sane(fitted([0, 1, 2, 0, 7, 3], [0.0, 5.0, 9.0, 0.0, 12.0, 10.0], prior))
    alone, _ = sane(fitted(y, e, prior))
    assert groups["note"].tolist() == ["no data", "", "", "no data", "", ""]
    for name in NUMBERS[2:]:
        assert groups[name][0] == groups[name][3]
        np.testing.assert_allclose(groups[name][[1, 2, 4, 5]], alone[name], rtol=1e-8)
    assert groups["weight"][0] == 0.0


def test_rates_that_underflow():
    """Shapes near 1e-4: the next group's rate is often 0 to double precision."""
    prior = pp.Prior(mean=pp.Gamma(2.0, 1.0), shape=pp.Exponential(1e5))
    groups, _ = sane(fitted([1, 9, 0], [10.0, 10.0, 0.0], prior), np.inf)  # an atom at 0 has no quantiles of its own
    assert groups["lower"][2] == 0.0
    assert groups["median"][2] == 0.0
    assert groups["mean"][2] > 0.0


def test_a_shape_with_a_long_tail_beside_nearly_equal_rates():
    """Lines were followed to log means of -981, where the likelihood came out as e^(4e10)."""
    y = [149, 75, 420, 31, 21, 2430, 18, 12, 34, 55, 19, 169]
    e = [3.4497876, 1.6359920, 9.9092330, 0.9967128, 0.3905317, 62.450550, 0.5391251, 0.2761804, 0.6913253]
    e += [1.0451368, 0.4735305, 4.0639593]
    fit = pp.rates({"y": y, "e": e}, events="y", exposure="e", prior=pp.Prior(shape=pp.HalfCauchy(1.0)))
    groups, draws = fit.group_columns(), fit.draws(20_000, seed=1)
    assert fit.accuracy.probability < 1e-7
    for name, level in (("lower", 0.025), ("median", 0.5), ("upper", 0.975)):
        below = (draws.theta <= groups[name]).mean(axis=0)
        assert np.max(np.abs(below - level)) < 5.0 * np.sqrt(level * (1.0 - level) / 20_000)
