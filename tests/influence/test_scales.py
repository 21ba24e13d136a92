"""Leave one out and cumulative fits on another scale: medians and intervals pass through it, and nothing else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import partialpool as pp

TABLE = pd.DataFrame({"school": list("ABCDE"), "y": [0.8, 0.2, -0.1, 0.3, 0.4], "s": [0.3, 0.2, 0.4, 0.2, 0.3]})
ENDS = ["median", "lower", "upper"]
LABELS = {"estimate": "y", "se": "s", "group": "school"}


def fitted(**options):
    return pp.estimates(TABLE, **LABELS, **options)


@pytest.mark.parametrize("transform", ["exp", "tanh", "expit"])
@pytest.mark.parametrize("ask", ["cumulative", "leave_one_out"])
def test_the_mean_alone_is_transformed(ask, transform):
    ratio, plain = (getattr(fitted(), ask)(transform=to).table() for to in (transform, None))
    mean = (plain["parameter"] == "mean").to_numpy()
    to = {"exp": np.exp, "tanh": np.tanh, "expit": lambda x: 1 / (1 + np.exp(-x))}[transform]
    assert ratio.loc[mean, ENDS].to_numpy() == pytest.approx(to(plain.loc[mean, ENDS].to_numpy()), rel=1e-14)
    pd.testing.assert_frame_equal(ratio.loc[~mean].drop(columns="note"), plain.loc[~mean].drop(columns="note"))
    assert ratio.loc[mean, ["mean", "sd"]].isna().all(axis=None)


def test_the_change_is_that_of_the_transformed_median_and_the_influence_stays():
    fit = fitted()
    ratio, plain = fit.leave_one_out(transform="exp"), fit.leave_one_out()
    table = ratio.table()
    whole = fit.population(transform="exp").set_index("parameter")["median"]
    assert table["change"].to_numpy() == pytest.approx(
        table["median"].to_numpy() - whole[table["parameter"]].to_numpy()
    )
    np.testing.assert_array_equal(table["influence"], plain.columns()["influence"])
    groups, own = ratio.groups(), plain.groups()
    assert groups[ENDS].to_numpy() == pytest.approx(np.exp(own[ENDS].to_numpy()), rel=1e-14)
    of_all = fit.groups(transform="exp").set_index("school")["median"]
    assert groups["change"].to_numpy() == pytest.approx(
        groups["median"].to_numpy() - of_all[groups["school"]].to_numpy()
    )


def test_why_there_is_no_answer_is_all_that_the_note_says():
    columns = fitted(prior="flat").cumulative(transform="exp").columns()
    none = np.isnan(columns["median"])
    assert none.any()
    assert not any("exp" in note for note in columns["note"][none])


def test_the_text_says_what_the_mean_is():
    odds = TABLE.rename(columns={"y": "log_odds_ratio"})
    fit = pp.estimates(odds, estimate="log_odds_ratio", se="s", group="school")
    for found in (fit.cumulative(transform="exp"), fit.leave_one_out(transform="exp")):
        assert "the mean is an odds ratio; the sd is not" in repr(found)
        assert "odds ratio" not in repr(replace(found, transform=None))


@pytest.mark.parametrize("ask", ["cumulative", "leave_one_out"])
def test_refused(ask):
    counts = pp.proportions({"y": [1, 2, 3], "n": [9, 9, 9]}, successes="y", trials="n")
    with pytest.raises(pp.errors.RequestError, match="transform is for estimates and measurements"):
        getattr(counts, ask)(transform="exp")
    with pytest.raises(pp.errors.RequestError, match="transform must be one of"):
        getattr(fitted(), ask)(transform="log")
