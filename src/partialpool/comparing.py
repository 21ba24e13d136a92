"""Two groups beside one another: the posterior of theta_one - theta_other, of their ratio and of their odds ratio.

Given a node of the population's parameters the two are independent, so that with d a difference (or a ratio)

    P(theta_one - theta_other <= d)  =  sum_k p_k integral f_other(t) F_one(t + d) dt,

for normal populations in closed form. Source: Gelman et al., Bayesian Data Analysis (3rd ed.), section 5.5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special as sc
from scipy.optimize import brentq

from partialpool.answers import symmetric, tail_of
from partialpool.composite import Grid, grid
from partialpool.conditionals import FINENESS, Conditionals, settled
from partialpool.distributions import Betas, Each, Gammas, Normals
from partialpool.errors import RequestError
from partialpool.known import Known
from partialpool.special import Array, log_sigmoid
from partialpool.tables import to_native
from partialpool.terminal import draw

Columns = dict[str, NDArray[Any]]

_GOAL, _ROUNDING = 1e-8, 1e-11
_MOST_PAIRS = 2_000_000
_CELLS = 1 << 21
_FIRST = 2  # fineness

# (z of theta_other, value) -> the z that theta_one then has, increasing in the value, and its slope in z
_Shift = Callable[[Array, float], tuple[Array, Array]]


@dataclass(frozen=True)
class _Quantity:
    """A number that two thetas have together; `logged` if its value is the log of a ratio.

    What belongs to theta_one at a value, belongs to theta_other at minus the value.
    """

    name: str
    shift: _Shift
    logged: bool = True


def _along(z: Array, d: float) -> tuple[Array, Array]:
    return z + d, np.ones(z.shape)


def _beta_difference(z: Array, d: float) -> tuple[Array, Array]:
    theta, rest = np.exp(log_sigmoid(z)), np.exp(log_sigmoid(-z))
    up, down = np.maximum(theta + d, 0.0), np.maximum(rest - d, 0.0)
    return np.log(up) - np.log(down), theta * rest / (up * down)


def _beta_ratio(z: Array, log_d: float) -> tuple[Array, Array]:
    log_theta = log_sigmoid(z) + log_d
    rest = -np.expm1(np.minimum(log_theta, 0.0))
    return log_theta - np.log(rest), np.exp(log_sigmoid(-z)) / rest


def _gamma_difference(z: Array, d: float) -> tuple[Array, Array]:
    theta = np.exp(z)
    up = np.maximum(theta + d, 0.0)
    return np.log(up), theta / up


def _quantities(of: Each) -> tuple[_Quantity, ...]:
    shifted = _Quantity("odds ratio" if isinstance(of, Betas) else "ratio", _along)
    if isinstance(of, Betas):
        ratio = _Quantity("ratio", _beta_ratio)
        return _Quantity("difference", _beta_difference, logged=False), ratio, shifted
    if isinstance(of, Gammas):
        return _Quantity("difference", _gamma_difference, logged=False), shifted
    return (_Quantity("difference", _along, logged=False),)


@dataclass(frozen=True, repr=False)
class Comparison:
    """Two groups beside one another.

    Attributes:
        known: the fit.
        places: where the two groups are.
        level: probability of the intervals.
        p_greater: P(theta_one > theta_other).
        accuracy: bound on the error of p_greater, on |F(x) - p| for every quantile x, and on the relative error of
            means and sds beside the sd.
    """

    known: Known
    places: tuple[int, int]
    level: float
    p_greater: float
    accuracy: float
    _rows: tuple[Mapping[str, Any], ...]

    def table(self) -> Any:
        """A row a quantity (difference, ratio, odds ratio): mean, sd, median, lower, upper, p_greater, note.

        `p_greater` is the probability that the difference is above 0, or the ratio above 1. A mean that does not exist
        is null, and `note` says why.
        """
        return to_native(self.columns(), self.known.data.library)

    def columns(self) -> Columns:
        """The same as plain columns."""
        names = ("mean", "sd", "median", "lower", "upper", "p_greater")
        columns: Columns = {"quantity": np.array([row["quantity"] for row in self._rows], dtype=object)}
        columns |= {name: np.array([row[name] for row in self._rows], dtype=float) for name in names}
        return columns | {"note": np.array([row["note"] for row in self._rows], dtype=object)}

    def __repr__(self) -> str:
        one, other = (_named(self.known, place) for place in self.places)
        columns = {name: column for name, column in self.columns().items() if name != "note"}
        lines = [f"{one} beside {other}: P({one} > {other}) = {self.p_greater:.6g}"]
        lines += [f"  {line}" for line in draw(columns).splitlines()]
        lines += [f"  {row['quantity']}: {row['note']}" for row in self._rows if row["note"]]
        lines.append(f"  probabilities within {self.accuracy:.0e}")
        return "\n".join(lines)


def compare(known: Known, one: object, other: object, level: float | None = None) -> Comparison:
    """The posterior of what two groups are to one another.

    Args:
        known: the fit.
        one: a group, by its label (a tuple of labels where there are several columns).
        other: another group.
        level: probability of the intervals, in (0, 1).

    Raises:
        RequestError: there is no such group, the two are the same, or the level is not in (0, 1).
    """
    places = known.place(one), known.place(other)
    if places[0] == places[1]:
        raise RequestError(f"A group is compared with another, not with itself ({one!r}).")
    level = known.level if level is None else level
    tail = tail_of(level)

    found, error = _settled(known, places, symmetric(tail))
    quantities = _quantities(known.conditionals(_FIRST).groups)
    rows = tuple(
        {
            "quantity": quantity.name,
            "mean": row[0],
            "sd": row[1],
            "lower": row[2],
            "median": row[3],
            "upper": row[4],
            "p_greater": float(found[0, 0]),
            "note": "" if np.isfinite(row[:2]).all() else _why(quantity.name),
        }
        for quantity, row in zip(quantities, found[1:, :5], strict=True)
    )
    return Comparison(known, places, level, float(found[0, 0]), error, rows)


def _settled(known: Known, places: tuple[int, int], levels: Array) -> tuple[Array, float]:
    """What is asked of a pair, over nodes that the next finer ones confirm, and how far those are from it."""
    best, error = np.zeros((0, 0)), np.inf
    pair = _Pair.of(known.conditionals(_FIRST), places)
    for fineness in FINENESS[_FIRST + 1 :]:
        found, judge = pair.asked(levels), _Pair.of(known.conditionals(fineness), places)
        moved = judge.moved(found, levels)
        if moved < error:
            best, error = found, moved
        if error < _GOAL:
            break
        pair = judge
    return best, error + _ROUNDING


def _why(name: str) -> str:
    return (
        f"the {name} of two groups has a mean where the group below has at least 2 counts of its own, and an sd where "
        "it has 3"
    )


@dataclass(frozen=True)
class _Pair:
    """The conditionals of two groups at the nodes: (nodes)."""

    probability: Array
    one: Each
    other: Each

    @classmethod
    def of(cls, nodes: Conditionals, places: tuple[int, int]) -> _Pair:
        i, j = (int(nodes.where[place]) for place in places)
        return cls(nodes.probability, nodes.groups.part(i), nodes.groups.part(j))

    def asked(self, levels: Array) -> Array:
        """P(one > other) in the first row; mean, sd and quantiles of each quantity in the others."""
        rows = [np.full(2 + len(levels), self.greater)]
        for quantity in _quantities(self.one):
            rows.append(np.array([*self.moments(quantity), *(self.quantile(quantity, p) for p in levels)]))
        return np.stack(rows)

    def moved(self, found: Array, levels: Array) -> float:
        """How far these nodes are from what others found: in probability, and in means and sds beside their sd."""
        worst = abs(self.greater - float(found[0, 0]))
        unit = self.one.unit if isinstance(self.one, Normals) else 1.0
        for quantity, row in zip(_quantities(self.one), found[1:], strict=True):
            values = np.log(row[2:]) if quantity.logged else row[2:] / unit
            worst = max(worst, *(abs(self.below(quantity, x) - p) for x, p in zip(values, levels, strict=True)))
            here = np.array(self.moments(quantity))
            worst = max(
                worst, float(np.nanmax(np.abs(here - row[:2]) / np.nan_to_num(row[1], nan=np.inf), initial=0.0))
            )
        return worst

    @cached_property
    def greater(self) -> float:
        return 1.0 - self.below(_quantities(self.one)[0], 0.0)

    # --- distribution

    def below(self, quantity: _Quantity, value: float) -> float:
        """P(quantity <= value).

        The panels resolve theta_other, and theta_one where it is moved to; its distribution function is the running
        integral of its density over them.
        """
        if isinstance(self.one, Normals) and isinstance(self.other, Normals):
            gap = self.one.location - self.other.location
            return float(self.probability @ sc.ndtr((value - gap) / np.hypot(self.one.sd, self.other.sd)))
        own, moved = self._edges
        with np.errstate(all="ignore"):
            moved = np.nan_to_num(quantity.shift(moved, -value)[0], nan=-np.inf, posinf=np.inf, neginf=-np.inf)
            edges = np.sort(np.concatenate([own, np.clip(moved, own[:, :1], own[:, -1:])], axis=1), axis=1)
            at = Grid(edges[:, :-1], np.diff(edges, axis=1))
            z = at.z
            there, slope = quantity.shift(z, value)
            density = np.exp(self.other.part((slice(None), None)).log_density(z))
            inner = np.exp(self.one.part((slice(None), None)).log_density(there)) * slope
            start = self.one.cdf(quantity.shift(edges[:, 0], value)[0])
        inside = np.nan_to_num(start)[:, None] + at.running(np.nan_to_num(inner, nan=0.0, posinf=0.0))
        weight = density * at.weight
        return float(self.probability @ (np.sum(weight * inside, axis=1) / weight.sum(axis=1)))

    @cached_property
    def _edges(self) -> tuple[Array, Array]:
        """The edges of panels for theta_other and for theta_one."""
        found = []
        for of in (self.other, self.one):
            at = grid(of.part((None, slice(None))))
            found.append(np.concatenate([at.edge, at.edge[:, -1:] + at.width[:, -1:]], axis=1))
        return found[0], found[1]

    def quantile(self, quantity: _Quantity, p: float) -> float:
        """Where the quantity is below with probability p."""
        unit = self.one.unit if isinstance(self.one, Normals) else 1.0
        low, high = self._bracket(quantity)
        x = float(brentq(lambda v: self.below(quantity, v) - p, low, high, xtol=1e-14 * max(abs(low), abs(high))))
        return float(np.exp(x)) if quantity.logged else unit * x

    def _bracket(self, quantity: _Quantity) -> tuple[float, float]:
        """Between where the quantity surely is."""
        if quantity.name == "difference" and isinstance(self.one, Betas):
            return -1.0, 1.0
        (a, b), (c, d) = self.one.reach, self.other.reach
        if quantity.name == "difference" and isinstance(self.one, Gammas):
            return -float(np.exp(d.max())), float(np.exp(b.max()))
        return float((a - d).min()) - 1.0, float((b - c).max()) + 1.0

    # --- moments

    def moments(self, quantity: _Quantity) -> tuple[float, float]:
        """Mean and sd, NaN where they do not exist for certain."""
        p = self.probability
        if quantity.name == "difference":
            gap = self.one.mean - self.other.mean
            mean = float(p @ gap)
            return mean, float(np.sqrt(p @ ((gap - mean) ** 2 + self.one.variance + self.other.variance)))
        first, second = (_powers(self.one, quantity.name, k) * _powers(self.other, quantity.name, -k) for k in (1, 2))
        mean, square = float(p @ first), float(p @ second)
        return mean, float(np.sqrt(square - mean**2)) if np.isfinite(square) else np.nan


def _powers(of: Each, name: str, order: int) -> Array:
    """E[theta^order] (or of the odds) at each node, for orders 1, 2, -1, -2; NaN where no mean is sure to exist."""
    if isinstance(of, Gammas):
        return _rising(of.a, order) * np.exp(-order * of.log_s)
    assert isinstance(of, Betas)
    below = of.a + of.b if name == "ratio" else None
    if below is not None:
        return _rising(of.a, order) / _rising(below, order)
    return _rising(of.a, order) * _rising(of.b, -order)


def _rising(a: Array, order: int) -> Array:
    """Gamma(a + order)/Gamma(a), NaN where a does not stay so far above -order at every node as to have a mean."""
    if order < 0 and not np.min(a) >= -order + 1.0:
        return np.full(a.shape, np.nan)
    return {1: a, 2: a * (a + 1.0), -1: 1.0 / (a - 1.0), -2: 1.0 / ((a - 1.0) * (a - 2.0))}[order]


def _named(known: Known, place: int) -> str:
    labels = [str(label[place]) for label in known.data.labels.values()]
    return ", ".join(labels) if labels else f"row {place + 1}"


# --- all pairs


@dataclass(frozen=True)
class _Every:
    """P(theta_i > theta_j) and the sd of theta_i - theta_j of the distinct groups: (distinct, distinct)."""

    greater: Array
    mean: Array
    sd: Array


def all_pairs(known: Known) -> Any:
    """A row a pair of groups: p_greater, and mean and sd of the difference. See `pair_columns`."""
    return to_native(pair_columns(known), known.data.library)


def pair_columns(known: Known) -> Columns:
    """A row for each two groups, the first before the second in the table of groups.

    Columns: the labels of the first and, with "_other" after their names, of the second; `p_greater`, the probability
    that the first theta is the larger; `mean` and `sd` of the difference; `error`, a bound on the error of p_greater.

    Raises:
        RequestError: there are more than two million pairs.
    """
    size = known.data.size
    if size * (size - 1) // 2 > _MOST_PAIRS:
        raise RequestError(f"{size:,} groups make too many pairs for a table; compare those that matter two at a time.")
    found, error = settled(_every, known.contrasts, lambda a, b: float(np.max(np.abs(a.greater - b.greater))), 1e-8)
    first, second = np.triu_indices(size, 1)
    where = known.contrasts(0).where
    i, j = where[first], where[second]
    labels = known.data.labels or {"row": np.arange(1, size + 1)}
    columns: Columns = {name: label[first] for name, label in labels.items()}
    columns |= {f"{name}_other": label[second] for name, label in labels.items()}
    columns |= {"p_greater": np.where(i == j, 0.5, found.greater[i, j]), "mean": found.mean[i] - found.mean[j]}
    return columns | {"sd": found.sd[i, j], "error": np.full(len(i), error + 1e-11)}


def _every(nodes: Conditionals) -> _Every:
    p, groups = nodes.probability, nodes.groups
    distinct = groups.shape[0]
    points = grid(groups)
    greater = np.zeros((distinct, distinct))
    size = max(1, _CELLS // (distinct * points.z.shape[1]))
    for k in range(0, len(p), size):
        part = slice(k, k + size)
        here = Grid(points.edge[part], points.width[part])
        density = np.exp(groups.part((slice(None), part, None)).log_density(here.z))
        below = here.running(density)
        f = (density * (here.weight * p[part, None])).reshape(distinct, -1)
        greater += f @ below.reshape(distinct, -1).T
    greater = 0.5 * (greater + 1.0 - greater.T)
    mean = groups.mean @ p
    away = groups.mean - mean[:, None]
    cov = (away * p) @ away.T
    within = groups.variance @ p
    var = np.diag(cov) + within
    sd = np.sqrt(np.maximum(var[:, None] + var - 2.0 * cov, 0.0))
    same = np.diag_indices(distinct)
    sd[same] = np.sqrt(2.0 * within)
    return _Every(greater, mean, sd)
