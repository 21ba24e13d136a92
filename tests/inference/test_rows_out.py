"""Leaving out one row of measurements: against fits without the row, closed forms, and what is refused."""

import math

import numpy as np
import pytest
from scipy import stats

import partialpool as pp
from partialpool.models.inference.measurements.leaving_out import evidence
from partialpool.models.inference.measurements.reduction import reduced

COAGULATION = pp.datasets.load("coagulation")
VALUE, GROUP = np.array(COAGULATION["time_seconds"], dtype=float), np.array(COAGULATION["diet"])
OWN = pp.Prior(mean=pp.Normal(60, 5), sd=pp.HalfNormal(5), sigma=pp.HalfCauchy(3))


def measured(value, group, prior="reference"):
    return pp.measurements({"v": value, "g": group}, value="v", group="g", prior=prior)


def scores(fit):
    table = fit.pooling().score_columns()
    return dict(zip(table["model"], table["log_score_rows"], strict=True))


def log_evidence(fit):
    found = evidence(fit.results.hyper, reduced(fit.data))
    return found.log, found.error


@pytest.mark.parametrize("prior", ["reference", OWN], ids=["reference", "proper"])
@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_it_is_what_fits_without_the_row_say(prior, shift):
    if prior is OWN:
        prior = pp.Prior(mean=pp.Normal(60 + shift, 5), sd=pp.HalfNormal(5), sigma=pp.HalfCauchy(3))
    value = VALUE + shift
    whole = measured(value, GROUP, prior)
    (every, off), exact, error = log_evidence(whole), 0.0, 0.0
    for i in range(len(value)):
        keep = np.arange(len(value)) != i
        rest, more = log_evidence(measured(value[keep], GROUP[keep], prior))
        exact, error = exact + every - rest, error + off + more
    found = whole.pooling()._scores["partial"].rows
    assert found.error < 1e-9
    assert abs(found.value - exact) <= found.error + error


def test_a_group_of_one_row_is_predicted_by_the_population():
    value, group = np.array([1.0, 2.5, 2.0, 4.0, 3.5, 7.0]), np.array(list("aaabbc"))
    whole, exact = measured(value, group, OWN), 0.0
    for i in range(6):
        keep = np.arange(6) != i
        exact += log_evidence(whole)[0] - log_evidence(measured(value[keep], group[keep], OWN))[0]
    assert scores(whole)["partial"] == pytest.approx(exact, abs=1e-9)
    assert math.isnan(scores(whole)["none"])


def test_complete_and_no_pooling_predict_t_distributions():
    complete = none = 0.0
    groups, where = np.unique(GROUP, return_inverse=True)
    for i in range(len(VALUE)):
        keep = np.arange(len(VALUE)) != i
        rest, mates = VALUE[keep], VALUE[keep & (GROUP[i] == GROUP)]
        size = len(rest)
        complete += stats.t(size - 1, rest.mean(), rest.std(ddof=1) * np.sqrt(1 + 1 / size)).logpdf(VALUE[i])
        means = np.array([rest[where[keep] == k].mean() for k in range(len(groups))])
        degrees = size - len(groups)
        s = np.sqrt(np.sum((rest - means[where[keep]]) ** 2) / degrees)
        none += stats.t(degrees, mates.mean(), s * np.sqrt(1 + 1 / len(mates))).logpdf(VALUE[i])
    found = scores(measured(VALUE, GROUP))
    assert found["complete"] == pytest.approx(complete, abs=1e-10)
    assert found["none"] == pytest.approx(none, abs=1e-10)


def test_it_does_not_depend_on_the_order_of_rows_and_follows_the_unit():
    order = np.random.default_rng(1).permutation(len(VALUE))
    one, other = scores(measured(VALUE, GROUP)), scores(measured(VALUE[order], GROUP[order]))
    assert one == other
    scaled = scores(measured(8.0 * VALUE, GROUP))
    for model, value in one.items():
        assert scaled[model] == pytest.approx(value - len(VALUE) * np.log(8.0), abs=1e-9)


def test_rows_that_are_not_known_have_no_score():
    summaries = {"m": [61.0, 66.0, 68.0], "s": [1.8, 2.8, 1.7], "n": [4, 6, 6]}
    table = pp.measurements(summaries, mean="m", sd="s", n="n").pooling().score_columns()
    assert "log_score_rows" not in table
    found = pp.measurements(summaries, mean="m", sd="s", n="n").pooling()._scores
    assert all("summaries" in one.rows.note for one in found.values())


def test_a_row_without_which_nothing_is_known_of_sigma_is_not_left_out():
    table = measured([1.0, 3.0, 2.0, 5.0], list("aabc"), pp.Prior(sd=pp.HalfNormal(5))).pooling().score_columns()
    said = dict(zip(table["model"], table["note"], strict=True))
    assert "without one of the rows the posterior is improper" in said["partial"]
    assert "a group of one row" in said["none"]
    found = measured([1.0, 1.0, 1.0, 2.0], list("aabb"), OWN).pooling()._scores
    assert {found[model].rows.note for model in ("complete", "none")} == {
        "without one of the rows all others are equal"
    }
