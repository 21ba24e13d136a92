import numpy as np
import pytest

from partialpool.quadrature.gauss import legendre, thinned


def test_legendre_is_exact_for_polynomials():
    nodes, weights = legendre(9)
    for degree in range(18):
        assert weights @ nodes**degree == pytest.approx(1.0 / (degree + 1), rel=1e-14)


def test_a_thinned_measure_has_the_same_moments():
    random = np.random.default_rng(3)
    values, weights = random.normal(2.0, 3.0, 400), random.exponential(size=400)
    nodes, few = thinned(values, weights, 8)
    assert len(nodes) == 8
    assert (few > 0).all()
    for degree in range(16):
        assert few @ nodes**degree == pytest.approx(weights @ values**degree, rel=1e-11)


def test_no_more_nodes_than_there_are_points():
    nodes, weights = thinned(np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0]), 5)
    assert nodes == pytest.approx([1.0, 2.0])
    assert weights == pytest.approx([3.0, 3.0])


def test_one_point():
    nodes, weights = thinned(np.array([4.0, 4.0]), np.array([1.0, 2.0]), 3)
    assert nodes.tolist() == [4.0]
    assert weights.tolist() == [3.0]
