"""Answers of the oracle for measurements: moments and quantiles of the population and of some groups."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from flint import arb, ctx
from measurements_model import Given, Model, exists, square
from measurements_quadrature import INF, Axis, locate, placed64
from scipy.special import ndtr

LEVELS = ("0.025", "0.5", "0.975")
CHOSEN = 3
STEPS = (0.2, 0.13, 0.085, 0.055, 0.035, 0.022)  # outer
INNER = (0.16, 0.11, 0.075, 0.05, 0.033, 0.022)
HALVES = 1e-10  # how far even and odd nodes may differ: the whole rule is then good to about the square of it
NODES = 400_000
SQRT2 = arb(2).sqrt


class NotConvergedError(ArithmeticError):
    """The finest step does not agree with itself."""


@dataclass(frozen=True)
class Row:
    """One outer node: its sums, its weight and the inner nodes (y, density times weights)."""

    at: Given
    x: arb
    weight: arb
    odd: bool
    y: list[arb]
    p: list[arb]

    mass: arb


class Posterior:
    """The integrated posterior of a problem at one step."""

    def __init__(self, model: Model, step: float, *, rough: bool = False) -> None:
        self.model, self.step, self.rough = model, step, rough
        self.rows: list[Row] = []
        for lo, hi in model.outer():
            self.rows += rows(model, lo, hi, step)
        self.total = sum((row.mass for row in self.rows), arb(0))

    def mean(self, f: Callable[[Row, arb], arb]) -> arb:
        """E[f], f > 0, checked on even and odd rows."""
        parts, mass = [arb(0), arb(0)], [arb(0), arb(0)]
        for row in self.rows:
            parts[row.odd] += sum((p * f(row, y) for y, p in zip(row.y, row.p)), arb(0))
            mass[row.odd] += row.mass
        agree("mean", parts[0] / mass[0], parts[1] / mass[1], 0.0)
        return sum(parts, arb(0)) / self.total

    def by_row(self, f: Callable[[Row], arb]) -> arb:
        """The sum over rows of f, which has the mass of the row in it, checked on even and odd rows."""
        parts, mass = [arb(0), arb(0)], [arb(0), arb(0)]
        for row in self.rows:
            parts[row.odd] += f(row)
            mass[row.odd] += row.mass
        agree("weight", parts[0] / mass[0], parts[1] / mass[1], 0.0)
        return sum(parts, arb(0)) / self.total


def rows(model: Model, lo: float | arb, hi: float | arb, step: float) -> list[Row]:
    """The rows on one interval of x."""
    axis = outer_axis(model, float(lo), float(hi))
    axis = Axis(lo, hi, *axis)
    nodes = axis.nodes(step)
    x64 = np.array([float(x) for x, _ in nodes])
    c, w, low, high = inner_axes(model, x64, [model.inner(x) for x in x64.tolist()])
    if (axis.high - axis.low) / step * float(np.median(high - low)) / INNER[0] > NODES:
        raise NotConvergedError("too many nodes")
    for h in INNER:
        out, gap, total = [], arb(0), arb(0)
        for k, (x, weight) in enumerate(nodes):
            at = model.given(x)
            inner = Axis(*inner_exact(model, x), float(c[k]), float(w[k]), float(low[k]), float(high[k])).nodes(h)
            p = [model.density(at, y) * more * (weight * arb(h)) for y, more in inner]
            out.append(Row(at, x, weight, bool(k % 2), [y for y, _ in inner], p, sum(p, arb(0))))
            gap += abs(sum(p[::2], arb(0)) - sum(p[1::2], arb(0)))
            total += out[-1].mass
        if float(gap / total) < HALVES:
            return out
    raise NotConvergedError(f"rows: halves differ by {float(gap / total):.1e}")


def inner_exact(model: Model, x: arb) -> tuple[float | arb, float | arb]:
    """The bounds of y, exact as far as the supports are doubles."""
    lo, hi = model.inner(float(x))
    if model.relative:
        return bound(model.sigma.support_power[0], lo), bound(model.sigma.support_power[1], hi)
    s_lo, s_hi = model.sigma.support
    a = bound(model.sigma.support_power[0], s_lo) if lo == s_lo else bound(model.sd.support_power[0], lo) - x
    b = bound(model.sigma.support_power[1], s_hi) if hi == s_hi else bound(model.sd.support_power[1], hi) - x
    return a, b


def bound(end: float, log_end: float) -> float | arb:
    return arb(end).log() if math.isfinite(log_end) and end > 0 else log_end


def outer_axis(model: Model, lo: float, hi: float) -> tuple[float, float, float, float]:
    """Where the marginal of x is: its log by a rough rule in y at every x asked for."""

    def log64(t: np.ndarray) -> np.ndarray:
        x, slope = placed64(np.array(lo), np.array(hi), t)
        flat = np.clip(x.ravel(), -1e4, 1e4)
        c, w, *_ = inner_axes(model, flat, [model.inner(v) for v in flat.tolist()], rough=True)
        u = np.linspace(-6.0, 6.0, 61)
        a = np.array([model.inner(v) for v in flat.tolist()])
        at = c[:, None] + w[:, None] * np.sinh(0.4 * u) / 0.4
        y, more = placed64(a[:, :1], a[:, 1:], at)
        value = model.log64(flat[:, None], y) + more + np.log(w[:, None] * np.cosh(0.4 * u))
        top = value.max(axis=1)
        with np.errstate(all="ignore"):
            total = top + np.log(np.exp(value - top[:, None]).sum(axis=1))
        return np.where(np.isnan(total), -INF, total).reshape(t.shape) + slope

    start = np.zeros(1)
    c, w, low, high = locate(log64, start, float(orders(model)[0]) if math.isinf(hi) else 0.0)
    return float(c[0]), float(w[0]), float(low[0]), float(high[0])


def orders(model: Model) -> tuple[int, int]:
    """How many moments of sd and of sigma exist, two at most."""
    if not hasattr(model, "orders"):
        grow = (lambda x, y: x + y), (lambda x, y: y)
        model.orders = tuple(sum(exists(model, g, k) for k in (1, 2)) for g in grow)
    return model.orders


def inner_axes(
    model: Model, x: np.ndarray, ends: list[tuple[float, float]], *, rough: bool = False
) -> tuple[np.ndarray, ...]:
    """Axes in y for many x."""
    a = np.array(ends)
    sums = tuple(s[:, None] for s in model.sums64(x))

    def log64(t: np.ndarray) -> np.ndarray:
        y, slope = placed64(a[:, :1], a[:, 1:], t)
        return model.log64_y(sums, x[:, None], y) + slope

    if rough:
        c = np.zeros(len(x))
        for scale in (1.0, 0.05, 0.003):
            t = c[:, None] + scale * np.sinh(np.linspace(-9, 9, 61)) / np.sinh(9) * 300.0
            c = t[np.arange(len(c)), np.argmax(log64(t), axis=1)]
        d = np.geomspace(1e-6, 30, 40)
        with np.errstate(invalid="ignore"):
            drop = [log64(c[:, None] + sign * d) - log64(c[:, None]) for sign in (1.0, -1.0)]
        w = [d[np.where((v < -0.5).any(axis=1), (v < -0.5).argmax(axis=1), len(d) - 1)] for v in drop]
        return c, np.minimum(np.maximum(w[0], w[1]), 2.0), None, None
    growth = float(orders(model)[1]) if np.isinf(a[:, 1]).all() else 0.0
    return locate(log64, np.zeros(len(x)), growth)


# --- distribution functions


def normal_cdf(z: arb) -> arb:
    return (-z / SQRT2()).erfc() / 2


def location(post: Posterior, given: Conditionals, v: arb) -> tuple[arb, arb]:
    """P(theta <= v) and the density there."""
    root, half = (2 * arb.pi()).sqrt(), arb("-0.5")
    values, slope = [arb(0), arb(0)], arb(0)
    for (centre, inverse, p), odd in zip(given.nodes, given.odd):
        z = (v - centre) * inverse
        values[odd] += p * normal_cdf(z)
        slope += p * (half * z * z).exp() * inverse
    check_halves(post, *values)
    return (values[0] + values[1]) / post.total, slope / (post.total * root)


@dataclass(frozen=True)
class Conditionals:
    """Mean, 1/sd and probability of theta at every node, and whether its row is odd."""

    nodes: list[tuple[arb, arb, arb]]
    odd: list[bool]

    @classmethod
    def of(cls, post: Posterior, n: int, y_j: arb) -> Conditionals:
        """Of a group of n rows with mean y_j; n = 0 stands for the population's mean."""
        nodes, odd = [], []
        for row in post.rows:
            shrink = 1 / (1 + n * row.at.r**2)
            for y, p in zip(row.y, row.p):
                centre, variance = theta(post.model, row, y, n, y_j, shrink)
                nodes.append((centre, 1 / variance.sqrt(), p))
                odd.append(row.odd)
        return cls(nodes, odd)


