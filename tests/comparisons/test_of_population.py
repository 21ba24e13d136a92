"""Probabilities of population parameters: against integrals by another hand, and as the inverse of quantiles."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

import partialpool as pp

Y, S = np.array([0.1, 0.9, -0.4, 1.3, 0.2]), np.array([0.3, 0.4, 0.25, 0.5, 0.3])
FITS = {
    "proportions": pp.proportions({"y": [0, 4, 4, 9, 0], "n": [20, 14, 14, 24, 20]}, successes="y", trials="n"),
    "rates": pp.rates({"y": [5, 1, 5, 14], "t": [94.3, 15.7, 62.9, 126.0]}, events="y", exposure="t"),
    "estimates": pp.estimates({"y": Y, "s": S}, estimate="y", se="s"),
    "measurements": pp.measurements(
        {"d": list("AAABBBCCC"), "v": [62, 60, 63, 63, 67, 71, 68, 66, 71]}, value="v", group="d"
    ),
}
BOTH = [(family, name) for family, fit in FITS.items() for name in fit.results.parameters]


@pytest.mark.parametrize(("family", "name"), BOTH)
def test_it_inverts_the_quantiles_of_every_parameter(family, name):
    fit = FITS[family]
    for tail in (1e-4, 0.025, 0.4):
        row = fit.results.population(name, tail)
        for limit, p in ((row.lower, tail), (row.median, 0.5), (row.upper, 1.0 - tail)):
            below, above = fit.probability(below=limit, parameter=name), fit.probability(above=limit, parameter=name)
            assert below.probability == pytest.approx(p, abs=2e-12 + 2.0 * below.accuracy)
            assert below.probability + above.probability == pytest.approx(1.0, abs=1e-12)
            assert below.accuracy < 1e-7


def test_against_integrals_by_another_hand():
    """mean ~ Normal(0, 1), sd ~ HalfNormal(1): the mean given the sd is normal, and the sd is integrated over."""
    prior = pp.Prior(mean=pp.Normal(0, 1), sd=pp.HalfNormal(1))
    fit = pp.estimates({"y": Y, "s": S}, estimate="y", se="s", prior=prior)

    def given(tau):
        w = np.append(1.0 / (S**2 + tau**2), 1.0)
        mean = w[:-1] @ Y / w.sum()
        log = 0.5 * np.log(w).sum() - 0.5 * np.log(w.sum()) - 0.5 * (w[:-1] @ (Y - mean) ** 2 + mean**2)
        return np.exp(log - 0.5 * tau**2), mean, w.sum() ** -0.5

    def area(f, low, high):
        return integrate.quad(f, low, high, epsabs=0, epsrel=1e-11, limit=200)[0]

    total = area(lambda tau: given(tau)[0], 0, 12)
    for limit in (-0.5, 0.0, 0.3, 1.0):
        below = area(lambda tau, at=limit: given(tau)[0] * stats.norm.cdf(at, *given(tau)[1:]), 0, 12) / total
        assert fit.probability(below=limit, parameter="mu").probability == pytest.approx(below, abs=1e-10)
    for limit in (0.05, 0.5, 1.5):
        above = area(lambda tau: given(tau)[0], limit, 12) / total
        assert float(fit.probability(above=limit, parameter="tau")) == pytest.approx(above, abs=1e-10)


def test_what_lies_beyond_all_levels_is_certain():
    for family, limit in (("proportions", 0.0), ("rates", -1.0), ("estimates", -1e9)):
        found = FITS[family].probability(below=limit, parameter="mean")
        assert (found.probability, FITS[family].probability(above=limit, parameter="mean").probability) == (0.0, 1.0)
        assert found.accuracy >= 1e-12


def test_a_point_estimate_is_said_to_be_one():
    fit = pp.estimates({"y": Y, "s": S}, estimate="y", se="s").given(mean=0.5, sd=0.3)
    found = fit.probability(above=0, parameter="mean")
    assert found.probability == 1.0
    assert "known for certain" in repr(found)
    assert "known for certain" in found.columns()["note"][0]


def test_text_and_table():
    found = FITS["estimates"].probability(below=0, parameter="mu")
    assert "mean < 0" in repr(found)
    assert {name: len(column) for name, column in found.columns().items()} == dict.fromkeys(
        ("parameter", "criterion", "probability", "accuracy", "note"), 1
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"parameter": "rho", "above": 0}, "no parameter 'rho'; there are mean, sd"),
        ({"parameter": "mean"}, "give one of above and below"),
        ({"parameter": "mean", "above": 0, "below": 1}, "give one of above and below"),
        ({"parameter": "mean", "above": 0, "than": 1}, "give one of above and below"),
        ({"parameter": "mean", "above": "mean"}, "takes a finite number"),
        ({"parameter": "mean", "above": float("nan")}, "takes a finite number"),
    ],
)
def test_refused(asked, said):
    with pytest.raises(pp.errors.RequestError, match=said):
        FITS["estimates"].probability(**asked)


@pytest.mark.parametrize("method", ["reml", "moments"])
def test_the_mean_of_a_plug_in_fit_has_the_probability_of_its_interval(method):
    fit = pp.estimates({"y": [0.1, -0.5, -0.3, -0.9], "s": [0.2, 0.3, 0.2, 0.4]}, estimate="y", se="s", method=method)
    mu = fit.meta_analysis(level=0.9)["mu"]
    assert fit.probability(below=mu.lower, parameter="mu").probability == pytest.approx(0.05, rel=1e-9)
    assert fit.probability(above=mu.upper, parameter="mean").probability == pytest.approx(0.05, rel=1e-9)
    found = fit.probability(below=0, parameter="mu")
    assert found.probability == pytest.approx(0.5 * math.erfc(mu.estimate / mu.se / math.sqrt(2.0)), rel=1e-9)
    assert "normal, from the standard error that meta_analysis() shows" in repr(found)
    with pytest.raises(
        pp.RequestError,
        match=rf'^With method="{method}" the sd is a point estimate .* fit the full .* method="full"\.$',
    ):
        fit.probability(above=0.1, parameter="tau")


def test_point_estimates_of_other_families_have_no_probability():
    data = {"y": [1, 3, 2], "n": [10, 12, 9]}
    fit = pp.proportions(data, successes="y", trials="n", method="empirical-bayes")
    with pytest.raises(pp.RequestError, match='With method="empirical-bayes" the mean is a point estimate'):
        fit.probability(above=0.1, parameter="mean")
