"""The answers that a fit keeps, and fits that are copied and pickled."""

import copy
import gc
import pickle
import weakref
from dataclasses import replace

import numpy as np
import pytest

import partialpool as pp
from partialpool.questions.base import KEPT

EXAMPLES = {
    "proportions": ("surgical", {"successes": "deaths", "trials": "operations", "group": "hospital"}),
    "rates": ("pump_failures", {"events": "failures", "exposure": "time_thousand_hours", "group": "pump"}),
    "estimates": ("eight_schools", {"estimate": "effect", "se": "se", "group": "school"}),
    "measurements": ("coagulation", {"value": "time_seconds", "group": "diet"}),
}


def fitted(family="proportions", **more):
    name, columns = EXAMPLES[family]
    return getattr(pp, family)(pp.datasets.load(name), **columns, **more)


@pytest.mark.parametrize(
    "ask",
    [
        lambda fit: fit.ranking(),
        lambda fit: fit.compare("A", "B"),
        lambda fit: fit.probability(above=0.1),
        lambda fit: fit.select(between=(0.05, 0.1)),
        lambda fit: fit.intervals(kind="shortest"),
        lambda fit: fit.new_group(),
        lambda fit: fit.predict(trials=10),
        lambda fit: fit.check(draws=100),
        lambda fit: fit.sensitivity(["bda"]),
        lambda fit: fit.pooling(),
    ],
)
def test_a_question_that_is_asked_again_has_the_same_answer(ask):
    fit = fitted()
    assert ask(fit) is ask(fit)


def test_the_same_question_in_other_words():
    fit = fitted()
    assert fit.ranking() is fit.ranking(best="high", top=3, level=None)
    assert fit.ranking() is not fit.ranking(best="low")
    np.testing.assert_array_equal(fit.ranks()["p_best"], fit.ranking().columns()["p_best"])


def test_an_argument_of_another_type_is_refused_as_if_it_were_asked_first():
    fit = fitted()
    fit.ranking(top=1)
    with pytest.raises(pp.RequestError, match="top must be"):
        fit.ranking(top=True)


def test_an_argument_without_a_hash_is_asked_anew():
    fit = fitted()
    trials = np.arange(1, 13)
    first = fit.predict(trials=trials)
    trials[:] = 100
    assert fit.predict(trials=trials).mean[0] > first.mean[0]


def test_a_refusal_is_not_kept():
    fit = fitted()
    for _ in range(2):
        with pytest.raises(pp.RequestError, match="no group"):
            fit.compare("A", "Z")


def test_only_the_last_answers_are_kept():
    fit = fitted()
    first = weakref.ref(fit.new_group())
    for level in np.linspace(0.5, 0.9, KEPT).tolist():
        assert first() is not None
        fit.new_group(level=level)
    gc.collect()
    assert first() is None


def test_what_is_kept_cannot_be_changed():
    columns = fitted().ranking().columns()
    with pytest.raises(ValueError, match="read-only"):
        columns["expected_rank"][0] = 0.0


def test_another_fit_keeps_its_own_answers():
    fit = fitted()
    assert fit.ranking() is not fitted().ranking()
    assert fit.ranking().level != replace(fit, level=0.5).ranking().level
    assert fit.given(mean=0.1, concentration=20).ranking() is not fit.ranking()


@pytest.mark.parametrize("family", EXAMPLES)
def test_a_pickle_holds_the_fit_and_not_what_it_keeps(family):
    fit = fitted(family, level=0.9)
    bare = pickle.dumps(fit)
    fit.new_group()
    assert pickle.dumps(fit) == bare
    again = pickle.loads(bare)
    assert again.level == 0.9
    for name, column in fit.group_columns().items():
        np.testing.assert_array_equal(again.group_columns()[name], column)


def test_what_cannot_be_saved_cannot_be_pickled():
    own = pp.Prior(concentration=pp.priors.Custom(lambda x: np.exp(-x)))
    with pytest.raises(pp.OutputError):
        pickle.dumps(fitted(prior=own))


def test_a_fit_is_its_own_copy():
    fit = fitted()
    assert copy.copy(fit) is fit
    assert copy.deepcopy(fit) is fit


def test_an_argument_that_a_question_does_not_take_is_refused_with_its_name():
    with pytest.raises(TypeError, match=r"^probability\(\) got an unexpected keyword argument 'groups'"):
        fitted().probability(below=0.1, groups="new")