def theta(model: Model, row: Row, y: arb, n: int, y_j: arb, shrink: arb) -> tuple[arb, arb]:
    """Mean and variance of theta given r and sigma."""
    mean, variance = model.centre(row.at, y)
    if n == 0:
        return mean, variance
    own = (2 * y).exp() * row.at.r**2 * shrink
    return (1 - shrink) * y_j + shrink * mean, own + shrink**2 * variance


def check_halves(post: Posterior, even: arb, odd: arb) -> None:
    if post.rough:
        return
    mass = [sum((row.mass for row in post.rows if row.odd == o), arb(0)) for o in (False, True)]
    gap = abs(float(even / mass[0] - odd / mass[1]))
    if gap > 20 * HALVES:
        raise NotConvergedError(f"probability: halves differ by {gap:.1e}")


def scale(post: Posterior, on_sd: bool, v: arb) -> tuple[arb, arb]:
    """P(sigma <= v) or P(sd <= v), and the density there: on each row an integral up to or from the limit of y."""
    model, log_v = post.model, v.log()
    post = split(post, on_sd, log_v)
    limits = [log_v - row.x if on_sd else log_v for row in post.rows]
    if model.power is not None:
        tails = [
            row.mass * (row.at.squares / (2 * (2 * limit).exp())).gamma_upper(model.power / 2, 1)
            for row, limit in zip(post.rows, limits)
        ]
    else:
        tails = numeric_tails(post, limits)
    halves = [sum((t for t, row in zip(tails, post.rows) if row.odd == odd), arb(0)) for odd in (False, True)]
    check_halves(post, *halves)
    density = arb(0)
    for row, limit in zip(post.rows, limits):
        lo, hi = model.inner(float(row.x))
        if lo < float(limit) < hi:
            density += model.density(row.at, limit) * row.weight
    return (halves[0] + halves[1]) / post.total, density / post.total / v


