"""The distribution function of one group's theta, from the lines of a chart of the shape.

theta = G/(b + e) with G ~ Gamma(a + y) independent of b on a line of constant a, so that on that line

    P(theta <= x) = P(G <= x (e + b0)) + integral over log b from b0 of P(b' > b) g(x (e + b)) b/(e + b),

b0 below all that matters and g the density of log G: no incomplete gamma function but for the first term.  All comes
from balls; the sums are taken with the 64-bit mantissas of long doubles, and are good to about 1e-17.
"""

from __future__ import annotations

import math

import numpy as np
from flint import arb
from rates_model import BITS
from rates_quadrature import Panel, rule

LD = np.longdouble

Line = tuple[arb, bool, list[Panel]]  # log shape, whether it is of the odd lines, the density of log rate
LARGE = 10.0  # of a shape, from where on log G is about normal
REACH = 13.0
PIECE = 4.0


def long(x: arb) -> np.longdouble:
    head = float(x)
    return LD(head) + LD(float(x - arb(head)))


def text(x: np.longdouble) -> str:
    """20 digits; what NumPy prints of a long double is not always right."""
    head = float(x)
    return (arb(head) + arb(float(x - LD(head)))).str(20, radius=False)


class Mixture:
    """Lines of (log shape, density of log rate in panels), for a group of y events over e."""

    def __init__(self, lines: list[Line], y: int, e: arb) -> None:
        self.e = long(e)
        self.shape, self.constant, self.mass, self.edges = [], [], [], []
        lo, hi, c, over = [], [], [], []
        self.odd = np.array([odd for _, odd, _ in lines])
        for x, _, panels in lines:
            a = x.exp() + y
            self.shape.append(long(a))
            self.constant.append(long(a * a.log() - a - a.lgamma()))
            self.mass.append(long(sum((p.mass for p in panels), arb(0))))
            left = self.mass[-1]
            edges = [long(panels[0].lo)]
            for p in panels:
                lo.append(long(p.lo))
                hi.append(long(p.hi))
                c.append([long(v) for v in p.coefficients])
                over.append(left)
                left = left - long(p.mass)
                parts = max(1, math.ceil(float(hi[-1] - lo[-1]) / PIECE))
                edges += [lo[-1] + (hi[-1] - lo[-1]) * k / parts for k in range(1, parts + 1)]
            self.edges.append(np.array(edges))
        self.lo, self.hi, self.over = (np.array(v, dtype=LD) for v in (lo, hi, over))
        self.c = np.array(c, dtype=LD)
        self.first = np.cumsum([0] + [len(panels) for *_, panels in lines])
        self.total = sum(self.mass)

    def halves(self, x: np.longdouble) -> float:
        """How far P(theta <= x) over even or odd lines alone is from that over all."""
        value, mass = self.at(x)[2], np.array(self.mass)
        whole = value.sum() / mass.sum()
        return max(abs(float(value[self.odd == odd].sum() / mass[self.odd == odd].sum() - whole)) for odd in (0, 1))

    def at(self, x: np.longdouble) -> tuple[np.longdouble, np.longdouble, np.ndarray]:
        """P(theta <= x), the density of log theta at x, and what each line adds to the former."""
        each = np.zeros(len(self.edges), dtype=LD)
        left, right, owner, which = [], [], [], []
        for k, edges in enumerate(self.edges):
            shape, constant = self.shape[k], self.constant[k]
            each[k] = self.mass[k] * below(shape, constant, x * (self.e + np.exp(edges[0])))
            some = pieces(edges, float(shape), x, self.e)
            if len(some):
                left.append(some[:, 0])
                right.append(some[:, 1])
                owner.append(np.full(len(some), k))
                middle = 0.5 * (some[:, 0] + some[:, 1])
                inside = np.searchsorted(self.lo[self.first[k] : self.first[k + 1]], middle) - 1
                which.append(self.first[k] + np.maximum(inside, 0))
        if not left:
            return each.sum(), LD(0), each
        t, w = spread(np.concatenate(left), np.concatenate(right))
        k, p = np.concatenate(owner)[:, None], np.concatenate(which)
        b = np.exp(t)
        g = np.exp(log_density(np.array(self.shape)[k], np.array(self.constant)[k], x * (self.e + b)))
        half = ((self.hi - self.lo) / 2)[p][:, None]
        inside, here = series(self.c[p], (t - ((self.hi + self.lo) / 2)[p][:, None]) / half)
        np.add.at(each, k[:, 0], np.sum(w * (self.over[p][:, None] - half * inside) * g * (b / (self.e + b)), axis=1))
        return each.sum(), np.sum(w * here * g), each

    def quantile(self, level: str) -> tuple[str, str]:
        goal = LD(level) * self.total
        z = LD(self.start(float(level)))
        low, high = LD(-np.inf), LD(np.inf)
        for _ in range(300):
            value, slope, _ = self.at(np.exp(z))
            gap = value - goal
            if abs(gap) < 1e-9 or z < -11000.0:
                z = z - gap / slope
                break
            low, high = (z, high) if gap < 0 else (low, z)
            step = gap / slope if slope > 0 else LD(np.inf)
            if abs(step) > 3.0 or not low < z - step < high:
                step = np.sign(gap) * LD(3.0)
                if not low < z - step < high:
                    step = z - (low + high) / 2
            z = z - step
        x = np.exp(z)
        return text(x), text(slope / x)

    def start(self, level: float) -> float:
        """Near the quantile: that of the conditional means at the middles of the panels."""
        shape = np.repeat(np.array(self.shape, dtype=float), np.diff(self.first))
        with np.errstate(divide="ignore"):
            log_k = np.log(shape) - np.logaddexp(np.log(float(self.e)), 0.5 * (self.lo + self.hi).astype(float))
        weight = (self.c[:, 0] * (self.hi - self.lo)).astype(float)
        order = np.argsort(log_k)
        running = np.cumsum(weight[order])
        return float(np.interp(level * running[-1], running, log_k[order]))


