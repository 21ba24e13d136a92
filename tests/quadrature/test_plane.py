import numpy as np
import pytest
from scipy import special as sc

from partialpool.quadrature.frame import framed, locate
from partialpool.quadrature.moments import log_moments
from partialpool.quadrature.plane import integrate, projected

# x ~ Normal(1, 2), y given x ~ Normal(x^2/4, 1/2): a curved ridge


def log_density(x, y):
    return -0.5 * ((x - 1.0) / 2.0) ** 2 - 0.5 * ((y - 0.25 * x * x) / 0.5) ** 2 - np.log(2 * np.pi)


def statistics(x, y, log_p):
    p = np.exp(log_p)
    means = [float(value @ p) for value in (x, y)]
    sds = [float(np.sqrt((value - mean) ** 2 @ p)) for value, mean in zip((x, y), means, strict=True)]
    return np.array([means[0], sds[0], means[1], sds[1]])


@pytest.fixture(scope="module")
def rule():
    return integrate(log_density, locate(log_density, (5.0, 0.0, 0.1, 3.0)), statistics)


def test_total_and_moments(rule):
    assert rule.log_total == pytest.approx(0.0, abs=1e-12)
    assert rule.statistics == pytest.approx([1.0, 2.0, 1.25, np.sqrt(3.25)], rel=1e-11)
    assert rule.error < 1e-10


def test_the_marginal_of_x(rule):
    p = np.array([1e-9, 0.025, 0.5, 0.9, 1 - 1e-9])
    assert sc.ndtr((rule.marginal.quantile(p) - 1.0) / 2.0) == pytest.approx(p, rel=1e-11, abs=1e-14)
    x = np.linspace(-6.0, 8.0, 9)
    assert rule.marginal.cdf(x) == pytest.approx(sc.ndtr((x - 1.0) / 2.0), abs=1e-12)


def test_a_frame_from_weighted_points_serves_as_well(rule):
    _, log_total, _ = projected(log_density, framed(rule.x, rule.y, rule.log_probability), 0.3)
    assert log_total == pytest.approx(0.0, abs=1e-10)


def test_a_second_ridge_far_from_the_first_is_not_lost():
    def two(x, y):
        first = -0.5 * x**2 - 0.5 * (y / 0.1) ** 2 - np.log(2 * np.pi * 0.1)
        second = -0.5 * (x - 2.0) ** 2 - 0.5 * (y - 1.0) ** 2 - np.log(2 * np.pi)
        return np.logaddexp(first + np.log(0.3), second + np.log(0.7))

    found = integrate(two, locate(two, (0.0, 0.0, 1.0, 1.0)), statistics)
    assert found.log_total == pytest.approx(0.0, abs=1e-9)
    assert found.statistics == pytest.approx([1.4, np.sqrt(3.8 - 1.4**2), 0.7, np.sqrt(1.403 - 0.7**2)], rel=1e-9)


@pytest.mark.parametrize("tail", [2.0 + 1e-8, 2.0001, 30.0])
def test_what_is_outside_is_told_apart(tail):
    """e^x has moments below `tail`: where its sd hardly exists, the density and its mean are none the worse."""

    def log_f(x, y):
        return x - (1.0 + tail) * np.logaddexp(0.0, x) - 0.5 * y * y

    def two(x, y, log_p):
        return np.array(log_moments(x + 0.0 * y, log_p, 2))

    found = integrate(log_f, locate(log_f, (0.0, 0.0, 1.0, 1.0), growing), two, growing)
    mean = 1.0 / (tail - 1.0)
    assert found.outside[:2].max() < 1e-14
    assert found.spread[:2].max() < 1e-10
    assert found.statistics[0] == pytest.approx(mean, rel=1e-11)
    sd = np.sqrt(2.0 / (tail - 1.0) / (tail - 2.0) - mean**2)
    farthest = 37.0 / (
        tail - 2.0
    )  # the terms of log_f are so large there, and their rounding is an error of the density
    rounding = np.finfo(float).eps * min(farthest, 1e5)
    assert abs(found.statistics[1] / sd - 1.0) <= found.spread[2] + rounding + 1e-13
    assert (found.spread[2] > 1e-3) == (tail < 2.00001)


def growing(x, y):
    return [(2, x + 0.0 * y)]
