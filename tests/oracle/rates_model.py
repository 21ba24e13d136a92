"""The posterior of rates in 50-digit arithmetic: an oracle that shares nothing with the package.

    y_j ~ Poisson(e_j theta_j),  theta_j ~ Gamma(a, b),  m = a/b,  s = sqrt(a)/b

    p(y | a, b) = prod_j  a (a+1) ... (a+y_j-1)  b^a / (b + e_j)^(a+y_j)        (up to a constant)

In ball arithmetic (python-flint `arb`), whose exponents have no end: products and powers, not sums of logs.  Float64
only says where to look.  The outer variable x is the log of one of m, a, b, s, and the inner one, y, of a second: every
log is a sum of multiples of the two.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from flint import arb, arb_poly, ctx, fmpq
from measurements_model import density
from scipy.interpolate import CubicSpline
from scipy.special import gammaln

INF = math.inf
BITS = 200
NEAR = 60.0  # logs of shape and rate up to which the likelihood is put together from functions of one variable
PARAMETERS = ("mean", "shape", "rate", "sd")

# outer parameter -> inner one, logs as multiples of (x, y), |d(log m, log b) / d(x, y)|
CHARTS: dict[str, tuple[str, dict[str, tuple[int, int]], int]] = {
    "shape": ("rate", {"mean": (1, -1), "shape": (1, 0), "rate": (0, 1)}, 1),
    "mean": ("rate", {"mean": (1, 0), "shape": (1, 1), "rate": (0, 1)}, 1),
    "rate": ("mean", {"mean": (0, 1), "shape": (1, 1), "rate": (1, 0)}, 1),
    "sd": ("mean", {"mean": (0, 1), "shape": (-2, 2), "rate": (-2, 1)}, 2),
}


def exact(x: float) -> arb:
    """A double as the ball of no radius that it is."""
    value = Fraction(x)
    return arb(fmpq(value.numerator, value.denominator))


class Problem:
    """Groups with exposure as (y, e, how many), and the two densities of the prior."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.y = [int(y) for y in problem["events"]]
        self.e64 = [float(e) for e in problem["exposure"]]
        counted = Counter((y, e) for y, e in zip(self.y, self.e64) if e > 0.0)
        self.pairs = [(y, exact(e), n) for (y, e), n in sorted(counted.items())]
        self.groups = sum(counted.values())
        self.events = sum(y * n for y, _, n in self.pairs)
        self.counts = Counter(y for y, e in zip(self.y, self.e64) if e > 0.0 and y)
        typical = self.groups / sum((n / e for _, e, n in self.pairs), arb(0))
        self.prior = {name: density(spec, typical) for name, spec in spelled(problem["prior"]).items()}
        self.level = math.log(max(self.events, 0.5)) - math.log(float(sum((e * n for _, e, n in self.pairs), arb(0))))

    # --- in balls

    def line(self, chart: str, x: arb) -> Callable[[arb], arb]:
        """The density with respect to dx dy as a function of y."""
        _, logs, jacobian = CHARTS[chart]
        (p, q), (r, s) = logs["shape"], logs["rate"]
        fixed = arb(jacobian)
        moving = []
        for name, part in self.prior.items():
            (i, j) = logs[name]
            if j:
                moving.append((part, i * x, j))
            else:
                v = (i * x).exp()
                fixed *= part.at(v) * v
        steady = self.log_rising(p * x) if not q and abs(float(p * x)) < NEAR else None

        def value(y: arb) -> arb:
            log_a, log_b = p * x + q * y, r * x + s * y
            if abs(float(log_a)) < NEAR and abs(float(log_b)) < NEAR:
                log = self.log_rising(log_a) if steady is None else steady
                out = (log - log_a.exp() * self.log_loose(log_b) - self.log_power(log_b)).exp()
            else:
                out = self.far(log_a, log_b)
            for part, offset, j in moving:
                v = (offset + j * y).exp()
                out *= part.at(v) * v
            return arb((fixed * out).mid())

        return value

    def far(self, log_a: arb, log_b: arb) -> arb:
        """The likelihood by products and powers, with as many more bits as a large shape takes away."""
        before = ctx.prec
        more = 1.5 * max(float(log_a), 0.0) + 1.5 * math.log(2.0 + abs(float(log_b)))
        ctx.prec = BITS + int(more)
        try:
            a, b = log_a.exp(), log_b.exp()
            product, powers = arb(1), arb(1)
            for k, e, n in self.pairs:
                total = b + e
                product *= total if n == 1 else total**n
                if k:
                    powers *= total ** (k * n)
            return (a * (self.groups * log_b - product.log())).exp() / powers * self.rising(a)
        finally:
            ctx.prec = before

    # near, the log likelihood is log_rising(log a) - a log_loose(log b) - log_power(log b), all interpolated

    @cached_property
    def log_rising(self) -> Tabulated:
        """The sum over groups of log of a (a+1) ... (a+y-1), as a function of log a."""
        return Tabulated(lambda t: self.rising(t.exp()).log())

    @cached_property
    def log_loose(self) -> Tabulated:
        """The sum over groups of log(1 + e/b), as a function of log b."""
        return Tabulated(lambda t: sum((n * (e / t.exp()).log1p() for _, e, n in self.pairs), arb(0)))

    @cached_property
    def log_power(self) -> Tabulated:
        """The sum over groups of y log(b + e), as a function of log b."""
        return Tabulated(lambda t: sum((k * n * (t.exp() + e).log() for k, e, n in self.pairs if k), arb(0)))

    def rising(self, a: arb) -> arb:
        """The product over groups of a (a+1) ... (a+y-1)."""
        out, done, last = arb(1), arb(1), 0
        for y, n in sorted(self.counts.items()):
            if y - last <= 200:
                done *= (a + last).rising(arb(y - last))
            else:
                done *= ((a + y).lgamma() - (a + last).lgamma()).exp()
            last = y
            out *= done if n == 1 else done**n
        return out

    # --- in float64

    def log64(self, chart: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """log of the same, without its constant; minus infinity outside the support."""
        _, logs, _ = CHARTS[chart]
        log = {name: p * x + q * y for name, (p, q) in logs.items()}
        la, lb, lm = log["shape"], log["rate"], log["mean"]
        with np.errstate(all="ignore"):
            a = np.exp(np.minimum(la, 700.0))
            value = self.excess64(la)
            for log_e, n, events in self.exposures64:
                d = log_e - lb
                rest = np.log1p(np.exp(-np.abs(d)))  # log1p(e/b) is this, or d more
                value = value + events * (np.where(d > 0.0, la - log_e, lm) - self.level - rest)
                far = np.exp(np.minimum(la + d, 700.0))
                value = value - n * np.where(d < -30.0, far, a * (np.maximum(d, 0.0) + rest))
            for name, prior in self.prior.items():
                lo, hi = prior.support
                inside = (log[name] >= lo) & (log[name] <= hi)
                value = value + np.where(inside, prior.log64(np.clip(log[name], lo, hi)) + log[name], -INF)
        lost = ~(value > -1e200) | (np.abs(la) > 1e100) | (np.abs(lb) > 1e100)
        return np.where(lost, -INF, value)

    @cached_property
    def exposures64(self) -> list[tuple[float, int, int]]:
        """log e, how many groups and how many events."""
        found: dict[float, tuple[float, int, int]] = {}
        for y, e, n in self.pairs:
            _, groups, events = found.get(float(e), (0.0, 0, 0))
            found[float(e)] = math.log(float(e)), groups + n, events + n * y
        return list(found.values())

    def excess64(self, la: np.ndarray) -> np.ndarray:
        """The sum of log(a (a+1) ... (a+y-1)) - y log a."""
        inside = self.spline(np.clip(la, -40.0, 60.0))
        busy = sum(self.counts.values())
        second = sum(0.5 * y * (y - 1.0) * n for y, n in self.counts.items())
        far = np.where(la > 60.0, second * np.exp(-np.maximum(la, 60.0)), inside)
        return far + (busy - self.events) * np.minimum(la + 40.0, 0.0)

    @cached_property
    def spline(self) -> Callable[[np.ndarray], np.ndarray]:
        la = np.arange(-41.0, 61.0, 0.02)
        return CubicSpline(la, sum(n * excess64(y, la) for y, n in self.counts.items()) + 0.0 * la)

    # --- ends

    def inner(self, chart: str, x: float) -> tuple[float, float]:
        """Where y can be on the line of x."""
        _, logs, _ = CHARTS[chart]
        lo, hi = -INF, INF
        for name, prior in self.prior.items():
            p, q = logs[name]
            ends = [(end - p * x) / q for end in prior.support] if q else [-INF, INF]
            lo, hi = max(lo, min(ends)), min(hi, max(ends))
        return lo, hi

    def inner_exact(self, chart: str, x: arb) -> tuple[arb | float, arb | float]:
        """The same, exact."""
        _, logs, _ = CHARTS[chart]
        lo, hi = -INF, INF
        for name, prior in self.prior.items():
            p, q = logs[name]
            if not q:
                continue
            for end in prior.support_power:
                if end in (0.0, INF):
                    continue
                at = (exact(end).log() - p * x) / q
                upper = (end == prior.support_power[1]) == (q > 0)
                if upper:
                    hi = at if isinstance(hi, float) or at < hi else hi
                else:
                    lo = at if isinstance(lo, float) or at > lo else lo
        return lo, hi

    def outer(self, chart: str) -> list[tuple[arb | float, arb | float]]:
        """Intervals of x on which the ends of y are smooth."""
        _, logs, _ = CHARTS[chart]
        lo, hi = -INF, INF
        cuts: list[arb] = []
        (one, first), (two, second) = self.prior.items()
        for name, prior in self.prior.items():
            if not logs[name][1]:
                bottom, top = prior.support_power
                lo = exact(bottom).log() if bottom > 0.0 else lo
                hi = exact(top).log() if top < INF else hi
        (p, q), (r, s) = logs[one], logs[two]
        if q and s:  # both ends matter for y: x where two of them meet
            for u in first.support_power:
                for v in second.support_power:
                    if 0.0 < u < INF and 0.0 < v < INF:
                        cuts.append((exact(u).log() * s - exact(v).log() * q) / (p * s - r * q))  # noqa: PERF401
        edges = sorted(cuts, key=float)
        edges = [lo, *edges, hi]
        return [(a, b) for a, b in itertools.pairwise(edges) if self.possible(chart, a, b)]

    def possible(self, chart: str, a: arb | float, b: arb | float) -> bool:
        low, high = float(a), float(b)
        x = (
            0.0
            if low == -INF and high == INF
            else high - 1.0
            if low == -INF
            else low + 1.0
            if high == INF
            else 0.5 * (low + high)
        )
        lo, hi = self.inner(chart, x)
        return lo < hi


class Tabulated:
    """A function of t that is analytic within pi of the real line, by interpolation on intervals of length one.

    With 48 points the error is about 12^-48 of its size: 51 digits.
    """

    POINTS = 48
    EXTRA = 400  # bits: the interpolation loses many
    OFTEN = 150  # how often an interval is asked about before that pays

    def __init__(self, f: Callable[[arb], arb]) -> None:
        self.f = f
        self.pieces: dict[int, arb_poly] = {}
        self.asked: Counter[int] = Counter()

    def __call__(self, t: arb) -> arb:
        k = round(float(t))
        if k in self.pieces:
            return self.pieces[k](t - k)
        self.asked[k] += 1
        if self.asked[k] < self.OFTEN:
            return self.f(t)
        self.pieces[k] = self.piece(k)
        return self.pieces[k](t - k)

    def piece(self, k: int) -> arb_poly:
        before = ctx.prec
        ctx.prec = BITS + self.EXTRA
        try:
            n = self.POINTS
            nodes = [arb((arb.pi() * (2 * i + 1) / (2 * n)).cos().mid()) / 2 for i in range(n)]
            poly = arb_poly.interpolate(nodes, [self.f(k + x) for x in nodes])
            return arb_poly([arb(c.mid()) for c in poly.coeffs()])
        finally:
            ctx.prec = before


def spelled(prior: dict[str, Any]) -> dict[str, Sequence[Any]]:
    """The two densities, the defaults written out."""
    if prior.get("name") == "jeffreys-mean":
        prior = {"mean": ["Power", -0.5]}
    parts = {name: spec for name, spec in prior.items() if name != "name"}
    if "mean" not in parts and not {"rate", "shape"} <= parts.keys():
        parts["mean"] = ["Power", -1.0]
    if "rate" not in parts and "shape" not in parts:
        parts["rate"] = ["UniformShrinkage"]
    return parts


def excess64(y: float, la: np.ndarray) -> np.ndarray:
    """log of a (a+1) ... (a+y-1) less y log a, for log a from -45 to 65."""
    a = np.exp(la)
    small = gammaln(a + y) - gammaln(a) - y * la
    r = y / a
    gap = np.where(r < 1e-3, r * r * (-0.5 + r * (1.0 / 3.0 - 0.25 * r)), np.log1p(r) - r)  # log(1+r) - r
    large = (a + y) * gap + y * r - 0.5 * np.log1p(r) - y / (12.0 * a * (a + y))
    return np.where(la < -30.0, (1.0 - y) * la + gammaln(y), np.where(a > 100.0, large, small))
