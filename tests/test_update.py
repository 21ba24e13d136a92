"""Growing data: a fit of yesterday's groups and today's rows is the fit of all rows."""

import json
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import partialpool as pp
from merging import merge
from partialpool.fit.excluding import excluding
from partialpool.groups.adding import LARGEST_TOTAL
from partialpool.groups.groups import Members, collapse
from partialpool.groups.labels import together
from partialpool.saving.container import packed, unpacked
from simulated import OURS, drawn

EXACT = ("proportions",)
VISITS = {"ad": list("ABACB"), "clicks": [3, 4, 2, 0, 1], "views": [30, 41, 10, 7, 12]}
ROLES = {"successes": "clicks", "trials": "views", "group": "ad"}


def parts(data, at):
    return {k: v[:at] for k, v in data.items()}, {k: v[at:] for k, v in data.items()}


def check_same(one, other, within=0.0):
    """All numbers, labels, names and types of two fits, the numbers to the last bit unless `within` allows more."""
    for table in ("group_columns", "population_columns"):
        these, those = getattr(one, table)(), getattr(other, table)()
        assert list(these) == list(those)
        for name, column in these.items():
            assert column.dtype == those[name].dtype
            if column.dtype.kind == "f" and within:
                np.testing.assert_allclose(column, those[name], rtol=within)
            else:
                np.testing.assert_array_equal(column, those[name])
    assert one.data.source.rows == other.data.source.rows
    assert one.model.title == other.model.title
    assert (one.level, one.tol, one.model.asked) == (other.level, other.tol, other.model.asked)


def of(data=VISITS, **options):
    return pp.proportions(data, **{**ROLES, **options})


# --- the numbers of the fit of all rows


@pytest.mark.parametrize("family", OURS)
@pytest.mark.parametrize("method", ["full", "moments", "empirical-bayes"])
@pytest.mark.parametrize("seed", [0])
def test_all_rows_at_once(family, method, seed, tmp_path):
    function, data, roles = drawn(family, seed)
    options = {**roles, "method": method, "level": 0.8, "tol": 1e-6}
    one, other = parts(data, 12 + 8 * seed if family == "measurements" else 4 + 3 * seed)
    whole, first = function(data, **options), function(one, **options)
    before = first.group_columns()["mean"].copy()
    within = 0.0 if family in EXACT else 1e-12
    check_same(first.update(other), whole, within)
    assert first.update(other).notes == whole.notes
    first.save(tmp_path / "first.fit")
    updated = pp.load(tmp_path / "first.fit").update(other)
    check_same(updated, whole, within)
    updated.save(tmp_path / "second.fit")
    check_same(pp.load(tmp_path / "second.fit"), first.update(other))
    check_same(pickle.loads(pickle.dumps(first)).update(other), first.update(other))
    np.testing.assert_array_equal(first.group_columns()["mean"], before)


@pytest.mark.parametrize("family", OURS)
def test_one_row_a_day(family):
    function, data, roles = drawn(family, 3)
    fit = function(parts(data, 12 if family == "measurements" else 3)[0], **roles)
    for day in range(fit.data.source.rows, len(data["y"])):
        fit = fit.update({name: column[day : day + 1] for name, column in data.items()})
    check_same(fit, function(data, **roles), 0.0 if family in EXACT else 1e-12)


@pytest.mark.parametrize(("family", "prior"), [
    ("proportions", "uniform-shrinkage"), ("proportions", pp.Prior(mean=pp.Beta(2, 3))), ("proportions", "bda"),
    ("proportions", "concentration ~ Gamma(2, 0.1)"), ("rates", "uniform-shrinkage"), ("rates", "jeffreys-mean"),
    ("estimates", "uniform-shrinkage"), ("estimates", "dumouchel"), ("estimates", "jeffreys"), ("estimates", "flat"),
    ("estimates", pp.HalfCauchy(2)), ("measurements", "uniform-shrinkage"), ("measurements", "reference"),
    ("estimates", pp.Prior(sd=pp.UniformShrinkage(2.0, on="variance"))),
])  # fmt: skip
def test_the_prior_is_the_one_that_was_asked_for(family, prior, tmp_path):
    function, data, roles = drawn(family, 1)
    one, other = parts(data, 12 if family == "measurements" else 5)
    whole, first = (function(part, **roles, prior=prior) for part in (data, one))
    first.save(tmp_path / "first.fit")
    for updated in (first.update(other), pp.load(tmp_path / "first.fit").update(other)):
        check_same(updated, whole, 0.0 if family in EXACT else 1e-11)
        assert repr(updated.model.asked) == repr(whole.model.asked)
    if prior == "uniform-shrinkage":
        assert repr(first.model.prior) != repr(whole.model.prior)  # else it says nothing


