"""Empirical priors of heterogeneity: the tables, their density, and posteriors under it by another hand."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

import partialpool as pp
from partialpool.priors import LogStudentT, rhodes_2015, turner_2015
from partialpool.priors.empirical import _RHODES, _TURNER, RHODES_COMPARISONS, TURNER_COMPARISONS


@pytest.mark.parametrize(("table", "comparisons"), [(_TURNER, TURNER_COMPARISONS), (_RHODES, RHODES_COMPARISONS)])
def test_the_locations_are_sums_of_an_effect_of_the_outcome_and_one_of_the_comparison(table, comparisons):
    """Both papers print a model without interaction: a misprint of a digit would stand out by more than rounding."""
    count = len(comparisons)
    locations = np.array([[np.nan if x is None else x for x in row[:count]] for row in table.values()])
    assert all(len(row) == 2 * count for row in table.values())
    steps = locations - locations[:, :1]
    assert np.abs(steps - np.nanmedian(steps, axis=0)).max(initial=0.0, where=np.isfinite(steps)) < 0.0201


@pytest.mark.parametrize(
    ("density", "mu", "sigma"),
    [
        (turner_2015(), -2.56, 1.74),
        (turner_2015("all-cause mortality", "pharmacological vs placebo"), -3.95, 1.34),
        (turner_2015("surgical", "pharmacological vs placebo"), -2.14, 1.74),
        (turner_2015("Adverse events", "non-pharmacological vs non-pharmacological"), -1.43, 1.45),
        (turner_2015("pain", "pharmacological vs pharmacological"), -2.06, 1.58),
        (rhodes_2015(), -3.44, 2.59),
        (rhodes_2015("resource use", "non-pharmacological"), -2.41, 2.57),
        (rhodes_2015("mental health", "pharmacological vs placebo"), -2.99, 2.16),
    ],
)
def test_figures_of_the_papers(density, mu, sigma):
    assert (density.mu, density.sigma, density.on) == (mu, sigma, "variance")


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: turner_2015("mortality", "pharmacological vs placebo"), "part of several outcomes.*all-cause"),
        (lambda: turner_2015("headache", "pharmacological vs placebo"), "no outcome 'headache'; there are"),
        (lambda: turner_2015("pain", "surgery"), "no comparison 'surgery'"),
        (lambda: turner_2015("pain"), "Give the comparison too"),
        (lambda: turner_2015(comparison="pharmacological vs placebo"), "Give the outcome too"),
        (lambda: turner_2015("", "pharmacological vs placebo"), "no outcome ''"),
        (lambda: rhodes_2015("mental health", "non-pharmacological"), "-3.85, is 1.00 away"),
        (lambda: LogStudentT(1, 0, 1), "df must be 3 or more"),
        (lambda: LogStudentT(5, 0, 0), "sigma must be a finite number above 0"),
    ],
)
def test_refused(ask, said):
    with pytest.raises(pp.PriorError, match=said):
        ask()


def test_the_log_t_density():
    density = LogStudentT(5, -3.44, 2.59)
    log_x = np.linspace(-300, 300, 31)
    other = stats.t(5, loc=-3.44, scale=2.59).logpdf(log_x) - log_x
    assert density.log_pdf(log_x, log_x) == pytest.approx(other, rel=1e-12)
    mass = integrate.quad(lambda u: math.exp(density.log_pdf(np.array(u), np.array(u)) + u), -np.inf, np.inf)[0]
    assert mass == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize("groups", [2, 3, 6])
def test_the_posterior_under_a_log_t_prior(groups):
    """On a lattice of log tau that reaches from e^-3000 to e^3000, in steps of 1/200 where it matters."""
    y, s = np.array([0.3, -0.2, 0.6, 0.1, 0.9, 0.4])[:groups], np.array([0.2, 0.3, 0.25, 0.1, 0.4, 0.3])[:groups]
    fit = pp.estimates({"y": y, "s": s}, estimate="y", se="s", prior=rhodes_2015())
    u = np.concatenate(
        [-np.geomspace(3000, 30, 20_000), np.linspace(-30, 30, 12_001)[1:-1], np.geomspace(30, 340, 4000)]
    )
    tau = np.exp(np.minimum(u, 340.0))
    h2 = s[:, None] ** 2 + tau**2
    w = 1.0 / h2
    mu = (w * y[:, None]).sum(axis=0) / w.sum(axis=0)
    log_p = -0.5 * np.log(h2).sum(axis=0) - 0.5 * (w * (y[:, None] - mu) ** 2).sum(axis=0) - 0.5 * np.log(w.sum(axis=0))
    log_p += stats.t(5, loc=-3.44, scale=2.59).logpdf(2.0 * u)
    p = np.exp(log_p - log_p.max())
    total = integrate.trapezoid(p, u)
    below = np.concatenate([[0.0], np.cumsum(0.5 * (p[1:] + p[:-1]) * np.diff(u))]) / total
    table = fit.population_columns()
    found = [np.interp(math.log(table[name][1]), u, below) for name in ("lower", "median", "upper")]
    assert found == pytest.approx([0.025, 0.5, 0.975], abs=2e-5)
    if groups > 2:
        assert table["mean"][0] == pytest.approx(integrate.trapezoid(p * mu, u) / total, abs=2e-6)
    assert fit.accuracy.probability < 1e-9
