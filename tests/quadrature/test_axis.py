"""Integration over the line: densities with known masses and moments, wherever they live and however many modes."""

import numpy as np
import pytest
from scipy import stats

from partialpool.quadrature.axis import extrapolated, integrate, refined
from partialpool.quadrature.survey import locate, no_tilts

LIMITS = (-5000.0, 5000.0)


def solved(log_density, grid, tilts=no_tilts, tolerance=1e-12):
    frame = locate(log_density, grid, log_density(grid), LIMITS, tilts)

    def powers(x, log_p):
        p = np.exp(log_p)
        mean = p @ x
        sd = np.sqrt(p @ (x - mean) ** 2)
        return np.array([sd, p @ ((x - mean) / sd) ** 4])

    return integrate(log_density, frame, powers, tolerance)


def moments(rule):
    p = np.exp(rule.log_probability)
    return p @ rule.x, np.sqrt(p @ (rule.x - p @ rule.x) ** 2)


@pytest.mark.parametrize("centre", [-500.0, -3.0, 0.0, 40.0])
@pytest.mark.parametrize("width", [1e-6, 0.01, 1.0, 30.0])
def test_a_normal_density_anywhere(centre, width):
    rule = solved(lambda x: stats.norm.logpdf(x, centre, width), np.arange(-10.0, 10.0, 0.5))
    rounding = 1e-12 + 1e-14 * abs(centre) / width  # of x
    assert rule.log_total == pytest.approx(0.0, abs=rounding)
    mean, sd = moments(rule)
    assert mean == pytest.approx(centre, abs=1e-11 * width + 1e-14 * abs(centre))
    assert sd == pytest.approx(width, rel=rounding)
    at = stats.norm.ppf([0.025, 0.5, 0.975], centre, width)
    finer = refined(lambda x: stats.norm.logpdf(x, centre, width), rule)
    np.testing.assert_allclose(finer.marginal.cdf(at), [0.025, 0.5, 0.975], atol=rounding)


def test_exponential_tails():
    """Logistic to the left, three times as steep to the right: log of an F-like variable."""
    rule = solved(lambda x: x - 4.0 * np.logaddexp(0.0, x), np.arange(-5.0, 5.0, 0.5))
    assert np.exp(rule.log_total) == pytest.approx(1.0 / 3.0, rel=1e-13)  # B(1, 3)
    assert len(rule.t) < 120
    assert rule.frame.outside == 0.0


def test_tails_that_a_moment_needs():
    """E[e^(2.9 x)] under e^x/(1 + e^x)^4 is B(3.9, 0.1)/B(1, 3): it lies far to the right."""
    density = lambda x: x - 4.0 * np.logaddexp(0.0, x)  # noqa: E731
    grid = np.arange(-5.0, 5.0, 0.5)
    frame = locate(density, grid, density(grid), LIMITS, lambda x: 2.9 * x[None])
    rule = integrate(density, frame, lambda x, log_p: np.array([np.exp(log_p + 2.9 * x).sum()]), 1e-12)
    from scipy.special import beta

    assert np.exp(rule.log_probability + 2.9 * rule.x).sum() == pytest.approx(3.0 * beta(3.9, 0.1), rel=1e-11)


@pytest.mark.parametrize("apart", [3.0, 20.0, 200.0])
@pytest.mark.parametrize("width", [0.02, 0.3])
def test_modes_between_the_points_of_the_survey(apart, width):
    """Two narrow modes of weights 1:2, neither on the grid."""

    def density(x):
        one, other = stats.norm.logpdf(x, 0.26, width), stats.norm.logpdf(x, 0.26 + apart, 2.0 * width)
        return np.logaddexp(one, other + np.log(2.0))

    rule = solved(density, np.arange(-10.0, apart + 10.0, 0.5))
    assert np.exp(rule.log_total) == pytest.approx(3.0, rel=1e-11)
    assert moments(rule)[0] == pytest.approx(0.26 + apart * 2.0 / 3.0, rel=1e-11)


def test_a_tail_cut_off_by_the_limits_is_owned_up_to():
    density = lambda x: np.where(x < 0, 0.01 * x, -x)  # noqa: E731
    grid = np.arange(-5.0, 5.0, 0.5)
    frame = locate(density, grid, density(grid), (-200.0, 600.0))
    assert frame.outside >= np.exp(-2.0) * 100.0 / 101.0


def test_errors_are_bounded_by_what_is_extrapolated():
    """C e^(-c/h) at steps h, h/2, h/4: moves tell more than what is left."""
    for rate in (3.0, 10.0, 17.0):
        left = [np.exp(-rate * k) for k in (1, 2, 4)]
        moves = np.abs(np.diff(left))
        assert left[2] <= extrapolated(moves[:1], moves[1:]) <= 20.0 * moves[1]
    assert extrapolated(np.zeros(3), np.zeros(3)) == 0.0
    # moves that do not fall promise nothing
    assert extrapolated(np.array([1e-9]), np.array([1e-9])) == pytest.approx(1e-8)


def test_every_second_node_is_the_rule_before():
    rule = solved(stats.norm.logpdf, np.arange(-10.0, 10.0, 0.5))
    before = rule.every(2)
    assert set(before.x) <= set(rule.x)
    assert before.step == 2.0 * rule.step
    assert np.exp(before.log_probability).sum() == pytest.approx(1.0, rel=1e-14)
    assert moments(before)[1] == pytest.approx(1.0, rel=1e-9)
    assert rule.error < 1e-12