def numeric_tails(post: Posterior, limits: list[arb]) -> list[arb]:
    """The mass below the limit of y on each row: the integral up to it or, beyond the top, the rest of the row."""
    tails = [arb(0)] * len(limits)
    sides: dict[bool, list[int]] = {True: [], False: []}
    for k, (row, limit) in enumerate(zip(post.rows, limits)):
        lo, hi = post.model.inner(float(row.x))
        if float(limit) >= hi:
            tails[k] = row.mass
        elif float(limit) > lo:
            top = row.y[int(np.argmax([float(p / row.mass) for p in row.p]))]
            sides[float(limit) <= float(top)].append(k)
    for below, part in sides.items():
        if part:
            for k, found in zip(part, one_sided(post, limits, part, below=below)):
                tails[k] = found if below else post.rows[k].mass - found
    return tails


def one_sided(post: Posterior, limits: list[arb], part: list[int], *, below: bool) -> list[arb]:
    """The mass of some rows below, or above, their limits."""
    x64 = np.array([float(post.rows[k].x) for k in part])
    ends = [post.model.inner(x) for x in x64.tolist()]
    spans = [(lo, float(limits[k])) if below else (float(limits[k]), hi) for k, (lo, hi) in zip(part, ends)]
    axes = inner_axes(post.model, x64, spans)
    for h in INNER:
        gap, out = arb(0), []
        for i, k in enumerate(part):
            a, b = inner_exact(post.model, post.rows[k].x)
            axis = Axis(a if below else limits[k], limits[k] if below else b, *(float(s[i]) for s in axes))
            p = [post.model.density(post.rows[k].at, y) * more for y, more in axis.nodes(h)]
            unit = arb(h) * post.rows[k].weight
            gap += abs(sum(p[::2], arb(0)) - sum(p[1::2], arb(0))) * unit
            out.append(sum(p, arb(0)) * unit)
        if post.rough or float(gap / post.total) < HALVES:
            return out
    raise NotConvergedError(f"tails: halves differ by {float(gap / post.total):.1e}")