@pytest.mark.parametrize("values", [{"mean": 0.2, "concentration": 9.0}, {"alpha": 1.0, "beta": 3.0}])
def test_at_given_parameters(values, tmp_path):
    one, other = parts(VISITS, 2)
    fit = of(one).given(**values)
    fit.save(tmp_path / "given.fit")
    for first in (fit, pp.load(tmp_path / "given.fit")):
        check_same(first.update(other), of().given(**values))


def test_a_given_sd_of_estimates():
    function, data, roles = drawn("estimates", 1)
    one, other = parts(data, 5)
    check_same(function(one, **roles).given(sd=0.7).update(other), function(data, **roles).given(sd=0.7), 1e-12)


# --- labels, columns and kinds of tables


@pytest.mark.parametrize("labels", [
    [5, 3, 5, 9, 3], [0.5, 2.0, 0.5, 1e9, 2.0], [True, False, True, False, True],
    list(pd.to_datetime(["2020-01-01", "2021-01-01", "2020-01-01", "2022-05-01", "2021-01-01"])),
    ["1", "'; DROP", "1", "Ü\n", "'; DROP"], [2**62, -1, 2**62, 0, -1],
])  # fmt: skip
@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table, dict])
def test_labels_of_every_kind(labels, kind):
    data = {**VISITS, "ad": labels}
    one, other = parts(data, 2)
    fit, whole = of(kind(one)).update(kind(other)), of(kind(data))
    check_same(fit, whole)
    assert type(fit.groups()) is type(whole.groups())


def test_several_group_columns_and_columns_named_as_results():
    data = {"mean": list("xyxxy"), "sd": [1, 1, 1, 2, 1], "lower": [3, 4, 2, 0, 1], "views": [30, 41, 10, 7, 12]}
    one, other = parts(data, 2)
    roles = {"successes": "lower", "trials": "views", "group": ["mean", "sd"]}
    fit, whole = pp.proportions(one, **roles).update(other), pp.proportions(data, **roles)
    check_same(fit, whole)
    assert list(fit.group_columns())[:3] == ["mean_observed", "sd_observed", "lower_observed"]


def test_other_names_of_columns():
    one, other = parts(VISITS, 2)
    renamed = {"clinic": other["ad"], "clicks": other["clicks"], "n2": other["views"]}
    check_same(of(one).update(renamed, trials="n2", group="clinic"), of())
    check_same(of(one).update(renamed, trials="n2", group=["clinic"]).update(other), of(VISITS).update(other))


def test_outcomes_and_totals_go_together():
    outcomes = {"g": list("aabbb"), "won": [0, 1, 1, 1, 0]}
    fit = pp.proportions(outcomes, successes="won", group="g")
    more = {"g": ["b", "c"], "won": [3, 1], "n": [4, 2]}
    whole = {"g": list("abbc"), "won": [1, 2, 3, 1], "n": [2, 3, 4, 2]}
    found = fit.update(more, trials="n").group_columns()
    expected = pp.proportions(whole, successes="won", trials="n", group="g").group_columns()
    assert found["mean"].tolist() == expected["mean"].tolist()
    back = pp.proportions(more, successes="won", trials="n", group="g").update(outcomes, trials=None).group_columns()
    assert dict(zip(back["g"], back["mean"], strict=True)) == dict(zip(found["g"], found["mean"], strict=True))
    rows = pp.proportions({"won": outcomes["won"]}, successes="won")
    check_same(rows.update({"won": [1, 0]}), pp.proportions({"won": [*outcomes["won"], 1, 0]}, successes="won"))


