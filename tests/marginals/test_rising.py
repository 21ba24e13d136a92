"""Sums of rising factorials: against 50 digits, and the same whatever was asked before."""

import mpmath as mp
import numpy as np
import pytest

from partialpool.distributions.marginals import rising as module
from partialpool.distributions.marginals.beta_binomial import EPS
from partialpool.distributions.marginals.rising import DIRECT, rising

LOG_A = np.concatenate([np.linspace(-45.0, 60.0, 43), [-0.5, 0.0, 1e-9, 0.999999999, 1.0]])
HISTOGRAMS = {
    "few terms": [1, 2, 5],
    "below the limit": [3, 40, 65, 90, DIRECT - 1],
    "at the limit": [DIRECT - 1, DIRECT, DIRECT + 1],
    "beyond": [20, DIRECT + 5, 1000, 54321],
}


def excess(values, count, log_a):
    """The sum of lgamma(a + v) - lgamma(a) - log a - (v - 1) log max(a, 1) with 50 digits."""
    with mp.workdps(50):
        a = mp.exp(mp.mpf(float(log_a)))
        base = mp.log(max(a, mp.mpf(1)))
        each = (c * (mp.log(mp.rf(a, v)) - mp.log(a) - (v - 1) * base) for v, c in zip(values, count, strict=True))
        return float(mp.fsum(each))


@pytest.mark.parametrize("values", HISTOGRAMS.values(), ids=HISTOGRAMS.keys())
def test_against_fifty_digits(values):
    count = np.arange(1.0, len(values) + 1.0)
    whole, rest = rising(np.array(values, dtype=float), count).excess(LOG_A)
    expected = [excess(values, count.astype(int).tolist(), log_a) for log_a in LOG_A]
    noise = EPS * (4.0 + 8.0 * np.sqrt(count @ np.square(values)))  # as the likelihood claims
    np.testing.assert_allclose(whole + rest, expected, rtol=2e-14, atol=noise)


def test_values_do_not_depend_on_what_was_asked_before():
    values, count = np.array([7.0, 90.0, 300.0]), np.ones(3)
    module._kept_logs.cache_clear()
    module._kept_changes.cache_clear()
    together = rising(values, count).excess(LOG_A)
    alone = rising(values, count)
    one_by_one = [alone.excess(LOG_A[i : i + 1]) for i in np.arange(len(LOG_A))[::-1]]
    for part, parts in zip(together, zip(*one_by_one[::-1], strict=True), strict=True):
        np.testing.assert_array_equal(part, np.concatenate(parts))
