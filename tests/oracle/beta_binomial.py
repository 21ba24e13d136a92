"""High-precision oracle for the beta-binomial hierarchical model, independent of `src`: no code or method is shared.

    y_j ~ Binomial(n_j, theta_j),  theta_j ~ Beta(alpha, beta),  mu = alpha/(alpha+beta),  kappa = alpha+beta,
    p(mu, kappa | y)  prop. to  p(mu, kappa) prod_j (alpha)_{y_j} (beta)_{n_j-y_j} / (kappa)_{n_j},
    (x)_v = x(x+1)...(x+v-1).

The products of rising factorials are multiplied out in ball arithmetic (python-flint `arb`): no log-gamma differences,
nothing cancels.  Each population parameter s has a *chart* (s, t) of the (mu, kappa) half-strip:

    concentration: s = log(kappa - kappa_min),  t = logit mu
    mean:          s = logit mu,                t = log(kappa - kappa_min)
    alpha:         s = log alpha,               t = log beta          (two pieces when kappa_min > 0)
    beta:          s = log beta,                t = log alpha         (two pieces when kappa_min > 0)
    sd:            s = logit(sd/sd_max),        t = logit((mu-m0)/(m1-m0)),
                   m0, m1 the roots of mu(1-mu) = sd^2 (1+kappa_min)

and a two-dimensional rule of its own (`quadrature`), so the five normalising constants check one another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from flint import arb, ctx
from scipy.interpolate import CubicSpline
from scipy.special import gammaln

from priors import Prior, prior_of
from quadrature import Axis, disagreement, interpolated, place, running

LEVELS = ("0.025", "0.5", "0.975")
_EDGE = 45.0
PARAMETERS = ("mean", "concentration", "alpha", "beta", "sd")


@dataclass(frozen=True)
class Precision:
    """Effort: working bits, nats kept below the maximum, and the even-odd tolerances (squares of the wanted errors).

    `inner`/`outer` hold for the concentration chart, which gives means and sds; `quick_*` for the charts that give only
    quantiles, where `quick_outer` is itself the relative error of the running integral.
    """

    bits: int = 176
    drop: float = 68.0
    inner: float = 1e-15
    outer: float = 1e-17
    quick_drop: float = 50.0
    quick_inner: float = 1e-13
    quick_outer: float = 1e-16
    finer: float = 1.0


USUAL = Precision()


@contextmanager
def working(bits: int) -> Iterator[None]:
    """Set the working precision for a block."""
    old, ctx.prec = ctx.prec, bits
    try:
        yield
    finally:
        ctx.prec = old


def rising(x: arb, v: int) -> arb:
    """Return (x)_v; where the ratio of gammas behind a long product would cancel, at the midpoint with more bits.

    A relative error e of x becomes v e; the ball arithmetic of lgamma(x+v) - lgamma(x) would claim x log(x) e.
    """
    r = x.rising(v)
    if v > 64 and r.rel_accuracy_bits() < ctx.prec - 30:
        size = max(0, int(float(x.log().mid()) / math.log(2)))
        with working(ctx.prec + 2 * size + v.bit_length() + 40):
            r = x.mid().rising(v)
    return r


class Ladder:
    """prod_j (x)_{v_j}, the factors shared: (x)_v = (x)_u (x+u)_{v-u}."""

    def __init__(self, values: Sequence[int]) -> None:
        positive = sorted(v for v in values if v > 0)
        self.steps: list[tuple[int, int, int]] = []
        below = 0
        for i, v in enumerate(positive):
            if v > below:
                self.steps.append((below, v - below, len(positive) - i))
                below = v
        self.counts = [(v, positive.count(v)) for v in sorted(set(positive))]
        self.spline: CubicSpline | None = None
        self.last: tuple[arb | None, arb] = (None, arb(1))

    def __call__(self, x: arb) -> arb:
        if x is self.last[0]:
            return self.last[1]
        p = arb(1)
        for start, gap, power in self.steps:
            r = rising(x + start if start else x, gap) if gap > 1 else x + start
            p = p * (r**power if power > 1 else r)
        self.last = (x, p)
        return p

    def log64(self, lx: np.ndarray) -> np.ndarray:
        """Return the log of the product at exp(lx) in float64, good enough to place nodes: a spline if sizes allow."""
        total = sum(v * count for v, count in self.counts)
        if total > 10**5 or not self.counts:
            return self.direct64(lx)
        if self.spline is None:
            knots = np.linspace(-_EDGE, _EDGE, 2001)
            self.spline = CubicSpline(knots, self.direct64(knots))
        inside = self.spline(np.clip(lx, -_EDGE, _EDGE))
        few = sum(count for _, count in self.counts)
        return inside + total * np.maximum(lx - _EDGE, 0) + few * np.minimum(lx + _EDGE, 0)

    def direct64(self, lx: np.ndarray) -> np.ndarray:
        """Return the log of the product: gammaln differences, or Stirling's where they would cancel."""
        total = np.zeros_like(lx)
        x = np.exp(lx)
        for v, count in self.counts:
            r = v / x
            near = gammaln(np.minimum(x, 1e5) + v) - gammaln(np.minimum(x, 1e5) + 1) + lx
            y = (x + v) * np.log1p(r) - v
            y = np.where(r < 1e-4, v * r * (0.5 - r / 6 + r * r / 12), y)
            far = v * lx + y - 0.5 * np.log1p(r) + (1 / (x + v) - 1 / x) / 12
            total += count * np.where(x < 1e5, near, far)
        return total


