"""Answers of the oracle for rates: moments and quantiles of the population and of some groups.

The marginal of each parameter is a function of one variable, each value of it an integral over a line; the four must
hold the same total mass.  Its distribution function is that of the band-limited function through its values (Si for
sinc).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from flint import arb, ctx
from measurements_quadrature import placed, placed64
from rates_groups import LD, Line, Mixture
from rates_model import BITS, CHARTS, INF, PARAMETERS, Problem, exact
from rates_quadrature import Axis, G, NotConvergedError, Panel, axes, resolved
from scipy.special import sici

LEVELS = ("0.025", "0.5", "0.975")
FIRST, LAST = 0.16, 0.02  # steps
INNER = (0.4, 0.3, 0.22, 0.16, 0.12, 0.085, 0.06, 0.042, 0.03, 0.02)
HALVES = 1e-10  # how far even and odd nodes may differ: the whole rule is then good to its power 1.5 or so
LINES = 2e-11  # the same for integrals along lines
CURVES = 2e-8  # the same for distribution functions
AGREE = 3e-14
FAR = 1e4
_NEAR = np.arange(-4.0, 4.5, 1.0)


@dataclass(frozen=True)
class Row:
    """One value x of the outer parameter's log, its weight, and nodes (y, density times all weights)."""

    x: arb
    weight: arb
    odd: bool
    y: list[arb]
    p: list[arb]
    mass: arb