def split(post: Posterior, on_sd: bool, log_v: arb) -> Posterior:
    """The same posterior with rows that also end where the limit of y meets the end of a prior: a kink in x."""
    model = post.model
    if on_sd:
        cuts = [
            log_v - bound(end, log)
            for end, log in zip(model.sigma.support_power, model.sigma.support)
            if np.isfinite(log)
        ]
    elif not model.relative:
        cuts = [
            bound(end, log) - log_v for end, log in zip(model.sd.support_power, model.sd.support) if np.isfinite(log)
        ]
    else:
        cuts = []
    if not cuts:
        return post
    out = copy(post)
    out.rows = []
    for lo, hi in model.outer():
        inner = sorted((x for x in cuts if float(lo) < float(x) < float(hi)), key=float)
        ends = [lo, *inner, hi]
        for a, b in pairwise(ends):
            out.rows += rows(model, a, b, post.step)
    out.total = sum((row.mass for row in out.rows), arb(0))
    return out


def ratio(post: Posterior, v: arb) -> tuple[arb, arb]:
    """P(icc <= v) and the density there: an integral over the rows up to, or from, the x of that icc."""
    x = (v / (1 - v)).log() / 2
    below, above = arb(0), arb(0)
    for lo, hi in post.model.outer():
        at = float(x)
        if at >= hi:
            below += sum((row.mass for row in rows(post.model, lo, hi, post.step)), arb(0))
        elif at <= lo:
            above += sum((row.mass for row in rows(post.model, lo, hi, post.step)), arb(0))
        else:
            below += sum((row.mass for row in rows(post.model, lo, x, post.step)), arb(0))
            above += sum((row.mass for row in rows(post.model, x, hi, post.step)), arb(0))
    if not post.rough and abs(float((below + above) / post.total - 1)) > 1e-14:
        raise NotConvergedError(f"parts and whole differ: {float((below + above) / post.total - 1):.1e}")
    here = post.model.given(x)
    c, w, low, high = inner_axes(post.model, np.array([float(x)]), [post.model.inner(float(x))])
    a, b = inner_exact(post.model, x)
    nodes = Axis(a, b, float(c[0]), float(w[0]), float(low[0]), float(high[0])).nodes(INNER[1])
    line = sum((post.model.density(here, y) * more for y, more in nodes), arb(0)) * arb(INNER[1]) / arb(post.step)
    return below / (below + above), line / post.total / (2 * v * (1 - v))


