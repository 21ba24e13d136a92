"""Rows whose conditionals are narrow, against a plain integral over all of the row."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import partialpool as pp
from partialpool.distributions import Betas, Gammas
from partialpool.distributions.marginals import beta_binomial, gamma_poisson
from partialpool.engine.mixtures.narrow import smoothed
from partialpool.engine.mixtures.rule import every_line

STEPS, DENSE = 4_000, 10_000
RESOLVED = 16.0  # log of a rate from where the conditionals are too sharp for a plain integral
Z = np.array([-300.0, -20.0, -9.0, -6.0, -4.0, -1.0])


def plain(row, u, of, z):
    """The distribution function and the density at z, by the trapezoid rule over all of the row."""
    weight = row.marginal.pdf_t(u)
    with np.errstate(over="ignore"):
        averaged = of.cdf(z), np.exp(of.log_density(z))
    return tuple(np.trapezoid(weight * x, u) / np.trapezoid(weight, u) for x in averaged)


def points(row, conditional, z):
    """Points over all of the row, most of them where the conditionals are about z."""
    u = np.linspace(row.marginal.t[0], row.marginal.t[-1], STEPS)
    off = conditional(u).middle - z
    near, nearest = np.flatnonzero(np.abs(off) < 15.0 * conditional(u).spread), np.argmin(np.abs(off))
    windows = [np.linspace(u[max(nearest - 2, 0)], u[min(nearest + 2, STEPS - 1)], DENSE)]
    if len(near):
        windows.append(np.linspace(u[max(near[0] - 1, 0)], u[min(near[-1] + 1, STEPS - 1)], DENSE))
    return np.unique(np.concatenate([u, *windows]))


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("y", [0.0, 1.0, 30.0])
def test_proportions(y, flipped):
    events, trials = np.array([0, 0, 0, 0, 0]), np.array([17, 59, 56, 7, 34])
    mean = pp.Beta(4.01, 0.0156) if flipped else pp.Beta(0.0156, 4.01)
    data = {"successes": trials - events if flipped else events, "trials": trials}
    fit = pp.proportions(**data, prior=pp.Prior(mean=mean, concentration=pp.Exponential(15.6, on="sd")))
    hyper = fit.results.hyper
    rule = every_line(hyper.source, 3.0, hyper.typical, 0.2)
    assert len(rule.narrow) > 3
    own, other = (59.0, y) if flipped else (y, 59.0)
    for row in rule.narrow[:: len(rule.narrow) // 2]:

        def conditional(u):
            at = rule.source.chart.at(np.full(u.shape, row.x), row.marginal.place(u))  # noqa: B023
            return Betas(own + np.exp(at.log_alpha), other + np.exp(at.log_beta))

        at = -Z if flipped else Z
        pairs = beta_binomial.BinomialCells(np.full(Z.shape, own), np.full(Z.shape, other), np.ones(Z.shape))
        agree(row, conditional, at, smoothed(rule.source, (row,), at, pairs)[:, 0])


@pytest.mark.parametrize("y", [0.0, 1.0, 30.0])
@pytest.mark.parametrize("prior", [{"shape": pp.LogNormal(0, 3)}, {"rate": pp.LogNormal(0, 5)}], ids=["shape", "rate"])
def test_rates(y, prior):
    data = {"events": [0, 0, 0, 0, 0], "exposure": [17, 59, 56, 7, 34]}
    hyper = pp.rates(**data, prior=pp.Prior(mean=pp.Gamma(0.0156, 4.01), **prior)).results.hyper
    rule = every_line(hyper.source, 3.0, hyper.typical, 0.2)
    assert len(rule.narrow) > 3
    lines = [line for line in rule.narrow if line.log_first < RESOLVED]
    for line in lines[:: len(lines) // 2]:

        def conditional(u):
            at = hyper.chart.at(np.full(u.shape, line.x), line.marginal.place(u)).limited  # noqa: B023
            return Gammas(y + np.exp(at.log_shape), np.logaddexp(np.log(59.0), at.log_rate))

        pairs = gamma_poisson.PoissonCells(np.full(Z.shape, y), np.full(Z.shape, 59.0), np.ones(Z.shape))
        agree(line, conditional, Z, smoothed(rule.source, (line,), Z, pairs)[:, 0])


def agree(row, conditional, at, found):
    for z, value, density in zip(at, *found, strict=True):
        u = points(row, conditional, z)
        expected = plain(row, u, conditional(u), np.array(z))
        assert_allclose(value, expected[0], atol=1e-6)
        assert_allclose(density, expected[1], rtol=5e-3, atol=1e-6)
