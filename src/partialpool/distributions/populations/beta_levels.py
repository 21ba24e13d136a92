"""The parameters of a beta population, except the concentration, as coordinates and as level sets of the mean.

At a given concentration every other parameter is a function of the mean, so that a condition such as "alpha <= a" says
where the mean lies.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from partialpool.distributions.populations.beta import LINE, Chart, Piece, Point, natural
from partialpool.distributions.populations.beta_cut import sd_pieces, share_piece
from partialpool.quadrature.line import Interval
from partialpool.special import Array, log_cosh, log_expm1, log_sigmoid, log_sinh_exp


class Level(ABC):
    """A parameter s of the population, as an increasing function of a coordinate z on the whole line.

    As coordinates: `pieces`, adjacent in z, on each of which a smooth posterior has smooth coordinates.

    As a function of the mean, at a given concentration: s <= its value at z if and only if logit(mean) <= low or
    logit(mean) >= high. On one side of a certain concentration, the edge, this always holds: below it for alpha and
    beta, above it for the sd.
    """

    certain_below = True

    @abstractmethod
    def value(self, z: Array) -> Array:
        """The parameter's value at z."""

    @abstractmethod
    def coordinate(self, at: Point) -> Array:
        """The z of a point."""

    @property
    @abstractmethod
    def pieces(self) -> tuple[Piece, ...]:
        """The pieces; none if the prior is cut off in a way that no smooth coordinates follow."""

    @abstractmethod
    def limits(self, z: Array, log_kappa: Array) -> tuple[Array, Array, Array]:
        """Return low, high, and the sizes of d low / d z and d high / d z, where s <= value is not certain."""

    @abstractmethod
    def edge(self, z: float) -> float | None:
        """The log concentration at which certainty begins; None if there is none."""

    @abstractmethod
    def meeting(self, z: float, psi: float) -> float:
        """The log concentration at which a limit is at logit(mean) = psi; -infinity if there is none."""


@dataclass(frozen=True)
class MeanLevel(Level):
    """The mean, through its logit."""

    chart: Chart

    def value(self, z: Array) -> Array:
        return np.exp(log_sigmoid(z))

    def coordinate(self, at: Point) -> Array:
        return at.log_mean - at.log_other

    @property
    def pieces(self) -> tuple[Piece, ...]:
        def inverse(at: Point) -> tuple[Array, Array]:
            y, x = self.chart.inverse(at)
            return x, y

        return (Piece(self.chart.logits, lambda x, y: self.chart.point(y, x), inverse),)

    def limits(self, z: Array, log_kappa: Array) -> tuple[Array, Array, Array]:
        at, _ = np.broadcast_arrays(z, log_kappa)
        return at, np.full(at.shape, np.inf), np.ones(at.shape)

    def edge(self, z: float) -> float | None:
        return None

    def meeting(self, z: float, psi: float) -> float:
        return -np.inf