@dataclass
class Model:
    """The unnormalised posterior density of (mu, kappa)."""

    successes: Sequence[int]
    trials: Sequence[int]
    prior: Prior
    yes: Ladder = field(init=False)
    no: Ladder = field(init=False)
    all: Ladder = field(init=False)

    def __post_init__(self) -> None:
        self.yes = Ladder(self.successes)
        self.no = Ladder([n - y for y, n in zip(self.successes, self.trials)])
        self.all = Ladder(self.trials)

    @classmethod
    def of(cls, problem: dict[str, Any]) -> Model:
        """Build the model of a problem's JSON description."""
        return cls(problem["successes"], problem["trials"], prior_of(problem["prior"], problem["trials"]))

    def likelihood(self, a: arb, b: arb, k: arb) -> arb:
        return self.yes(a) * self.no(b) / self.all(k)

    def density(self, p: Point) -> arb:
        """Return the posterior density at a point times the chart's Jacobian."""
        return self.likelihood(p.a, p.b, p.k) * self.prior.density(p.a, p.b, p.k, p.mu, p.nu) * p.jacobian

    def log64(self, la: np.ndarray, lb: np.ndarray, lk: np.ndarray) -> np.ndarray:
        return self.yes.log64(la) + self.no.log64(lb) - self.all.log64(lk) + self.prior.log64(la, lb, lk)


@dataclass(frozen=True)
class Point:
    """alpha, beta, kappa, mu, nu = 1 - mu, and |d(mu, kappa)/d(s, t)|."""

    a: arb
    b: arb
    k: arb
    mu: arb
    nu: arb
    jacobian: arb


def expit(x: arb) -> tuple[arb, arb]:
    """Return (1/(1+e^-x), 1/(1+e^x))."""
    e = x.exp()
    d = 1 / (1 + e)
    return e * d, d


