"""Distributions of a coordinate: what they claim bounds what they are off by, whatever the density is like."""

import numpy as np
import pytest
from scipy import stats

from partialpool.quadrature.coordinate import NOWHERE, distribution, part
from partialpool.quadrature.line import Interval

LINE = Interval()
GOAL = 1e-10


def ridge(x):
    return 0.5 * x + 0.2 * np.sin(x)


def smooth(marginal):
    """x with a given distribution, and y normal about a ridge."""

    def log_density(x, y):
        return marginal.logpdf(x) + stats.norm.logpdf(y, ridge(x), 0.5)

    return log_density


class Two:
    """Two normal distributions, one of them narrow."""

    def __init__(self, at, sd, share):
        self.parts = (stats.norm(), 1.0 - share), (stats.norm(at, sd), share)

    def logpdf(self, x):
        return np.log(sum(share * of.pdf(x) for of, share in self.parts) + 1e-300)

    def cdf(self, x):
        return sum(share * of.cdf(x) for of, share in self.parts)


MARGINALS = {
    "normal": stats.norm(),
    "logistic": stats.logistic(),
    "heavy": stats.t(3),
    "skew": stats.gumbel_r(),
    "log of a gamma": stats.loggamma(0.7),
    "a bump beside": Two(3.0, 0.3, 0.3),
    "a narrow bump": Two(1.5, 0.05, 0.1),
    "a spike": Two(0.3, 0.004, 0.05),
}


def nodes(marginal, size=161):
    """Points that show where the density is, as those of another rule do."""
    x = np.repeat(np.linspace(-50.0, 50.0, size), 20)
    y = ridge(x) + np.tile(np.linspace(-3.0, 3.0, 20), size)
    log_p = smooth(marginal)(x, y)
    return x, y, log_p - np.log(np.exp(log_p).sum())


@pytest.mark.parametrize("search", [False, True])
@pytest.mark.parametrize("name", MARGINALS)
def test_the_claim_holds(name, search):
    marginal = MARGINALS[name]
    one = part(smooth(marginal), LINE, nodes(marginal), search=search)
    found = distribution([one], 0.0, GOAL)
    z = np.linspace(-6.0, 6.0, 301)
    assert np.max(np.abs(found.cdf(z) - marginal.cdf(z))) <= found.error + 1e-13
    if name in ("normal", "logistic", "skew"):
        assert found.error < GOAL


@pytest.mark.parametrize("name", ["normal", "logistic", "skew"])
def test_quantiles_are_where_the_distribution_function_says(name):
    marginal = MARGINALS[name]
    found = distribution([part(smooth(marginal), LINE, nodes(marginal), search=False)], 0.0, GOAL)
    p = np.array([1e-6, 0.025, 0.5, 0.975, 1.0 - 1e-6])
    at = found.found(p)
    assert np.max(np.abs(marginal.cdf(at.z) - p)) < GOAL
    assert at.error == found.error
    assert found.cdf(at.z) == pytest.approx(p, abs=1e-13)


def test_mass_that_is_elsewhere_is_missed():
    """A second peak that no point shows: the total tells."""
    marginal = Two(200.0, 1.0, 1e-4)
    one = part(smooth(marginal), LINE, nodes(stats.norm()), search=False)
    found = distribution([one], 0.0, GOAL)
    assert found.error >= 0.999e-4


def test_parts_side_by_side():
    """A density cut in two at 0.3: each part has its own coordinate, and its share of the mass."""
    marginal = stats.norm()
    x, y, log_p = nodes(marginal)
    parts = []
    for along in (Interval(hi=0.3), Interval(lo=0.3)):

        def log_density(u, v, along=along):
            return smooth(marginal)(along.value(u), v) + along.log_slope(u)

        parts.append(part(log_density, along, (along.coordinate(x), y, log_p), search=True))
    found = distribution(parts, 0.0, GOAL)
    z = np.linspace(-4.0, 4.0, 101)
    assert found.error < GOAL
    assert np.max(np.abs(found.cdf(z) - marginal.cdf(z))) < GOAL
    assert sum(piece.share for piece in found.pieces) == pytest.approx(1.0, abs=GOAL)
    assert found.pieces[0].share == pytest.approx(marginal.cdf(0.3), abs=GOAL)


def test_nothing_is_known_of_no_parts():
    assert distribution([], 0.0, GOAL) is NOWHERE
    assert np.isnan(NOWHERE.found(np.array([0.5])).z).all()
