"""Hard cases of estimates that must be answered, and answered right, or refused with the cure.

What is refused row by row is tested in families/test_normal.py; the numbers of hard cases, in oracle/test_normal.py.
"""

import numpy as np
import pytest
from scipy import stats

import partialpool as pp

NUMBERS = ("mean", "sd", "median", "lower", "upper", "weight")


def fitted(y, s, prior="uniform-shrinkage", **options):
    return pp.estimates({"y": list(y), "s": list(s)}, estimate="y", se="s", prior=prior, **options)


def sane(fit):
    """Finite where they exist, in order, in range."""
    groups, population = fit.group_columns(), fit.population_columns()
    for name in NUMBERS:
        assert np.all(np.isfinite(groups[name])), name
    assert np.all((groups["weight"] >= 0.0) & (groups["weight"] <= 1.0))
    for table in (groups, population):
        assert np.all((table["lower"] <= table["median"]) & (table["median"] <= table["upper"]))
    assert float(fit.accuracy) < 1e-9
    return groups, population


# --- too few groups ---


@pytest.mark.parametrize(("size", "have"), [(1, "there is one"), (2, "there are two")])
def test_one_or_two_groups_under_a_flat_sd(size, have):
    with pytest.raises(pp.ImproperPosteriorError, match=rf"it needs three groups and {have}, .*use the default prior"):
        fitted([1.0, 2.0][:size], [1.0, 1.0][:size], "flat")


@pytest.mark.parametrize(("size", "said"), [(1, "only 1 group: the prior dominates"), (2, "only 2 groups: the prior")])
def test_one_or_two_groups_are_answered_by_the_default_with_a_warning(size, said):
    fit = fitted([1.0, 2.0][:size], [1.0, 1.0][:size])
    sane(fit)
    assert fit.warnings[-1].startswith(said)


def test_one_group_says_nothing_of_the_sd():
    """Uniform shrinkage on a flat mean: sd^2/(s^2 + sd^2) is uniform still."""
    _, population = sane(fitted([5.0], [2.0]))
    for column, p in (("lower", 0.025), ("median", 0.5), ("upper", 0.975)):
        assert population[column][1] == pytest.approx(2.0 * np.sqrt(p / (1.0 - p)), rel=1e-11)
    assert population["median"][0] == pytest.approx(5.0, abs=1e-12)
    assert np.isnan(population["sd"]).all()


def test_no_groups():
    with pytest.raises(pp.DataError, match=r"no (groups|rows)|nothing to learn|empty"):
        fitted([], [])


# --- exact estimates ---


def test_one_exact_estimate_is_allowed():
    groups, _ = sane(fitted([28.0, 8.0, -3.0, 7.0], [15.0, 0.0, 16.0, 11.0], "flat"))
    assert [groups[name][1] for name in NUMBERS] == [8.0, 0.0, 8.0, 8.0, 8.0, 1.0]


def test_two_equal_exact_estimates_under_a_flat_sd():
    with pytest.raises(
        pp.ImproperPosteriorError, match=r"two groups have se = 0 and the same estimate, .*standard errors"
    ):
        fitted([8.0, 8.0, -3.0, 7.0], [0.0, 0.0, 16.0, 11.0], "flat")


def test_exact_estimates_alone():
    """sd = 0 everywhere: an ordinary normal sample. Under p(sd) flat, sd^2 ~ S/chi^2 with J - 2 degrees of freedom."""
    y = np.array([1.0, 2.0, 5.0, 0.7, 3.0])
    groups, population = sane(fitted(y, np.zeros(5), "flat"))
    np.testing.assert_array_equal(groups["mean"], y)
    s = np.sum((y - y.mean()) ** 2)
    for column, p in (("lower", 0.975), ("median", 0.5), ("upper", 0.025)):
        assert population[column][1] == pytest.approx(np.sqrt(s / stats.chi2.ppf(p, 3)), rel=1e-11)
    half = stats.t.ppf(0.975, 3) * np.sqrt(s / 3 / 5)
    assert population["upper"][0] == pytest.approx(y.mean() + half, rel=1e-12)
    with pytest.raises(pp.PriorError, match=r"takes its scale from the groups' standard errors, and all are 0"):
        fitted(y, np.zeros(5))


# --- extreme numbers ---


@pytest.mark.parametrize("prior", ["uniform-shrinkage", "flat", "dumouchel", "jeffreys"])
def test_standard_errors_of_ratio_1e18(prior):
    groups, _ = sane(fitted([0.1, 5.0, 2.0, 3.0, 1.0], [1e-9, 1e9, 2.0, 1.0, 1.0], prior))
    assert (groups["mean"][0], groups["sd"][0]) == (0.1, pytest.approx(1e-9, rel=1e-8))
    # the group that knows nothing is the next group: it widens no other
    alone, _ = sane(fitted([0.1, 2.0, 3.0, 1.0], [1e-9, 2.0, 1.0, 1.0], prior)) if prior == "flat" else (groups, None)
    assert groups["mean"][2] == pytest.approx(alone["mean"][1 if prior == "flat" else 2], rel=1e-8)