def pieces(edges: np.ndarray, shape: float, x: np.longdouble, e: np.longdouble) -> np.ndarray:
    """Pieces of a line of log b on each of which g(x (e + b)) b/(e + b) is smooth, without those where it is 0."""
    if shape >= LARGE:
        breaks = shape + math.sqrt(shape) * np.arange(-REACH, REACH + 0.1, 2.0)
    else:
        breaks = 0.01 * 1.8 ** np.arange(17)
    b = LD(1) * breaks / x - e
    inner = np.log(b[b > 0])
    inner = inner[(inner > edges[0]) & (inner < edges[-1])]
    every = np.sort(np.concatenate([edges, inner]))
    u = (x * (e + np.exp(every))).astype(float)
    more = 80.0 if shape < 500.0 else 0.0
    far = REACH * math.sqrt(shape) + more
    live = (u[1:] > shape - far) & (u[:-1] < shape + far) & (every[1:] > every[:-1])
    return np.stack([every[:-1], every[1:]], axis=1)[live]


def spread(lo: np.ndarray, hi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of Gauss-Legendre on each piece."""
    nodes, weights = ([long(v) for v in part] for part in rule(20, BITS)[:2])
    half, middle = (hi - lo) / 2, (hi + lo) / 2
    return middle[:, None] + half[:, None] * np.array(nodes), half[:, None] * np.array(weights)


def series(c: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The integral from -1 and the value of sums of Legendre polynomials, a row of u each."""
    one, p = np.ones_like(u), u
    value, total = c[:, :1] * (u + 1), c[:, :1] * one
    for degree in range(1, c.shape[1]):
        after = ((2 * degree + 1) * u * p - degree * one) / (degree + 1)
        own = c[:, degree : degree + 1]
        value = value + own * ((after - one) / (2 * degree + 1))
        total = total + own * p
        one, p = p, after
    return value, total


def log_density(shape: np.ndarray, constant: np.ndarray, u: np.ndarray) -> np.ndarray:
    """log of the density of log G, G ~ Gamma(shape), constant = log(shape^shape e^-shape / Gamma(shape))."""
    d = (u - shape) / shape
    near = np.abs(d) < 0.25
    r = np.where(near, d, 0) / (2 + np.where(near, d, 0))
    out = np.zeros_like(r)
    for k in range(35, 1, -2):
        out = out * (r * r) + LD(1) / k
    small = 2 * r**3 * out - r * np.where(near, d, 0)
    with np.errstate(all="ignore"):
        large = np.log(u / shape) - d
    return shape * np.where(near, small, large) + constant


def below(shape: np.longdouble, constant: np.longdouble, u: np.longdouble) -> np.longdouble:
    """P(G <= u): the power series for a small shape, else its own integral."""
    rough = float(shape)
    if rough < LARGE:
        if u > 120.0:
            return LD(1)
        term, total, k = LD(1), LD(1), 1
        while term > 1e-22 * total:
            term = term * u / (shape + k)
            total, k = total + term, k + 1
        return np.exp(log_density(shape, constant, np.array(u))) / shape * total
    more = 80.0 if rough < 500.0 else 0.0
    low, high = rough - REACH * math.sqrt(rough) - more, rough + REACH * math.sqrt(rough) + more
    low = max(low, 1e-5 * rough)
    if u <= low:
        return LD(0)
    if u >= high:
        return LD(1)
    parts = max(1, math.ceil((float(u) - low) / math.sqrt(rough) / 1.5))
    edges = LD(low) + (u - LD(low)) * np.arange(parts + 1) / LD(parts)
    t, w = spread(edges[:-1], edges[1:])
    return np.sum(w * np.exp(log_density(shape, constant, t)) / t)
