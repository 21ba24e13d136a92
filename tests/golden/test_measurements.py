"""Published figures of raw measurements, and figures computed in extended precision independently of this project."""

import csv
from pathlib import Path

import pytest

import partialpool as pp

HSB82 = Path(__file__).resolve().parent / "hsb82_schools.csv"  # of 7,185 pupils of 160 schools: Bryk and Raudenbush

COLUMNS = {
    "coagulation": ("time_seconds", "diet"),
    "dyestuff": ("yield_grams", "batch"),
    "dyestuff2": ("y", "batch"),
    "rail": ("travel_ns", "rail"),
}
REFERENCE = pp.Prior(sd=pp.Flat(), sigma=pp.Power(-1.0))


def fitted(name, **arguments):
    value, group = COLUMNS[name]
    return pp.measurements(pp.datasets.load(name), value=value, group=group, **arguments)


def row(fit, parameter, level=0.95):
    found = fit.results.population(parameter, (1.0 - level) / 2.0)
    return found.lower, found.median, found.upper


def printed(*texts, units=0.51):
    return pytest.approx([float(text) for text in texts], abs=units * 10.0 ** -len(texts[0].partition(".")[2]), rel=0)


def test_coagulation_with_the_reference_prior():
    fit = fitted("coagulation", prior="reference")
    assert row(fit, "mean") == printed("54.766", "64.013", "73.237")
    assert row(fit, "mean", 0.5) == printed("62.258", "64.013", "65.762")
    first = fit.results.groups(0.025)
    assert (first.lower[0], first.median[0], first.upper[0]) == printed("58.826", "61.236", "63.705")
    half = fit.results.groups(0.25)
    assert (half.lower[0], half.upper[0]) == printed("60.433", "62.046")


def test_coagulation_as_in_table_11_3():
    # Gelman et al., Bayesian Data Analysis (3rd ed.), Table 11.3: quantiles from Gibbs draws, hence to a few percent
    fit = fitted("coagulation", prior=REFERENCE)
    groups = fit.results.groups(0.025)
    assert groups.median == pytest.approx([61.2, 65.9, 67.8, 61.1], abs=0.1)
    assert row(fit, "sigma") == pytest.approx([1.8, 2.4, 3.4], abs=0.05)
    assert row(fit, "sd") == pytest.approx([2.0, 5.0, 26.6], rel=0.03)


def test_coagulation_to_all_digits():
    # deterministic quadrature in 50-digit arithmetic (tests/oracle/measurements_answers.py)
    fit = fitted("coagulation", prior="reference")
    assert row(fit, "sd") == pytest.approx([1.96227788749653833, 5.04781000960466562, 26.9599296358707285], rel=1e-10)
    assert row(fit, "sigma") == pytest.approx(
        [1.81213505134236810, 2.41070967330663053, 3.43038379263263866], rel=1e-10
    )
    sigma = fit.results.population("sigma", 0.025)
    assert (sigma.mean, sigma.sd) == pytest.approx((2.46495000054470505, 0.415771027646580423), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "between", "within", "mean"),
    [
        ("dyestuff", "1764.05", "2451.25", "1527.5"),
        ("dyestuff2", "0.00", "13.81", "5.6656"),
        ("rail", "615.31", "16.17", "66.5"),
    ],
)
def test_variance_components(name, between, within, mean):
    fit = fitted(name, method="empirical-bayes")
    sd, sigma, centre = (fit.results.population(p, 0.025) for p in ("sd", "sigma", "mean"))
    assert [sd.mean**2, sigma.mean**2] == printed(between, within)
    assert [centre.mean] == printed(mean)
    assert ("boundary" in sd.note) == (name == "dyestuff2")


def test_rail_in_its_own_units():
    fit = fitted("rail", method="empirical-bayes")
    assert [fit.results.population(p, 0.025).mean for p in ("sd", "sigma")] == printed("24.8055", "4.0208")


def test_schools():
    with HSB82.open() as file:
        rows = list(csv.DictReader(file))
    data = {"school": [r["school"] for r in rows], "n": [int(r["n"]) for r in rows]}
    data |= {name: [float(r[name]) for r in rows] for name in ("m", "s")}
    fit = pp.measurements(data, mean="m", sd="s", n="n", group="school", method="empirical-bayes")
    mean = fit.results.population("mean", 0.025)
    assert [mean.mean] == printed("12.63697")
    assert [mean.sd] == printed("0.24439")
    squares = [fit.results.population(p, 0.025).mean ** 2 for p in ("sd", "sigma")]
    assert squares == pytest.approx([8.61403, 39.14832], rel=1e-6)  # the printed figures come from a tolerance of 1e-6


def test_balanced_groups_have_the_same_estimate_by_both_methods():
    one, other = (
        fitted("dyestuff", method=m).results.population("sd", 0.025).mean for m in ("moments", "empirical-bayes")
    )
    assert one == pytest.approx(other, rel=1e-13)
