"""Moments from weighted points, also where the probabilities that matter are too small for a double."""

import mpmath as mp
import numpy as np
import pytest

from partialpool.quadrature.moments import log_moments, orders
from partialpool.quadrature.ridge import standing


def exactly(log_value, log_p):
    with mp.workdps(50):
        p = [mp.exp(mp.mpf(float(v))) for v in log_p]
        value = [mp.exp(mp.mpf(float(v))) for v in log_value]
        mean = mp.fdot(p, value) / mp.fsum(p)
        return float(mean), float(mp.sqrt(mp.fsum(a * (v - mean) ** 2 for a, v in zip(p, value, strict=True))))


@pytest.mark.parametrize("tail", [0.0, 1e-9, 1.0, 100.0])
def test_against_fifty_digits(tail):
    rng = np.random.default_rng(1)
    log_value = np.concatenate([rng.normal(2.0, 1.0, 200), np.linspace(5.0, 600.0, 400)])
    bulk, far = np.full(200, -np.log(200.0)), -2.0 * np.linspace(5.0, 600.0, 400) + np.log(max(tail, 1e-300) / 400.0)
    log_p = np.concatenate([bulk, far])
    log_p -= np.logaddexp.reduce(log_p)
    assert log_moments(log_value, log_p, 2) == pytest.approx(exactly(log_value, log_p), rel=1e-12)


def test_what_does_not_exist_is_not_a_number():
    value, p = np.zeros(3), np.full(3, -np.log(3.0))
    assert np.isnan(log_moments(value, p, 0)).all()
    assert log_moments(value, p, 1)[0] == pytest.approx(1.0)
    assert np.isnan(log_moments(value, p, 1)[1])


def test_orders_below_the_highest():
    assert [orders(highest) for highest in (0.5, 1.0, 1.5, 2.0, 2.5, np.inf)] == [0, 0, 1, 1, 2, 2]


def test_each_growing_function_stands_by_itself():
    height, one, other = np.array([0.0, -60.0, -80.0]), np.array([0.0, 0.0, 250.0]), np.array([0.0, 59.0, 0.0])
    np.testing.assert_array_equal(standing(height, [(2, one), (1, other)]), [0.0, -1.0, 0.0])
    np.testing.assert_array_equal(standing(np.full(3, -np.inf)), np.zeros(3))