def test_standard_errors_and_variances_and_measurements_and_summaries():
    first = pp.estimates({"y": [1.0, 2.0], "s": [1.0, 0.5], "g": ["a", "b"]}, estimate="y", se="s", group="g")
    found = first.update({"y": [3.0], "v": [4.0], "g": ["c"]}, variance="v")
    assert found.group_columns()["s"].tolist() == [1.0, 0.5, 2.0]
    rows = {"g": list("aabbb"), "y": [1.0, 2.0, 4.0, 5.0, 9.0]}
    fit = pp.measurements(rows, value="y", group="g")
    assert fit.data.members is not None
    more = {"g": ["b", "c"], "m": [7.0, 3.0], "s": [1.0, None], "k": [2, 1]}
    summaries = fit.update(more, mean="m", sd="s", n="k")
    assert summaries.data.members is None
    again = fit.update({"g": list("bbc"), "y": [7 - 0.5**0.5, 7 + 0.5**0.5, 3.0]})
    np.testing.assert_allclose(summaries.group_columns()["mean"], again.group_columns()["mean"], rtol=1e-12)
    whole = {"g": [*rows["g"], "b", "b", "c"], "y": [*rows["y"], 7 - 0.5**0.5, 7 + 0.5**0.5, 3.0]}
    at_once = pp.measurements(whole, value="y", group="g")
    assert again.data.members.value.tolist() == at_once.data.members.value.tolist()
    assert again.data.members.group.tolist() == at_once.data.members.group.tolist()
    assert again.pooling().score_columns()["log_score"] == pytest.approx(
        at_once.pooling().score_columns()["log_score"], rel=1e-9, nan_ok=True
    )


@pytest.mark.parametrize("grouped", [True, False])
def test_effects_of_trials(grouped, tmp_path):
    bcg = {name: np.asarray(column) for name, column in pp.datasets.load("bcg_vaccine").items()}
    roles = {"events": ("vaccinated_tb", "control_tb"), "sizes": ("vaccinated_n", "control_n")}
    options = {"effect": "log risk ratio", **roles, **({"group": "trial"} if grouped else {})}
    one, other = parts(bcg, 6)
    whole, first = pp.estimates(bcg, **options), pp.estimates(one, **options)
    first.save(tmp_path / "first.fit")
    check_same(pp.load(tmp_path / "first.fit").update(other), whole)
    renamed = {**other, "a": other["vaccinated_tb"], "b": other["control_tb"]}
    del renamed["vaccinated_tb"], renamed["control_tb"]
    check_same(first.update(renamed, events=("a", "b")), whole)
    with pytest.raises(pp.RequestError, match=r"events= takes 2 columns \(treated_events, control_events\), not 'a'"):
        first.update(renamed, events="a")
    with pytest.raises(pp.RequestError, match="This fit computed a log risk ratio from events=, sizes=: se= names no"):
        first.update(renamed, se="a")


def test_published_intervals_and_what_to_do_with_silent_trials():
    data = {"hr": [0.8, 0.9, 1.3], "lo": [0.6, 0.7, 1.0], "hi": [1.07, 1.16, 1.7]}
    options = {"estimate": "hr", "lower": "lo", "upper": "hi", "effect": "hazard ratio", "interval_level": 0.9}
    one, other = parts(data, 2)
    check_same(pp.estimates(one, **options).update(other), pp.estimates(data, **options))
    trials = {"a": [1, 0, 3, 0], "b": [2, 0, 1, 4], "n": [9, 9, 9, 9]}
    options = {"effect": "OR", "events": ("a", "b"), "sizes": ("n", "n"), "double_zero": "drop"}
    one, other = parts(trials, 1)
    fit = pp.estimates(one, **options).update(other)
    check_same(fit, pp.estimates(trials, **options))
    assert fit.data.labels["group"].tolist() == [1, 3, 4]


# --- rows that are left out, text files, and rows that are groups


def test_missing_cells_are_dropped_and_counted():
    one = {"ad": ["A", "B", "A"], "clicks": [3, None, 2], "views": [30, 41, 10]}
    other = {"ad": ["B", None, "C"], "clicks": [1, 2, 3], "views": [20, 20, None]}
    fit = of(one, missing="drop").update(other)
    assert fit.group_columns()["views"].tolist() == [40, 20]
    assert fit.data.source.rows == 6
    assert fit.notes[0] == "3 rows with missing cells were left out of the fit by missing='drop', in all tables"
    assert fit.update(VISITS).data.notes == fit.data.notes == fit.notes[:1]
    with pytest.raises(pp.CellError):
        of().update(other)
    assert of().update(other, missing="drop").data.source.dropped == 2


