"""Quantiles of the groups' theta, from the mixture density on panels in z = logit theta.

    f_j(z) = sum_k w_k theta^(y_j+alpha_k) (1-theta)^(n_j-y_j+beta_k) / B(y_j+alpha_k, n_j-y_j+beta_k)

over nodes k of (kappa, logit mu).  The nodes must be closer in mu than the Beta is wide, sqrt(mu(1-mu)/kappa), so rows
of large kappa need many; above a limit the conditional density, which is smooth in 1/kappa, is instead a polynomial in
it, and the rows' weights are shared out among its Chebyshev nodes.  F_j is integrated from the left end: the tails by
the trapezoid rule in log |z - edge|, the rest by Gauss-Legendre panels, whose Legendre series give F_j inside a panel.

Nodes and weights are made in ball arithmetic; the sums over them, where nothing cancels, in 64-bit-mantissa floats.

Checked for every group: the total mass is 1 and the mean equals the closed-form sum of `Posterior.group`, to 1e-13.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from beta_binomial import (
    LEVELS,
    ConcentrationChart,
    Model,
    Plane,
    Posterior,
    chosen_groups,
    dyadic,
    rising,
    working,
)
from flint import arb
from numpy.polynomial import legendre

from priors import AlphaBeta
from quadrature import Axis, place

Long = np.longdouble
Centres = list[tuple[float, float]]


@dataclass(frozen=True)
class GroupEffort:
    """Effort of the groups' densities.

    `limit` times the number of trials is where the `chebyshev` nodes in 1/kappa begin; a panel of `panel` scales has
    `order` nodes; `tail` is the step of the tails.  Nodes of less than `least` of the mass are left out; more than
    `most` nodes are refused.
    """

    bits: int = 128
    limit: float = 8.0
    chebyshev: int = 52
    order: int = 24
    panel: float = 1.6
    tail: float = 0.25
    least: float = 1e-18
    most: int = 100_000


USUAL = GroupEffort()


@dataclass(frozen=True)
class Nodes:
    """The mixture: log mu, log(1-mu), alpha, beta of every node, and the weights, of shape (nodes, groups).

    weights[k, g] = w_k mu^alpha (1-mu)^beta r_g^y_g (1-r_g)^(n_g-y_g) / B(y_g+alpha, n_g-y_g+beta), r_g a rate near
    y_g/n_g: the powers keep every factor of the density in range.
    """

    lmu: np.ndarray
    lnu: np.ndarray
    a: np.ndarray
    b: np.ndarray
    weights: np.ndarray
    pairs: list[tuple[int, int]]

    def density(self, z: np.ndarray) -> np.ndarray:
        """Return f_g(z), of shape (len(z), groups)."""
        out = np.empty((len(z), len(self.pairs)), Long)
        yes, no = log_expit(z)
        lmu, lnu, a, b = (x.astype(float) for x in (self.lmu, self.lnu, self.a, self.b))
        for i, (p, q) in enumerate(zip(yes, no)):
            k = np.flatnonzero(a * (float(p) - lmu) + b * (float(q) - lnu) > -120)  # the others add nothing
            out[i] = np.exp(self.a[k] * (p - self.lmu[k]) + self.b[k] * (q - self.lnu[k])) @ self.weights[k]
        for g, (y, n) in enumerate(self.pairs):
            p, q = log_rate(y, n)
            out[:, g] *= np.exp(y * (yes - p) + (n - y) * (no - q))
        return out

    def of(self, g: int) -> Callable[[np.ndarray], np.ndarray]:
        """Return the density f_g as a function of z."""
        one = replace(self, weights=self.weights[:, [g]], pairs=[self.pairs[g]])
        return lambda z: one.density(z)[:, 0]

    def density64(self, z: np.ndarray, g: int) -> np.ndarray:
        """Return f_g(z) in float64."""
        y, n = self.pairs[g]
        (yes, no), (p, q) = log_expit(z), log_rate(y, n)
        lmu, lnu, a, b, w = (x.astype(float) for x in (self.lmu, self.lnu, self.a, self.b, self.weights[:, g]))
        sums = np.array([np.exp(a * (s - lmu) + b * (t - lnu)) @ w for s, t in zip(yes, no)])
        return sums * np.exp(y * (yes - float(p)) + (n - y) * (no - float(q)))


def log_expit(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (log theta, log(1-theta)) of z = logit theta."""
    low = np.log1p(np.exp(-np.abs(z)))
    return np.minimum(z, 0) - low, -np.maximum(z, 0) - low