@dataclass(frozen=True)
class AlphaLevel(Level):
    """alpha = mean concentration, through its log: at most e^z where logit(mean) <= log(e^z/(concentration - e^z)).

    The second coordinate is log(beta), or log of the part of beta that a least concentration k leaves: beta > k - alpha
    where alpha < k.
    """

    chart: Chart

    def value(self, z: Array) -> Array:
        return _exp(z)

    def coordinate(self, at: Point) -> Array:
        return at.log_alpha

    def _both(self, z: Array, log_beta: Array) -> Point:
        return natural(z, log_beta)

    def _share(self, at: Point) -> Array:
        return at.log_mean

    def _beside(self, at: Point) -> Array:
        return at.log_beta

    @property
    def pieces(self) -> tuple[Piece, ...]:
        if self.chart.logits != LINE:
            return (share_piece(self.chart.logits, self._share),) if self.chart.log_kappas == LINE else ()
        if self.chart.log_kappas.hi < np.inf:
            return ()
        least, _ = self.chart.log_kappas.ends
        if least == -np.inf:
            return (self._piece(LINE, least),)
        return self._piece(Interval(hi=least), least), self._piece(Interval(lo=least), -np.inf)

    def _piece(self, zs: Interval, least: float) -> Piece:
        def rest(z: Array) -> Array:  # log of what beta is more than
            return np.minimum(least + np.log(-np.expm1(np.minimum(z - least, 0.0))), least)

        def point(x: Array, y: Array) -> tuple[Point, Array]:
            z = zs.value(x)
            log_beta = y if least == -np.inf else np.logaddexp(rest(z), y)
            at = self._both(z, log_beta)
            return at, z + y - at.log_kappa + zs.log_slope(x)

        def inverse(at: Point) -> tuple[Array, Array]:
            z, log_beta = self.coordinate(at), self._beside(at)
            y = log_beta if least == -np.inf else log_beta + np.log(-np.expm1(np.minimum(rest(z) - log_beta, 0.0)))
            return zs.coordinate(z), y

        return Piece(zs, point, inverse)

    def limits(self, z: Array, log_kappa: Array) -> tuple[Array, Array, Array]:
        share = z - log_kappa
        rest = np.log(-np.expm1(np.minimum(share, 0.0)))
        return share - rest, np.full(share.shape, np.inf), np.exp(-rest)

    def edge(self, z: float) -> float | None:
        return z

    def meeting(self, z: float, psi: float) -> float:
        return z - float(log_sigmoid(np.array(psi)))


@dataclass(frozen=True)
class BetaLevel(AlphaLevel):
    """beta = (1 - mean) concentration, through its log: the mirror image of alpha."""

    def coordinate(self, at: Point) -> Array:
        return at.log_beta

    def _both(self, z: Array, log_beta: Array) -> Point:
        return natural(log_beta, z)

    def _share(self, at: Point) -> Array:
        return at.log_other

    def _beside(self, at: Point) -> Array:
        return at.log_alpha

    def limits(self, z: Array, log_kappa: Array) -> tuple[Array, Array, Array]:
        low, high, slope = super().limits(z, log_kappa)
        return -high, -low, slope

    def meeting(self, z: float, psi: float) -> float:
        return super().meeting(z, -psi)


