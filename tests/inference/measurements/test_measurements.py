"""Hard cases of measurements: answered, or refused with the cure."""

import warnings

import numpy as np
import pytest

import partialpool as pp


def fitted(rows, **arguments):
    data = {"y": [v for r in rows for v in r], "g": [g for g, r in enumerate(rows) for _ in r]}
    return pp.measurements(data, value="y", group="g", **arguments)


SINGLE = [[1.0], [2.5], [0.5], [3.0]]
EQUAL = [[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]]


@pytest.mark.parametrize("method", ["full", "empirical-bayes", "moments"])
def test_single_rows_alone_do_not_identify_sigma(method):
    with pytest.raises(pp.DataError, match=r"No group has more than one row, .* two rows or more, .* pp.estimates\(\)"):
        fitted(SINGLE, method=method)


def test_single_rows_are_answered_under_a_proper_sigma():
    fit = fitted(SINGLE, prior=pp.Prior(sigma=pp.HalfNormal(1.0)))
    assert "sigma is not identified apart from its prior: no group has more than one row" in fit.warnings
    assert np.isfinite(fit.population_columns()["median"]).all()


def test_one_pair_among_single_rows_is_enough():
    fit = fitted([[1.0, 1.5], [2.5], [0.5], [3.0]])
    assert np.isfinite(fit.group_columns()["median"]).all()


@pytest.mark.parametrize("method", ["empirical-bayes", "moments"])
def test_equal_rows_have_no_point_estimate(method):
    with pytest.raises(pp.DataError, match=r"rows of every group are equal, .* rounded or repeated"):
        fitted(EQUAL, method=method)


def test_equal_rows_are_refused_and_a_prior_that_vanishes_at_zero_is_the_cure():
    with pytest.raises(pp.ImproperPosteriorError, match=r"every group's rows are equal.*InverseGamma"):
        fitted(EQUAL)
    for sigma in (pp.InverseGamma(2.0, 1.0), pp.LogNormal(0.0, 1.0)):
        assert np.isfinite(fitted(EQUAL, prior=pp.Prior(sigma=sigma)).group_columns()["mean"]).all()


def test_identical_groups_are_answered_with_the_mode_of_sd_at_zero():
    fit = fitted([[1.0, 2.0, 3.0]] * 5)
    found = fit.group_columns()
    assert found["mean"] == pytest.approx(np.full(5, 2.0), rel=1e-14)
    assert fitted([[1.0, 2.0, 3.0]] * 5, method="empirical-bayes").population_columns()["mean"][1] == 0.0
    assert fit.population_columns()["lower"][1] > 0.0


def test_the_boundary_of_a_point_estimate_is_in_the_note():
    for method, how in (("empirical-bayes", "restricted maximum likelihood"), ("moments", "analysis of variance")):
        fit = fitted([[1.0, 2.0, 3.0]] * 5, method=method)
        expected = f"{method} ({how}): the estimate lies on the boundary: sd is 0, all groups alike"
        assert fit.population_columns()["note"][1] == expected
        assert fit.warnings == (f'method "{method}" ignores the uncertainty of sd and sigma',)


def test_one_or_two_groups_are_answered_with_a_warning():
    assert "only 1 group: the prior dominates what is said of the population" in fitted([[1.0, 2.0, 4.0]]).warnings
    assert (
        "only 2 groups: the prior dominates what is said of the population" in fitted([[1.0, 2.0], [4.0, 5.0]]).warnings
    )


@pytest.mark.parametrize("constant", [0.0, 1e6, 1e12])
def test_nist_style_rows_with_a_constant_added(constant):
    # as in SmLs04 to SmLs09 of the NIST Statistical Reference Datasets: rows that differ by 0.1 about a large constant
    rows = [[constant + 0.1 * (g + 1) + 0.1 * (1 + (-1) ** k) for k in range(21)] for g in range(9)]
    fit = fitted(rows)
    from fractions import Fraction

    exact = [[Fraction(v) for v in r] for r in rows]
    means = [sum(r) / len(r) for r in exact]
    within = sum((v - m) ** 2 for r, m in zip(exact, means, strict=True) for v in r)
    estimate = fitted(rows, method="moments").population_columns()["mean"]
    assert estimate[2] == pytest.approx(float(within / (9 * 20)) ** 0.5, rel=1e-13)
    assert fit.accuracy.mean < 1e-10
    assert (np.diff(fit.group_columns()["median"]) > 0.0).all()


def test_groups_beyond_any_doubt_keep_their_own_means():
    fit = fitted([[v, v + 1e-6] for v in (0.0, 1e6, -3e6, 5e5)])
    found = fit.group_columns()
    assert found["mean"] == pytest.approx(found["raw"], abs=1e-9)
    assert found["weight"] == pytest.approx(np.ones(4), rel=1e-9)


@pytest.mark.parametrize("method", ["full", "empirical-bayes", "moments"])
def test_nothing_is_warned_of_on_the_way(method):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = fitted([[1.0, 2.0, 1.5], [3.0, 2.0], [2.5]], method=method)
        fit.group_columns(), fit.population_columns(), fit.accuracy


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"mean": 1.0}, r"given\(\) takes mean \(mu\), sd \(tau\) and sigma, or sd \(tau\) and sigma for"),
        ({"sd": -1.0, "sigma": 1.0}, "sd must be a finite number, 0 or more"),
        ({"sd": 1.0, "sigma": 0.0}, "sigma must be a finite number above 0"),
        ({"mean": np.inf, "sd": 1.0, "sigma": 1.0}, "mean must be a finite number"),
    ],
)
def test_values_out_of_range_are_refused(values, message):
    with pytest.raises(pp.RequestError, match=message):
        fitted([[1.0, 2.0], [3.0, 4.5]]).given(**values)


def test_accuracy_counts_the_rounding_of_far_locations():
    near, far = (
        fitted([[1.0, 2.0], [3.0, 4.5], [0.0]]),
        fitted([[1e12 + v for v in r] for r in [[1, 2], [3, 4.5], [0]]]),
    )
    assert far.accuracy.probability > 1e-6 > near.accuracy.probability
    assert far.accuracy.mean == near.accuracy.mean


def test_missing_rows_are_dropped_on_request_and_counted():
    data = {"y": [1.0, 2.0, np.nan, 4.0], "g": ["a", "a", "b", "b"]}
    with pytest.raises(pp.CellError, match="no value in row 3"):
        pp.measurements(data, value="y", group="g")
    warnings = pp.measurements(data, value="y", group="g", missing="drop").warnings
    assert any(text.startswith("1 row with a missing cell (row 3) was left out of the fit") for text in warnings)


def test_two_columns_name_a_group_and_keep_their_names():
    data = {"y": [1.0, 2.0, 3.0, 5.0], "a": ["x", "x", "y", "y"], "b": [1, 1, 2, 2]}
    assert list(pp.measurements(data, value="y", group=["a", "b"]).group_columns())[:4] == ["a", "b", "n", "y_sd"]


def test_equal_rows_and_equal_groups_are_said_in_one_sentence():
    with pytest.raises(pp.ImproperPosteriorError) as refused:
        pp.measurements({"group": ["a", "a", "b", "b"], "y": [1.0, 1.0, 1.0, 1.0]}, group="group", value="y")
    assert str(refused.value).count("rows are equal") == 1
    assert "as sigma goes to 0 or as sd and sigma go to 0 together" in str(refused.value)
