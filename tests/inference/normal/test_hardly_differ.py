"""What groups are together where they hardly differ, by a trapezoid rule over log sd, the mean integrated out.

Given the sd every linear function of the thetas is normal: totals, differences, and totals of new groups.
"""

import numpy as np
import pytest
from scipy.special import ndtr

import partialpool as pp

LEVELS = (0.025, 0.5, 0.975)
SCHOOLS = [28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18]
CASES = {
    "schools": (*SCHOOLS, "uniform-shrinkage"),
    "schools, flat": (*SCHOOLS, "flat"),
    "alike": (np.ones(30) + 0.001 * np.arange(30), np.ones(30), "flat"),
    "four alike": ([1, 1.1, 0.9, 1.05], [1, 1, 1, 1], "uniform-shrinkage"),
    "exact and inexact": ([1, 2, 0.5, 3], [1e-3, 1, 10, 0.5], "uniform-shrinkage"),
}


class Lines:
    """Normal distributions of linear functions of the thetas at equal steps of log sd."""

    def __init__(self, y, s, prior):
        self.y, self.s = np.array(y, dtype=float), np.array(s, dtype=float)
        log_sd = np.linspace(np.log(self.s.min()) - 25.0, np.log(np.ptp(self.y) + self.s.max()) + 25.0, 8001)
        self.tau2 = np.exp(2.0 * log_sd)[:, None]
        weight = 1.0 / (self.tau2 + self.s**2)
        self.variance = 1.0 / weight.sum(axis=1)
        self.mean = (weight @ self.y) * self.variance
        deviance = ((self.y - self.mean[:, None]) ** 2 * weight - np.log(weight)).sum(axis=1) - np.log(self.variance)
        typical = 1.0 / np.mean(1.0 / self.s**2)
        on_log = 2.0 * log_sd - 2.0 * np.log(typical + self.tau2[:, 0]) if prior == "uniform-shrinkage" else log_sd
        log_p = on_log - 0.5 * deviance
        self.p = np.exp(log_p - log_p.max())
        self.p /= self.p.sum()

    def of(self, weights, noise=0.0):
        """Mean and sd of a linear function of the thetas, and of independent noise of this variance."""
        weights = np.asarray(weights, dtype=float)
        own = self.tau2 / (self.tau2 + self.s**2)
        mean = (self.mean[:, None] + own * (self.y - self.mean[:, None])) @ weights
        variance = (own * self.s**2) @ weights**2 + ((1.0 - own) @ weights) ** 2 * self.variance
        return mean, np.sqrt(variance + noise)

    def new(self, count, noise=0.0):
        """The same of the sum of so many new thetas."""
        return count * self.mean, np.sqrt(count * self.tau2[:, 0] + count**2 * self.variance + noise)

    def below(self, x, line):
        return float(self.p @ ndtr((x - line[0]) / line[1]))

    def sd(self, line):
        mean = self.p @ line[0]
        return float(np.sqrt(self.p @ (line[1] ** 2 + (line[0] - mean) ** 2)))

    def off(self, ends, line):
        return max(abs(self.below(x, line) - level) for x, level in zip(ends, LEVELS, strict=True))


@pytest.fixture(scope="module", params=CASES)
def case(request):
    y, s, prior = CASES[request.param]
    return pp.estimates(estimate=y, se=s, prior=prior), Lines(y, s, prior)


@pytest.mark.parametrize("share", [0.0, 1e-3, 1.0])
def test_totals(case, share):
    fit, lines = case
    se, size = share * lines.s.min(), len(lines.y)
    found, line = fit.predict(se=se, total=True), lines.of(np.ones(size), size * se**2)
    off = lines.off((found.lower[0], found.median[0], found.upper[0]), line)
    assert off <= max(found.accuracy, 1e-15)
    assert off < 1e-9
    assert found.sd[0] == pytest.approx(lines.sd(line), rel=1e-9)


def test_totals_of_new_groups(case):
    fit, lines = case
    found, line = fit.predict(se=0.0, groups="new", new=3), lines.new(3)
    off = lines.off((found.lower[0], found.median[0], found.upper[0]), line)
    assert off <= max(found.accuracy, 1e-15)
    assert off < 1e-9


def test_groups_alone(case):
    fit, lines = case
    found = fit.predict(se=0.0)
    for j, weights in enumerate(np.eye(len(lines.y))[:6]):
        off = lines.off((found.lower[j], found.median[j], found.upper[j]), lines.of(weights))
        assert off <= max(found.accuracy, 1e-15)
        assert off < 1e-9


