"""estimates(effect=...): from the summaries of trials to a posterior in one call."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest

import partialpool as pp

TABLE = {
    "trial": ["A", "B", "C", "D"],
    "ai": [4, 6, 3, 62],
    "bi": [119, 300, 228, 13536],
    "ci": [11, 29, 11, 248],
    "di": [128, 274, 209, 12619],
}
N = {"n1": [123, 306, 231, 13598], "n2": [139, 303, 220, 12867]}
ARMS = {"events": ("ai", "ci"), "sizes": ("n1", "n2")}
EFFECTS = {
    "log odds ratio": pp.effects.log_odds_ratio,
    "log risk ratio": pp.effects.log_risk_ratio,
    "risk difference": pp.effects.risk_difference,
}


def same(one, other):
    """Whether two fits say the same of groups and population."""
    for left, right in (
        (one.group_columns(), other.group_columns()),
        (one.population_columns(), other.population_columns()),
    ):
        for name in ("mean", "sd", "median", "lower", "upper"):
            assert np.array_equal(left[name], right[name], equal_nan=True), name


@pytest.mark.parametrize("effect", EFFECTS)
def test_counts_are_what_the_function_of_effects_makes_of_them(effect):
    made = EFFECTS[effect](TABLE["ai"], N["n1"], TABLE["ci"], N["n2"])
    wanted = pp.estimates({"trial": TABLE["trial"], **made.columns()}, estimate="estimate", se="se", group="trial")
    one = pp.estimates({**TABLE, **N}, effect=effect, **ARMS, group="trial")
    other = pp.estimates(TABLE, effect=effect, cells=("ai", "bi", "ci", "di"), group="trial")
    same(one, wanted)
    same(other, wanted)
    assert list(one.group_columns())[:3] == ["trial", effect, "se"]
    assert one.data.statistics["se"].tolist() == made.se.tolist()
    assert not one.warnings


@pytest.mark.parametrize(
    ("names", "effect"),
    [
        (("OR", "or", "odds ratio", "Log Odds Ratio", "log_odds_ratio"), "log odds ratio"),
        (("RR", "risk ratio"), "log risk ratio"),
        (("RD",), "risk difference"),
    ],
)
def test_other_names_of_an_effect(names, effect):
    for name in names:
        fit = pp.estimates({**TABLE, **N}, effect=name, **ARMS)
        assert fit.data.columns["estimate"] == effect


@pytest.mark.parametrize("name", ["SMD", "standardised mean difference", "Hedges g", "MD"])
def test_means(name):
    data = {"m1": [1.0, 2.5], "s1": [1.0, 2.0], "n1": [10, 20], "m2": [0.0, 1.0], "s2": [1.5, 1.0], "n2": [12, 18]}
    fit = pp.estimates(data, effect=name, means=("m1", "m2"), sds=("s1", "s2"), sizes=("n1", "n2"))
    function = pp.effects.mean_difference if name == "MD" else pp.effects.standardised_mean_difference
    made = function(*data.values())
    assert fit.data.statistics["estimate"].tolist() == made.estimate.tolist()
    assert fit.data.statistics["se"].tolist() == made.se.tolist()


def test_correlations_are_reported_as_such():
    fit = pp.estimates({"r": [0.3, 0.5, 0.1], "n": [40, 30, 50]}, effect="correlation", correlation="r", sizes="n")
    own, shown = fit.population_columns(), fit.population_columns(transform="tanh")
    for name in ("median", "lower", "upper"):
        assert shown[name][0] == np.tanh(own[name][0])
        assert shown[name][1] == own[name][1]
    assert fit.group_columns(transform="tanh")["raw"] == pytest.approx([0.3, 0.5, 0.1])


@pytest.mark.parametrize("kind", [dict, pd.DataFrame, pl.DataFrame])
def test_any_kind_of_table(kind):
    fit = pp.estimates(kind({**TABLE, **N}), effect="OR", **ARMS, group="trial")
    assert fit.data.statistics["estimate"][0] == pytest.approx(-0.9386941, abs=1e-7)


def test_a_file(tmp_path):
    pd.DataFrame({**TABLE, **N}).to_csv(tmp_path / "trials.csv", index=False)
    fit = pp.estimates(tmp_path / "trials.csv", effect="OR", **ARMS, group="trial")
    assert fit.data.size == 4


# --- zero cells ----------------------------------------------------------------------------------------------------

SPARSE = {
    "trial": ["A", "B", "C", "D", "E"],
    "a": [0, 3, 10, 5, 0],
    "n1": [10, 12, 10, 20, 30],
    "c": [0, 4, 9, 6, 2],
    "n2": [9, 11, 9, 22, 31],
}
SPARSE_ARMS = {"events": ("a", "c"), "sizes": ("n1", "n2"), "group": "trial"}


def test_trials_that_say_nothing_are_refused_with_the_cure():
    with pytest.raises(pp.CellError) as refused:
        pp.estimates(SPARSE, effect="OR", **SPARSE_ARMS)
    said = str(refused.value)
    assert (
        "2 rows are refused, nobody or everybody has the event in both arms: row 1: a=0, c=0; row 3: a=10, c=9" in said
    )
    assert 'double_zero="drop"' in said
    assert 'effect="risk difference"' in said


def test_a_risk_ratio_of_one_is_said_by_arms_where_everybody_has_the_event():
    with pytest.raises(pp.CellError, match="1 row is refused, nobody has the event in either arm: row 1"):
        pp.estimates(SPARSE, effect="RR", **SPARSE_ARMS)
    assert pp.estimates(SPARSE, effect="RR", **SPARSE_ARMS, double_zero="drop").data.labels["trial"].tolist() == list(
        "BCDE"
    )


def test_dropped_and_corrected_trials_are_named():
    fit = pp.estimates(SPARSE, effect="OR", **SPARSE_ARMS, double_zero="drop")
    assert fit.data.labels["trial"].tolist() == list("BDE")
    said = (
        "2 trials (A, C) were left out of the fit by double_zero='drop': nobody or everybody has the event in both "
        "arms, which says nothing of a log odds ratio; double_zero='correct' keeps them, with 1/2 in every cell"
    )
    assert said in fit.warnings
    assert "1/2 was added to the four cells of 1 trial (E), where one cell is 0" in fit.warnings
    kept = pp.estimates(SPARSE, effect="OR", **SPARSE_ARMS, double_zero="correct")
    assert kept.data.size == 5
    assert "1/2 was added to the four cells of 3 trials (A, C, E), where one cell is 0" in kept.warnings
    made = pp.effects.log_odds_ratio(*(SPARSE[name] for name in ("a", "n1", "c", "n2")))
    assert kept.data.statistics["estimate"].tolist() == made.estimate.tolist()


def test_a_risk_difference_takes_every_trial():
    fit = pp.estimates(SPARSE, effect="RD", **SPARSE_ARMS)
    assert fit.data.size == 5
    assert any("3 trials (A, C, E)" in warning for warning in fit.warnings)


def test_rows_without_labels_are_named_by_their_numbers_in_the_table():
    table = {"a": [None, 0, 4, 5], "n1": [9, 10, 12, 14], "c": [1, 3, 5, 6], "n2": [8, 9, 11, 15]}
    fit = pp.estimates(table, effect="OR", events=("a", "c"), sizes=("n1", "n2"), missing="drop")
    assert "1/2 was added to the four cells of 1 trial (row 2), where one cell is 0" in fit.warnings
    assert any(text.startswith("1 row with a missing cell (row 1) was left out of the fit") for text in fit.warnings)
    wrong = {**table, "a": [None, 0, 4, 50]}
    with pytest.raises(pp.CellError, match="more events than people: row 4: a=50, n1=14"):
        pp.estimates(wrong, effect="OR", events=("a", "c"), sizes=("n1", "n2"), missing="drop")


def test_nothing_is_left():
    with pytest.raises(pp.CellError, match="No row says anything of a log odds ratio"):
        pp.estimates(
            {"a": [0, 0], "n": [5, 6], "c": [0, 0]},
            effect="OR",
            events=("a", "c"),
            sizes=("n", "n"),
            double_zero="drop",
        )


def test_one_column_of_sizes_for_both_arms():
    fit = pp.estimates({"a": [1, 2], "n": [5, 6], "c": [3, 1]}, effect="OR", events=("a", "c"), sizes=("n", "n"))
    assert fit.data.size == 2


def test_a_label_may_be_called_like_the_effect():
    table = {"log odds ratio": ["A", "B"], "se": ["x", "y"], "a": [1, 2], "n": [5, 6], "c": [3, 1]}
    fit = pp.estimates(table, effect="OR", events=("a", "c"), sizes=("n", "n"), group=["log odds ratio", "se"])
    assert list(fit.group_columns())[:4] == ["log odds ratio", "se", "log odds ratio_", "se_"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"effect": "OR"}, r"takes events=\(treated, control\) and sizes="),
        ({"effect": "OR", "events": ("a", "c")}, r"takes events=.*sizes= is missing"),
        ({"effect": "OR", "events": "a", "sizes": ("n1", "n2")}, "events= takes 2 columns"),
        (
            {
                "effect": "OR",
                "cells": ("a", "c"),
            },
            "cells= takes 4 columns",
        ),
        ({"effect": "OR", **SPARSE_ARMS, "means": ("a", "c")}, "not events=, sizes=, means="),
        ({"effect": "SMD", "means": ("a", "c")}, "standardised mean difference takes means="),
        ({"effect": "ZCOR", "sizes": "n1"}, "Fisher's z takes correlation= and sizes="),
        ({"effect": "ZCOR", "correlation": "a", "sizes": ("n1", "n2")}, "sizes= takes 1 column"),
        ({"effect": "odds"}, "There is no effect 'odds'"),
        ({"effect": 3}, "There is no effect 3"),
        ({"effect": "OR", "estimate": "a", **SPARSE_ARMS}, "give either effect= or estimate"),
        ({**SPARSE_ARMS}, 'name the effect to work out, such as effect="log odds ratio"'),
        ({"effect": "OR", **SPARSE_ARMS, "double_zero": "keep"}, "double_zero must be one of"),
        ({}, "Give the column of the estimates as estimate="),
    ],
)
def test_refused(options, said):
    with pytest.raises(pp.RequestError, match=said):
        pp.estimates(SPARSE, **options)


def test_tables_on_another_scale():
    fit = pp.estimates({**TABLE, **N}, effect="OR", **ARMS, group="trial")
    own, shown = fit.group_columns(), fit.group_columns(transform="exp")
    for name in ("raw", "median", "lower", "upper"):
        assert shown[name].tolist() == np.exp(own[name]).tolist()
    assert np.isnan(shown["mean"]).all()
    assert np.isnan(shown["sd"]).all()
    assert shown["log odds ratio"].tolist() == own["log odds ratio"].tolist()
    notes = fit.population_columns(transform="exp")["note"]
    assert list(notes) == [
        "exp of a mean is not the mean of exp: the median and the interval are exact",
        "on the scale of the estimates",
    ]
    with pytest.raises(pp.RequestError, match="transform must be one of 'exp', 'tanh', 'expit'"):
        fit.population(transform="log")
    rats = pp.proportions(pp.datasets.load("rat_tumors"), successes="tumors", trials="rats", group="group")
    with pytest.raises(pp.RequestError, match="transform is for estimates and measurements"):
        rats.groups(transform="exp")


@pytest.mark.parametrize("missing", [False, True])
def test_trials_that_were_left_out_keep_their_numbers(missing):
    table = {"a": [0, 3, 4, 5, 2], "n1": [9, 10, 12, 14, 9], "c": [0, 3, 5, 6, 4], "n2": [8, 9, 11, 15, 9]}
    kept = [2, 3, 4, 5]
    if missing:
        table["a"][2], kept = None, [2, 4, 5]
    fit = pp.estimates(table, effect="OR", events=("a", "c"), sizes=("n1", "n2"), double_zero="drop", missing="drop")
    assert fit.data.labels["group"].tolist() == kept
    means = dict(zip(kept, fit.group_columns()["mean"].tolist(), strict=True))
    attached = fit.attach(table)["posterior_mean"].tolist()
    assert [x for x in attached if x == x] == list(means.values())
    assert [row for row, x in enumerate(attached, 1) if x == x] == kept


SPREAD = {"trial": ["A", "B", "C"], "m1": [1.0, 2.5, 2.0], "s1": [1.0, 0.0, 2.0], "n1": [10, 20, 15]}
SPREAD |= {"m2": [0.0, 1.0, 1.0], "s2": [1.5, 1.0, 1.0], "n2": [12, 18, 15]}
SPREAD_COLUMNS = {"means": ("m1", "m2"), "sds": ("s1", "s2"), "sizes": ("n1", "n2"), "group": "trial"}


@pytest.mark.parametrize("effect", ["MD", "SMD"])
def test_an_arm_without_spread_is_named_in_a_warning(effect):
    (said,) = pp.estimates(SPREAD, effect=effect, **SPREAD_COLUMNS).warnings
    assert said.startswith("the sd of an arm is 0 in 1 trial (B): ")
    assert said.endswith("give the sd that the arm has, or leave the trial out")
    assert not pp.estimates({**SPREAD, "s1": [1.0, 1e-3, 2.0]}, effect=effect, **SPREAD_COLUMNS).warnings


def test_a_difference_without_any_error_is_refused():
    said = "1 row is refused, a mean difference without any error: row 2: s1=0, s2=0. .* leave these rows out"
    with pytest.raises(pp.CellError, match=said):
        pp.estimates({**SPREAD, "s2": [1.5, 0.0, 1.0]}, effect="MD", **SPREAD_COLUMNS)


LEARNED = [
    ("OR", "turner_2015()", ""),
    ("SMD", "rhodes_2015()", ""),
    ("SMD", pp.HalfNormal(0.5), ""),
    ("SMD", "turner_2015('pain', 'pharmacological vs placebo')", "from log odds ratios.*: take rhodes_2015, which"),
    ("MD", pp.priors.turner_2015(), "from log odds ratios.*estimates of the mean difference: take a prior of your own"),
    ("OR", pp.priors.rhodes_2015(), "from standardised mean differences.*: take turner_2015, which is for these"),
    ("RR", pp.Prior(sd=pp.priors.turner_2015("adverse", "non-pharmacological vs placebo")), "take a prior of your own"),
]


@pytest.mark.parametrize(("effect", "prior", "said"), LEARNED)
def test_a_prior_that_was_learned_from_other_effects_is_named_with_the_right_one(effect, prior, said):
    if effect in ("OR", "RR"):
        found = pp.estimates({**TABLE, **N}, effect=effect, **ARMS, group="trial", prior=prior).warnings
    else:
        found = pp.estimates({**SPREAD, "s1": [1.0] * 3}, effect=effect, **SPREAD_COLUMNS, prior=prior).warnings
    assert len(found) == bool(said)
    assert re.search(said, " ".join(found))


def test_the_name_of_a_column_says_what_was_estimated():
    data = {"smd": [0.1, 0.3, 0.2], "y": [0.1, 0.3, 0.2], "s": [0.1, 0.2, 0.1]}
    (said,) = pp.estimates(data, estimate="smd", se="s", prior=pp.priors.turner_2015()).warnings
    assert "take rhodes_2015" in said
    assert not pp.estimates(data, estimate="y", se="s", prior=pp.priors.turner_2015()).warnings
    unused = pp.estimates(data, estimate="smd", se="s", prior=pp.priors.turner_2015(), method="REML").warnings
    assert "turner_2015" not in " ".join(unused)


def test_trials_with_the_same_label_are_combined_and_said_so():
    trials = pp.datasets.load("bcg_vaccine")
    roles = {"effect": "RR", "events": ("vaccinated_tb", "control_tb"), "sizes": ("vaccinated_n", "control_n")}
    fit = pp.estimates(trials, group="author", **roles)
    assert fit.data.size == 11
    assert re.search(r"13 trials are 11 groups.*by another column", " ".join(fit.warnings))
    assert not pp.estimates(trials, group=["author", "year"], **roles).warnings


def test_a_missing_role_is_named():
    with pytest.raises(pp.errors.RequestError, match="sizes= is missing"):
        pp.estimates({"a": [1, 2], "c": [2, 3]}, effect="RR", events=("a", "c"))
    with pytest.raises(pp.errors.RequestError, match="log hazard ratio, give the estimates"):
        pp.estimates({"a": [1, 2], "c": [2, 3]}, effect="HR", events=("a", "c"))