def quantile(cdf: Callable[[arb], tuple[arb, arb]], level: arb, start: float, lo: float, hi: float) -> tuple[arb, arb]:
    """Newton's method in a bracket; the point and the density there."""
    x, low, high = arb(start) * (1 + arb("1e-9")), arb(lo), arb(hi)  # off round numbers, where a ball may hold a pole
    for _ in range(60):
        value, slope = cdf(x)
        gap = value - level
        new = x - gap / slope
        if not new.is_finite():
            raise NotConvergedError("quantile: not a number")
        if abs(float(gap)) < 1e-14:
            return arb(new.mid()), slope
        if float(gap) > 0:
            high = x
        else:
            low = x
        if not (float(new - low) > 0 and float(high - new) > 0):
            new = (low + high) / 2 if (low + high).is_finite() else x - 2 * gap / slope
        x = arb(new.mid())
    raise NotConvergedError("quantile")


# --- everything


class Posts:
    """The posterior at finer and finer steps."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.known: dict[float, Posterior] = {}
        self.rough = Posterior(model, STEPS[0], rough=True)

    def settle(self, f: Callable[[Posterior], Any]) -> Any:
        """Return f at the coarsest step that agrees with itself."""
        reason = ""
        for step in STEPS:
            try:
                if step not in self.known:
                    self.known[step] = Posterior(self.model, step)
                return f(self.known[step])
            except NotConvergedError as e:
                reason = str(e)
        raise NotConvergedError(reason)


def answer(problem: dict[str, Any]) -> dict[str, Any]:
    """Return the answers of a problem."""
    ctx.dps = 50
    model = Model(problem)
    posts = Posts(model)
    population = {
        "sd": posts.settle(lambda post: positive(post, sd_at, lambda x, y: x + y)),
        "sigma": posts.settle(lambda post: positive(post, sigma_at, lambda x, y: y)),
        "icc": posts.settle(lambda post: positive(post, icc_at, lambda x, y: 0.0 * x)),
        "mean": posts.settle(lambda post: located(post, 0, arb(0), lambda x, y: _wide(model, x, y))),
    }
    for name, value, cdf in (
        ("sd", sd_at, lambda post, v: scale(post, True, v)),
        ("sigma", sigma_at, lambda post, v: scale(post, False, v)),
        ("icc", icc_at, ratio),
    ):
        starts = scaled(posts.rough, weighted(posts.rough, value), cdf, name)
        population[name]["quantiles"] = posts.settle(
            lambda post: scaled(post, [float(q[1]) for q in starts], cdf, name)
        )
    groups = []
    for j in chosen(model):
        n, y_j = model.n[j], model.y[j]
        found = posts.settle(lambda post: located(post, n, y_j, lambda x, y: _wide_theta(model, x, y, n)))
        groups.append({"index": j, **found})
    return {"id": problem["id"], "population": population, "groups": groups}


def sd_at(row: Row, y: arb) -> arb:
    return row.at.r * y.exp()


def sigma_at(row: Row, y: arb) -> arb:
    return y.exp()


def icc_at(row: Row, y: arb) -> arb:
    return 1 / (1 + 1 / row.at.r**2)


def scaled(post: Posterior, starts: list[float], cdf: Callable[..., Any], name: str) -> list[list[str]]:
    """Quantiles of sd, sigma or icc with the density there."""
    top = 1.0 if name == "icc" else INF
    return [
        [level, *map(text, quantile(lambda v: cdf(post, v), arb(level), start, 0.0, top))]
        for level, start in zip(LEVELS, starts)
    ]


def chosen(model: Model) -> list[int]:
    """The groups whose answers are stored: the smallest, the largest, and the one with the largest mean."""
    some = {int(np.argmin(model.n64)), int(np.argmax(model.n64)), int(np.argmax(model.y64))}
    return sorted(some)[:CHOSEN]


def _wide(model: Model, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """log of the sd of the population's mean."""
    if model.normal is not None:
        return 0.0 * x
    return y - 0.5 * model.sums64(x)[0]


def _wide_theta(model: Model, x: np.ndarray, y: np.ndarray, n: int) -> np.ndarray:
    shrink = -np.logaddexp(0, math.log(n) + 2 * x)
    own = y + x + 0.5 * shrink
    return np.logaddexp(own, shrink + _wide(model, x, y))


