"""Grids of panels with a few points each."""

import numpy as np
import pytest

from partialpool.distributions import Normals
from partialpool.distributions.grids import Grid, grid


def test_divided_panels_hold_the_same_integrals():
    whole = Grid(np.array([[0.0, 1.0, 3.0], [-1.0, 0.0, 0.5]]), np.array([[1.0, 2.0, 0.5], [1.0, 0.5, 0.0]]))
    parts = whole.divided(np.array([[1, 3, 2], [2, 1, 1]]))
    np.testing.assert_allclose(parts.edge[0], [0.0, 1.0, 5.0 / 3.0, 7.0 / 3.0, 3.0, 3.25])
    np.testing.assert_allclose(parts.width[0], [1.0, 2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 0.25, 0.25])
    np.testing.assert_allclose(parts.width[1], [0.5, 0.5, 0.5, 0.0, 0.0, 0.0])
    assert (parts.edge[1, 3:] == 0.5).all()
    for at in (whole, parts):
        total = (np.exp(at.z) * at.weight).sum(axis=1)
        np.testing.assert_allclose(total, np.exp([3.5, 0.5]) - np.exp([0.0, -1.0]), rtol=1e-13)


def test_running_integrals_begin_at_the_first_edge():
    of = Grid(np.array([[0.0, 0.7]]), np.array([[0.7, 0.4]]))
    np.testing.assert_allclose(of.running(np.cos(of.z)[None])[0], np.sin(of.z), atol=1e-12)


def test_a_gap_between_groups_is_one_panel():
    """Two clusters far apart, each known well: as many panels as for each alone, and one."""
    location = np.array([0.0, 1e-7, 1.0, 1.0 + 1e-7])[:, None]
    both = grid(Normals(location, np.full((4, 1), 1e-7), 0.0, 1.0))
    one = grid(Normals(location[:2], np.full((2, 1), 1e-7), 0.0, 1.0))
    assert np.count_nonzero(both.width) <= 2 * np.count_nonzero(one.width) + 1


@pytest.mark.parametrize("at", [0.0, 3.5, -8.0, 20.0])
def test_one_group_known_exactly_costs_few_panels(at):
    """A conditional of sd 1e-9 within, at the edge of, and outside of one of sd 1."""
    of = Normals(np.array([[0.0], [at]]), np.array([[1.0], [1e-9]]), 0.0, 1.0)
    points = grid(of)
    assert np.count_nonzero(points.width) < 400
    values = np.exp(of.part((slice(None), slice(0, 1))).log_density(points.z))
    np.testing.assert_allclose((values * points.weight).sum(axis=-1), 1.0, rtol=1e-7)


def test_every_node_has_the_panels_that_it_would_have_alone():
    """Nodes with few panels are done before others, and each may ask for another fineness."""
    of = Normals(np.array([[0.0, 1.0, 5.0], [0.3, 80.0, 5.0]]), np.array([[1.0, 0.01, 2.0], [0.5, 3.0, 2.0]]), 0.0, 1.0)
    fine = np.array([0.5, 1.0, 2.0])
    every = grid(of, fine=fine)
    for k in range(3):
        alone = grid(of.part((slice(None), slice(k, k + 1))), fine=float(fine[k]))
        size = alone.width.shape[1]
        np.testing.assert_array_equal(every.width[k, :size], alone.width[0])
        assert not every.width[k, size:].any()