def test_rows_that_are_groups_are_new_groups():
    data = {"y": [1, None, 3, 4, 0], "n": [5, 6, 7, 8, 9]}
    options = {"successes": "y", "trials": "n", "missing": "drop"}
    one, other = parts(data, 3)
    fit, whole = pp.proportions(one, **options).update(other), pp.proportions(data, **options)
    check_same(fit, whole)
    assert fit.data.labels["group"].tolist() == [1, 3, 4, 5]
    np.testing.assert_array_equal(fit.attach(data)["posterior_mean"], whole.attach(data)["posterior_mean"])
    with pytest.raises(pp.RequestError, match="each row is its own group in this fit, and so is each row"):
        fit.update(other, group="y")


def test_text_files(tmp_path):
    (tmp_path / "one.csv").write_text("unit;hours;failures\n7;1,5;2\n12B;3,25;1\n")
    (tmp_path / "other.csv").write_text("unit;hours;failures\n7;2;1\n8;4,5;0\n")
    (tmp_path / "both.csv").write_text("unit;hours;failures\n7;1,5;2\n12B;3,25;1\n7;2;1\n8;4,5;0\n")
    roles = {"events": "failures", "exposure": "hours", "group": "unit"}
    fit = pp.rates(tmp_path / "one.csv", **roles).update(tmp_path / "other.csv")  # the labels of the second are numbers
    check_same(fit, pp.rates(tmp_path / "both.csv", **roles))
    numbers = pp.rates(tmp_path / "other.csv", **roles)
    with pytest.raises(pp.DataError, match=r"labels of 'unit' are numbers in .* and text in those that are added"):
        numbers.update(tmp_path / "one.csv")
    ambiguous = tmp_path / "ambiguous.csv"
    ambiguous.write_text("unit;hours;failures\n7;1,500;2\n")
    with pytest.raises(pp.CellError):
        fit.update(ambiguous)
    assert fit.update(ambiguous, decimal=",").group_columns()["hours"][0] == 5.0


def test_excluded_labels_stay_excluded(tmp_path):
    data = {"ad": ["A", "B", "Total"], "clicks": [1, 2, 3], "views": [10, 20, 30]}
    with excluding(["Total"]):
        fit = of(data)
    fit.save(tmp_path / "fit.fit")
    for first in (fit, pp.load(tmp_path / "fit.fit")):
        found = first.update(data)
        assert found.data.labels["ad"].tolist() == ["A", "B"]
        assert found.group_columns()["views"].tolist() == [20, 40]
        assert found.data.source.rows == 6


def test_warnings_of_the_new_rows():
    fit = of().update({"ad": ["A", "B", "a", "Total"], "clicks": [1, 2, 2, 5], "views": [10, 20, 5, 35]})
    total, alike = fit.notes
    assert total.startswith("of the rows that were added: the last row (row 4")
    assert alike.startswith("'A' and 'a' are different groups")
    assert fit.update({"ad": ["A"], "clicks": [1], "views": [2]}).notes == fit.notes


# --- refusals


@pytest.mark.parametrize(("more", "options", "error", "said"), [
    ({**VISITS, "ad": [1, 2, 3, 4, 5]}, {}, pp.DataError, "labels of 'ad' are text in .* and numbers in those"),
    ({"x": [1], "clicks": [1], "views": [2]}, {}, pp.ColumnError, "there is no column 'ad'"),
    ({"ad": ["A"], "clicks": [3], "views": [2]}, {}, pp.CellError, "more successes than trials"),
    ({"ad": [], "clicks": [], "views": []}, {}, pp.DataError, "no rows"),
    (VISITS, {"trials": [1, 2, 3, 4, 5]}, pp.RequestError, r"takes the names of columns, and trials= is a list"),
    (VISITS, {"exposure": "views"}, pp.RequestError, "columns of proportions are successes= and trials=, or succ"),
    (VISITS, {"successes": None}, pp.RequestError, "successes= cannot be taken with those of the fit"),
    (VISITS, {"group": ["ad", "views"]}, pp.RequestError, "group names 2 columns, and the groups of the fit have 1"),
    (VISITS, {"missing": "maybe"}, pp.RequestError, "missing"),
    (None, {}, pp.RequestError, "no table is given"),
])  # fmt: skip
def test_what_is_refused(more, options, error, said):
    fit = of()
    with pytest.raises(error, match=said):
        fit.update(more, **options)


