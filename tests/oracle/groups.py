"""Quantiles of the groups' theta, from the mixture density on panels in z = logit theta.

    f_j(z) = sum_k w_k theta^(y_j+alpha_k) (1-theta)^(n_j-y_j+beta_k) / B(y_j+alpha_k, n_j-y_j+beta_k)

over nodes k of (kappa, logit mu).  The nodes must be closer in mu than the Beta is wide, sqrt(mu(1-mu)/kappa), so rows of
large kappa need many; above `limit` the conditional density is instead a polynomial in 1/kappa (Chebyshev nodes), to which it is
smooth, and the rows' weights are shared out among those nodes.  F_j is integrated from the left end: the tails by the
exp-sinh rule, the rest by Gauss-Legendre panels, whose Legendre expansions give F_j inside a panel.

Checked for every group: the total mass is 1 and the mean equals the closed-form sum of `Posterior.group`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from beta_binomial import LEVELS, ConcentrationChart, Model, Plane, Posterior, Precision, chosen_groups, dyadic, rising, text, working
from priors import AlphaBeta
from quadrature import place


@dataclass(frozen=True)
class GroupEffort:
    """`skip` 2 uses every other row; `spacing` scales the mu step; `order` nodes a panel of `panel` scales; `tail` step of the tails."""

    bits: int = 128
    skip: int = 2
    spacing: float = 1.0
    chebyshev: int = 12
    order: int = 20
    panel: float = 1.6
    tail: float = 0.07
    least: float = 1e-19


@dataclass
class Nodes:
    """The mixture: alpha_k, beta_k, and weights[g][k] = w_k / B(y_g + alpha_k, n_g - y_g + beta_k)."""

    a: list[arb]
    b: list[arb]
    weights: list[list[arb]]
    pairs: list[tuple[int, int]]

    def density(self, zs: Sequence[arb]) -> list[list[arb]]:
        """Return f_g(z) for every z (outer list) and group."""
        ab = arb_mat(2, len(self.a), self.a + self.b)
        w = arb_mat([list(column) for column in zip(*self.weights)])
        out: list[list[arb]] = []
        for i in range(0, len(zs), 24):
            chunk = zs[i : i + 24]
            logs = arb_mat([list(log_expit(z)) for z in chunk])
            e = (logs * ab).entries()
            p = arb_mat(len(chunk), len(self.a), [x.exp() for x in e]) * w
            for z, row in zip(chunk, p.tolist()):
                yes, no = log_expit(z)
                out.append([(yes * y + no * (n - y)).exp() * f for f, (y, n) in zip(row, self.pairs)])
        return out


def log_expit(z: arb) -> tuple[arb, arb]:
    """Return (log theta, log(1-theta)) of z = logit theta."""
    if z < 0:
        low = z.exp().log1p()
        return z - low, -low
    high = (-z).exp().log1p()
    return -high, -z - high


def rows_of(post: Posterior, effort: GroupEffort) -> list[tuple[arb, arb | None]]:
    """Return (kappa, weight) of the rows to use: weights sum to 1."""
    m = post.marginal
    scale = [r.weight * r.mass if r else arb(0) for r in m.rows]
    kept = [(m.chart.value(r.s)[0], w) for i, (r, w) in enumerate(zip(m.rows, scale)) if r and (m.first + i) % effort.skip == 0]
    total = sum((w for _, w in kept), arb(0))
    kept = [(k, (w / total)) for k, w in kept]
    return [(k, w) for k, w in kept if w > effort.least]


def compress(rows: list[tuple[arb, arb]], limit: float, count: int) -> list[tuple[arb, arb]]:
    """Replace the rows with kappa > limit by Chebyshev nodes in 1/kappa that integrate polynomials alike."""
    low = [(k, w) for k, w in rows if k <= limit]
    high = [(k, w) for k, w in rows if not k <= limit]
    if len(high) <= count:
        return rows
    cosines = [(arb.pi() * (2 * c + 1) / (2 * count)).cos() for c in range(count)]
    weights = [arb(0)] * count
    for k, w in high:
        x = 2 * (arb(limit) / k) - 1
        # Lagrange: T_count(x) / (T_count'(x_c) (x - x_c)), x_c = cos((2c+1) pi / (2 count))
        for c, xc in enumerate(cosines):
            basis = arb(1)
            for d, xd in enumerate(cosines):
                if d != c:
                    basis = basis * (x - xd) / (xc - xd)
            weights[c] += w * basis
    return low + [(2 * arb(limit) / (1 + x), w) for x, w in zip(cosines, weights)]


def nodes_of(post: Posterior, pairs: list[tuple[int, int]], effort: GroupEffort) -> Nodes:
    """Lay the nodes for the groups (y, n)."""
    model = post.model
    rows = rows_of(post, effort)
    if not isinstance(model.prior, AlphaBeta):
        rows = compress(rows, 30.0 * max(20, sum(model.trials)), effort.chebyshev)
    chart = ConcentrationChart(model.prior.minimum)
    plane = Plane(model, chart, 0.0, 50.0)
    s = np.array([float((k - model.prior.minimum).log().mid()) for k, _ in rows])
    axes, _ = place(lambda t: plane.log64(s[:, None], t), np.full(len(s), post.marginal.start), 44.0)
    nodes = Nodes([], [], [[] for _ in pairs], pairs)
    for (k, w), axis, s64 in zip(rows, axes, s):
        u = np.linspace(-axis.low, axis.high, 60)
        t, dt = axis.node64(u)
        width = np.sqrt(math.exp(s64) + model.prior.minimum) / (2 * np.cosh(t / 2)) * dt
        h = dyadic(effort.spacing * min(0.25, 0.55 / width.max()))
        point = chart.row((k - model.prior.minimum).log())
        terms = []
        for i in axis.indices(h):
            t1, d1 = axis.node(arb(i * h))
            p = point(t1)
            terms.append((p, model.density(p) * d1))
        mass = sum((f for _, f in terms), arb(0))
        gk = k.gamma() if k < 1e6 else None
        above = [rising(k, n) for _, n in pairs]
        for p, f in terms:
            weight = w * f / mass
            if abs(weight) < effort.least * 1e-2:
                continue
            if gk is not None:
                base = weight * gk * p.a.rgamma() * p.b.rgamma()
            else:
                base = weight * (k.lgamma() - p.a.lgamma() - p.b.lgamma()).exp()
            nodes.a.append(p.a)
            nodes.b.append(p.b)
            for g, (y, n) in enumerate(pairs):
                nodes.weights[g].append(base * above[g] / (rising(p.a, y) * rising(p.b, n - y)))
    return nodes


def rough(nodes: Nodes, pairs: list[tuple[int, int]], centres: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the smallest 2% and the largest 98% quantile of z over the groups, roughly."""
    a, b = (np.array([float(x.mid()) for x in side]) for side in (nodes.a, nodes.b))
    ends = []
    for (y, n), w, (c, scale) in zip(pairs, nodes.weights, centres):
        lw = np.array([float(abs(x.mid()).log().mid()) for x in w])
        sign = np.array([1.0 if x.mid() > 0 else -1.0 for x in w])
        z = c + scale * 0.3 * np.sinh(np.linspace(-10, 10, 241))
        lt, lf = -np.logaddexp(0, -z), -np.logaddexp(0, z)
        f = np.array([(sign * np.exp((a + y) * p + (b + (n - y)) * q + lw)).sum() for p, q in zip(lt, lf)])
        steps = (f[1:] + f[:-1]) / 2 * np.diff(z)
        cdf = np.concatenate([[0], np.cumsum(steps)]) / steps.sum()
        ends.append((z[np.searchsorted(cdf, 0.018) - 1], z[min(240, np.searchsorted(cdf, 0.982))]))
    return min(e[0] for e in ends), max(e[1] for e in ends)


