"""Comparison of every two groups: the probability that one theta is larger, and the difference.

The conditionals of all groups at a node are sampled on one grid, so that one matrix product compares them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.comparisons.alike import kinds
from partialpool.analysis.comparisons.nodes import chosen
from partialpool.analysis.fitted_model import FittedModel
from partialpool.analysis.intervals.intervals import check_names
from partialpool.distributions.grids import grid
from partialpool.engine.conditionals import Conditionals, left_of_lattices, settled
from partialpool.errors import RequestError
from partialpool.io.output.tables import to_native
from partialpool.messages.progress import shown
from partialpool.special import Array

_GOAL, _FEW_GOAL, _ROUNDING = 1e-8, 1e-7, 1e-9  # of probabilities: usual, with kinds, from panels
_FINE = 1.5  # number of panels over the usual, which leaves an error of 1e-9 in an integral
_MOST = 2_000_000  # most pairs of a table

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class _Every:
    """P(theta_i > theta_j) and the sd of theta_i - theta_j for the distinct groups: (distinct, distinct).

    mean: mean of each theta, from an origin near the data if `shifted`, so that differences keep their digits.
    """

    greater: Array
    mean: Array
    sd: Array
    shifted: bool


def all_pairs(fit: FittedModel) -> Any:
    """One row per pair of groups: p_greater, and mean and sd of the difference. See `pair_columns`."""
    return to_native(pair_columns(fit), fit.data.library)


@shown("every pair")
def pair_columns(fit: FittedModel) -> Columns:
    """One row per pair of groups, the first before the second in the table of groups.

    Columns: the labels of the first and, with "_other" after their names, of the second; `p_greater`, the probability
    that the first theta is the larger; `mean` and `sd` of the difference, null where they do not exist; `error`, a
    estimated error of p_greater.

    Raises:
        RequestError: there are more than two million pairs.
    """
    check_names(fit, ("p_greater", "mean", "sd", "error"))
    size = fit.data.size
    if size * (size - 1) // 2 > _MOST:
        raise RequestError(f"{size:,} groups make too many pairs for a table; compare those that matter two at a time.")
    nodes = chosen(fit, lambda at: _greater(at, slice(None)))
    found, error = settled(_every, nodes.at, _apart, _GOAL, nodes.first, left_of_lattices)
    first, second = np.triu_indices(size, 1)
    where = nodes.at(0).where
    i, j = where[first], where[second]
    labels = fit.data.labels or {"row": np.arange(1, size + 1)}
    columns: Columns = {name: label[first] for name, label in labels.items()}
    columns |= {f"{name}_other": label[second] for name, label in labels.items()}
    mean, sd = fit.results.group_moments()
    exact = mean[first] - mean[second]  # NaN where a group's mean does not exist
    columns |= {"p_greater": np.where(i == j, 0.5, found.greater[i, j])}
    columns |= {"mean": found.mean[i] - found.mean[j] if found.shifted else exact}
    columns |= {"sd": np.where(np.isnan(sd[first] + sd[second]), np.nan, found.sd[i, j])}
    return columns | {"error": np.full(len(i), error + nodes.error + _ROUNDING)}


def beside(fit: FittedModel, place: int) -> tuple[Array, float]:
    """P(theta_j > theta of one group) for every group, NaN for itself, with an estimate of the error."""
    nodes = chosen(fit, lambda at: _greater(at, slice(None)))
    where = nodes.at(0).where
    row = int(where[place])
    few = kinds(fit, nodes.at(nodes.first), row)
    at = row if few is None else few.place_of(row)

    def ask(here: Conditionals) -> Array:
        return _greater(few.at(here) if few else here, slice(at, at + 1))[:, 0]

    def apart(one: Array, other: Array) -> float:
        return float(np.max(np.abs(one - other)[few.single if few else slice(None)]))

    goal = _GOAL if few is None else _FEW_GOAL
    found, error = settled(ask, nodes.at, apart, goal, nodes.first, left_of_lattices)
    if few is not None:
        error += few.off(found[:, None])
        found = few.of_groups(found[:, None], slice(None))[:, 0]
    found[row] = 0.5
    out = found[where]
    out[place] = np.nan
    return out, error + nodes.error + _ROUNDING


def _apart(one: _Every, other: _Every) -> float:
    return float(np.max(np.abs(one.greater - other.greater)))


def _greater(nodes: Conditionals, others: slice) -> Array:
    """P(theta_i > theta_j) of all distinct groups i and the others j: (distinct, others)."""
    p, groups = nodes.probability, nodes.groups
    distinct = groups.shape[0]
    points = grid(groups, fine=_FINE)
    greater = np.zeros((distinct, len(range(distinct)[others])))
    for which, here in points.pieces(distinct):
        density = np.exp(groups.part((slice(None), which, None)).log_density(here.z))
        below = here.running(density)
        f, q = (density * (here.weight * p[which, None])).reshape(distinct, -1), below.reshape(distinct, -1)
        greater += 0.5 * (f @ q[others].T - q @ f[others].T)
    return 0.5 + greater


def _every(nodes: Conditionals) -> _Every:
    p, groups = nodes.probability, nodes.groups
    greater = _greater(nodes, slice(None))
    shifted = groups.origin != 0.0
    means = groups.from_origin
    mean = means @ p
    away = means - mean[:, None]
    cov = (away * p) @ away.T
    within = groups.variance @ p
    var = np.diag(cov) + within
    sd = np.sqrt(np.maximum(var[:, None] + var - 2.0 * cov, 0.0))
    same = np.diag_indices(len(mean))
    sd[same] = np.sqrt(2.0 * within)
    return _Every(greater, mean, sd, shifted)