@dataclass(frozen=True)
class SdLevel(Level):
    """The sd, through z = -log w with sd = 1/(2 sqrt(k + 1) cosh(w/2)), where k is the least concentration.

    From 1/sd^2 = 4 (concentration + 1) cosh(psi/2)^2 with psi = logit(mean) it follows that

        concentration + 1 = (k + 1) (cosh(w/2)/cosh(psi/2))^2,
        concentration - k = (k + 1) sinh((w+psi)/2) sinh((w-psi)/2) / cosh(psi/2)^2,

    so psi lies between -w and w, as w tanh(y); and sd is at most its value at z where |psi| >= a limit with
    cosh(limit/2)^2 = cosh(w/2)^2 (k + 1)/(concentration + 1).
    """

    chart: Chart
    certain_below = False

    @property
    def _log_least(self) -> float:
        return self.chart.log_kappas.ends[0]

    @property
    def _log_more(self) -> float:
        return float(np.logaddexp(0.0, self._log_least))  # log(k + 1)

    def value(self, z: Array) -> Array:
        return np.exp(-np.log(2.0) - 0.5 * self._log_more - log_cosh(0.5 * _exp(-z)))

    def coordinate(self, at: Point) -> Array:
        return self._inverse(at)[0]

    @property
    def pieces(self) -> tuple[Piece, ...]:
        if self.chart.logits != LINE:
            return tuple(sd_pieces(self.chart.logits, self.coordinate)) if self.chart.log_kappas == LINE else ()
        if self.chart.log_kappas.hi < np.inf:
            return ()
        return (Piece(LINE, self._point, self._inverse),)

    def _inverse(self, at: Point) -> tuple[Array, Array]:
        psi = at.log_mean - at.log_other
        with np.errstate(divide="ignore"):
            log_share = np.log(-np.expm1(np.minimum(self._log_least - at.log_kappa, 0.0)))
        log_over = at.log_kappa + log_share - self._log_more
        log_half = np.log(0.5 * np.maximum(np.abs(psi), 1e-300))
        # sinh(w/2)^2 = (concentration - k)/(k + 1) cosh(psi/2)^2 + sinh(psi/2)^2
        log_sinh = 0.5 * np.logaddexp(log_over + 2.0 * log_cosh(0.5 * psi), 2.0 * log_sinh_exp(log_half))
        large = log_sinh + np.log1p(np.sqrt(1.0 + _exp(-2.0 * np.maximum(log_sinh, 0.0))))
        w = 2.0 * np.where(log_sinh > 0.0, large, np.arcsinh(_exp(np.minimum(log_sinh, 0.0))))
        return -np.log(w), np.arctanh(np.clip(psi / w, -1 + 1e-12, 1 - 1e-12))

    def _point(self, z: Array, y: Array) -> tuple[Point, Array]:
        log_w = np.minimum(-z, 300.0)
        psi = _exp(log_w) * np.tanh(y)
        log_gap = np.log(2.0) + log_w + log_sigmoid(-2.0 * np.abs(y))  # of w - |psi|
        log_sum = np.log(2.0) + log_w + log_sigmoid(2.0 * np.abs(y))  # of w + |psi|
        # every hyperbolic function is e^x (1 -+ e^-2x)/2; the large exponents cancel to w - |psi| by themselves
        common = self._log_more + _exp(log_gap) - 2.0 * np.log1p(np.exp(-np.abs(psi)))
        log_over = common + _log_rest(log_gap) + _log_rest(log_sum)
        at = Point(log_sigmoid(psi), log_sigmoid(-psi), np.logaddexp(self._log_least, log_over))
        by_w = common + _log_rest(np.log(2.0) + log_w)  # log of d concentration / d w at fixed psi
        by_y = log_w + np.log(4.0) + log_sigmoid(2.0 * y) + log_sigmoid(-2.0 * y)
        return at, at.log_mean + at.log_other + by_w + log_w + by_y

    def limits(self, z: Array, log_kappa: Array) -> tuple[Array, Array, Array]:
        w, edge = _exp(-z), self._edge(z)
        tanh = np.exp(0.5 * log_sigmoid(edge)) * np.sqrt(-np.expm1(np.minimum(log_kappa - edge, 0.0)))  # of limit/2
        log_c = 0.5 * np.maximum(np.logaddexp(0.0, edge) - np.logaddexp(0.0, log_kappa), 0.0)
        limit = np.where(tanh < 0.5, 2.0 * np.arctanh(np.minimum(tanh, 0.5)), 2.0 * (log_c + np.log1p(tanh)))
        return -limit, limit, w * np.tanh(0.5 * w) / tanh

    def edge(self, z: float) -> float | None:
        return float(self._edge(np.array(z)))

    def meeting(self, z: float, psi: float) -> float:
        more = self._log_more + 2.0 * (log_cosh(0.5 * _exp(np.array(-z))) - log_cosh(np.array(0.5 * psi)))
        return float(log_expm1(more)) if more > 0.0 else -np.inf

    def _edge(self, z: Array) -> Array:
        """Log of the concentration with concentration + 1 = (k + 1) cosh(w/2)^2."""
        half = -z - np.log(2.0)
        return np.logaddexp(self._log_least + 2.0 * log_cosh(0.5 * _exp(-z)), 2.0 * log_sinh_exp(half))


def levels(chart: Chart) -> dict[str, Level]:
    """All parameters but the concentration, by name, for a prior whose support is the chart's."""
    return {"mean": MeanLevel(chart), "alpha": AlphaLevel(chart), "beta": BetaLevel(chart), "sd": SdLevel(chart)}


def _log_rest(log_x: Array) -> Array:
    """Return log(1 - e^-x), from log x."""
    return np.where(log_x < -36.0, log_x, np.log(-np.expm1(-_exp(np.maximum(log_x, -36.0)))))


def _exp(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.exp(x)