def test_fits_that_were_saved_before(tmp_path):
    of().save(tmp_path / "new.fit")
    content, writer = unpacked(tmp_path / "new.fit")
    assert content["groups"]["source"]["reading"] == {
        "roles": {"successes": "clicks", "trials": "views"}, "missing": "refuse", "decimal": None, "excluded": [],
        "settings": {},
    }  # fmt: skip
    del content["asked"], content["groups"]["source"]["reading"], content["groups"]["source"]["dropped"]
    (tmp_path / "old.fit").write_bytes(packed(content, writer))
    old = pp.load(tmp_path / "old.fit")
    np.testing.assert_array_equal(old.group_columns()["mean"], of().group_columns()["mean"])
    with pytest.raises(pp.RequestError, match="does not say how its rows were read"):
        old.update(VISITS)


def test_a_file_with_a_prior_of_another_family_is_refused(tmp_path):
    of().save(tmp_path / "new.fit")
    content, writer = unpacked(tmp_path / "new.fit")
    pp.rates({"y": [1, 2]}, events="y").save(tmp_path / "rates.fit")
    content["asked"] = unpacked(tmp_path / "rates.fit")[0]["asked"]
    (tmp_path / "mixed.fit").write_bytes(packed(json.loads(json.dumps(content)), writer))
    with pytest.raises(pp.FileError, match="laid out as a saved fit"):
        pp.load(tmp_path / "mixed.fit")


# --- merging groups


def groups(labels, y, **options):
    return collapse({"g": np.asarray(labels)}, {"successes": np.asarray(y)}, {"successes": "y"}, **options)


def test_merging_is_associative_and_exact():
    rng = np.random.default_rng(5)
    labels, y = rng.integers(0, 20, 90), rng.integers(0, 2**52, 90)
    a, b, c = (groups(labels[i : i + 30], y[i : i + 30]) for i in (0, 30, 60))
    for merged in (a.merge(b).merge(c), a.merge(b.merge(c)), groups(labels, y), merge(merge(a, b), c)):
        assert merged.labels["g"].tolist() == groups(labels, y).labels["g"].tolist()
        assert merged.statistics["successes"].tolist() == groups(labels, y).statistics["successes"].tolist()
    with pytest.raises(pp.CellError, match=r"exceeds 2\^62"):
        groups([1], [LARGEST_TOTAL - 1]).merge(groups([1], [2]))


def test_rows_are_merged_where_both_are_kept():
    one, other = groups(list("ab"), [1, 2], kept=np.array([1.0, 2.0])), groups(["b"], [5], kept=np.array([5.0]))
    assert one.merge(other).members.group.tolist() == [0, 1, 1]
    assert one.merge(replace(other, members=None)).members is None
    assert isinstance(one.merge(other).members, Members)
    assert not one.merge(other).members.value.flags.writeable


@pytest.mark.parametrize(("other", "said"), [
    (groups(["1"], [1]), "labels of 'g' are numbers in the groups that there are, and text"),
    (groups(np.array(["2020-01-01"], "M8[D]"), [1]), "and dates in those"),
    (groups([True], [1]), "and truth values in those"),
    (collapse({"h": np.array([1])}, {"successes": np.array([1])}, {"successes": "y"}), "groups named by 'g' cannot be"),
    (collapse(None, {"successes": np.array([1])}, {"successes": "y"}), "that are the rows of a table cannot be merged"),
    (collapse({"g": np.array([1])}, {"events": np.array([1])}, {"events": "y"}), "the statistics 'successes' cannot"),
])  # fmt: skip
def test_groups_of_other_kinds_are_refused(other, said):
    with pytest.raises(pp.DataError, match=said):
        groups([1], [1]).merge(other)


@pytest.mark.parametrize(("one", "other", "dtype"), [
    (np.array([1], np.int8), np.array([300], np.int64), np.int64),
    (np.array([1], np.int64), np.array([5], np.uint64), np.int64),
    (np.array([1], np.int64), np.array([2**63], np.uint64), np.uint64),
    (np.array([-1], np.int64), np.array([2**63 + 1], np.uint64), object),
    (np.array([1], np.int64), np.array([0.5]), np.float64),
    (np.array([2**53 + 1], np.int64), np.array([0.5]), object),
    (np.array([1], np.int64), np.array([2**70], object), object),
])  # fmt: skip
def test_labels_of_two_types_of_numbers(one, other, dtype):
    found = together(one, other)
    assert found.dtype == dtype
    assert found.tolist() == one.tolist() + other.tolist()
