"""Words for people: plurals, articles, names of groups and suggestions."""

import importlib
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest

import partialpool as pp
from partialpool.io.output.content import Shown
from partialpool.messages.wording import nearest
from partialpool.priors.propriety.proper import improper
from printed import unfolded

SOURCE = Path(pp.__file__).parent
HOSPITALS = [f"Hospital {number}" for number in range(113, 226)]


def results(kind=Shown):
    """Every type of result."""
    for one in kind.__subclasses__():
        yield one
        yield from results(one)


for module in pkgutil.walk_packages(pp.__path__, "partialpool."):
    if not module.name.startswith(("partialpool.cli", "partialpool.__main__")):
        importlib.import_module(module.name)


@pytest.mark.parametrize("kind", sorted(results(), key=lambda one: one.__name__), ids=lambda one: one.__name__)
def test_every_result_names_methods_that_it_has(kind):
    assert all(callable(getattr(kind, name)) for name in kind._tables)
    assert "table" in kind._tables or kind in (pp.Posterior, pp.Fits)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda fit: fit, ".groups() and .population() are the tables"),
        (lambda fit: fit.predict(trials=10), ".table() is the table"),
        (lambda fit: fit.probability(above=0.1), ".table() is the table"),
        (lambda fit: fit.select(above=0.1), ".table() is the table"),
        (lambda fit: fit.intervals(), ".table() is the table"),
        (lambda fit: fit.compare(1, 2), ".table() is the table"),
        (lambda fit: fit.new_group(), ".table() is the table"),
        (lambda fit: fit.cumulative(), ".table() is the table"),
        (lambda fit: fit.ranking(), ".table() and .probabilities() are the tables"),
        (lambda fit: fit.check(draws=100), ".table() and .groups() are the tables"),
        (lambda fit: fit.pooling(), ".table() and .groups() are the tables"),
        (lambda fit: fit.leave_one_out(), ".table() and .groups() are the tables"),
        (lambda fit: fit.sensitivity(["bda"]), ".table() and .power() are the tables"),
        (lambda fit: fit.draws(10), ".table() and .group_table() are the tables"),
    ],
)
def test_a_printout_ends_with_the_way_to_its_table(fit, ask, said):
    found = ask(fit)
    assert repr(found).splitlines()[-1].strip() == said
    assert said in found._repr_html_()
    for name in re.findall(r"\.(\w+)\(\)", said):
        assert len(getattr(found, name)())


@pytest.fixture(scope="module")
def fit():
    data = {"ward": [1, 2, 3, 4], "falls": [1, 3, 4, 9], "patients": [20, 20, 14, 30]}
    return pp.proportions(data, successes="falls", trials="patients", group="ward")


def test_the_best_of_many_groups_are_shown_with_the_worst():
    data = {"y": [k % 7 + k // 20 for k in range(60)], "n": [30] * 60}
    found = pp.proportions(data, successes="y", trials="n").ranking()
    assert "... 40 more rows ..." in repr(found)


@pytest.mark.parametrize(
    ("wanted", "known", "meant"),
    [
        ("Hospital 1", [*HOSPITALS, "Hospital 01"], "Hospital 01"),
        ("Hospital 1", [*HOSPITALS, "hospital 1"], "hospital 1"),
        ("hospital_114", HOSPITALS, "Hospital 114"),
        ("114", HOSPITALS, "Hospital 114"),
        ("Hospitl 221", HOSPITALS, "Hospital 221"),
        ("Hospital", HOSPITALS, "Hospital 113"),
        (1, ["3", "1"], "1"),
        (2.0, ["1", "2"], "2"),
        ("007", ["6", "7"], "7"),
        ("north, 2", ["south, 2", "North, 02"], "North, 02"),
        ("x", HOSPITALS, None),
        ("", ["a"], None),
    ],
)
def test_the_nearest_name_is_suggested(wanted, known, meant):
    assert nearest(wanted, known) == meant


@pytest.mark.parametrize(
    ("labels", "asked", "said"),
    [
        ([1, 2, 3], 4, "There is no group 4 in 'ward'; the groups are 1, 2 and 3."),
        (["1", "2", "3"], 2.0, "There is no group 2.0 in 'ward'; did you mean '2'?"),
        (["A1", "B1", "C1"], "b 1", "There is no group 'b 1' in 'ward'; did you mean 'B1'?"),
    ],
)
def test_a_group_that_there_is_not(labels, asked, said):
    data = {"ward": labels, "falls": [1, 3, 4], "patients": [20, 20, 14]}
    found = pp.proportions(data, successes="falls", trials="patients", group="ward")
    with pytest.raises(pp.RequestError, match=re.escape(said)):
        found.compare(asked, labels[0])


def test_a_group_called_by_a_number_is_named_with_its_column(fit):
    assert repr(fit.compare(4, 1)).startswith("ward 4 beside ward 1: P(ward 4 > ward 1) = ")
    assert "at least 2 successes of ward 1" in repr(fit.compare(4, 1))


def test_plurals_have_one_place():
    """A home-made plural is forgotten where there is one of a kind."""
    at_home = [
        file.name for file in SOURCE.rglob("*.py") if re.search(r"""['"]s['"] \*""", file.read_text(encoding="utf-8"))
    ]
    assert not at_home


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"mu": 0.2, "tau": 3},
            "given() takes mean (mu) and concentration (kappa), or alpha and beta for these data, ",
        ),
        ({"mu": 0.2, "tau": 3}, ", not mean (mu) and sd (tau)."),
        ({"mu": "0.2", "kappa": 3}, "mean must be a number, not '0.2'."),
        ({"alpha": 1, "beta": True}, "beta must be a number, not True."),
    ],
)
def test_given_names_what_can_be_given(fit, values, said):
    with pytest.raises(pp.RequestError, match=re.escape(said)):
        fit.given(**values)


