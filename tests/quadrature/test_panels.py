import mpmath as mp
import numpy as np
import pytest

from partialpool.quadrature.panels import Panels

STEPS = np.arange(1.0, 40.0)


def total(x):
    return np.log(np.exp(np.ravel(x))[:, None] + STEPS).sum(axis=1).reshape(np.shape(x))


def change(by, centre):
    c = np.exp(centre)
    return np.log1p((c * np.expm1(by))[..., None] / (c[..., None] + STEPS)).sum(axis=-1)


@pytest.fixture
def panels():
    return Panels(lambda x: total(x)[None], lambda x, c: change(x, c)[None], -10, 12)


def test_against_fifty_digits(panels):
    x = np.linspace(-9.99, 11.99, 57)
    (whole,), (rest,) = panels(x)
    assert np.array_equal(whole, np.rint(whole))
    with mp.workdps(50):
        for at, a, b in zip(x, whole, rest, strict=True):
            exact = mp.fsum(mp.log(mp.exp(mp.mpf(float(at))) + i) for i in range(1, 40))
            assert abs(mp.mpf(a) + mp.mpf(b) - exact) < 1e-14  # a few units in the last place of what a panel spans


def test_no_jump_where_panels_meet(panels):
    below, above = (sum(panels(np.array([np.nextafter(3.0, side)])))[0, 0] for side in (-np.inf, np.inf))
    assert abs(above - below) < 1e-13


def test_beyond_the_ends_it_is_constant(panels):
    ends = [sum(panels(np.array([x])))[0, 0] for x in (-10.0, -50.0, 12.0, 400.0)]
    assert ends[0] == ends[1]
    assert ends[2] == ends[3]


def test_values_do_not_depend_on_what_was_asked_before(panels):
    x = np.array([0.3, 7.7])
    fresh = panels(x)
    panels(np.linspace(-10.0, 12.0, 500))
    assert np.array_equal(fresh, panels(x))


def test_any_shape(panels):
    whole, rest = panels(np.full((3, 4), 1.25))
    assert whole.shape == rest.shape == (1, 3, 4)
    assert panels(np.empty(0))[1].shape == (1, 0)


def test_several_functions_are_each_what_they_are_alone():
    both = Panels(
        lambda x: np.stack([total(x), 3.0 * total(x)]),
        lambda x, c: np.stack([change(x, c), 3.0 * change(x, c)]),
        -10,
        12,
        functions=2,
    )
    alone = Panels(lambda x: total(x)[None], lambda x, c: change(x, c)[None], -10, 12)
    x = np.linspace(-9.99, 11.99, 57)
    (whole, more), (rest, rest_more) = both(x)
    assert np.array_equal(whole, alone(x)[0][0])
    assert np.array_equal(rest, alone(x)[1][0])
    assert more + rest_more == pytest.approx(3.0 * (whole + rest), rel=1e-15)