def log_rate(y: int, n: int) -> tuple[np.longdouble, np.longdouble]:
    """Return (log r, log(1-r)) of the rate r = (y + 1/2)/(n + 1)."""
    r, s = Long(2 * y + 1) / (2 * n + 2), Long(2 * (n - y) + 1) / (2 * n + 2)
    return (np.log(r), np.log1p(-r)) if r < s else (np.log1p(-s), np.log(s))


def long(x: arb) -> np.longdouble:
    """Return the midpoint of a ball as an extended float."""
    high = float(x.mid())
    return Long(high) + Long(float((x - high).mid()))


def rows_of(post: Posterior, effort: GroupEffort) -> list[tuple[arb, arb]]:
    """Return (kappa, weight) of the rows to use: weights sum to 1, rows of large kappa replaced by Chebyshev nodes."""
    m = post.marginal
    kept = [(m.chart.value(r.s)[0], r.weight * r.mass) for r in m.rows if r is not None]
    total = sum((w for _, w in kept), arb(0))
    rows = [(k, w / total) for k, w in kept if w / total > effort.least]
    if isinstance(post.model.prior, AlphaBeta) or reaches_an_end(post.model):
        return rows  # as kappa grows, the density of theta given kappa need not settle
    limit = max(effort.limit * max(20, sum(post.model.trials)), post.model.prior.minimum)
    return compress(rows, limit, effort.chebyshev)


def reaches_an_end(model: Model) -> bool:
    """Return whether the density of mu near 0 or 1 is as mu^(e-1) with e < 2, as when all y = 0 and the prior is flat.

    Then theta near 1/kappa matters, however large kappa, and the density is not smooth in 1/kappa.
    """
    pairs = [(y, n) for y, n in zip(model.successes, model.trials) if n > 0]
    _, c, d = model.prior.ends
    return min(c + sum(y > 0 for y, _ in pairs), d + sum(y < n for y, n in pairs)) < 2


def compress(rows: list[tuple[arb, arb]], limit: float, count: int) -> list[tuple[arb, arb]]:
    """Replace the rows with kappa > limit by Chebyshev nodes in 1/kappa that integrate polynomials alike."""
    low = [(k, w) for k, w in rows if k <= limit]
    high = [(k, w) for k, w in rows if not k <= limit]
    cosines = [(arb.pi() * (2 * c + 1) / (2 * count)).cos() for c in range(count)]
    if not any(k > 2 * arb(limit) / (1 + cosines[-1]) for k, _ in high):
        return rows
    weights = [arb(0)] * count
    for k, w in high:
        x = 2 * (arb(limit) / k) - 1
        for c, xc in enumerate(cosines):
            basis = arb(1)
            for d, xd in enumerate(cosines):
                if d != c:
                    basis = basis * (x - xd) / (xc - xd)
            weights[c] += w * basis
    return low + [(2 * arb(limit) / (1 + x), w) for x, w in zip(cosines, weights)]