def test_a_check_says_why_the_prior_alone_expects_nothing():
    schools = pp.estimates(pp.datasets.load("eight_schools"), estimate="effect", se="se", group="school")
    (note,) = {note for note in schools.check(draws=100).statistic_columns()["note"] if note}
    assert note in unfolded(schools.check(draws=100))
    assert note == (
        "What the prior alone expects of the data is left out: the prior of the population's mean is improper, and "
        "expects nothing definite. The rest of the check stands; to see it, fit with a proper prior on the scale of "
        "these data (a pooled value of 7.69, an sd of about 10 between groups): "
        "pp.Prior(mean=pp.Normal(0, 20), sd=pp.HalfNormal(10)), or one that says what was known before."
    )


@pytest.mark.parametrize("family", ["proportions", "rates", "estimates", "measurements"])
def test_the_proper_prior_that_is_advised_is_taken_and_proper(family):
    prior = pp.priors.resolve("uniform-shrinkage", family)
    advised = eval(prior.example(), {"pp": pp})
    assert not improper(pp.priors.resolve(advised, family))


def test_an_outcome_is_refused_before_a_comparison_is_asked_for():
    with pytest.raises(pp.PriorError, match="There is no outcome 'mentl'; there are 'obstetric outcome', "):
        pp.priors.rhodes_2015("mentl")
    with pytest.raises(pp.PriorError, match=r"other figures for cancer .* Outcomes of other areas are 'obstetric "):
        pp.priors.rhodes_2015("Cancer")


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda fit: fit.compare([1, 2], 3), "A group is asked for by its label, one at a time, not by a list."),
        (lambda fit: fit.compare(np.array([1, 2]), 3), "one at a time, not by a ndarray."),
        (lambda fit: fit.compare((1, 2), 3), "A group is named by its 'ward', such as 1, not by (1, 2)."),
        (
            pp.checks.calibration,
            "fit= is a function that fits, such as pp.proportions, not a Posterior.",
        ),
    ],
)
def test_something_else_than_was_asked_for(fit, ask, said):
    with pytest.raises(pp.RequestError, match=re.escape(said)):
        ask(fit)


def test_groups_of_two_columns_are_named_by_both():
    data = {"site": ["n", "s", "s"], "ward": [1, 1, 2], "falls": [1, 3, 4], "patients": [20, 20, 14]}
    fit = pp.proportions(data, successes="falls", trials="patients", group=["site", "ward"])
    said = "A group is named by its 2 labels (site, ward), such as ('n', 1), not by 's'."
    with pytest.raises(pp.RequestError, match=re.escape(said)):
        fit.compare("s", ("n", 1))
    assert repr(fit.probability(than=("s", 2))).startswith("P(theta > that of s 2) of 3 groups")


def test_a_limit_that_is_a_group_is_called_one(fit):
    assert repr(fit.probability(than=4)).startswith("P(theta > that of ward 4) of 4 groups")
