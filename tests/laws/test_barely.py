"""Moments that exist only barely, of every family: right within the claim, or missing with the reason."""

import math

import numpy as np
import pytest
from barely import by_alpha_and_beta, estimates, half_t, inverse_gamma, measurements, power, proportions

import partialpool as pp

GAPS = (0.3, 0.1, 0.03, 0.003)  # by how much the order of a moment is below the first that does not exist
ORACLE = 1e-9  # what the second calculation is good to


def checked(fit, exact):
    """How many moments are shown, each as near to the exact one as is claimed."""
    population, groups, shown = fit.population_columns(), fit.group_columns(), 0
    rows = [(name, population["mean"][i], population["sd"][i]) for i, name in enumerate(population["parameter"])]
    rows += [(j, groups["mean"][j], groups["sd"][j]) for j in range(len(groups["mean"]))]
    for name, mean, sd in rows:
        if name not in exact:
            continue
        right_mean, right_sd = exact[name]
        scale = max(abs(right_mean), right_sd if math.isfinite(right_sd) else 0.0)
        if not math.isnan(mean):
            assert abs(mean - right_mean) <= (fit.accuracy.mean + ORACLE) * scale, (name, mean, right_mean)
            shown += 1
        if not math.isnan(sd):
            assert abs(sd - right_sd) <= (fit.accuracy.sd + ORACLE) * right_sd, (name, sd, right_sd)
            shown += 1
    for name, mean, sd, note in zip(*(population[c] for c in ("parameter", "mean", "sd", "note")), strict=True):
        assert note or not (math.isnan(mean) or math.isnan(sd)), name
    return shown


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("order", [1, 2])
def test_concentrations(order, gap):
    rng = np.random.default_rng(round(1000 * gap) + order)
    halves, successes, failures = (int(v) for v in rng.integers([1, 0, 0], [4, 3, 3]))
    y, n = [1] * (halves + successes) + [0] * failures, [2] * halves + [1] * (successes + failures)
    scale = float(rng.uniform(0.1, 10.0))
    for density, tail in (
        (pp.HalfStudentT(order + gap, scale), half_t(order + gap, scale)),
        (pp.InverseGamma(order + gap, scale), inverse_gamma(order + gap, scale)),
    ):
        prior = pp.Prior(concentration=density, mean=pp.Beta(1, 1))
        fit = pp.proportions({"y": y, "n": n}, successes="y", trials="n", prior=prior)
        assert checked(fit, proportions(halves, successes, failures, tail)) == (8 if order == 2 else 5)


@pytest.mark.parametrize(("y", "n"), [([1, 0], [1, 2]), ([1, 3], [4, 4])])
@pytest.mark.parametrize(("alpha", "beta"), [(1.05, 1.05), (0.63, 1.47)])
def test_alpha_and_beta_with_tails_of_their_own(y, n, alpha, beta):
    """E[concentration^m] exists for m < 2.1: the sds barely do, and each lives somewhere else."""
    prior = pp.Prior(alpha=pp.HalfStudentT(alpha, 1.0), beta=pp.HalfStudentT(beta, 2.0))
    fit = pp.proportions({"y": y, "n": n}, successes="y", trials="n", prior=prior)
    table = fit.population_columns()
    both = by_alpha_and_beta(y, n, half_t(alpha, 1.0), half_t(beta, 2.0))
    assert fit.accuracy.mean < 1e-8
    assert fit.accuracy.sd < 1e-8
    for name, mean, sd in zip(table["parameter"], table["mean"], table["sd"], strict=True):
        if name in both[0]:
            assert min(abs(mean / exact[name][0] - 1.0) for exact in both) < 1e-8, name
            assert min(abs(sd / exact[name][1] - 1.0) for exact in both) < 3e-8, name


def test_what_cannot_be_had_is_missing_and_does_not_spoil_the_rest():
    prior = pp.Prior(alpha=pp.HalfStudentT(1.001, 1.0), beta=pp.HalfStudentT(1.001, 1.0))
    fit = pp.proportions({"y": [1, 0], "n": [1, 2]}, successes="y", trials="n", prior=prior)
    table = fit.population_columns()
    assert np.isnan(table["sd"][[1, 3]]).all()
    assert table["sd"][2] == pytest.approx(32.03075088318, rel=1e-9)  # by a plain lattice in logit mean and log kappa
    assert table["note"][3] == ("sd of beta exists, but cannot be computed within 0.1% with this prior; use the median")
    assert np.isfinite(table["mean"]).all()
    assert max(fit.accuracy.mean, fit.accuracy.sd) < 1e-10
    assert not any("usual accuracy" in warning for warning in fit.warnings)


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("order", [1, 2])
def test_sds_of_estimates(order, gap):
    rng = np.random.default_rng(round(1000 * gap) + order)
    for groups in (1, 2, 3, 4):
        y, se = rng.normal(size=groups).round(2), rng.uniform(0.3, 3.0, groups).round(2)
        steep = order + gap + 2.0 - groups  # E[sd^m] exists for m < steep + groups - 2
        if steep > 1.0:
            scale = float(rng.uniform(0.3, 3.0))
            prior, tail = pp.HalfStudentT(steep - 1.0, scale), half_t(steep - 1.0, scale)
        else:
            prior, tail = pp.Power(-steep), power(steep)
        if steep == 1.0:
            continue
        fit = pp.estimates({"y": y, "s": se}, estimate="y", se="s", prior=pp.Prior(sd=prior))
        shown = checked(fit, estimates(y, se, tail))
        assert shown >= 2 * groups + 2 * (order - 1)


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("order", [1, 2])
def test_measurements_of_few_groups(order, gap):
    rng = np.random.default_rng(round(1000 * gap) + order)
    for sizes in ((2, 1), (3, 2, 1), (2, 2, 1, 1)):
        rows = [rng.normal(size=size).round(2).tolist() for size in sizes]
        data = {"y": [v for group in rows for v in group], "g": np.repeat(np.arange(len(rows)), sizes)}
        ends = [(order + gap - (len(rows) - 1.0), 1.0), (6.0, order + gap + 2.0 - sum(sizes))]
        for df, on_sigma in ends:  # a ratio that reaches far, or a sigma that does
            if df <= 0.0:
                continue
            prior = pp.Prior(sd=pp.HalfStudentT(df, 1.5, on="ratio"), sigma=pp.Power(-on_sigma))
            fit = pp.measurements(data, value="y", group="g", prior=prior)
            assert checked(fit, measurements(rows, half_t(df, 1.5), on_sigma)) >= 3
