"""Draws from priors whose tails are beyond what a double can hold: numbers, and no warning."""

import numpy as np
import pytest

import partialpool as pp
from partialpool.diagnostics.conflict import conflict
from partialpool.diagnostics.prior_draws import prior_parameters
from partialpool.models.model import Model
from partialpool.models.registry import FAMILIES

HEAVY = [pp.Pareto(0.5, 0.001), pp.LogNormal(0, 800), pp.InverseGamma(0.01, 2.0), pp.HalfStudentT(0.01, 1.0)]
DATA = {
    "proportions": ("surgical", {"successes": "deaths", "trials": "operations", "group": "hospital"}),
    "rates": ("pump_failures", {"events": "failures", "exposure": "time_thousand_hours", "group": "pump"}),
    "estimates": ("eight_schools", {"estimate": "effect", "se": "se", "group": "school"}),
    "measurements": ("coagulation", {"value": "time_seconds", "group": "diet"}),
}


def priors(family, heavy):
    """Priors of a family with a component so heavy."""
    if family == "proportions":
        return [pp.Prior(mean=pp.Beta(0.01, 0.01), concentration=heavy), pp.Prior(alpha=heavy, beta=heavy)]
    if family == "rates":
        return [pp.Prior(mean=heavy, rate=heavy), pp.Prior(shape=heavy, rate=heavy), pp.Prior(mean=heavy, shape=heavy)]
    if family == "estimates":
        return [pp.Prior(mean=pp.Normal(0, 1e4), sd=heavy)]
    return [pp.Prior(mean=pp.Normal(0, 1e4), sd=heavy, sigma=heavy)]


def designed(family, prior):
    of = FAMILIES[family]
    return of.designed(of.resolve(prior), np.array([10.0, 20.0]))


@pytest.mark.parametrize("family", DATA)
@pytest.mark.parametrize("heavy", HEAVY, ids=str)
def test_heavy_tails_are_drawn_from(family, heavy):
    for prior in priors(family, heavy):
        joint = designed(family, prior)
        drawn = prior_parameters(joint, 500, np.random.default_rng(1))
        assert all(np.isfinite(value).all() for value in drawn.values())
        theta = FAMILIES[family].thetas(drawn).part(np.arange(500)).drawn(np.random.default_rng(2))
        assert np.isfinite(theta).all()


@pytest.mark.parametrize("family", DATA)
def test_what_a_heavy_prior_expects_of_the_data(family):
    name, columns = DATA[family]
    fit = getattr(pp, family)(pp.datasets.load(name), **columns)
    for prior in priors(family, HEAVY[0]):
        joint = designed(family, prior)
        model = Model(fit.model.family, fit.model.population, joint, "full")
        rows = conflict(fit.known, model, 0.025, 500, np.random.default_rng(3))
        assert [row.statistic for row in rows] == ["pooled", "sd"]
        assert all(0.0 <= row.p_value <= 1.0 for row in rows)
