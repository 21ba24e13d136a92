"""The oracle against itself at thirty more digits: what is stored does not depend on the effort that made it."""

import json
from pathlib import Path

import pytest
from beta_binomial import USUAL, Model, Posterior, Precision, answer, working
from flint import arb
from groups import GroupEffort, quantiles

HERE = Path(__file__).resolve().parent
PROBLEMS = {p["id"]: p for p in json.loads((HERE / "problems.json").read_text())}
ANSWERS = {a["id"]: a for a in json.loads((HERE / "answers.json").read_text())}
HIGHER = Precision(
    bits=USUAL.bits + 100,
    drop=90.0,
    inner=1e-20,
    outer=1e-22,
    quick_drop=65.0,
    quick_inner=1e-18,
    quick_outer=1e-20,
)
FINER = GroupEffort(limit=10.0, chebyshev=24, order=28, panel=1.4, tail=0.2, least=1e-21)


def relative(x, y):
    return abs(arb(x) - arb(y)) / abs(arb(y))


def same_quantiles(stored, finer, tolerance):
    """Whether both are the same within a tolerance: in probability, and of the densities."""
    assert [row[0] for row in stored] == [row[0] for row in finer]
    for (_, x, density), (_, y, slope) in zip(stored, finer):
        assert abs(arb(x) - arb(y)) * arb(slope) <= tolerance
        assert relative(density, slope) <= 100 * tolerance


@pytest.mark.parametrize("name", ["halves-2-0-0", "random-013", "random-041"])
def test_thirty_more_digits_change_nothing(name):
    stored, higher = ANSWERS[name], answer(PROBLEMS[name], HIGHER)
    with working(HIGHER.bits):
        pairs = [(stored["population"][p], higher["population"][p]) for p in stored["population"]]
        for x, y in pairs:
            same_quantiles(x["quantiles"], y["quantiles"], 1e-16)
        pairs += [*zip(stored["groups"], higher["groups"]), (stored["new_group"], higher["new_group"])]
        for x, y in pairs:
            for key in {"mean", "sd", "weight"} & x.keys():
                assert x[key] == y[key] or relative(x[key], y[key]) <= 1e-20, key


@pytest.mark.parametrize("name", ["halves-2-0-0", "random-013"])
def test_finer_nodes_leave_the_quantiles_of_groups(name):
    with working(USUAL.bits):
        finer = quantiles(PROBLEMS[name], Posterior.of(Model.of(PROBLEMS[name]), USUAL), FINER)
        for group in ANSWERS[name]["groups"]:
            same_quantiles(group["quantiles"], finer[group["index"]], 1e-15)