def nodes_of(post: Posterior, rows: list[tuple[arb, arb]], pairs: list[tuple[int, int]], effort: GroupEffort) -> Nodes:
    """Lay the nodes for the groups (y, n)."""
    model = post.model
    chart = ConcentrationChart(model.prior.minimum)
    plane = Plane(model, chart, 0.0, 50.0)
    rates = [(2 * y + 1, 2 * (n - y) + 1, 2 * n + 2) for y, n in pairs]
    powers = [(arb(p) / r) ** y * (arb(q) / r) ** (n - y) for (p, q, r), (y, n) in zip(rates, pairs)]
    columns: list[list[np.longdouble]] = []
    weights: list[list[np.longdouble]] = []
    for k, w in rows:
        s = (k - model.prior.minimum).log()
        axis, h = mu_axis(plane, s, post.marginal.start, math.log(abs(float(w)) / effort.least) + 4)
        if len(columns) + len(axis.indices(h)) > effort.most:
            raise ArithmeticError("too many nodes")
        point = chart.row(s)
        terms = []
        for i in axis.indices(h):
            t, dt = axis.node(arb(i * h))
            p = point(t)
            terms.append((p, model.density(p) * dt))
        mass = sum((f for _, f in terms), arb(0))
        common = w / mass * k.gamma() if k < 1e6 else w / mass
        tops = [rising(k, n) * power for (_, n), power in zip(pairs, powers)]
        for p, f in terms:
            if abs(w * f / mass) < effort.least * 1e-2:
                continue
            lmu, lnu = p.mu.log(), p.nu.log()
            peak = p.a * lmu + p.b * lnu
            if k < 1e6:
                base = common * f * p.a.rgamma() * p.b.rgamma() * peak.exp()
            else:
                base = common * f * (peak + k.lgamma() - p.a.lgamma() - p.b.lgamma()).exp()
            columns.append([long(x) for x in (lmu, lnu, p.a, p.b)])
            weights.append(
                [long(base * top / (rising(p.a, y) * rising(p.b, n - y))) for top, (y, n) in zip(tops, pairs)]
            )
    return Nodes(*np.array(columns, Long).T, np.array(weights, Long), pairs)


def mu_axis(plane: Plane, s: arb, start: float, drop: float) -> tuple[Axis, float]:
    """Return the axis and the step in t = logit mu at s.

    Where the row is e^-depth of its maximum, nodes d sds of the Beta apart err by exp(-depth - 2 (pi/d)^2): 40 nats do.
    """
    s64 = np.array([float(s.mid())])
    axes, top = place(lambda t: plane.log64(s64[:, None], t), np.array([start]), min(44.0, max(8.0, drop)))
    axis = axes[0]
    t, dt = axis.node64(np.linspace(-axis.low, axis.high, 120))
    depth = top[0] - plane.log64(s64[:, None], t[None])[0]
    beta = np.exp(-plane.chart.log64(s64[:, None], t[None])[2][0] / 2) * 2 * np.cosh(np.clip(t / 2, -300, 300))
    apart = math.pi * np.sqrt(2 / np.maximum(40 - np.maximum(depth, 0), 2))
    return axis, dyadic(min(0.1, (apart * beta / dt).min()))


def ends_of(nodes: Nodes, centres: Centres) -> tuple[float, float]:
    """Return ends of z for panels, from a rough density: 98% of every group lies between them.

    Light tails lie within them too, and heavy ones up to |z| = 40, where theta or 1 - theta vary as exp(-|z|) only.
    """
    lows, highs = [], []
    for g, (c, scale) in enumerate(centres):
        z = c + scale * 0.3 * np.sinh(np.linspace(-16, 16, 321))
        f = nodes.density64(z, g)
        steps = (f[1:] + f[:-1]) / 2 * np.diff(z)
        cdf = np.concatenate([[0], np.cumsum(steps)]) / steps.sum()
        rest = np.concatenate([np.cumsum(steps[::-1])[::-1], [0]]) / steps.sum()
        last = np.flatnonzero(rest > 1e-17)[-1] + 1
        lows.append(min(z[np.searchsorted(cdf, 0.01) - 1], max(z[np.searchsorted(cdf, 1e-17) - 1], -40)))
        highs.append(max(z[min(320, np.searchsorted(cdf, 0.99))], min(z[last], 40)))
    return min(lows), max(highs)


