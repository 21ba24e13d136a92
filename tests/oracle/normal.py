"""High-precision oracle for estimates with known errors, independent of `src`: no code or method is shared.

    y_j ~ N(theta_j, s_j^2),  theta_j ~ N(mean, sd^2),  mean flat or N(m, r^2)

In ball arithmetic (python-flint `arb`), whose exponents have no end: nothing is scaled, shifted or kept in logs. With
v_j = s_j^2 + sd^2, P = sum 1/v_j (+ 1/r^2) and M = (sum y_j/v_j (+ m/r^2)) / P,

    p(y | sd) = prod (2 pi v_j)^(-1/2) exp(-sum (y_j - M)^2/(2 v_j)) sqrt(2 pi / P)    [times the prior's N(M; m, r^2)]

The integral over log sd is a sum of Gauss-Legendre panels (the trapezoid rule is what `src` uses). The distribution
function of sd is the sum of whole panels and one cut short; those of the mean and of theta_j are sums of erfc over the
nodes; all are inverted by Newton's method.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np
from flint import arb, ctx
from scipy.special import ndtr

LEVELS = ("0.025", "0.5", "0.975")
WIDE = 1e-14
CHOSEN = 6  # groups of a problem whose answers are stored


@dataclass(frozen=True)
class Effort:
    """Working bits, points of a panel, its width, and the digits that the tails may lose."""

    bits: int = 180
    points: int = 40
    width: float = 1.0
    digits: int = 34


USUAL = Effort()
HIGHER = Effort(bits=290, points=72, width=0.7, digits=60)


@contextmanager
def working(bits):
    before, ctx.prec = ctx.prec, bits
    try:
        yield
    finally:
        ctx.prec = before


def mid(x):
    """The middle of a ball: what is known of a number, without the growing bound on its error."""
    return arb(x.mid())


def square(x):
    """x x, which a power of a ball about 0 is not."""
    return x * x


@cache
def legendre(points, bits):
    with working(bits):
        pairs = [arb.legendre_p_root(points, k, True) for k in range(points)]
        return [(mid((x + 1) / 2), mid(w / 2)) for x, w in pairs]


# --- priors on sd: p(t), and where in log t it has something to say ---


def prior_of(spec, se):
    """(density of t > 0, support, notable scales, exponent at infinity) of ["Name", parameters..., {"on": ...}]."""
    name, *a = spec
    on = a.pop()["on"] if a and isinstance(a[-1], dict) else "sd"
    power = {"sd": 1, "variance": 2, "precision": -2}[on]
    a = [arb(x) for x in a]
    positive = [arb(s) ** 2 for s in se if s > 0]
    if name in ("UniformShrinkage", "DuMouchel"):
        s0_squared = len(positive) / sum((1 / v for v in positive), arb(0))
        if name == "UniformShrinkage":
            return (lambda t: t / (s0_squared + t * t) ** 2), (0, None), [s0_squared.sqrt()], 3.0
        return (lambda t: 1 / (s0_squared.sqrt() + t) ** 2), (0, None), [s0_squared.sqrt()], 2.0
    if name == "Jeffreys":
        return (lambda t: sum(((t / (v + t * t)) ** 2 for v in positive), arb(0)).sqrt()), (0, None), [], 1.0
    shapes = {
        "Flat": lambda x: arb(1),
        "Power": lambda x: x ** a[0],
        "Uniform": lambda x: arb(1),
        "HalfNormal": lambda x: (-((x / a[0]) ** 2) / 2).exp(),
        "HalfCauchy": lambda x: 1 / (1 + (x / a[0]) ** 2),
        "HalfStudentT": lambda x: (1 + (x / a[1]) ** 2 / a[0]) ** (-(a[0] + 1) / 2),
        "Exponential": lambda x: (-a[0] * x).exp(),
        "Gamma": lambda x: x ** (a[0] - 1) * (-a[1] * x).exp(),
        "InverseGamma": lambda x: x ** (-a[0] - 1) * (-a[1] / x).exp(),
        "LogNormal": lambda x: (-(((x.log() - a[0]) / a[1]) ** 2) / 2).exp() / x,
        "Pareto": lambda x: x ** (-a[1] - 1),
    }
    inner = shapes[name]
    notable = {"HalfNormal": 0, "HalfCauchy": 0, "HalfStudentT": 1, "Pareto": 0, "InverseGamma": 1}
    scales = [a[notable[name]]] if name in notable else []
    scales += [1 / a[-1]] if name in ("Gamma", "Exponential") else []
    scales += [a[0].exp()] if name == "LogNormal" else []
    falls = {"Flat": 0.0, "HalfCauchy": 2.0}
    falls |= {"Power": -float(a[0])} if name == "Power" else {}
    falls |= {"HalfStudentT": float(a[0]) + 1} if name == "HalfStudentT" else {}
    falls |= {"InverseGamma": float(a[0]) + 1} if name == "InverseGamma" else {}
    falls |= {"Pareto": float(a[1]) + 1} if name == "Pareto" else {}
    fall = falls.get(name, math.inf)
    support = (a[0], a[1]) if name == "Uniform" else (a[0], None) if name == "Pareto" else (0, None)
    root = arb(1) / power
    if power < 0:
        assert support == (0, None)
        at_zero = {"Gamma": float(a[0]) - 1, "Exponential": 0.0, "LogNormal": math.inf}[name]
        return density_on(inner, power), support, [s**root for s in scales], 1.0 - power * (at_zero + 1.0)
    support = (support[0] ** root if support[0] > 0 else 0, support[1] ** root if support[1] is not None else None)
    return density_on(inner, power), support, [s**root for s in scales], power * fall - power + 1.0


def density_on(inner, power):
    return lambda t: inner(t**power) * abs(power) * t ** (power - 1)


# --- the posterior ---


@dataclass
class Node:
    sd: arb
    mass: arb
    mean: arb
    variance: arb


class Posterior:
    """Nodes over sd, and what follows from them."""

    def __init__(self, problem, effort=USUAL):
        self.effort = effort
        self.y = [arb(v) for v in problem["estimate"]]
        self.s = [arb(v) for v in problem["se"]]
        mean = problem["prior"].get("mean")
        self.on_mean = None if mean is None else (arb(mean[1]), arb(mean[2]))
        self.p, self.support, scales, fall = prior_of(problem["prior"]["sd"], problem["se"])
        size = len(self.y)
        self.below = fall + size - (2.0 if mean is None else 1.0)
        self.panels = self.cover(problem, scales)
        self.nodes = [node for panel in self.panels for node in panel[2]]
        self.total = sum((n.mass for n in self.nodes), arb(0))
        self.off = self.check()
        for node in self.nodes:
            node.mass = mid(node.mass / self.total)

    def node(self, x, w):
        sd = x.exp()
        v = [s * s + sd * sd for s in self.s]
        precision, first = arb(0), arb(0)
        for y, vj in zip(self.y, v):
            precision += 1 / vj
            first += y / vj
        if self.on_mean:
            m, r = self.on_mean
            precision, first = precision + 1 / r**2, first + m / r**2
        mean = first / precision
        product, q = arb(1), arb(0)
        for y, vj in zip(self.y, v):
            product *= vj
            q += square(y - mean) / vj
        if self.on_mean:
            q += square(mean - m) / r**2
        density = (-q / 2).exp() / (product * precision).sqrt() * self.p(sd) * sd
        return Node(mid(sd), mid(density * w), mid(mean), mid(1 / precision))

    def check(self):
        """How far fewer points a panel change the mass: more than the root of what these are off by."""
        few = 3 * self.effort.points // 4
        total = sum((n.mass for lo, hi, _ in self.panels for n in self.panel(lo, hi, few)[2]), arb(0))
        return abs(float(total / self.total - 1))

    def panel(self, lo, hi, points=None):
        rule = legendre(points or self.effort.points, ctx.prec)
        nodes = [self.node(lo + (hi - lo) * u, (hi - lo) * w) for u, w in rule]
        return lo, hi, nodes

    def cover(self, problem, scales):
        """Panels over all that matters, going outwards from the scales of the data and the prior."""
        inner = self.inner(problem, scales)
        panels = [self.panel(a, b) for a, b in pairwise(inner)]
        below = [] if self.support[0] > 0 else self.tail(panels, -1)
        above = [] if self.support[1] is not None else self.tail(panels, 1)
        return below[::-1] + panels + above

    def inner(self, problem, scales):
        """Edges of panels over the scales of the data and of the prior."""
        logs = [float(s.log()) for s in [*self.s, *scales] if s > 0]
        away = sorted({abs(a - self.y[0]) for a in self.y} - {arb(0)}, key=lambda a: a.log())
        logs += [float(a.log()) for a in (away[:1] + away[-1:])]
        if self.on_mean:
            logs += [float(self.on_mean[1].log())]
        lo, hi = (arb(x) for x in (min(logs) - 4.0, max(logs) + 4.0))
        if self.support[0] > 0:
            lo = self.support[0].log()
            hi = max(hi, lo + 4)
        if self.support[1] is not None:
            hi = self.support[1].log()
            lo = lo if self.support[0] > 0 else min(lo, hi - 4)
        width = self.effort.width * min(1.0, 4.0 / math.sqrt(len(self.y))) * problem.get("narrow", 1.0)
        parts = max(1, math.ceil(float(hi - lo) / width))
        return [lo + (hi - lo) * k / parts for k in range(parts + 1)]

    def tail(self, panels, way):
        """Panels further and further out, until what they hold of every moment is negligible."""
        orders = [k for k in (0, 1, 2) if k == 0 or k < self.below]
        stop = 10.0**-self.effort.digits
        held = [sum((n.mass * n.sd**k for panel in panels for n in panel[2]), arb(0)) for k in orders]
        found, step = [], 2.0 * self.effort.width
        edge = panels[0][0] if way < 0 else panels[-1][1]
        while True:
            new = self.panel(edge - step, edge) if way < 0 else self.panel(edge, edge + step)
            edge += way * step
            found.append(new)
            more = [sum((n.mass * n.sd**k for n in new[2]), arb(0)) for k in orders]
            held = [mid(a + b) for a, b in zip(held, more)]
            if all(float(b / a) < stop for a, b in zip(held, more)):
                return found
            if len(found) > 20:  # an exponential by now
                fall = abs(float((new[2][0].mass / new[2][-1].mass).log())) / step
                step = self.effort.width * max(2.0, min(1.2 * step, 40.0, 8.0 / max(fall, 1e-3)))
            assert len(found) < 3000, "the tail has no end"

    # --- sd

    def sd(self):
        found = {"mean": None, "sd": None}
        if self.below > 1:
            mean = sum((n.mass * n.sd for n in self.nodes), arb(0))
            found["mean"] = text(mean)
            if self.below > 2:
                found["sd"] = text(sum((n.mass * square(n.sd - mean) for n in self.nodes), arb(0)).sqrt())
        return found | {"quantiles": [self.sd_quantile(level) for level in LEVELS]}

    def sd_quantile(self, level):
        p, before = arb(level), arb(0)
        masses = [sum((n.mass for n in nodes), arb(0)) for _, _, nodes in self.panels]
        place = 0
        while before + masses[place] < p:
            before, place = before + masses[place], place + 1
        mass, (lo, hi, _) = masses[place], self.panels[place]
        x = lo + (hi - lo) * (p - before) / mass
        low, high = lo, hi
        for _ in range(200):
            value = before + sum((n.mass for n in self.panel(lo, x)[2]), arb(0)) / self.total
            gap = mid(value - p)
            low, high = (x, high) if gap < 0 else (low, x)
            slope = self.node(x, arb(1)).mass / self.total
            new = mid(x - gap / slope)
            if abs(gap) < arb(10) ** -14:  # the last step squares it
                x = new
                break
            x = new if low < new < high else mid((low + high) / 2)
        t = x.exp()
        return [level, text(t), text(slope / t)]

    # --- mixtures of normals

    def mean(self):
        parts = [(n.mean, n.variance) for n in self.nodes]
        exists = math.inf if self.on_mean else self.below
        return self.mixture(parts, exists)

    def group(self, j):
        parts, weight = [], arb(0)
        y, s = self.y[j], self.s[j]
        for n in self.nodes:
            v = s * s + n.sd * n.sd
            b, rest = n.sd * n.sd / v, s * s / v
            parts.append((y - rest * (y - n.mean), b * s * s + square(rest) * n.variance))
            weight += n.mass * b
        if s == 0:
            exact = text(y)
            return {"mean": exact, "sd": "0", "weight": "1", "quantiles": [[level, exact, "inf"] for level in LEVELS]}
        return self.mixture(parts, math.inf) | {"weight": text(weight)}

    def mixture(self, parts, exists):
        p = [n.mass for n in self.nodes]
        mean = sum((w * m for w, (m, _) in zip(p, parts)), arb(0))
        spread = sum((w * (v + square(m - mean)) for w, (m, v) in zip(p, parts)), arb(0))
        keep = [i for i, w in enumerate(p) if w > arb(10) ** -30]
        few = [(p[i], mid(parts[i][0]), mid(parts[i][1].sqrt())) for i in keep]
        found = {"mean": text(mean) if exists > 1 else None, "sd": text(spread.sqrt()) if exists > 2 else None}
        return found | {"quantiles": [quantile(few, level) for level in LEVELS]}


def quantile(parts, level):
    """Newton's method from where double precision ends."""
    p = arb(level)
    heaviest = max(parts, key=lambda part: part[0])
    centre, unit = heaviest[1], heaviest[2]
    w = np.array([float(a) for a, _, _ in parts])
    m = np.array([float((b - centre) / unit) for _, b, _ in parts])
    d = np.array([float(c / unit) for _, _, c in parts])
    lo, hi = -1e3, 1e3
    while w @ ndtr((lo - m) / d) > float(p):
        lo *= 10
    while w @ ndtr((hi - m) / d) < float(p):
        hi *= 10
    for _ in range(200):
        z = 0.5 * (lo + hi)
        lo, hi = (z, hi) if w @ ndtr((z - m) / d) < float(p) else (lo, z)
    x = centre + unit * arb(z)
    root2, root2pi = arb(2).sqrt(), (2 * arb.pi()).sqrt()
    for _ in range(60):
        value, slope = arb(0), arb(0)
        for weight, at, sd in parts:
            u = (x - at) / sd
            if u < -40:
                continue
            value += weight * ((-u / root2).erfc() / 2 if u < 40 else 1)
            slope += weight * (-u * u / 2).exp() / (sd * root2pi)
        gap = mid(value - p)
        x = mid(x - gap / slope)
        if abs(gap) < arb(10) ** -13:
            break
    # the last step of Newton's method squares what was left
    return [level, text(x), text(slope)]


def text(x):
    return mid(x).str(30, radius=False)


def chosen(problem):
    """The groups whose answers are stored: all of a few, else the ends and some between of se and of estimate."""
    size = len(problem["se"])
    if size <= CHOSEN:
        return list(range(size))
    by_se, by_y = np.argsort(problem["se"], kind="stable"), np.argsort(problem["estimate"], kind="stable")
    return sorted({int(order[k]) for order in (by_se, by_y) for k in (0, size // 2, size - 1)})


def resolved(problem, effort):
    """The posterior by panels that are narrow enough."""
    while True:
        posterior = Posterior(problem, effort)
        if posterior.off < WIDE:
            return posterior
        assert effort.width > 0.01, f"panels are too wide: {posterior.off:.1e}"
        effort = replace(effort, width=0.5 * effort.width)


def answer(problem, effort=USUAL):
    """All stored answers of a problem, as decimal text."""
    with working(effort.bits):
        posterior = resolved(problem, effort)
        groups = [{"index": j, **posterior.group(j)} for j in chosen(problem)]
        return {"id": problem["id"], "population": {"mean": posterior.mean(), "sd": posterior.sd()}, "groups": groups}
