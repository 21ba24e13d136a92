"""Gauss-Legendre points in many intervals at once, some of which may come near a singular end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from partialpool.quadrature.gauss import legendre
from partialpool.special import Array

_POINTS, _PANELS = 10, 14


def joined(parts: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    """Concatenate the points, and the weights, of adjacent intervals: both (intervals, points)."""
    points, weights = zip(*parts, strict=True)
    return np.concatenate(points, axis=1), np.concatenate(weights, axis=1)


def between(start: Array, end: Array, points: int) -> tuple[Array, Array]:
    """Gauss-Legendre points from start to end, (intervals, 1), with their weights: both (intervals, points)."""
    nodes, weights = legendre(points)
    return start + (end - start) * nodes, (end - start) * weights


def from_an_end(near: Array, far: Array) -> tuple[Array, Array]:
    """Points and weights for distances from `near` to `far`, (intervals, 1), from a singular end; both are positive.

    Panels over the log of the distance cope with near as small as 1e-16 far. If all intervals are empty, so is the
    result.
    """
    if np.all(far <= near):
        return np.zeros((len(near), 0)), np.zeros((len(near), 0))
    nodes, weights = legendre(_POINTS)
    share = ((np.arange(_PANELS)[:, None] + nodes) / _PANELS).ravel()
    long = np.log(far / near)
    distance = near * np.exp(long * share)
    return distance, distance * long * np.tile(weights / _PANELS, _PANELS)