def scale_at(z: float, centres: Centres) -> float:
    """Return the scale on which the densities vary near z."""
    return min(max(s, 0.3 * abs(z - c)) for c, s in centres)


def slowest(problem: dict[str, Any], model: Model) -> tuple[float, float]:
    """Return the least e in the left and right tails |z|^(-e) that theta of a group may have."""
    pairs = [(y, n) for y, n in zip(problem["successes"], problem["trials"]) if n > 0]
    inside = sum(0 < y < n for y, n in pairs)
    kappa, c, d = model.prior.ends
    apart = min(inside + kappa, 30.0)
    return min(apart, c + sum(y > 0 for y, _ in pairs)), min(apart, d + sum(y < n for y, n in pairs))


def breaks(low: float, high: float, centres: Centres, panel: float) -> list[float]:
    """Return panel edges from low to high, no wider than the local scale asks."""
    edges = [low]
    while edges[-1] < high:
        z = edges[-1]
        step = panel * scale_at(z, centres)
        while step > panel * 1.3 * min(scale_at(z + step, centres), scale_at(z + step / 2, centres)):
            step *= 0.8
        for c, _ in centres:  # never step over a centre
            if z < c < z + step and c - z > 1e-3 * step:
                step = min(step, c - z)
        edges.append(z + step)
    edges[-1] = max(high, edges[-2] + 1e-9)
    return edges


@dataclass(frozen=True)
class Rule:
    """Quadrature in z: nodes and weights of both tails, then of the panels between the edges."""

    edges: np.ndarray
    roots: np.ndarray
    root_weights: np.ndarray
    z: np.ndarray
    w: np.ndarray
    left: int
    tails: int

    @classmethod
    def of(cls, edges: list[float], centres: Centres, slowest: tuple[float, float], effort: GroupEffort) -> Rule:
        """Lay the rule: panels between the edges, tails out to where |z|^(-slowest) is nothing.

        In log |z - edge| the step is even, so that every component exp(-alpha |z|) of a heavy tail is integrated alike.
        """
        h = Long(dyadic(effort.tail))
        tails = []
        for side, end, slow in zip((-1, 1), (edges[0], edges[-1]), slowest):
            v = np.arange(-int(3.8 / h), int((38 / slow + 4) / h) + 1) * h
            x = scale_at(end, centres) * np.exp(v - np.exp(-v))
            tails.append((end + side * x, h * x * (1 + np.exp(-v))))
        found = [arb.legendre_p_root(effort.order, i, weight=True) for i in range(effort.order)]
        roots, root_weights = (np.array([long(pair[i]) for pair in found]) for i in (0, 1))
        e = np.array(edges, Long)
        half = np.diff(e)[:, None] / 2
        z = np.concatenate([tails[0][0], tails[1][0], (e[:-1, None] + half * (1 + roots)).ravel()])
        w = np.concatenate([tails[0][1], tails[1][1], (half * root_weights).ravel()])
        return cls(e, roots, root_weights, z, w, len(tails[0][0]), len(tails[0][0]) + len(tails[1][0]))

    def quantile(self, p: np.longdouble, f: np.ndarray, density: Callable[[np.ndarray], np.ndarray]) -> np.longdouble:
        """Return z with F(z) = p, given the density at the nodes and as a function.

        The series of a panel has half as many digits as the Gauss rule: it gives z nearly, and one more Newton step,
        with a rule of its own from the panel's left edge to z, makes it as good as the mass.
        """
        i, below, z = self.nearly(p, f)
        half = (z - self.edges[i]) / 2
        values = density(np.append(self.edges[i] + half * (1 + self.roots), z))
        miss = below + half * (values[:-1] @ self.root_weights) - p
        if not abs(miss) < 1e-7:
            raise ArithmeticError(f"the series of a panel is off by {float(miss):.1e}")
        return z - miss / values[-1]

    def nearly(self, p: np.longdouble, f: np.ndarray) -> tuple[int, np.longdouble, np.longdouble]:
        """Return the panel with F(z) = p, F at its left edge, and z by Newton, kept within bounds, on its series."""
        start = (f[: self.left] * self.w[: self.left]).sum()
        values = f[self.tails :].reshape(len(self.edges) - 1, -1)
        half = np.diff(self.edges) / 2
        above = start + np.cumsum(half * (values @ self.root_weights))
        i = int(np.searchsorted(above, p))
        if not start < p < above[-1]:
            raise ArithmeticError("a quantile lies in the tails")
        degree = np.arange(len(self.roots))
        basis = legendre.legvander(self.roots, len(self.roots) - 1)
        series = (self.root_weights * values[i]) @ basis * (2 * degree + 1) / Long(2)
        area = legendre.legint(series, lbnd=-1)
        below = above[i - 1] if i else start
        target = (p - below) / half[i]
        low, high, x = Long(-1), Long(1), Long(0)
        for _ in range(200):
            r = legendre.legval(x, area) - target
            low, high = (x, high) if r < 0 else (low, x)
            new = x - r / legendre.legval(x, series)
            if not low <= new <= high:
                new = (low + high) / 2
            moved, x = abs(new - x), new
            if moved < 1e-18:
                break
        return i, below, self.edges[i] + half[i] * (1 + x)