def positive(post: Posterior, value: Callable[[Row, arb], arb], growth: Callable[..., np.ndarray]) -> dict[str, Any]:
    """Mean and sd of a positive quantity, None where they do not exist."""
    found: dict[str, Any] = {"mean": None, "sd": None}
    if not exists(post.model, growth, 1):
        return found
    mean = post.mean(value)
    found["mean"] = text(mean)
    if exists(post.model, growth, 2):
        found["sd"] = text(post.mean(lambda row, y: (value(row, y) - mean) ** 2).sqrt())
    return found


def located(post: Posterior, n: int, y_j: arb, growth: Callable[..., np.ndarray]) -> dict[str, Any]:
    """Mean, sd, weight and quantiles of theta of a group, or of the population's mean (n = 0)."""
    found: dict[str, Any] = {"mean": None, "sd": None}
    given = Conditionals.of(post, n, y_j)
    sums = [[arb(0)] * 3, [arb(0)] * 3]
    rough = given.nodes[len(given.nodes) // 2][0]
    for (centre, inverse, p), odd in zip(given.nodes, given.odd):
        off = centre - rough
        sums[odd] = [a + b for a, b in zip(sums[odd], (p, p * off, p * (off * off + 1 / inverse**2)))]
    mass, first, second = (a + b for a, b in zip(*sums))
    halves = [(s[1] / s[0], (s[2] / s[0] - square(s[1] / s[0])).sqrt()) for s in sums]
    if exists(post.model, growth, 1):
        agree("mean", halves[0][0] / halves[0][1], halves[1][0] / halves[0][1], 1.0)
        found["mean"] = text(rough + first / mass)
        if exists(post.model, growth, 2):
            agree("sd", halves[0][1], halves[1][1], 0.0)
            found["sd"] = text((second / mass - square(first / mass)).sqrt())
    if n:
        found["weight"] = text(post.by_row(lambda row: row.mass / (1 + 1 / (n * row.at.r**2))))
    found["quantiles"] = [
        [level, *map(text, quantile(lambda v: location(post, given, v), arb(level), start, -INF, INF))]
        for level, start in zip(LEVELS, weighted_location(post, given))
    ]
    return found


def agree(what: str, one: arb, other: arb, floor: float) -> None:
    """Refuse numbers from half the nodes that differ by more than the square root of the error that is allowed."""
    gap = abs(float(one - other)) / max(abs(float(one)), floor)
    if gap > HALVES:
        raise NotConvergedError(f"{what}: halves differ by {gap:.1e}")


def weighted(post: Posterior, value: Callable[[Row, arb], arb]) -> list[float]:
    """Quantiles of the nodes, to start from."""
    v = np.array([float(value(row, y)) for row in post.rows for y in row.y])
    p = np.array([float(p / post.total) for row in post.rows for p in row.p])
    order = np.argsort(v)
    return [float(np.interp(float(level), np.cumsum(p[order]) - 0.5 * p[order], v[order])) for level in LEVELS]


def weighted_location(post: Posterior, given: Conditionals) -> list[float]:
    """Quantiles of a mixture of normals in float64, by bisection, to start from."""
    m, inverse = (np.array([float(node[k]) for node in given.nodes]) for k in range(2))
    p = np.array([float(node[2] / post.total) for node in given.nodes])  # which may be too small for a double alone
    keep = p > 1e-17
    m, inverse, p = m[keep], inverse[keep], p[keep]
    out = []
    for level in LEVELS:
        lo, hi = float(np.min(m - 10 / inverse)), float(np.max(m + 10 / inverse))
        for _ in range(60):
            x = (lo + hi) / 2
            lo, hi = (x, hi) if float(ndtr((x - m) * inverse) @ p) < float(level) else (lo, x)
        out.append((lo + hi) / 2)
    return out


def text(x: arb) -> str:
    """30 digits."""
    return arb(x.mid()).str(30, radius=False)
