"""Averages over nodes of distributions of theta: their tails and quantiles."""

import numpy as np
import pytest

from partialpool.distributions import Betas
from partialpool.engine.mixture import Mixture, tail

RNG = np.random.default_rng(4)
SHARP = Betas(10.0 ** RNG.uniform(1, 4, (3, 400)), 10.0 ** RNG.uniform(1, 4, (3, 400)))
BROAD = Betas(10.0 ** RNG.uniform(-6, 2, (3, 400)), 10.0 ** RNG.uniform(-6, 2, (3, 400)))


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("of", [SHARP, BROAD], ids=["sharp", "broad"])
def test_tails_of_distributions_that_are_far_from_a_point(of, upper):
    z = np.array([-6.0, 0.1, 5.0])[:, None]
    expected = of.sf(z) if upper else of.cdf(z)
    assert np.max(np.abs(tail(of, z, upper=upper) - expected)) < 1e-200
    first = of.part((slice(0, 1), slice(None)))
    expected = first.sf(z) if upper else first.cdf(z)
    assert np.max(np.abs(tail(first, z, upper=upper) - expected)) < 1e-200


def test_a_quantile_at_the_end_of_what_theta_can_be_takes_few_steps(monkeypatch):
    """Half of the distributions leave much more than 1e-12 below every theta that a double can hold."""
    asked = []
    off = Mixture._off
    monkeypatch.setattr(Mixture, "_off", lambda *args, **kwargs: asked.append(0) or off(*args, **kwargs))
    of = Betas(np.array([[1e-3, 2.0]]), np.array([[3.0, 4.0]]))
    z = Mixture(np.array([0.5, 0.5]), of).quantiles(np.array([1e-12]), upper=False)
    assert z[0, 0] == of.limits[0]
    assert len(asked) < 12


@pytest.mark.parametrize("upper", [False, True])
def test_quantiles_leave_what_they_are_asked_for(upper):
    p = np.array([1e-9, 1e-3, 0.2, 0.5])
    mixture = Mixture(np.full(400, 1 / 400), SHARP)
    z = mixture.quantiles(p, upper=upper)
    assert mixture.tails(z, upper=upper) == pytest.approx(np.tile(p, (3, 1)), rel=1e-11)
