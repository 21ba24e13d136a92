"""Moments that hardly exist: what they are worth lies in tails whose probabilities are too small for a double."""

import numpy as np
import pytest

import partialpool as pp


def moments(fit):
    table = fit.population_columns()
    return {name: (table["mean"][i], table["sd"][i]) for i, name in enumerate(table["parameter"])}


@pytest.mark.parametrize("groups", [4, 6])
def test_the_mean_of_measurements_by_way_of_the_squares(groups):
    """Of a balanced design Var(mean) = (E[sd^2] + E[sigma^2]/n)/J; the sds exist by a twentieth of a power."""
    rng = np.random.default_rng(groups)
    each, group = 4, np.repeat(np.arange(groups), 4)
    data = {"y": 2.0 * rng.normal(size=groups)[group] + rng.normal(size=len(group)), "g": group}
    prior = pp.Prior(sd=pp.Power(groups - 4.05))
    fit = pp.measurements(data, value="y", group="g", prior=prior)
    found = moments(fit)
    squares = {name: found[name][0] ** 2 + found[name][1] ** 2 for name in ("sd", "sigma")}
    expected = np.sqrt((squares["sd"] + squares["sigma"] / each) / groups)
    assert found["mean"][1] == pytest.approx(expected, rel=2.0 * fit.accuracy.sd)
    assert fit.new_group().sd == pytest.approx(np.sqrt(expected**2 + squares["sd"]), rel=2.0 * fit.accuracy.sd)


def test_one_that_hardly_exists_does_not_spoil_the_others():
    exposure = [0.03262972, 3.23809617, 0.50017265, 1.43983072, 0.34228723, 0.86928638, 0.00630601]
    prior = pp.Prior(mean=pp.UniformShrinkage(0.18343200472313578), rate=pp.Exponential(0.02133500358008821))
    data = {"y": [0, 0, 3, 0, 0, 0, 0], "e": exposure}
    fit = pp.rates(data, events="y", exposure="e", prior=prior)
    assert fit.accuracy.mean < 1e-10
    assert fit.accuracy.probability < 1e-8
    assert fit.accuracy.sd < 1e-9
    by_sums_over_log_shape_and_log_mean = 0.4580333255
    assert moments(fit)["mean"][1] == pytest.approx(by_sums_over_log_shape_and_log_mean, rel=1e-9)
    assert not fit.warnings
