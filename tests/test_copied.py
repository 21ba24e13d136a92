"""Every result can be pickled and copied: what comes back has the same table and says the same."""

import copy
import pickle

import numpy as np
import pytest

import partialpool as pp
from interface import AHEAD, QUESTIONS, answer, fits

MORE = {
    "draws": lambda fit: fit.draws(50),
    "cumulative": lambda fit: fit.cumulative(),
    "parameter": lambda fit: fit.probability(above=0.3, parameter="mean"),
}


def same(one, other):
    assert type(one) is type(other)
    assert repr(one) == repr(other)
    assert one._repr_html_() == other._repr_html_()
    if hasattr(one, "columns"):
        ours, theirs = one.columns(), other.columns()
        assert list(ours) == list(theirs)
        for name, column in ours.items():
            np.testing.assert_array_equal(column, theirs[name])


@pytest.mark.parametrize("question", [question for question in [*QUESTIONS, *MORE] if question != "pairs"])  # a frame
@pytest.mark.parametrize("family", AHEAD)
def test_a_result_comes_back_from_a_pickle_and_a_copy(family, question):
    result = MORE[question](fits()[family]) if question in MORE else answer(family, question)
    copied = copy.deepcopy(result)
    same(copied, result)
    same(pickle.loads(pickle.dumps(copied)), result)


def test_what_a_caller_changes_later_is_not_in_the_pickle():
    fit = fits()["proportions"]
    trials = np.array([3, 4, 5])
    found = fit.predict(trials=trials)
    trials[:] = 100
    same(pickle.loads(pickle.dumps(found)), found)


def test_a_pickle_of_an_answer_knows_the_column_that_put_the_groups_in_order():
    fit = pp.estimates(
        pp.datasets.load("bcg_vaccine"),
        estimate="log_risk_ratio",
        variance="log_risk_ratio_var",
        group=["author", "year"],
        method="reml",
    )
    for order in ("year", "abs_latitude"):
        found = fit.cumulative(order)
        same(pickle.loads(pickle.dumps(found)), found)


def test_a_copy_of_draws_can_be_changed_and_the_draws_stay():
    draws = fits()["estimates"].draws(20)
    before = draws.theta.copy()
    again = copy.deepcopy(draws)
    again.theta[:] = 0.0
    np.testing.assert_array_equal(draws.theta, before)
