"""Grids of panels with a few points each."""

import numpy as np

from partialpool.composite import Grid


def test_divided_panels_hold_the_same_integrals():
    whole = Grid(np.array([[0.0, 1.0, 3.0], [-1.0, 0.0, 0.5]]), np.array([[1.0, 2.0, 0.5], [1.0, 0.5, 0.0]]))
    parts = whole.divided(np.array([[1, 3, 2], [2, 1, 1]]))
    np.testing.assert_allclose(parts.edge[0], [0.0, 1.0, 5.0 / 3.0, 7.0 / 3.0, 3.0, 3.25])
    np.testing.assert_allclose(parts.width[0], [1.0, 2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 0.25, 0.25])
    np.testing.assert_allclose(parts.width[1], [0.5, 0.5, 0.5, 0.0, 0.0, 0.0])
    assert (parts.edge[1, 3:] == 0.5).all()
    for grid in (whole, parts):
        total = (np.exp(grid.z) * grid.weight).sum(axis=1)
        np.testing.assert_allclose(total, np.exp([3.5, 0.5]) - np.exp([0.0, -1.0]), rtol=1e-13)


def test_running_integrals_begin_at_the_first_edge():
    grid = Grid(np.array([[0.0, 0.7]]), np.array([[0.7, 0.4]]))
    np.testing.assert_allclose(grid.running(np.cos(grid.z)[None])[0], np.sin(grid.z), atol=1e-12)