@pytest.mark.parametrize("prior", ["uniform-shrinkage", "flat"])
def test_estimates_near_1e300(prior):
    groups, population = sane(fitted([1.0e300, 1.2e300, 0.7e300, 0.9e300], [1e298, 2e299, 1e299, 1e299], prior))
    small, other = sane(fitted([1.0, 1.2, 0.7, 0.9], [1e-2, 2e-1, 1e-1, 1e-1], prior))
    for name in ("mean", "sd", "median", "lower", "upper"):
        np.testing.assert_allclose(groups[name] / 1e300, small[name], rtol=1e-11)
        np.testing.assert_allclose(population[name] / 1e300, other[name], rtol=1e-11)


def test_estimates_shifted_by_1e12_keep_what_their_digits_say():
    y = np.array([28.0, 8.0, -3.0, 7.0]) + 1e12
    groups, population = sane(fitted(y, [15.0, 10.0, 16.0, 11.0], "flat"))
    plain, other = sane(fitted(y - 1e12, [15.0, 10.0, 16.0, 11.0], "flat"))
    np.testing.assert_allclose(groups["mean"] - 1e12, plain["mean"], atol=2e-4)
    np.testing.assert_allclose(groups["sd"], plain["sd"], rtol=1e-12)
    assert population["median"][1] == pytest.approx(other["median"][1], rel=1e-12)


# --- shapes of the posterior ---


def test_identical_estimates_have_their_mode_at_an_sd_of_0():
    """The density of sd under a flat prior falls from 0 on; the maximum likelihood is on the boundary."""
    y, s = [3.0] * 6, [1.0, 2.0, 0.5, 1.0, 4.0, 1.0]
    fit = fitted(y, s, "flat")
    groups, _ = sane(fit)
    np.testing.assert_allclose(groups["mean"], 3.0, rtol=1e-14)
    levels = (0.02, 0.1, 0.2, 0.4)  # quantiles at 1, 5, 10, 20%: further and further apart
    ends = [0.0, *(fit.population_columns(1.0 - p)["lower"][1] for p in levels)]
    slopes = np.diff([0.0, 0.01, 0.05, 0.1, 0.2]) / np.diff(ends)
    assert np.all(np.diff(slopes) < 0.0)
    point = fitted(y, s, method="empirical-bayes")
    assert point.population_columns()["mean"][1] == 0.0
    assert "boundary" in point.population_columns()["note"][1]


def test_both_modes_are_covered():
    """Three precise groups agree at 1e-8, three others differ by 5: sd is either 1e-8 or 5, with some probability."""
    y, s = [0.0, 0.5e-8, -1e-8, 4.6, -5.0, 3.0], [1e-8, 1e-8, 1e-8, 1.0, 1.0, 1.0]
    fit = fitted(y, s, pp.Prior(sd=pp.HalfCauchy(1.0)))
    _, population = sane(fit)
    assert population["lower"][1] < 1e-8 < population["median"][1] < 1e-6
    assert population["upper"][1] > 1.0
    # the shares of both, by brute force on a fine grid over log sd
    x = np.linspace(np.log(1e-13), np.log(1e3), 400_001)
    v = np.square(s) + np.exp(2.0 * x)[:, None]
    w = 1.0 / v
    mean = (w @ y) / w.sum(axis=1)
    f = -0.5 * (np.log(v).sum(axis=1) + ((np.array(y) - mean[:, None]) ** 2 * w).sum(axis=1) + np.log(w.sum(axis=1)))
    p = np.exp(f - f.max() + x - np.log1p(np.exp(2.0 * x)))
    share = p[x < np.log(1e-4)].sum() / p.sum()
    level = abs(1.0 - 2.0 * share)
    column = "upper" if share > 0.5 else "lower"
    reached = [fit.population_columns(abs(1.0 - 2.0 * (share + step)))[column][1] for step in (-1e-4, 1e-4)]
    assert 0.0 < level < 1.0
    assert reached[0] < 1e-4 < reached[1]


# --- point estimates ---

SCHOOLS = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0], [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]


def likelihood(y, s, mean, sd):
    return stats.norm.logpdf(y, mean, np.hypot(s, sd)).sum()