def test_two_groups(case):
    fit, lines = case
    found, line = fit.compare(1, 2), lines.of([1.0, -1.0, *[0.0] * (len(lines.y) - 2)])
    row = {name: column[0] for name, column in found.columns().items()}
    off = lines.off((row["lower"], row["median"], row["upper"]), line)
    assert off <= found.accuracy
    assert off < 1e-8
    assert row["sd"] == pytest.approx(lines.sd(line), rel=1e-9)


def test_expected_ranks(case):
    fit, lines = case
    size, found = len(lines.y), fit.ranking()
    unit = np.eye(size)
    expected = [sum(lines.below(0.0, lines.of(unit[j] - unit[i])) for i in range(size) if i != j) for j in range(size)]
    off = np.max(np.abs(found.columns()["expected_rank"] - 1.0 - expected)) / size
    assert off <= found.accuracy
    assert off < 1e-8


def test_a_total_of_rows_without_an_sd_that_is_easy():
    """sd of a total of three groups of which the sd hardly exists, beside the sum of the moments of its parts."""
    fit = pp.measurements(value=[1.0, 2.0, 3.0, 1.5], group=[0, 0, 1, 2])
    every = fit.results.hyper.nodes
    p, at = every.probability / every.probability.sum(), every.given
    found = fit.predict(n=1, groups="new", new=2)
    variance = 2.0 * at.sd**2 + 4.0 * at.mean_sd**2 + 2.0 * at.scatter**2
    mean = p @ at.mean
    sd = np.sqrt(p @ (variance + 4.0 * (at.mean - mean) ** 2))
    assert found.sd[0] == pytest.approx(float(fit.results.hyper.of.restored(sd)), rel=1e-8)
    listed = fit.predict(n=1, groups=[0, 1, 2], total=True)
    b, ones = (at.sd / np.hypot(fit.results.hyper.of.se[:, None] * at.scatter, at.sd)) ** 2, np.ones(3)
    s2 = (fit.results.hyper.of.se[:, None] * at.scatter) ** 2
    where = fit.results.hyper.of.where
    variance = (b * s2)[where].sum(axis=0) + ((1.0 - b)[where].sum(axis=0) * at.mean_sd) ** 2 + 3.0 * at.scatter**2
    mean = (at.mean + b * (fit.results.hyper.of.estimate[:, None] - at.mean))[where].T @ ones
    sd = np.sqrt(p @ (variance + (mean - p @ mean) ** 2))
    assert listed.sd[0] == pytest.approx(float(fit.results.hyper.of.restored(sd)), rel=2e-9)


# --- exact estimates beside inexact ones


EXACT = {
    "one exact": ([1, 2, 0.5, 3], [0, 1, 10, 0.5], [0.11568727533232348, 0.25034330026467244, 0.0003565620661898361]),
    "two exact": ([1, 2, 1 + 1e-6, 3], [0, 0.5, 0, 0.5], [0.03164964474856591, 0.0, 0.009183583745483892]),
    "far off": ([1001, 2, 1001 + 1e-6, 3], [1e-6, 0.5, 1e-6, 0.5], [1.0, 0.23975006164815627, 1.0]),
}


@pytest.mark.parametrize("name", EXACT)
def test_a_group_that_is_known_beside_others(name):
    """P(theta_1 > theta_j), by the trapezoid rule above with 40,000 steps under a half-Cauchy prior."""
    y, s, greater = EXACT[name]
    fit = pp.estimates(estimate=y, se=s, prior=pp.Prior(sd=pp.HalfCauchy(1)))
    columns = fit.pair_columns()
    off = np.max(np.abs(columns["p_greater"][:3] - greater))
    assert off <= columns["error"][0]
    assert off < 1e-8


def test_an_exact_estimate_costs_the_others_no_accuracy():
    fit = pp.estimates(estimate=[1, 2, 0.5, 3], se=[0, 1, 10, 0.5], prior=pp.Prior(sd=pp.HalfCauchy(1)))
    for found in (fit.predict(se=0.75), fit.predict(se=0.75, total=True), fit.intervals(kind="shortest")):
        assert found.accuracy < 1e-8
        assert not found.warnings


def test_estimates_over_ten_decades():
    y, s = [1, 2, 0.5, 3, 7], [1e-6, 1e-2, 1, 1e2, 1e4]
    fit, lines = pp.estimates(estimate=y, se=s), Lines(y, s, "uniform-shrinkage")
    found, line = fit.compare(1, 2), lines.of([1, -1, 0, 0, 0])
    row = {name: column[0] for name, column in found.columns().items()}
    assert lines.off((row["lower"], row["median"], row["upper"]), line) < 1e-8
    assert row["sd"] == pytest.approx(lines.sd(line), rel=1e-8)
    assert fit.predict(se=0.0).accuracy < 1e-7
