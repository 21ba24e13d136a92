"""The cure for rates without events is on the scale of the exposure, and is taken."""

import re

import pytest

import partialpool as pp

DATA = {"machine": list("ABCD"), "failures": [0, 0, 0, 0]}
COLUMNS = {"events": "failures", "exposure": "hours", "group": "machine"}


@pytest.mark.parametrize("hours", [1e-3, 1.0, 720.0, 2e6])
def test_the_suggested_prior_has_a_mean_of_one_event_in_all_the_exposure(hours):
    data = {**DATA, "hours": [hours] * 4}
    with pytest.raises(pp.ImproperPosteriorError, match="whose mean is one event in all the exposure") as refused:
        pp.rates(data, **COLUMNS)
    scale = float(re.search(r"such as Gamma\(1, ([^)]+)\)", str(refused.value))[1])
    assert scale == pytest.approx(4 * hours, rel=0.05)
    found = pp.rates(data, **COLUMNS, prior=pp.Prior(mean=pp.Gamma(1, scale)))
    assert 0.0 < found.population_columns()["median"][0] < 1.0 / hours


def test_with_events_it_is_the_overall_rate():
    data = {**DATA, "failures": [3, 4, 0, 0], "hours": [10.0] * 4}
    with pytest.raises(pp.ImproperPosteriorError, match=r"Gamma\(1, 5\.7\), whose mean is the overall rate"):
        pp.rates(data, **COLUMNS, prior=pp.Prior(mean=pp.Flat(), shape=pp.Exponential(1.0)))
