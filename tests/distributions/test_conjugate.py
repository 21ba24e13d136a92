"""Conditionals that are worked out when they are looked at are those that are stored."""

import numpy as np
import pytest

from partialpool.distributions import Betas, Gammas, conjugate, conjugate_betas, conjugate_gammas

Y, F = np.array([0.0, 3.0, 7.0]), np.array([2.0, 0.0, 40.0])
FIRST, SECOND = np.array([0.5, 1.5]), np.array([2.0, 30.0])
INDICES = [1, (slice(None), 1), np.array([2, 0, 0]), (slice(None), np.array([1]), None), (np.array([[0, 2]]), 1)]


def both(kind):
    if kind == "betas":
        return conjugate_betas(Y, F, FIRST, SECOND), Betas(Y[:, None] + FIRST, F[:, None] + SECOND)
    log_f = np.log(F + 1.0)
    return conjugate_gammas(Y, log_f, FIRST, SECOND), Gammas(Y[:, None] + FIRST, np.logaddexp(log_f[:, None], SECOND))


@pytest.mark.parametrize("stored", [0, 100])
@pytest.mark.parametrize("kind", ["betas", "gammas"])
def test_stored_or_not_they_are_the_same(kind, stored, monkeypatch):
    monkeypatch.setattr(conjugate, "STORED", stored)
    found, expected = both(kind)
    assert found.shape == expected.shape
    z = np.linspace(-2.0, 1.0, 2)
    for name in ("mean", "variance", "middle", "spread", "bend", "reach"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    for index in INDICES:
        one, other = found.part(index), expected.part(index)
        assert one.shape == other.shape
        np.testing.assert_array_equal(one.mean, other.mean)
    for name in ("log_density", "cdf", "sf"):
        np.testing.assert_array_equal(getattr(found, name)(z), getattr(expected, name)(z))
    if kind == "betas":
        np.testing.assert_array_equal(found.mirrored.part(1).mean, expected.mirrored.part(1).mean)


def test_what_is_not_stored_takes_no_memory():
    many = np.arange(1e6) + 1.0
    found = conjugate_betas(many, many, many, many)  # a million times a million
    assert found.part((slice(0, 2), slice(0, 2))).mean.shape == (2, 2)
