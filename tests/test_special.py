"""Careful scalar functions against 50-digit arithmetic."""

import mpmath as mp
import numpy as np
import pytest

from partialpool import special

mp.mp.dps = 50
EPS = 2.0**-52
SIGNED = [
    s * m for s in (1, -1) for m in (1e-300, 1e-17, 1e-8, 1e-3, 0.3, 0.5, 1.0, 2.5, 17.0, 36.0, 40.0, 300.0, 700.0)
]


def check(values, exact, ulps):
    for x, value in values:
        truth = exact(mp.mpf(float(x)))
        assert abs(mp.mpf(float(value)) - truth) <= ulps * EPS * abs(truth), (x, value, truth)


def over(function, points):
    points = np.array(points, dtype=float)
    return zip(points, function(points), strict=True)


def test_log_sigmoid():
    check(over(special.log_sigmoid, [*SIGNED, 0.0]), lambda x: -mp.log1p(mp.exp(-x)), 2)
    for which, sign in ((0, 1), (1, -1)):
        values = over(lambda x, which=which: special.log_sigmoids(x)[which], [*SIGNED, 0.0])
        check(values, lambda x, sign=sign: -mp.log1p(mp.exp(-sign * x)), 2)


def test_log_expm1():
    points = [x for x in SIGNED if x > 0] + [1.0 - EPS, 1.0 + EPS, 0.6931471805599453]
    for x, value in over(special.log_expm1, points):
        truth = mp.log(mp.expm1(mp.mpf(float(x))))
        assert abs(value - truth) <= 4 * EPS * max(abs(truth), 1)


def test_log_sinh_exp():
    for x, value in over(special.log_sinh_exp, [-800, -300.0, -30.0, -10.001, -9.999, -1.0, 0.0, 1.0, 3.0, 6.5]):
        truth = mp.log(mp.sinh(mp.exp(mp.mpf(float(x)))))
        assert abs(value - truth) <= 8 * EPS * max(abs(truth), 1), x


def test_log_cosh():
    for x, value in over(special.log_cosh, [*SIGNED, 0.0]):
        truth = mp.log(mp.cosh(mp.mpf(float(x))))
        assert abs(value - truth) <= 4 * EPS * max(truth, 1)


def test_log1p_minus():
    points = [x for x in SIGNED if abs(x) > 1e-30 and x > -1] + [
        -0.9,
        -0.999,
        0.5 + EPS,
        0.5 - EPS,
        -0.5 - EPS,
        -0.5 + EPS,
    ]
    check(over(special.log1p_minus, points), lambda x: mp.log1p(x) - x, 8)
    assert special.log1p_minus(np.array([0.0]))[0] == 0.0


def remainder(x):
    return mp.loggamma(x) - (x - 0.5) * mp.log(x) + x - mp.log(2 * mp.pi) / 2


@pytest.mark.parametrize("x", [10.0, 10.5, 17.0, 100.0, 1e4, 1e8, 1e15])
def test_stirling_remainder(x):
    with mp.workdps(80):
        truth = remainder(mp.mpf(x))
    assert abs(special.stirling_remainder(np.array([x]))[0] - truth) <= 2e-16


@pytest.mark.parametrize("log_x", [-700.0, -50.0, -5.0, -0.1, 0.0, 0.7, 2.3025850, 2.3025851, 5.0, 50.0, 600.0])
def test_half_log_minus_remainder(log_x):
    x = mp.exp(mp.mpf(log_x))
    with mp.workdps(400 if log_x > 100 else 100):
        truth = mp.log(x) / 2 - remainder(x)
    value = special.half_log_minus_remainder(np.exp([log_x]), np.array([log_x]))[0]
    assert abs(value - truth) <= 3e-15 * max(1, abs(truth))


def test_half_log_minus_remainder_where_x_underflows():
    """As x -> 0 it is log x + log(2 pi)/2."""
    value = special.half_log_minus_remainder(np.array([0.0]), np.array([-1000.0]))[0]
    assert value == pytest.approx(-1000.0 + special.HALF_LOG_2PI, rel=1e-15)


def test_no_jump_where_formulas_meet():
    for function, place in (
        (special.log_expm1, 1.0),
        (special.log1p_minus, 0.5),
        (special.log1p_minus, -0.5),
        (special.log_sinh_exp, -10.0),
        (lambda x: special.half_log_minus_remainder(x, np.log(x)), 10.0),
    ):
        below, at, above = function(np.array([np.nextafter(place, -np.inf), place, np.nextafter(place, np.inf)]))
        assert abs(above - below) <= 16 * EPS * max(1.0, abs(at))