def _lexpit(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return -np.logaddexp(0, -x), -np.logaddexp(0, x)


class ConcentrationChart:
    """s = log(kappa - kappa_min), t = logit mu."""

    def __init__(self, minimum: float) -> None:
        self.minimum = minimum

    def value(self, s: arb) -> tuple[arb, arb]:
        """Return the parameter and its derivative in s."""
        e = s.exp()
        return e + self.minimum, e

    def coordinate(self, x: float) -> float:
        return math.log(x - self.minimum)

    def row(self, s: arb) -> Callable[[arb], Point]:
        k, dk = self.value(s)

        def point(t: arb) -> Point:
            mu, nu = expit(t)
            return Point(k * mu, k * nu, k, mu, nu, mu * nu * dk)

        return point

    def log64(self, s: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return (log alpha, log beta, log kappa, log Jacobian)."""
        lk = np.logaddexp(math.log(self.minimum), s) if self.minimum else s + 0 * t
        lm, ln = _lexpit(t)
        return lk + lm, lk + ln, lk + 0 * t, lm + ln + s


class MeanChart(ConcentrationChart):
    """s = logit mu, t = log(kappa - kappa_min)."""

    def value(self, s: arb) -> tuple[arb, arb]:
        mu, nu = expit(s)
        return mu, mu * nu

    def coordinate(self, x: float) -> float:
        return math.log(x) - math.log1p(-x)

    def row(self, s: arb) -> Callable[[arb], Point]:
        mu, nu = expit(s)

        def point(t: arb) -> Point:
            dk = t.exp()
            k = dk + self.minimum
            return Point(k * mu, k * nu, k, mu, nu, mu * nu * dk)

        return point

    def log64(self, s: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, ...]:
        return super().log64(t, s + 0 * t)


class AlphaChart:
    """t = log(beta - beta_min); s = log(alpha - kappa_min), beta_min = 0, or below: s = logit(alpha/kappa_min).

    dmu dkappa = dalpha dbeta / kappa.  With `swap`, alpha and beta change places.
    """

    def __init__(self, minimum: float, below: bool, swap: bool) -> None:
        self.minimum, self.below, self.swap = minimum, below, swap

    def value(self, s: arb) -> tuple[arb, arb]:
        if self.below:
            p, q = expit(s)
            return p * self.minimum, p * q * self.minimum
        e = s.exp()
        return e + self.minimum, e

    def row(self, s: arb) -> Callable[[arb], Point]:
        x, dx = self.value(s)
        least = expit(s)[1] * self.minimum if self.below else arb(0)

        def point(t: arb) -> Point:
            dy = t.exp()
            y = least + dy
            k = x + y
            a, b = (y, x) if self.swap else (x, y)
            return Point(a, b, k, a / k, b / k, dx * dy / k)

        return point

    def log64(self, s: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, ...]:
        if self.below:
            p, q = _lexpit(s)
            lm = math.log(self.minimum)
            lx, ldx, ly = p + lm, p + q + lm, np.logaddexp(q + lm, t)
        else:
            lx = np.logaddexp(math.log(self.minimum), s) if self.minimum else s
            ldx, ly = s, t
        lx = lx + 0 * t
        lk = np.logaddexp(lx, ly)
        return (ly, lx, lk, ldx + t - lk) if self.swap else (lx, ly, lk, ldx + t - lk)


class SdChart:
    """sd^2 = mu(1-mu)/(kappa+1): kappa - kappa_min = (mu-m0)(m1-mu)/sd^2, dmu dkappa = 2 mu(1-mu)/sd^3 dmu dsd."""

    def __init__(self, minimum: float) -> None:
        self.minimum = minimum

    def largest(self) -> arb:
        return 1 / (2 * (1 + arb(self.minimum)).sqrt())

    def value(self, s: arb) -> tuple[arb, arb]:
        p, q = expit(s)
        top = self.largest()
        return p * top, p * q * top

    def row(self, s: arb) -> Callable[[arb], Point]:
        sd, dsd = self.value(s)
        p, q = expit(s)
        width = (q * (1 + p)).sqrt()
        m0 = p * p / (2 * (1 + width))

        def point(t: arb) -> Point:
            e, f = expit(t)
            mu, nu = m0 + width * e, m0 + width * f
            k = self.minimum + width * width * e * f / (sd * sd)
            return Point(k * mu, k * nu, k, mu, nu, 2 * mu * nu / sd**3 * width * e * f * dsd)

        return point

    def log64(self, s: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, ...]:
        p, q = _lexpit(s)
        lsd = p - math.log(2) - 0.5 * math.log1p(self.minimum)
        lw = 0.5 * (q + np.log1p(np.exp(p)))
        lm0 = 2 * p - math.log(2) - np.log1p(np.exp(lw))
        e, f = _lexpit(t)
        lmu, lnu = np.logaddexp(lm0, lw + e), np.logaddexp(lm0, lw + f)
        lk = 2 * (lw - lsd) + e + f
        if self.minimum:
            lk = np.logaddexp(math.log(self.minimum), lk)
        jacobian = (
            math.log(2) + lmu + lnu - 3 * lsd + lw + e + f + p + q + math.log(0.5) - 0.5 * math.log1p(self.minimum)
        )
        return lk + lmu, lk + lnu, lk, jacobian


def charts_of(name: str, minimum: float) -> list[Any]:
    """Return the charts of a parameter, ordered by the parameter; their supports do not overlap."""
    if name == "mean":
        return [MeanChart(minimum)]
    if name == "concentration":
        return [ConcentrationChart(minimum)]
    if name == "sd":
        return [SdChart(minimum)]
    return [AlphaChart(minimum, below, name == "beta") for below in ((True, False) if minimum else (False,))]


def dyadic(h: float) -> float:
    """Return h rounded to 2^-20, so that k h is exact in float64 and the nodes are exactly equidistant."""
    return round(h * 2**20) / 2**20


@dataclass
class Row:
    """One outer node: its coordinate, trapezoid weight, and inner integrals."""

    s: arb
    weight: arb
    mass: arb
    moments: tuple[arb, ...]
    axis: Axis


@dataclass
class Marginal:
    """The outer rule of one chart: rows first..first+len-1 of step h on `axis`; terms[i] = weight x inner integral."""

    chart: Any
    axis: Axis
    h: float
    first: int
    rows: list[Row | None]
    terms: list[arb]
    total: arb
    start: float
    ceiling: float

    def below(self, s: arb) -> arb:
        """Return the integral up to s."""
        return running(self.axis, self.h, self.first, self.terms, s)

    def slope(self, s: arb) -> arb:
        """Return its derivative."""
        return interpolated(self.axis, self.h, self.first, self.terms, s)


class Plane:
    """Float64 placement and high-precision integration of one chart."""

    def __init__(
        self, model: Model, chart: Any, tilt: float, drop: float, guess: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        self.model, self.chart, self.tilt, self.drop = model, chart, tilt, drop
        self.base = drop
        self.guess = guess
        self.h = 0.33
        self.centre = 0.0

    def log64(self, s: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Return the log-integrand, times (kappa/centre)^tilt above the centre: tails that moments need are kept."""
        with np.errstate(all="ignore"):
            la, lb, lk, lj = self.chart.log64(s, t)
            v = self.model.log64(la, lb, lk) + lj
            return v + self.tilt * np.maximum(lk - self.centre, 0) if self.tilt else v

    def marginal64(self, s: np.ndarray, start: np.ndarray) -> np.ndarray:
        """Return the log of the inner integrals in float64."""
        axes, _ = place(lambda t: self.log64(s[:, None], t), start, 40.0)
        u = np.linspace(0, 1, 61)
        low, high = (np.array([getattr(x, end) for x in axes])[:, None] for end in ("low", "high"))
        c, w, g = (np.array([getattr(x, name) for x in axes])[:, None] for name in ("c", "w", "g"))
        u = -low + (low + high) * u
        g1 = np.where(g == 0, 1, g)
        t = c + w * np.where(g == 0, u, np.sinh(g1 * u) / g1)
        v = self.log64(s[:, None], t)
        v = np.where(np.isnan(v), -np.inf, v)
        best = v.max(1)
        with np.errstate(all="ignore"):
            f = np.exp(v - best[:, None]) * w * np.cosh(g * u)
            return best + np.log(f.sum(1) * (low + high)[:, 0] / 60)

    def outer(self) -> tuple[Axis, float, float]:
        """Return the outer axis, the inner mode at its centre and the height of the log-integrand."""
        tilt, self.tilt = self.tilt, 0.0
        s0, t0 = self.mode()
        lk = self.chart.log64(np.array([[s0]]), np.array([[t0]]))[2]
        self.centre = float(lk[0, 0])
        plain = float(self.log64(np.array([[s0]]), np.array([[t0]]))[0, 0])
        if tilt:
            self.tilt = tilt
            s1, t1 = self.mode()
            self.drop += max(0.0, float(self.log64(np.array([[s1]]), np.array([[t1]]))[0, 0]) - plain)
        axes, _ = place(
            lambda s: self.marginal64(s.ravel(), np.full(s.size, t0)).reshape(s.shape), np.array([s0]), self.drop
        )
        axis = axes[0]
        s, _ = axis.node64(np.linspace(-axis.low, axis.high, 80))
        _, best = place(lambda t: self.log64(s[:, None], t), np.full(80, t0), 1.0)
        return axis, t0, float(best.max())

    def mode(self) -> tuple[float, float]:
        """Return (s, t) near the mode, in float64: a scan, then alternating searches."""
        scan = np.concatenate([-np.geomspace(1e4, 1e-1, 30), [0.0], np.geomspace(1e-1, 1e4, 30)])
        v = self.log64((self.guess[0] + scan)[:, None], np.broadcast_to(self.guess[1] + scan, (61, 61)))
        v = np.where(np.isnan(v), -np.inf, v)
        i, j = np.unravel_index(v.argmax(), v.shape)
        s0, t0 = self.guess[0] + scan[i], self.guess[1] + scan[j]
        for _ in range(4):
            s0 = place(lambda s: self.log64(s, np.full_like(s, t0)), np.array([s0]), 30.0)[0][0].c
            t0 = place(lambda t: self.log64(np.full_like(t, s0), t), np.array([t0]), 30.0)[0][0].c
        return s0, t0

    def step(self, axis: Axis, t0: float, target: float) -> float:
        """Return an outer step at which the even-odd difference should be near target, judged in float64."""
        tried = []
        for h in (1.2, 0.96, 0.77, 0.61, 0.49, 0.39, 0.31, 0.25):
            k = np.array(axis.indices(h))
            s, ds = axis.node64(h * k)
            v = self.marginal64(s, np.full(len(s), t0))
            f = np.exp(v - v.max()) * ds
            even, odd = f[::2].sum(), f[1::2].sum()
            e = abs(even - odd) / (even + odd)
            tried.append((h, e))
            if e < 1e-5:
                break
        h, e = tried[-1]
        if len(tried) > 1 and e < 1e-9:
            h, e = tried[-2]
        return min(h, h * (math.log(max(e, 1e-12)) / math.log(target)) ** 0.75)

    def row(self, s: arb, weight: arb, axis: Axis, tolerance: float, mu0: float | None) -> Row:
        """Integrate over t at fixed s: trapezoid, the step halved until even and odd nodes agree."""
        point = self.chart.row(s)
        h = dyadic(self.h)

        def at(u: float) -> tuple[arb, ...]:
            t, dt = axis.node(arb(u))
            p = point(t)
            f = self.model.density(p) * dt
            if mu0 is None:
                return (f,)
            d = p.mu - mu0
            return f, f * d, f * d * d, f * (p.mu * p.nu).sqrt()

        indices = axis.indices(h)
        terms = [at(k * h) for k in indices]
        error = disagreement([x[0] for x in terms], indices[0])
        factor = math.log(max(error, 1e-60)) / math.log(tolerance) if error > 0 else 2.0
        while error > tolerance:
            last = indices[-1]
            middle = [at((k + 0.5) * h) for k in range(indices[0], last)]
            merged = []
            for i, x in enumerate(terms):
                merged.append(x)
                if i < len(middle):
                    merged.append(middle[i])
            indices = range(2 * indices[0], 2 * last + 1)
            h, terms = h / 2, merged
            error = disagreement([x[0] for x in terms], 0)
            if h < 1e-3:
                raise ArithmeticError(f"inner rule does not converge: {error}")
        self.h = min(0.6, self.h * min(1.25, max(0.6, max(factor, 1e-3) ** 0.7 * 0.97)))
        sums = tuple(sum(column, arb(0)) * h for column in zip(*terms))
        return Row(s, weight, sums[0], sums, axis)

    def integrate(self, inner: float, outer: float, mu0: float | None = None, finer: float = 1.0) -> Marginal:
        """Return the outer rule, refined until its even and odd rows agree to `outer`."""
        axis, t0, ceiling = self.outer()
        h = dyadic(self.step(axis, t0, outer / 30) / finer)
        self.h /= finer
        indices = axis.indices(h)
        rows = self.rows(axis, [k * h for k in indices], t0, ceiling, inner, mu0)
        while True:
            terms = [r.weight * r.mass * h if r else arb(0) for r in rows]
            total = sum(terms, arb(0))
            error = max(disagreement(x, indices[0]) for x in self.judged(rows, terms))
            if error <= outer:
                return Marginal(self.chart, axis, h, indices[0], rows, terms, total, t0, ceiling)
            if h < 5e-3:
                raise ArithmeticError(f"outer rule does not converge: {error}")
            middle = self.rows(axis, [(k + 0.5) * h for k in indices[:-1]], t0, ceiling, inner, mu0)
            merged = [None] * (len(rows) + len(middle))
            merged[::2], merged[1::2] = rows, middle
            rows, h, indices = merged, h / 2, range(2 * indices[0], 2 * indices[-1] + 1)

    def judged(self, rows: list[Row | None], terms: list[arb]) -> list[list[arb]]:
        """Return the sums whose even-odd difference is judged: the mass and, if it exists, E[kappa^tilt]."""
        if not self.tilt:
            return [terms]
        return [terms, [x * self.chart.value(r.s)[0] ** arb(self.tilt) if r else x for r, x in zip(rows, terms)]]

    def rows(
        self, axis: Axis, us: list[float], t0: float, ceiling: float, inner: float, mu0: float | None
    ) -> list[Row | None]:
        """Integrate the rows at outer nodes us."""
        nodes = [axis.node(arb(u)) for u in us]
        s64 = np.array([float(s.mid()) for s, _ in nodes])
        axes, best = place(lambda t: self.log64(s64[:, None], t), np.full(len(us), t0), self.drop, ceiling)
        floor = ceiling - (self.drop - self.base)
        out: list[Row | None] = []
        for (s, ds), a, top in zip(nodes, axes, best):
            if a is None:
                out.append(None)
                continue
            depth = min(700.0, max(0.0, floor - top))
            slack = min(0.25, max(inner * math.exp(depth / 2), 1e3 * math.exp(depth - self.base)))
            out.append(self.row(s, ds, a, slack, mu0))
        return out


def text(x: arb, digits: int) -> str:
    """Return the midpoint in decimal; refuse if the ball is wider than the digits."""
    if x.mid() != 0 and x.rel_accuracy_bits() < digits * 3.33:
        raise ArithmeticError(f"only {x.rel_accuracy_bits()} bits in {x}")
    return x.mid().str(digits, radius=False)


@dataclass
class Posterior:
    """The rows of the concentration chart with the moments of mu - mu0, mu0 a float near the mean.

    rows: (kappa, c0, c1, c2, root): normalised weights c0, c_i = c0 E[(mu-mu0)^i | kappa] and
    root = c0 E[sqrt(mu(1-mu)) | kappa].
    """

    model: Model
    marginal: Marginal
    mu0: float
    rows: list[tuple[arb, arb, arb, arb, arb]]

    @classmethod
    def of(cls, model: Model, effort: Precision) -> Posterior:
        chart = ConcentrationChart(model.prior.minimum)
        tilt = highest_moment(model.prior.q)
        rough = Plane(model, chart, 0.0, 40.0)
        axis, t0, _ = rough.outer()
        s, ds = axis.node64(np.linspace(-axis.low, axis.high, 60))
        v = rough.marginal64(s, np.full(60, t0))
        weight = np.exp(v - v.max()) * ds
        inner, _ = place(lambda t: rough.log64(s[:, None], t), np.full(60, t0), 40.0)
        mu0 = float(np.average([1 / (1 + math.exp(-min(700.0, max(-700.0, a.c)))) for a in inner], weights=weight))
        plane = Plane(model, chart, float(tilt), effort.drop)
        m = plane.integrate(effort.inner, effort.outer, mu0, effort.finer)
        rows = []
        for r in m.rows:
            if r is not None:
                k = chart.value(r.s)[0]
                scale = r.weight * m.h / m.total
                rows.append((k, *(x * scale for x in r.moments)))
        return cls(model, m, mu0, rows)

    def expect(self, f: Callable[..., arb]) -> arb:
        """Return the sum over rows of f(kappa, c0, c1, c2, root)."""
        return sum((f(*row) for row in self.rows), arb(0))

    def population(self) -> dict[str, tuple[arb | None, arb | None]]:
        """Return (mean, sd) of each population parameter, None where infinite."""
        top = highest_moment(self.model.prior.q)
        mu0 = arb(self.mu0)
        d = self.expect(lambda k, c0, c1, c2, r: c1)
        mean = mu0 + d
        out: dict[str, tuple[arb | None, arb | None]] = {
            "mean": (mean, (self.expect(lambda k, c0, c1, c2, r: c2) - d * d).sqrt())
        }
        for name in ("concentration", "alpha", "beta"):
            # kappa, kappa mu, kappa (1-mu) are kappa (p + q (mu - mu0))
            p, q = {"concentration": (arb(1), 0), "alpha": (mu0, 1), "beta": (1 - mu0, -1)}[name]
            first = self.expect(lambda k, c0, c1, c2, r: k * (p * c0 + q * c1)) if top >= 1 else None
            second = None
            if top >= 2 and first is not None:
                second = self.expect(
                    lambda k, c0, c1, c2, r: (
                        (k * p - first) ** 2 * c0 + q * 2 * (k * p - first) * k * c1 + q * q * k * k * c2
                    )
                ).sqrt()
            out[name] = (first, second)
        sd = self.expect(lambda k, c0, c1, c2, r: r / (k + 1).sqrt())
        square = self.expect(lambda k, c0, c1, c2, r: (mu0 * (1 - mu0) * c0 + (1 - 2 * mu0) * c1 - c2) / (k + 1))
        out["sd"] = (sd, (square - sd * sd).sqrt())
        return out

    def group(self, y: int, n: int) -> tuple[arb, arb, arb]:
        """Return (mean, sd, E[n/(n+kappa)]) of theta with y of n, counted in the data already; n = 0 is a new group.

        m = E[theta | mu, kappa] = (y + kappa mu)/(n + kappa),  var = E[m(1-m)/(n+kappa+1)] + Var(m).
        """
        mu0 = arb(self.mu0)
        mean = self.expect(lambda k, c0, c1, c2, r: (y * c0 + k * (mu0 * c0 + c1)) / (n + k))

        def variance(k: arb, c0: arb, c1: arb, c2: arb, r: arb) -> arb:
            p, w = (y - n * mean + k * (mu0 - mean)) / (n + k), k / (n + k)  # m - E[m] = p + w (mu - mu0)
            d1, d2 = p * c0 + w * c1, p * p * c0 + 2 * p * w * c1 + w * w * c2
            return (mean * (1 - mean) * c0 + (1 - 2 * mean) * d1 - d2) / (n + k + 1) + d2

        return mean, self.expect(variance).sqrt(), self.expect(lambda k, c0, c1, c2, r: n * c0 / (n + k))


def highest_moment(q: float) -> int:
    """Return the largest m in 0, 1, 2 with E[kappa^m] finite: m < q - 1."""
    return max(m for m in (0, 1, 2) if m == 0 or m < q - 1)


class Quantiles:
    """Quantiles of one population parameter: F by sinc integration of its chart's rows, the density by a fresh row."""

    def __init__(self, model: Model, name: str, effort: Precision, rows: Marginal | None = None) -> None:
        self.model, self.effort = model, effort
        self.planes = [Plane(model, c, 0.0, effort.quick_drop) for c in charts_of(name, model.prior.minimum)]
        if rows is not None:
            self.pieces = [rows]
        else:
            self.pieces = [p.integrate(effort.quick_inner, effort.quick_outer, None, effort.finer) for p in self.planes]
        self.total = sum((m.total for m in self.pieces), arb(0))

    def density(self, i: int, s: arb) -> arb:
        """Return the normalised density in s at s, piece i."""
        m, plane = self.pieces[i], self.planes[i]
        plane.base, plane.h = plane.drop, 0.3
        s64 = np.array([float(s.mid())])
        axes, _ = place(lambda t: plane.log64(s64[:, None], t), np.array([m.start]), 60.0)
        return plane.row(s, arb(1), axes[0], 1e-14, None).mass / self.total

    def at(self, p: arb) -> tuple[arb, arb]:
        """Return the p-quantile and the density of the parameter there."""
        below = arb(0)
        for i, m in enumerate(self.pieces):
            mass = m.total / self.total
            if p < below + mass or i == len(self.pieces) - 1:
                break
            below += mass
        s = self.solve(i, p - below)
        x, dx = m.chart.value(s)
        return x, self.density(i, s) / dx

    def solve(self, i: int, p: arb) -> arb:
        """Solve F(s) = p within piece i: bisection between nodes, then Newton."""
        m = self.pieces[i]
        cumulative, c = [], arb(0)
        for t in m.terms:
            c += t
            cumulative.append(float((c / self.total).mid()))
        k = int(np.searchsorted(cumulative, float(p.mid())))
        low, high = (m.axis.node(arb((m.first + k + j) * m.h))[0].mid() for j in (-2, 2))
        s = ((low + high) / 2).mid()
        for _ in range(80):
            r = m.below(s) / self.total - p
            if r < 0:
                low = s
            else:
                high = s
            new = (s - r / (m.slope(s) / self.total)).mid()
            if not (low <= new <= high):
                new = ((low + high) / 2).mid()
            moved = abs(new - s)
            s = new
            if moved < 1e-16:
                return s
        raise ArithmeticError("quantile not found")


def chosen_groups(problem: dict[str, Any], most: int = 8) -> list[int]:
    """Return the first index of each distinct (y, n), thinned evenly (by rate, then n) to at most `most`."""
    first: dict[tuple[int, int], int] = {}
    for j, pair in enumerate(zip(problem["successes"], problem["trials"])):
        first.setdefault(pair, j)
    ranked = sorted(
        first.values(), key=lambda j: (problem["successes"][j] / max(1, problem["trials"][j]), problem["trials"][j])
    )
    if len(ranked) <= most:
        return sorted(ranked)
    return sorted(ranked[round(i * (len(ranked) - 1) / (most - 1))] for i in range(most))


def population_quantiles(
    model: Model, name: str, effort: Precision, rows: Marginal
) -> tuple[list[list[str]] | None, float]:
    """Return [[level, x, density], ...] and the disagreement of the chart's normalising constant with that of `rows`.

    A second attempt is made with tighter tolerances; if the sd, alpha or beta chart still fails, None is returned.
    """
    tight = replace(effort, quick_inner=1e-18, quick_outer=1e-17, quick_drop=64.0, finer=1.3)
    for attempt in (effort, tight):
        try:
            q = Quantiles(model, name, attempt, rows if name == "concentration" else None)
            difference = abs(float((q.total / rows.total - 1).mid()))
            if not difference < 1e-16:
                raise ArithmeticError(f"{name}: normalising constants differ by {difference:.1e}")
            return [[p, *(text(v, 20) for v in q.at(arb(p)))] for p in LEVELS], difference
        except ArithmeticError:
            if attempt is tight and name in ("mean", "concentration"):
                raise
    return None, 0.0


def answer(problem: dict[str, Any], effort: Precision = USUAL) -> dict[str, Any]:
    """Return every stored quantity of a problem except the quantiles of groups, as decimal strings.

    `agreement` is the largest relative difference between the normalising constants of the charts.
    """
    with working(effort.bits):
        model = Model.of(problem)
        post = Posterior.of(model, effort)
        population: dict[str, Any] = {}
        agreement = 0.0
        for name, (mean, sd) in post.population().items():
            population[name] = {"mean": mean and text(mean, 24), "sd": sd and text(sd, 24), "quantiles": None}
            found, difference = population_quantiles(model, name, effort, post.marginal)
            population[name]["quantiles"] = found
            agreement = max(agreement, difference)
        groups = []
        for j in chosen_groups(problem):
            mean, sd, weight = post.group(problem["successes"][j], problem["trials"][j])
            groups.append(
                {"index": j, "mean": text(mean, 24), "sd": text(sd, 24), "weight": text(weight, 24), "quantiles": None}
            )
        mean, sd, _ = post.group(0, 0)
        return {
            "id": problem["id"],
            "agreement": f"{agreement:.1e}",
            "population": {name: population[name] for name in PARAMETERS},
            "groups": groups,
            "new_group": {"mean": text(mean, 24), "sd": text(sd, 24)},
        }
