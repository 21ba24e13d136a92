"""Moments of rates' populations that exist only barely: right within the claim, or missing with the reason."""

import math

import numpy as np
import pytest
from rates_barely import Prior, exponential, half_cauchy, moments, shrinkage

import partialpool as pp

KNOWN = (
    ([1, 0, 0, 0], [1.26, 69.3, 3.21, 4.69], {"mean": 0.20265880005796771, "sd": 0.98223221489249}),
    (
        [3, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [87.7, 4.71, 6.47, 0.599, 51.2, 98.8, 1.07, 2.93, 0.155, 19.5],
        {"mean": 0.08681278320671769, "sd": 0.69640937549951},
    ),
)
SCALE_FREE = pp.Power(-1.0)
_SOME = 4  # of the priors, for each of the random data


def priors(e):
    """Priors as the package takes them and as the second calculation does."""
    yield None, Prior(0.0, 0.0, 1.0, shrinkage(e))
    for s in (1.0, 1.01, 1.2, 2.0, 2.05):
        yield pp.Prior(mean=SCALE_FREE, rate=pp.Gamma(s, 0.3)), Prior(0.0, 0.0, s, exponential(0.3))
        yield pp.Prior(shape=pp.Gamma(0.7, 2.0), rate=pp.Gamma(s, 1.5)), Prior(0.7, 2.0, s, exponential(1.5))
    yield pp.Prior(mean=SCALE_FREE, rate=pp.HalfCauchy(2.0)), Prior(0.0, 0.0, 1.0, half_cauchy(2.0))
    yield pp.Prior(shape=pp.Exponential(1.0), rate=pp.HalfCauchy(0.5)), Prior(1.0, 1.0, 1.0, half_cauchy(0.5))
    yield pp.Prior(mean=pp.Power(-0.5), rate=pp.Gamma(1.6, 1.0)), Prior(0.5, 0.0, 1.1, exponential(1.0))
    yield pp.Prior(mean=SCALE_FREE, rate=pp.Uniform(0.0, 3.0)), Prior(0.0, 0.0, 1.0, top=3.0)
    yield pp.Prior(mean=pp.Power(-2.0), shape=pp.Gamma(0.6, 1.0)), Prior(-0.4, 1.0, 1.0)


def fitted(y, e, prior):
    """The fit, or None where the posterior is improper."""
    given = {} if prior is None else {"prior": prior}
    try:
        return pp.rates({"y": y, "e": e}, events="y", exposure="e", **given)
    except pp.ImproperPosteriorError:
        return None


def compared(fit, y, e, prior):
    """How many moments are shown, all of them checked; those that exist and are not shown say that they barely do."""
    table, shown = fit.population(), 0
    columns = {name: list(table[name]) for name in ("parameter", "mean", "sd", "note")}
    for parameter, mean, sd, note in zip(*columns.values(), strict=True):
        exact = moments(y, e, prior, parameter)
        for name, value, right, claim in (
            ("mean", mean, exact[0], fit.accuracy.mean),
            ("sd", sd, exact[1], fit.accuracy.sd),
        ):
            if math.isnan(value):
                assert f"{name} " in note or "mean does not exist" in note, (parameter, name, note)
                continue
            shown += 1
            assert abs(value - right) <= claim * abs(right) + 1e-13 * abs(right), (parameter, name, value, right, claim)
    return shown


@pytest.mark.parametrize(("y", "e", "means"), KNOWN)
def test_events_in_one_group_only(y, e, means):
    """The closed form over shape, then over the rate in 30 digits, gave these means."""
    fit = fitted(y, e, None)
    table = fit.population()
    found = dict(zip(table["parameter"], table["mean"], strict=True))
    for parameter, mean in means.items():
        assert found[parameter] == pytest.approx(mean, rel=1e-9)
        assert moments(y, e, Prior(0.0, 0.0, 1.0, shrinkage(e)), parameter)[0] == pytest.approx(mean, rel=1e-12)
    assert max(fit.accuracy.mean, fit.accuracy.sd) < 1e-8
    assert not fit.warnings


@pytest.mark.parametrize("seed", range(12))
def test_no_error_exceeds_its_claim(seed):
    """One group has all the events; exposures over three decades; priors under which moments barely exist."""
    rng = np.random.default_rng(seed)
    groups = int(rng.integers(2, 13))
    e = [float(f"{10.0**power:.3g}") for power in rng.uniform(-1.0, 2.0, groups)]
    y = [int(rng.integers(1, 6))] + [0] * (groups - 1)
    if seed % 4 == 3:
        y[1] = int(rng.integers(0, 3))
    every, shown = list(priors(e)), 0
    for k in rng.permutation(len(every))[:_SOME]:
        fit = fitted(y, e, every[k][0])
        if fit is not None:
            shown += compared(fit, y, e, every[k][1])
    assert shown > 3


def test_a_prior_whose_own_scale_is_beyond_reach():
    """The density of the mean falls only from 1e200 on: the formula of the tail does not hold where it would begin."""
    prior = pp.Prior(mean=pp.HalfCauchy(1e200), rate=pp.Exponential(1.0))
    table = fitted([1, 2, 0], [1.0, 2.0, 3.0], prior).population_columns()
    assert np.isnan(table["sd"][[0, 3]]).all()
    assert "cannot be computed within 0.1% with this prior" in table["note"][0]