def scale_at(z: float, centres: list[tuple[float, float]]) -> float:
    """Return the scale on which the densities vary near z."""
    return min(max(s, 0.3 * abs(z - c)) for c, s in centres)


def slowest(problem: dict[str, Any], model: Model) -> float:
    """Return the least e in the tails |z|^(-e) that theta of a group with y = 0, y = n or n = 0 may have."""
    pairs = [(y, n) for y, n in zip(problem["successes"], problem["trials"]) if n > 0]
    inside = sum(0 < y < n for y, n in pairs)
    kappa, c, d = model.prior.ends
    return min(inside + kappa, c + sum(y > 0 for y, _ in pairs), d + sum(y < n for y, n in pairs), 30.0)


def breaks(low: float, high: float, centres: list[tuple[float, float]], panel: float) -> list[float]:
    """Return panel edges from low to high, no wider than the local scale min_j max(scale_j, 0.3 |z - centre_j|) asks."""
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


def quantiles(problem: dict[str, Any], post: Posterior, effort: GroupEffort = GroupEffort()) -> dict[int, list[list[str]]]:
    """Return {index: [[level, x, density], ...]} for the chosen groups of a problem.

    Raises:
        ArithmeticError: if a group's mass or mean misses by more than 1e-13.
    """
    chosen = chosen_groups(problem)
    pairs = [(problem["successes"][j], problem["trials"][j]) for j in chosen]
    exact = [post.group(y, n) for y, n in pairs]
    centres = []
    for mean, sd, _ in exact:
        m, d = float(mean.mid()), float(sd.mid())
        centres.append((math.log(m) - math.log1p(-m), min(2.0, d / (m * (1 - m)))))
    y, n = sum(problem["successes"]) + 0.5, sum(problem["trials"]) + 1.0
    pooled = (math.log(y / (n - y)), math.sqrt(n / (y * (n - y))))
    big = max(float(k.log().mid()) for k, _ in compress(rows_of(post, effort), 30.0 * max(20, sum(problem["trials"])), effort.chebyshev))
    with working(effort.bits + int(1.5 * max(0.0, big))):
        nodes = nodes_of(post, pairs, effort)
        low, high = rough(nodes, pairs, centres)
        edges = breaks(low, high, [*centres, pooled], effort.panel)
        size = effort.order
        legendre = [arb.legendre_p_root(size, i, weight=True) for i in range(size)]
        zs: list[arb] = []
        ws: list[arb] = []
        last = math.asinh(2 / math.pi * (42 / slowest(problem, post.model) + 4))
        for side, end in ((-1, edges[0]), (1, edges[-1])):
            near = scale_at(end, [*centres, pooled])
            for i in range(-int(4.1 / effort.tail), int(last / effort.tail) + 1):
                t = arb(i) * arb(dyadic(effort.tail))
                x = near * (arb.pi() / 2 * t.sinh()).exp()
                zs.append(end + side * x)
                ws.append(dyadic(effort.tail) * x * arb.pi() / 2 * t.cosh())
        tail = len(zs) // 2
        for left, right in zip(edges, edges[1:]):
            half = (arb(right) - left) / 2
            for x, w in legendre:
                zs.append(left + half * (1 + x))
                ws.append(half * w)
        f = nodes.density(zs)
        out: dict[int, list[list[str]]] = {}
        todo: list[tuple[int, str, arb]] = []
        for g, j in enumerate(chosen):
            column = [row[g] for row in f]
            parts = [x * w for x, w in zip(column, ws)]
            mass = sum(parts, arb(0))
            mean = sum((x * log_expit(z)[0].exp() for x, z in zip(parts, zs)), arb(0))
            miss = max(abs(float(mass.mid()) - 1), abs(float((mean / exact[g][0]).mid()) - 1))
            if not miss < 1e-13:
                raise ArithmeticError(f"group {j}: mass or mean off by {miss:.1e} ({len(nodes.a)} nodes, {len(edges)} panels)")
            start = sum(parts[:tail], arb(0))
            for level in LEVELS:
                todo.append((g, level, solve(arb(level), start, edges, column[2 * tail :], legendre)))
        at = nodes.density([z for _, _, z in todo])
        for (g, level, z), row in zip(todo, at):
            theta, rest = (x.exp() for x in log_expit(z))
            out.setdefault(chosen[g], []).append([level, text(theta, 19), text(row[g] / (theta * rest), 17)])
        return out