class Place:
    """Where the density of a chart lives, in float64."""

    def __init__(self, problem: Problem, name: str) -> None:
        self.problem, self.name = problem, name

    def start(self, x: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Somewhere on the line of x, in the coordinate of that line."""
        level, typical = self.problem.level, float(np.mean([e[0] for e in self.problem.exposures64]))
        guesses = {
            "shape": (x - level, 0 * x + typical),
            "mean": (0 * x + typical, -x, -x - 3.0),
            "rate": (0 * x + level, -x, -x - 3.0),
            "sd": (0 * x + level, x, x - 3.0),
        }[self.name]
        tops = np.array(
            [np.max(self.problem.log64(self.name, x[:, None], g[:, None] + _NEAR), axis=1) for g in guesses]
        )
        guess = np.array(guesses)[np.argmax(tops, axis=0), np.arange(len(x))]
        lo, hi = ends[:, 0], ends[:, 1]
        with np.errstate(all="ignore"):
            inside = np.where((guess > lo) & (guess < hi), guess, np.where(np.isfinite(lo), lo + 1e-3, hi - 1e-3))
            inside = np.where(np.isfinite(lo + hi) & ~((inside > lo) & (inside < hi)), 0.5 * (lo + hi), inside)
            s = (inside - lo) / (hi - lo)
            both = np.where(s < 1, np.log(s) - np.log1p(-s), 0.0)
            return np.where(
                np.isfinite(lo + hi),
                both,
                np.where(np.isfinite(lo), np.log(inside - lo), np.where(np.isfinite(hi), -np.log(hi - inside), inside)),
            )

    def on_lines(self, x: np.ndarray, rough: bool = False) -> tuple[np.ndarray, ...]:
        """Axes on the lines of x, and the log of the density's integral along each, to a percent."""
        ends = np.array([self.problem.inner(self.name, v) for v in x.tolist()])
        ends[ends[:, 0] >= ends[:, 1]] = 0.0, 1e-300

        def log64(t: np.ndarray) -> np.ndarray:
            y, slope = placed64(ends[:, :1], ends[:, 1:], t)
            with np.errstate(all="ignore"):
                return np.nan_to_num(self.problem.log64(self.name, x[:, None], y) + slope, nan=-INF, neginf=-INF)

        c, w, low, high = axes(log64, self.start(x, ends), (), rough=rough)
        far = np.arcsinh(G * 1e18 / w) / G
        u = np.linspace(np.maximum(low, -far), np.minimum(high, far), 81, axis=1)
        value = log64(c[:, None] + w[:, None] * np.sinh(G * u) / G) + np.log(w[:, None] * np.cosh(G * u))
        top = value.max(axis=1)
        with np.errstate(all="ignore"):
            total = top + np.log(np.exp(value - top[:, None]).sum(axis=1) * (u[:, 1] - u[:, 0]))
        return c, w, low, high, np.where(np.isnan(total), -INF, total)

    def marginal(self, x: np.ndarray) -> np.ndarray:
        """log of the marginal."""
        out = np.full(x.shape, -INF)
        flat = x.ravel()
        for part in np.array_split(np.arange(flat.size), max(1, flat.size // 400)):
            out.ravel()[part] = self.on_lines(flat[part], rough=True)[4]
        return out

    def exists(self, k: int) -> bool:
        """Whether the k-th moment of the parameter is finite, by how the marginal falls far away."""
        if float(self.problem.outer(self.name)[-1][1]) < INF:
            return True
        one, two = self.marginal(np.array([FAR, 2.0 * FAR])) + k * FAR * np.array([1.0, 2.0])
        return bool(one == -INF or two == -INF or (two - one) / math.log(2.0) < -1.01)

    @cached_property
    def orders(self) -> list[int]:
        return [k for k in (1, 2) if self.exists(k)]

    @cached_property
    def outer(self) -> list[Axis]:
        found = []
        for lo, hi in self.problem.outer(self.name):
            low, high = float(lo), float(hi)

            def log64(t: np.ndarray, low: float = low, high: float = high) -> np.ndarray:
                x, slope = placed64(np.array(low), np.array(high), t)
                return np.where(np.abs(x) < 1e12, self.marginal(np.clip(x, -1e12, 1e12)) + slope, -INF)

            def grown(t: np.ndarray, k: int, low: float = low, high: float = high) -> np.ndarray:
                return k * np.clip(placed64(np.array(low), np.array(high), t)[0], -1e12, 1e12)

            growth = tuple(partial(grown, k=k) for k in (0, *self.orders))
            place = axes(log64, np.zeros(1), growth, rough=True)
            if not np.isfinite(place).all():
                raise NotConvergedError(f"{self.name}: the tail has no end")
            found.append(Axis(lo, hi, *(float(v[0]) for v in place)))
        return found


class Chart:
    """The posterior along lines of constant x, at one step."""

    def __init__(self, place: Place, step: float) -> None:
        self.place, self.step, self.name = place, step, place.name
        self.rows: list[list[Row]] = [self.sampled(axis) for axis in place.outer]
        self.all = [row for part in self.rows for row in part]
        self.total = sum((row.mass for row in self.all), arb(0))
        agree("mass", *self.halves(lambda row: row.mass))

    def sampled(self, axis: Axis) -> list[Row]:
        problem = self.place.problem
        nodes = axis.nodes(self.step)
        x64 = np.array([float(x) for x, _ in nodes])
        c, w, low, high, log_mass = self.place.on_lines(x64)
        open_ended = ~np.isfinite(high - low)
        low, high = (
            np.where(np.isfinite(v), v, sign * np.arcsinh(G * 1e18 / w) / G) for v, sign in ((low, -1), (high, 1))
        )
        if open_ended[log_mass > log_mass.max() - 40.0].any():
            raise NotConvergedError(f"{self.name}: the tail of a line has no end")
        shares = [log_mass + k * x64 for k in (0, *self.place.orders)]
        unseen = np.max([share - share.max() for share in shares], axis=0) < -42.0
        out: list[Row] = []
        first = 0  # the step of the line before
        for k, (x, weight) in enumerate(nodes):
            f = problem.line(self.name, x)
            inner = Axis(*problem.inner_exact(self.name, x), *(float(v[k]) for v in (c, w, low, high)))
            for number, h in enumerate(INNER[first:]):  # noqa: B007  (how many it took is used below)
                at = inner.nodes(h)
                p = [f(y) * more * weight for y, more in at]
                one, two = sum(p[::2], arb(0)), sum(p[1::2], arb(0))
                mass = one + two
                if abs(one - two) <= mass * LINES or unseen[k]:
                    break
            else:
                raise NotConvergedError(f"row: halves differ by {float(abs(one - two) / mass):.1e}")
            first = max(0, first + number - (k % 8 == 0))
            out.append(Row(x, weight, bool(k % 2), [y for y, _ in at], p, mass))
        return out

    def halves(self, f: Callable[[Row], arb]) -> tuple[arb, arb]:
        parts = [sum((f(row) for row in self.all if row.odd == odd), arb(0)) for odd in (False, True)]
        return parts[0], parts[1]

    def mean(self, f: Callable[[Row], arb]) -> arb:
        """The sum of f over rows, over the total."""
        one, two = self.halves(f)
        agree("mean", one, two)
        return (one + two) / self.total

    def moment(self, k: int) -> arb:
        return self.mean(lambda row: row.mass * (k * row.x).exp())

    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = {"mean": None, "sd": None}
        if 1 in self.place.orders:
            mean = self.moment(1)
            found["mean"] = text(mean)
            if 2 in self.place.orders:
                self.moment(2)
                found["sd"] = text(self.mean(lambda row: row.mass * (row.x.exp() - mean) ** 2).sqrt())
        found["quantiles"] = [[level, *self.quantile(level)] for level in LEVELS]
        return found

    def quantile(self, level: str) -> tuple[str, str]:
        goal = arb(level) * self.total
        place = 0
        masses = [sum((row.mass for row in rows), arb(0)) for rows in self.rows]
        while goal > masses[place]:
            goal, place = goal - masses[place], place + 1
        axis, rows = self.place.outer[place], self.rows[place]
        first = math.floor(axis.low / self.step)
        f = np.array([float(row.mass / self.total) for row in rows])
        k = np.arange(len(f))
        p = float(goal / self.total)
        lo, hi = -1.0, float(len(f))
        for _ in range(100):
            v = 0.5 * (lo + hi)
            lo, hi = (v, hi) if f @ (0.5 + sici(np.pi * (v - k))[0] / np.pi) < p else (lo, v)
        coarse = [2.0 * f[i::2] @ (0.5 + sici(np.pi * 0.5 * (v - k[i::2]))[0] / np.pi) for i in (0, 1)]
        if max(abs(half - p) for half in coarse) > CURVES:
            raise CoarseError("distribution function", max(abs(half - p) for half in coarse), CURVES)
        at, pi = arb(v), arb.pi()
        found, slope = arb(0), arb(0)
        for i, row in enumerate(rows):
            found += row.mass * (arb("0.5") + (pi * (at - i)).si() / pi)
            slope += row.mass * (pi * (at - i)).sinc()
        at += (goal - found) / slope
        e = (arb(G) * arb(self.step) * (at + first)).exp()
        t = arb(axis.c) + arb(axis.w) / (2 * arb(G)) * (e - 1 / e)
        x, more = placed(axis.lo, axis.hi, t)
        value = x.exp()
        density = slope / self.total / (arb(self.step) * arb(axis.w) / 2 * (e + 1 / e) * more * value)
        return text(value), text(density)

    # --- groups

    def group(self, y: int, e: arb) -> dict[str, Any]:
        """Mean, sd and weight of a group with exposure."""
        sums: dict[str, list[arb]] = {name: [] for name in ("first", "second", "weight")}
        for row in self.all:
            first, second, weight = arb(0), arb(0), arb(0)
            for at, p in zip(row.y, row.p):
                log_a, log_b = self.logs(row.x, at)
                total = 1 / (log_b.exp() + e)
                k = (log_a.exp() + y) * total
                first += p * k
                second += p * k * (total + k)
                weight += p * e * total
            for name, value in (("first", first), ("second", second), ("weight", weight)):
                sums[name].append(value)
        for values in sums.values():
            agree(
                "group", *(sum((v for v, r in zip(values, self.all) if r.odd == odd), arb(0)) for odd in (False, True))
            )
        first, second, weight = (sum(values, arb(0)) / self.total for values in sums.values())
        return {"mean": text(first), "sd": text((second - first * first).sqrt()), "weight": text(weight)}

    def logs(self, x: arb, y: arb) -> tuple[arb, arb]:
        logs = CHARTS[self.name][1]
        (p, q), (r, s) = logs["shape"], logs["rate"]
        return p * x + q * y, r * x + s * y

    def lines(self) -> list[Line]:
        """Of a chart of the shape: log shape, whether it is of the odd lines, and the density of log rate in panels."""
        assert self.name == "shape"
        out = []
        for row in self.all:
            if row.mass < self.total * arb(10) ** -17:
                continue
            f = self.place.problem.line(self.name, row.x)
            share = row.weight / self.total
            c, w, low, high, _ = (v[0] for v in self.place.on_lines(np.array([float(row.x)])))
            lo, hi = self.place.problem.inner_exact(self.name, row.x)
            u = np.linspace(low, high, 1 + max(3, math.ceil((high - low) / 2.0)))
            edges = [placed(lo, hi, arb(c + w * math.sinh(G * v) / G))[0] for v in u.tolist()]
            tolerance = max(row.mass, self.total * arb(10) ** -7) * arb(10) ** -14 / row.weight
            out.append((row.x, row.odd, [scaled(p, share) for p in resolved(f, edges, 20, tolerance)]))
        return out


def scaled(p: Panel, share: arb) -> Panel:
    return Panel(p.lo, p.hi, [share * c for c in p.coefficients], share * p.mass, share * p.last)


class CoarseError(NotConvergedError):
    """A finer step is needed."""

    def __init__(self, what: str, gap: float, goal: float) -> None:
        super().__init__(f"{what}: halves differ by {gap:.1e}")
        self.finer = math.log(max(gap, 1e-300)) / math.log(0.3 * goal) if gap < 0.1 else 0.5


def agree(what: str, one: arb, two: arb) -> None:
    gap = abs(float((one - two) / (one + two)))
    if gap > HALVES:
        raise CoarseError(what, gap, HALVES)


def settled(f: Callable[[float], Any], step: float) -> Any:
    """f at a step at which the halves agree: they differ by about e^(-c/step)."""
    while True:
        try:
            return f(step)
        except CoarseError as e:
            step *= min(max(e.finer, 0.35), 0.85)
            if step < LAST:
                raise


def answer(problem: dict[str, Any]) -> dict[str, Any]:
    """Return the answers of a problem."""
    ctx.prec = BITS
    model = Problem(problem)
    places = {name: Place(model, name) for name in PARAMETERS}
    for first in (FIRST, 0.6 * FIRST, 0.4 * FIRST):
        solved = {name: settled(partial(solve, problem, places[name]), first) for name in PARAMETERS}
        charts = {name: found[0] for name, found in solved.items()}
        gaps = [float(chart.total / charts["shape"].total - 1) for chart in charts.values()]
        if max(map(abs, gaps)) <= AGREE:
            break
    else:
        raise NotConvergedError(f"the charts differ: {gaps}")
    groups = solved["shape"][2]
    for j in groups:
        if model.e64[j] == 0.0:
            groups[j] = next_group(charts) | groups[j]
    found = [{"index": j, **groups[j]} for j in sorted(groups)]
    return {"population": {name: solved[name][1] for name in PARAMETERS}, "groups": found}


def solve(problem: dict[str, Any], place: Place, step: float) -> tuple[Chart, dict[str, Any], dict[int, Any]]:
    """The chart, its parameter's answers, and those of groups if the parameter is the shape."""
    chart = Chart(place, step)
    summary = chart.summary()
    found: dict[int, Any] = {}
    if place.name == "shape":
        lines = chart.lines()
        for j in chosen(problem):
            y, e = place.problem.y[j], exact(place.problem.e64[j])
            mixture = Mixture(lines, y, e)
            found[j] = chart.group(y, e) if place.problem.e64[j] > 0.0 else {}
            found[j]["quantiles"] = [[level, *mixture.quantile(level)] for level in LEVELS]
            gap = max(mixture.halves(LD(x)) for _, x, _ in found[j]["quantiles"])
            if gap > CURVES:
                raise CoarseError("a group's distribution function", gap, CURVES)
    return chart, summary, found


def next_group(charts: dict[str, Chart]) -> dict[str, Any]:
    """Var(theta) = Var(m) + E[s^2]."""
    mean, sd = charts["mean"], charts["sd"]
    found: dict[str, Any] = {"mean": None, "sd": None, "weight": "0"}
    if 1 in mean.place.orders:
        found["mean"] = text(mean.moment(1))
        if 2 in mean.place.orders and 2 in sd.place.orders:
            found["sd"] = text((mean.moment(2) - mean.moment(1) ** 2 + sd.moment(2)).sqrt())
    return found


def chosen(problem: dict[str, Any]) -> list[int]:
    """The groups whose answers are stored: those of least exposure and of most events."""
    y, e = problem["events"], problem["exposure"]
    return sorted({int(np.argmin(e)), int(np.argmax(y))})


def text(x: arb) -> str:
    """30 digits."""
    return arb(x.mid()).str(30, radius=False)