@pytest.mark.parametrize("seed", range(6))
def test_empirical_bayes_is_the_maximum_of_the_likelihood(seed):
    rng = np.random.default_rng(seed)
    s = np.exp(rng.normal(0.0, 1.0, 9))
    y = rng.normal(5.0, np.hypot(s, 2.0))
    fit = fitted(y, s, method="empirical-bayes")
    mean, sd = fit.population_columns()["mean"]
    best = likelihood(y, s, mean, sd)
    for step in (-1e-4, 1e-4):
        assert likelihood(y, s, mean + step, sd) < best
        assert likelihood(y, s, mean, sd + step) < best
    assert max(likelihood(y, s, m, t) for m in np.linspace(0, 10, 101) for t in np.linspace(0, 8, 81)) <= best
    assert fit.warnings == ('method "empirical-bayes" ignores the uncertainty of the population\'s parameters',)
    assert fit.population_columns()["note"][0] == "empirical-bayes: uncertainty of this estimate is ignored"


def test_moments_are_those_of_dersimonian_and_laird():
    y, s = np.array([0.3, -1.2, 2.5, 0.9, 4.0]), np.array([0.5, 0.4, 0.8, 0.3, 1.0])
    w = s**-2
    q = np.sum(w * (y - w @ y / w.sum()) ** 2)
    square = (q - 4.0) / (w.sum() - (w @ w) / w.sum())
    mean, sd = fitted(y, s, method="moments").population_columns()["mean"]
    assert sd == pytest.approx(np.sqrt(square), rel=1e-13)
    w = 1.0 / (s**2 + square)
    assert mean == pytest.approx(w @ y / w.sum(), rel=1e-13)


@pytest.mark.parametrize("method", ["empirical-bayes", "moments"])
def test_point_estimates_on_the_boundary(method):
    population = fitted(*SCHOOLS, method=method).population_columns()
    assert population["mean"][1] == population["sd"][1] == 0.0
    assert "lies on the boundary: sd is 0, all groups alike" in population["note"][0]


@pytest.mark.parametrize("method", ["empirical-bayes", "moments"])
def test_point_estimates_that_do_not_exist(method):
    with pytest.raises(pp.RequestError, match=r"needs two groups\. Use method=\"full\""):
        fitted([1.0], [1.0], method=method)
    with pytest.raises(pp.RequestError, match=r"grows without bound as sd goes to 0.*Use method=\"full\""):
        fitted([1.0, 2.0], [0.0, 1.0], method=method)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
@pytest.mark.parametrize("method", ["empirical-bayes", "moments"])
def test_point_estimates_in_any_unit(method, scale):
    y, s = np.array([0.3, -1.2, 2.5, 0.9, 4.0]), np.array([0.5, 0.4, 0.8, 0.3, 1.0])
    one = fitted(y, s, method=method).population_columns()["mean"]
    other = fitted(y * scale, s * scale, method=method).population_columns()["mean"]
    np.testing.assert_allclose(other / scale, one, rtol=1e-12)


# --- requests ---


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"mean": 1.0}, r"given\(\) takes sd \(tau\), or mean \(mu\) and sd \(tau\) for these data"),
        ({"mean": 1.0, "concentration": 2.0}, r"takes sd \(tau\), or mean \(mu\) and sd \(tau\) for these data"),
        ({"sd": -1.0}, r"sd must be a finite number, 0 \(complete pooling\) or more, not -1.0"),
        ({"sd": "1"}, "sd must be a number, not '1'"),
        ({"mean": float("nan"), "sd": 1.0}, "mean must be a finite number, not nan"),
        ({"mean": 0.0, "sd": -1.0}, r"sd must be a finite number, 0 \(complete pooling\) or more, not -1.0"),
        ({"mean": 0.0, "sd": float("inf")}, "sd must be a finite number"),
    ],
)
def test_what_given_takes(values, said):
    with pytest.raises(pp.RequestError, match=said):
        fitted(*SCHOOLS).given(**values)


def test_a_prior_that_leaves_no_sd():
    with pytest.raises(pp.PriorError, match=r"Uniform.* leaves no sd that these data allow, to double precision"):
        fitted([0.0, 1.0], [0.0, 0.0], pp.Prior(sd=pp.Uniform(0.0, 1e-200)))


def test_a_prior_that_contradicts_the_data():
    """Sixty sds away it is answered; 1e8 sds away, no digits are left."""
    narrow = pp.Prior(mean=pp.Normal(0.0, 1.0), sd=pp.Uniform(0.0, 1.0))
    groups, population = sane(fitted([60.0, 61.0, 59.5], [1.0, 1.0, 1.0], narrow))
    assert np.all(groups["mean"] > 30.0)
    assert population["lower"][1] > 0.9
    with pytest.raises(
        pp.PriorError, match=r"contradict each other beyond what double precision can weigh .*: give a wide"
    ):
        fitted([1e8, 1.1e8], [1.0, 1.0], narrow)


def test_scales_whose_ratio_is_no_double():
    with pytest.raises(pp.DataError, match=r"1e-200 is less than 1e-290 of how far .* Give it as 0, which is exact"):
        fitted([0.0, 1e200], [1e-200, 1e-200])
