"""Means and sds of groups from sums over rows of nodes, beside plain sums over all nodes."""

import numpy as np
import pytest

from partialpool.distributions.marginals.beta_binomial import BinomialCells
from partialpool.distributions.marginals.beta_moments import moments
from partialpool.distributions.populations.beta import Point


@pytest.mark.parametrize("rows", [1, 7, 200])
def test_as_plain_sums(rows):
    rng = np.random.default_rng(rows)
    log_kappa = np.repeat(rng.normal(2.0, 3.0, rows), 1 + 200 // rows)
    log_mean = -np.logaddexp(0.0, -rng.normal(-1.0, 2.0, len(log_kappa)))
    log_other = np.log1p(-np.exp(log_mean))
    p = rng.dirichlet(np.ones(len(log_kappa)))
    y, f = np.array([0.0, 3.0, 40.0, 0.0, 7.0]), np.array([9.0, 0.0, 60.0, 0.0, 1e6])
    found = moments(Point(log_mean, log_other, log_kappa), p, BinomialCells(y, f, np.ones(5)))
    kappa, mu = np.exp(log_kappa), np.exp(log_mean)
    a, b = y[:, None] + kappa * mu, f[:, None] + kappa * np.exp(log_other)
    theta, variance = a / (a + b), a * b / (a + b) ** 2 / (a + b + 1.0)
    mean = theta @ p
    assert found.mean == pytest.approx(mean, rel=1e-12)
    assert found.other == pytest.approx((b / (a + b)) @ p, rel=1e-12)
    assert found.weight == pytest.approx(((y + f)[:, None] / (a + b)) @ p, rel=1e-12)
    assert found.sd == pytest.approx(np.sqrt(variance @ p + (theta - mean[:, None]) ** 2 @ p), rel=1e-10)