def checked(f: np.ndarray, rule: Rule, mean: np.longdouble) -> float:
    """Return the larger relative error of a group's mass and mean."""
    parts = f * rule.w
    theta = np.exp(log_expit(rule.z)[0])
    return max(abs(float(parts.sum() - 1)), abs(float((parts * theta).sum() / mean - 1)))


def ball(x: np.longdouble) -> arb:
    """Return an extended float as a ball."""
    high = float(x)
    return arb(high) + float(x - Long(high))


def quantiles(problem: dict[str, Any], post: Posterior, effort: GroupEffort = USUAL) -> dict[int, list[list[str]]]:
    """Return {index: [[level, x, density], ...]} for the chosen groups of a problem.

    Raises:
        ArithmeticError: if a group's mass or mean misses by more than 1e-13.
    """
    chosen = chosen_groups(problem)
    pairs = [(problem["successes"][j], problem["trials"][j]) for j in chosen]
    moments = [post.group(y, n) for y, n in pairs]
    centres = []
    for mean, sd, _ in moments:
        m, d = float(mean.mid()), float(sd.mid())
        centres.append((math.log(m) - math.log1p(-m), min(2.0, d / (m * (1 - m)))))
    y, n = sum(problem["successes"]) + 0.5, sum(problem["trials"]) + 1.0
    around = [*centres, (math.log(y / (n - y)), math.sqrt(n / (y * (n - y))))]
    rows = rows_of(post, effort)
    largest = max(float(k.log().mid()) for k, _ in rows)
    with working(effort.bits + int(1.5 * max(0.0, largest))):
        nodes = nodes_of(post, rows, pairs, effort)
    edges = breaks(*ends_of(nodes, centres), around, effort.panel)
    rule = Rule.of(edges, around, slowest(problem, post.model), effort)
    f = nodes.density(rule.z)
    out: dict[int, list[list[str]]] = {}
    for g, j in enumerate(chosen):
        miss = checked(f[:, g], rule, long(moments[g][0]))
        if not miss < 1e-13:
            size = f"{len(nodes.a)} nodes, {len(rule.edges)} panels"
            raise ArithmeticError(f"group {j}: mass or mean off by {miss:.1e} ({size})")
        one = nodes.of(g)
        zs = np.array([rule.quantile(Long(level), f[:, g], one) for level in LEVELS])
        out[j] = []
        for level, z, slope in zip(LEVELS, zs, one(zs)):
            yes, no = (ball(x) for x in log_expit(z))
            x, density = yes.exp(), ball(slope) / (yes + no).exp()
            out[j].append([level, *(v.mid().str(18, radius=False) for v in (x, density))])
    return out
