"""No family shows a mean, an sd or a weight that it cannot work out within 0.1%, in no table, and it says why."""

import numpy as np
import pytest

import partialpool as pp

SAID = "cannot be computed within 0.1% with this prior"
FARTHEST = pp.LogNormal(18.7, 791)
DATA = {
    "proportions": ("surgical", {"successes": "deaths", "trials": "operations", "group": "hospital"}),
    "rates": ("pump_failures", {"events": "failures", "exposure": "time_thousand_hours", "group": "pump"}),
    "estimates": ("eight_schools", {"estimate": "effect", "se": "se", "group": "school"}),
    "measurements": ("coagulation", {"value": "time_seconds", "group": "diet"}),
}
PRIORS = [
    ("proportions", {"concentration": FARTHEST}),
    ("proportions", {"concentration": pp.LogNormal(18.7, 791, on="sd")}),
    ("proportions", {"alpha": FARTHEST, "beta": FARTHEST}),
    ("rates", {"shape": FARTHEST}),
    ("rates", {"mean": FARTHEST}),
    ("rates", {"rate": FARTHEST}),
    ("estimates", {"sd": FARTHEST}),
    ("estimates", {"sd": pp.LogNormal(0, 3000)}),
    ("measurements", {"sd": FARTHEST}),
    ("measurements", {"sigma": FARTHEST}),
]


def fitted(family, parts):
    name, columns = DATA[family]
    return getattr(pp, family)(pp.datasets.load(name), **columns, prior=pp.Prior(**parts))


@pytest.mark.parametrize(("family", "parts"), PRIORS)
def test_what_is_shown_is_within_the_claim_and_the_rest_has_a_note(family, parts):
    try:
        fit = fitted(family, parts)
    except pp.PriorError as refused:
        assert "Give priors that" in str(refused) or "with lighter tails" in str(refused)  # noqa: PT017
        return
    assert fit.accuracy.mean <= 1e-3
    assert fit.accuracy.sd <= 1e-3
    for table in (fit.population_columns(), fit.group_columns()):
        notes = table.get("note", np.full(len(table["mean"]), ""))
        gone = np.isnan([table["mean"], table["sd"]]).any(axis=0)
        for missing, note in zip(gone, notes, strict=True):
            assert missing == (SAID in note or "does not exist" in note or "the largest number" in note), note
        assert np.isfinite(table["median"]).all()


def test_estimates_leave_out_what_the_tail_carries_away():
    """Most of this posterior is at no sd above 1e-200, so that the mean of the sd is all tail."""
    fit = fitted("estimates", {"sd": FARTHEST})
    population, groups = fit.population_columns(), fit.group_columns()
    assert np.isnan([population["mean"][1], population["sd"][1]]).all()
    assert SAID in population["note"][1]
    assert np.isnan([groups["mean"], groups["sd"], groups["weight"]]).all()
    assert {*groups["note"]} == {f"mean, sd and weight exist, but {SAID}; use the median"}
    assert population["mean"][0] == pytest.approx(7.686, abs=1e-2)  # complete pooling: the mean hardly feels the tail


@pytest.mark.parametrize("names", [("concentration",), ("alpha", "beta")])
def test_the_tail_of_the_concentration_does_not_spoil_what_is_between_0_and_1(names):
    """A prior that reaches less far is the same, about 1/x, where the rats have their concentration."""
    rats = pp.datasets.load("rat_tumors")
    far, near = (
        pp.proportions(
            rats, successes="tumors", trials="rats", group="group", prior=pp.Prior(**dict.fromkeys(names, of))
        )
        for of in (FARTHEST, pp.LogNormal(0, 100))
    )
    assert max(far.accuracy.mean, far.accuracy.sd) < 1e-9
    assert not far.warnings
    for name in ("mean", "sd", "weight"):
        np.testing.assert_allclose(far.group_columns()[name], near.group_columns()[name], rtol=1e-3)
    for name in ("mean", "sd"):
        between = far.population_columns()[name][[0, 4]]
        np.testing.assert_allclose(between, near.population_columns()[name][[0, 4]], rtol=5e-3)
        assert np.isnan(far.population_columns()[name][[1, 2, 3]]).all()
