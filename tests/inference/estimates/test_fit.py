"""estimates() from end to end: whatever the data come in, what is asked of them, and many groups."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import partialpool as pp
from partialpool.distributions.marginals import normal_condensed

SCHOOLS = dict(pp.datasets.load("eight_schools"))
ASKED = {"estimate": "effect", "se": "se", "group": "school"}


def test_tables_come_back_in_the_callers_library(tmp_path):
    plain = pp.estimates(SCHOOLS, **ASKED)
    frame = pd.DataFrame({name: list(SCHOOLS[name]) for name in ("school", "effect", "se")})
    path = tmp_path / "schools.csv"
    frame.to_csv(path, index=False)
    for data, kind in ((frame, pd.DataFrame), (pl.from_pandas(frame), pl.DataFrame), (path, pd.DataFrame)):
        fit = pp.estimates(data, **ASKED)
        assert isinstance(fit.groups(), kind)
        for name in ("school", "effect", "se", "raw", "mean", "weight"):
            np.testing.assert_array_equal(fit.group_columns()[name], plain.group_columns()[name])


def test_the_tables():
    fit = pp.estimates(SCHOOLS, **ASKED)
    columns = ["school", "effect", "se", "raw", "mean", "sd", "median", "lower", "upper", "weight"]
    assert list(fit.group_columns()) == columns
    assert fit.population_columns()["parameter"].tolist() == ["mean", "sd"]
    assert fit.family.name == "estimates"
    assert "Posterior of 8 groups: normal data, normal population, prior uniform-shrinkage" in repr(fit)
    assert fit.warnings == ()


def test_intervals_at_other_levels_nest():
    fit = pp.estimates(SCHOOLS, **ASKED, level=0.5)
    wide, narrow = fit.group_columns(0.9), fit.group_columns()
    assert np.all((wide["lower"] < narrow["lower"]) & (narrow["upper"] < wide["upper"]))
    np.testing.assert_allclose(wide["median"], narrow["median"], rtol=1e-14)
    extreme = fit.population_columns(1.0 - 1e-12)
    assert np.isfinite(extreme["upper"]).all()


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({}, pp.RequestError, "se= or their squares as variance=, one of the two"),
        ({"se": "se", "variance": "se"}, pp.RequestError, "one of the two"),
        ({"se": "se", "prior": "bda"}, pp.PriorError, 'no prior.* "bda"'),
        ({"se": "se", "prior": pp.Prior(concentration=pp.Gamma(1, 1))}, pp.PriorError, "concentration"),
        ({"se": "se", "level": 95}, pp.RequestError, "did you mean 0.95"),
        ({"se": "se", "method": "hedges"}, pp.RequestError, "There is no method 'hedges'"),
        ({"se": "SE"}, pp.ColumnError, '"?se"?'),
    ],
)
def test_requests_that_are_refused(options, error, said):
    with pytest.raises(error, match=said):
        pp.estimates(SCHOOLS, estimate="effect", **options)


def test_missing_cells():
    data = {"y": [1.0, None, 3.0, 2.0], "s": [1.0, 1.0, 2.0, 1.0]}
    with pytest.raises(pp.CellError, match="missing"):
        pp.estimates(data, estimate="y", se="s")
    fit = pp.estimates(data, estimate="y", se="s", missing="drop")
    assert fit.data.size == 3
    assert fit.warnings == (
        "1 row with a missing cell (row 2) was left out of the fit by missing='drop': fill the cell in to keep it",
    )


def many(size):
    """Estimates, their standard errors, and the truth."""
    rng = np.random.default_rng(4)
    s = np.exp(rng.normal(0.0, 0.6, size))
    theta = rng.normal(3.0, 0.8, size)
    return rng.normal(theta, s), s, theta


def test_condensing_changes_nothing(monkeypatch):
    y, s, _ = many(3000)
    short = pp.estimates({"y": y, "s": s}, estimate="y", se="s")
    assert isinstance(short.results.hyper.sample, normal_condensed.Condensed)
    monkeypatch.setattr(normal_condensed, "_FEW", 10**9)
    full = pp.estimates({"y": y, "s": s}, estimate="y", se="s")
    for one, other in (
        (short.group_columns(), full.group_columns()),
        (short.population_columns(), full.population_columns()),
    ):
        for name in ("mean", "sd", "median", "lower", "upper"):
            np.testing.assert_allclose(one[name], other[name], rtol=1e-11)


def test_many_groups():
    """Twenty thousand: the sd and the mean are found, and the groups' intervals hold what they say."""
    y, s, theta = many(20_000)
    fit = pp.estimates({"y": y, "s": s}, estimate="y", se="s")
    population, groups = fit.population_columns(), fit.group_columns()
    assert population["lower"][0] < 3.0 < population["upper"][0]
    assert population["lower"][1] < 0.8 < population["upper"][1]
    assert float(fit.accuracy) < 1e-9
    held = (groups["lower"] < theta) & (theta < groups["upper"])
    assert held.mean() == pytest.approx(0.95, abs=4.0 * np.sqrt(0.95 * 0.05 / len(theta)))
    assert np.mean(theta < groups["median"]) == pytest.approx(0.5, abs=4.0 * 0.5 / np.sqrt(len(theta)))


@pytest.mark.parametrize("method", ["empirical-bayes", "moments"])
def test_point_estimates_of_many_groups(method):
    y, s, _ = many(20_000)
    mean, sd = pp.estimates({"y": y, "s": s}, estimate="y", se="s", method=method).population_columns()["mean"]
    assert mean == pytest.approx(3.0, abs=0.05)
    assert sd == pytest.approx(0.8, abs=0.05)


def test_moments_too_near_to_not_existing():
    """E[sd] is finite and made by sds beyond 1e300: not reported, and no other number suffers."""
    prior = pp.Prior(sd=pp.InverseGamma(0.03, 1.0))
    fit = pp.estimates({"y": [1.0, 2.0], "s": [1.0, 2.0]}, estimate="y", se="s", prior=prior)
    population = fit.population_columns()
    assert np.isnan(population["mean"]).all()
    assert population["note"][1] == "mean is beyond double precision: E[sd^m] is finite only for m < 1.03"
    assert float(fit.accuracy) < 1e-6
