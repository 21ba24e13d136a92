"""The guess of a table's columns, on the shipped data sets and on awkward tables."""

import numpy as np
import pytest

from partialpool import datasets
from partialpool.explore.guessing import guesses
from partialpool.explore.layouts import LAYOUTS
from partialpool.explore.profiles import profiles
from partialpool.io.backends.whole import whole_file

OTHER_GROUPS = {"baseball_1970": ("last_name",)}
"""Data sets whose guessed groups are not the recorded ones: the last names alone tell the players apart."""


def guessed(columns):
    return guesses(profiles({name: np.array(cells, dtype=object) for name, cells in columns.items()}))[0]


@pytest.mark.parametrize("name", datasets.names())
def test_a_shipped_data_set_is_guessed_as_it_is_recorded(name):
    known = datasets.info(name)
    found = guesses(profiles(whole_file(datasets.path(name), [])))[0]
    assert LAYOUTS[found.layout].family == known.family
    assert dict(found.columns) == dict(known.roles)
    assert found.group == OTHER_GROUPS.get(name, known.group)


STORES = list("abcdef")


@pytest.mark.parametrize(
    ("columns", "layout", "roles", "group"),
    [
        # the smaller of two columns of whole numbers counts the successes, whatever their names and their order
        (
            {
                "Klinik": STORES,
                "Patienten": ["19", "29", "39", "49", "29", "9"],
                "Tote": ["1", "2", "3", "4", "5", "0"],
            },
            "proportions",
            {"successes": "Tote", "trials": "Patienten"},
            ("Klinik",),
        ),
        (
            {"store": STORES, "at": ["5", "9", "7", "8", "6", "9"], "orders": ["9"] * 6, "returns": ["0"] * 5 + ["2"]},
            "proportions",
            {"successes": "returns", "trials": "orders"},
            ("store",),
        ),
        (
            {"user id": ["101", "205", "303", "404"], "clicks": list("1203"), "impressions": ["10", "20", "30", "15"]},
            "proportions",
            {"successes": "clicks", "trials": "impressions"},
            ("user id",),
        ),
        ({"store": list("aabbcc"), "bought": list("010110")}, "outcomes", {"successes": "bought"}, ("store",)),
        (
            {"region": list("abcd"), "claims": list("1203"), "population": ["1000", "2000", "3000", "150"]},
            "rates",
            {"events": "claims", "exposure": "population"},
            ("region",),
        ),
        (
            {"site": STORES, "Mean": list("123456"), "SD": list("999999"), "N": list("345678")},
            "means",
            {"mean": "Mean", "sd": "SD", "n": "N"},
            ("site",),
        ),
        (
            {"Study": STORES, "yi": [".1", "-.2", "3", "4", "5", "6"], "vi": [".9", ".9", ".9", ".8", ".9", ".9"]},
            "variances",
            {"estimate": "yi", "variance": "vi"},
            ("Study",),
        ),
        # decimal commas are numbers, and so no labels
        (
            {"operator": list("abab"), "y": ["1,5", "2,5", "3,5", "2,2"]},
            "measurements",
            {"value": "y"},
            ("operator",),
        ),
        # a column that is empty names no groups
        ({"lab": [None] * 4, "y": list("1203"), "n": ["10"] * 4}, "proportions", {"successes": "y", "trials": "n"}, ()),
        # a mark in place of a number makes no text of a column of numbers
        (
            {"clinic": STORES, "patients": ["50"] * 6, "deaths": ["1", "2", "-", "3", "<5", "4"]},
            "proportions",
            {"successes": "deaths", "trials": "patients"},
            ("clinic",),
        ),
        # one wrong row leaves clear names what they are, and the fit says which row it is
        (
            {"clinic": list("abc"), "patients": ["50", "60", "4"], "deaths": ["3", "4", "9"]},
            "proportions",
            {"successes": "deaths", "trials": "patients"},
            ("clinic",),
        ),
        ({"school": list("aabb"), "passed": ["yes", "no"] * 2}, "outcomes", {"successes": "passed"}, ("school",)),
        (
            {"clinic": ["a"], "n": ["50"], "deaths": ["3"]},
            "proportions",
            {"successes": "deaths", "trials": "n"},
            ("clinic",),
        ),
        # broken numbers beside a count are an exposure rather than an estimate
        (
            {"Werk": STORES, "Ausschuss": list("314159"), "Stunden": ["20,5", "31", "42,5", "11", "25", "16"]},
            "rates",
            {"events": "Ausschuss", "exposure": "Stunden"},
            ("Werk",),
        ),
        # years are no trials
        (
            {"corps": list("aabb"), "year": ["1875", "1876", "1875", "1876"], "deaths": list("0102")},
            "rates",
            {"events": "deaths"},
            ("corps",),
        ),
    ],
)
def test_an_awkward_table_is_guessed(columns, layout, roles, group):
    found = guessed(columns)
    assert (found.layout, dict(found.columns), found.group) == (layout, roles, group)


@pytest.mark.parametrize(
    "columns",
    [{"only": STORES}, {"": [None, None]}, {"x": []}, {"a": ["1"]}, {f"c{i}": list("1234") for i in range(60)}],
)
def test_every_table_has_a_guess_for_every_layout(columns):
    found = guesses(profiles({name: np.array(cells, dtype=object) for name, cells in columns.items()}))
    assert {guess.layout for guess in found} == set(LAYOUTS)
    assert all(set(guess.columns.values()) <= set(columns) for guess in found)


def test_a_guess_does_not_depend_on_the_order_of_rows():
    columns = whole_file(datasets.path("rat_tumors"), [])
    order = np.random.default_rng(0).permutation(71)
    mixed = guesses(profiles({name: cells[order] for name, cells in columns.items()}))[0]
    assert (mixed.layout, dict(mixed.columns)) == ("proportions", {"successes": "tumors", "trials": "rats"})


def test_words_belong_to_one_case():
    from partialpool.explore.vocabulary import WORDS, plain

    assert set(WORDS) == {role for layout in LAYOUTS.values() for role in layout.roles} | {"group"}
    assert all(word == plain(word) for words in WORDS.values() for word in words)
