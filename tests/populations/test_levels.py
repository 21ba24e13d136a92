"""Each parameter as a coordinate: there and back, the Jacobian, and the same parameter as a function of the mean."""

import numpy as np
import pytest

from partialpool.distributions.populations.beta import LINE, Chart, Point
from partialpool.distributions.populations.beta_levels import levels
from partialpool.quadrature.line import Interval
from partialpool.special import log_sigmoid

RANDOM = np.random.default_rng(7)
PSI, LOG_KAPPA = RANDOM.normal(0.0, 2.0, 200), RANDOM.normal(2.0, 2.0, 200)
LEAST = float(np.log(0.5))
CHARTS = {
    "all": Chart(),
    "least concentration": Chart(LINE, Interval(lo=LEAST)),
    "some means": Chart(Interval(-3.0, 1.0)),
    "small means": Chart(Interval(hi=-1.0)),
    "means up to a half": Chart(Interval(-1.0, 0.0)),
    "large means": Chart(Interval(0.5, 2.0)),
}


def points(chart):
    """Hyperparameters inside the chart."""
    psi, log_kappa = chart.logits.value(PSI), chart.log_kappas.value(LOG_KAPPA)
    return Point(log_sigmoid(psi), log_sigmoid(-psi), log_kappa)


def truth(name, at):
    logs = {"mean": at.log_mean, "alpha": at.log_alpha, "beta": at.log_beta, "sd": at.log_sd}
    return np.exp(logs[name])


def subset(at, which):
    return Point(at.log_mean[which], at.log_other[which], at.log_kappa[which])


def cases():
    for title, chart in CHARTS.items():
        for name, level in levels(chart).items():
            yield pytest.param(name, level, chart, id=f"{name}, {title}")


@pytest.mark.parametrize(("name", "level", "chart"), [*cases()])
def test_value_of_the_coordinate(name, level, chart):
    at = points(chart)
    assert level.value(level.coordinate(at)) == pytest.approx(truth(name, at), rel=1e-13)


@pytest.mark.parametrize(("name", "level", "chart"), [*cases()])
def test_there_and_back_with_the_right_jacobian(name, level, chart):
    at, seen = points(chart), 0
    for piece in level.pieces:
        with np.errstate(all="ignore"):
            x, y = piece.inverse(at)
        here = np.isfinite(x) & np.isfinite(y) & (np.abs(y) < 8.0) & (np.abs(x) < 12.0)
        x, y, inside = x[here], y[here], subset(at, here)
        back, slope = piece.point(x, y)
        assert back.log_mean == pytest.approx(inside.log_mean, rel=1e-9, abs=1e-9)
        assert back.log_kappa == pytest.approx(inside.log_kappa, rel=1e-8, abs=1e-8)
        assert slope == pytest.approx(numerical(piece, x, y), abs=2e-5)
        seen += len(x)
    assert seen > 100 or not level.pieces


def numerical(piece, x, y, h=1e-5):
    def corner(dx, dy):
        at, _ = piece.point(x + dx, y + dy)
        return np.exp(at.log_mean), np.exp(at.log_kappa)

    (m1, k1), (m0, k0), (m3, k3), (m2, k2) = corner(h, 0), corner(-h, 0), corner(0, h), corner(0, -h)
    return np.log(np.abs((m1 - m0) * (k3 - k2) - (m3 - m2) * (k1 - k0)) / (4 * h * h))


@pytest.mark.parametrize(("name", "level", "chart"), [*cases()])
def test_below_a_value_is_where_the_limits_say(name, level, chart):
    at = points(chart)
    s, psi = truth(name, at), at.log_mean - at.log_other
    for z in np.quantile(level.coordinate(at), [0.1, 0.5, 0.9]):
        with np.errstate(all="ignore"):
            low, high, _ = level.limits(np.full(psi.shape, z), at.log_kappa)
        edge = level.edge(z)
        inside = (psi <= low) | (psi >= high)
        if edge is not None:
            inside |= at.log_kappa <= edge if level.certain_below else at.log_kappa >= edge
        assert np.array_equal(inside, s <= level.value(np.array(z)))


@pytest.mark.parametrize(("name", "level", "chart"), [*cases()])
def test_where_a_limit_meets_a_mean(name, level, chart):
    at = points(chart)
    psi = at.log_mean - at.log_other
    for k in range(10):
        z = float(level.coordinate(subset(at, [k]))[0])
        met = level.meeting(z, float(psi[k]))
        assert met == (-np.inf if name == "mean" else pytest.approx(at.log_kappa[k], rel=1e-8, abs=1e-8))