def solve(p: arb, start: arb, edges: list[float], values: list[arb], legendre: list[tuple[arb, arb]]) -> arb:
    """Return z with F(z) = p, given F at the first edge and the density at the panels' nodes."""
    size = len(legendre)
    below = start
    for i, (left, right) in enumerate(zip(edges, edges[1:])):
        f = values[i * size : (i + 1) * size]
        half = (arb(right) - left) / 2
        mass = half * sum((x * w for x, (_, w) in zip(f, legendre)), arb(0))
        if below + mass > p:
            break
        below += mass
    coefficients = [sum((w * x * q[l] for x, (_, w), q in zip(f, legendre, [polynomials(r, size) for r, _ in legendre])), arb(0)) * (2 * l + 1) / 2 for l in range(size)]
    target = (p - below) / half
    low, high = arb(-1), arb(1)
    x = arb(0)
    for _ in range(200):
        q = polynomials(x, size + 1)
        area = coefficients[0] * (x + 1) + sum((coefficients[l] * (q[l + 1] - q[l - 1]) / (2 * l + 1) for l in range(1, size)), arb(0))
        slope = sum((c * v for c, v in zip(coefficients, q)), arb(0))
        r = (area - target).mid()
        low, high = (x, high) if r < 0 else (low, x)
        new = (x - r / slope).mid()
        if not (low <= new <= high):
            new = ((low + high) / 2).mid()
        moved = abs(new - x)
        x = new
        if moved < 1e-20:
            break
    return (left + half * (1 + x)).mid()


def polynomials(x: arb, count: int) -> list[arb]:
    """Return P_0(x) ... P_count(x)."""
    p = [arb(1), x]
    for l in range(1, count):
        p.append(((2 * l + 1) * x * p[l] - l * p[l - 1]) / (l + 1))
    return p
