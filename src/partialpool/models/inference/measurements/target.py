"""The posterior density of (r, sigma), r = sd/sigma, with coordinates that range over the whole plane.

All coordinates are logs: log sd = log r + log sigma, so that any two of sd, sigma and r can be the coordinates with the
same volume element. Where a prior is cut off, the lines along which one of them is constant end.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from partialpool.distributions.marginals.normal_unknown import Likelihood
from partialpool.priors import NormalPrior
from partialpool.quadrature.line import Interval
from partialpool.special import Array

INF = np.inf
Range = tuple[float, float]


@dataclass(frozen=True)
class Target:
    """The posterior of (r, sigma) with respect to d log r d log sigma, with sigma in the units of the likelihood.

    log_unit: log of that unit in the caller's units.
    """

    model: Likelihood
    prior: NormalPrior
    log_unit: float

    def __call__(self, log_r: Array, log_sigma: Array) -> Array:
        """Log density, up to a constant; the arguments broadcast."""
        assert self.prior.sigma is not None
        within = log_sigma + self.log_unit
        log_sd = log_r if self.prior.relative else log_r + within
        value = self.model(log_r, log_sigma) + self.prior.sd.log_pdf(log_sd) + log_sd
        return value + (self.prior.sigma.log_pdf(within) + within)

    @property
    def sigmas(self) -> Range:
        """The support of log sigma."""
        assert self.prior.sigma is not None
        return _logs(self.prior.sigma.support, self.log_unit)

    @property
    def ratios(self) -> Range:
        """The support of log r, whatever sigma is."""
        return _logs(self.prior.sd.support, 0.0) if self.prior.relative else (-INF, INF)

    @property
    def sds(self) -> Range:
        """The support of log sd, whatever sigma is."""
        return (-INF, INF) if self.prior.relative else _logs(self.prior.sd.support, self.log_unit)

    @property
    def on_ratio(self) -> bool:
        """Whether r and sigma serve as coordinates, in which the likelihood is simple; else sd and sigma do.

        They do not if the prior keeps sd itself from 0, so that lines of constant r end or the density drops sharply,
        or if no rows determine sigma.
        """
        if self.prior.relative:
            return True
        return self.sds == (-INF, INF) and self.prior.sd.at_zero < INF and self.model.sample.degrees > 0.0


def _logs(support: Range, log_unit: float) -> Range:
    with np.errstate(divide="ignore"):
        lo, hi = np.log(support) - log_unit
    return float(lo), float(hi)


@dataclass(frozen=True)
class Lines:
    """Coordinates (x, y), where x depends on one parameter alone: "sd", "sigma" or "icc" (that is, r).

    along: the range of the parameter's log; the other coordinate is that of log sigma or, for "sigma", of log r or log
    sd.
    """

    target: Target
    parameter: str
    along: Interval

    def point(self, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """Log r, log sigma, and the log Jacobian of both coordinates."""
        first = self.along.value(x)
        across = Interval(*self._across(first))
        return (*self._logs(first, across.value(y)), across.log_slope(y) + self.along.log_slope(x))

    def place(self, log_r: Array, log_sigma: Array) -> tuple[Array, Array]:
        """The coordinates of a point; infinite or NaN if it is on none of the lines."""
        first, second = self._own(log_r, log_sigma)
        return self.along.coordinate(first), Interval(*self._across(first)).coordinate(second)

    def log_density(self, x: Array, y: Array) -> Array:
        """Log posterior density with respect to dx dy."""
        with np.errstate(all="ignore"):
            log_r, log_sigma, slope = self.point(x, y)
            value = self.target(log_r, log_sigma) + slope
        return np.where(np.isnan(value), -INF, value)

    def _own(self, log_r: Array, log_sigma: Array) -> tuple[Array, Array]:
        """Log of the parameter, and log of the one that varies along its lines."""
        if self.parameter == "icc":
            return log_r, log_sigma
        log_sd = log_r + log_sigma
        if self.parameter == "sd":
            return log_sd, log_sigma
        return log_sigma, log_r if self.target.on_ratio else log_sd

    def _logs(self, first: Array, second: Array) -> tuple[Array, Array]:
        """Log r and log sigma."""
        if self.parameter == "icc":
            return first, second
        if self.parameter == "sd":
            return first - second, second
        return second if self.target.on_ratio else second - first, first

    def _across(self, first: Array) -> tuple[Array | float, Array | float]:
        return across(self.target, self.parameter, first)


def across(target: Target, parameter: str, first: Array) -> tuple[Array | float, Array | float]:
    """Range of the other coordinate along the line on which the log of a parameter is `first`."""
    if parameter == "sigma":
        return target.ratios if target.on_ratio else target.sds
    lo, hi = target.sigmas
    if parameter == "sd":
        low, high = target.ratios
        return _tighter(lo, first - high, max), _tighter(hi, first - low, min)
    low, high = target.sds
    return _tighter(lo, low - first, max), _tighter(hi, high - first, min)


def _tighter(fixed: float, moving: Array, which: object) -> Array | float:
    if np.isinf(moving).all():
        return fixed
    return np.maximum(fixed, moving) if which is max else np.minimum(fixed, moving)


def pieces(target: Target, parameter: str) -> list[Lines]:
    """Coordinates that together cover the posterior, each with smooth bounds."""
    if parameter == "sigma":
        return [Lines(target, parameter, Interval(*target.sigmas))]
    s_lo, s_hi = target.sigmas
    if parameter == "sd":
        low, high = target.ratios if target.prior.relative else target.sds
        if not target.prior.relative:
            return [Lines(target, parameter, Interval(low, high))]
        ends, kinks = (s_lo + low, s_hi + high), (s_lo + high, s_hi + low)
    else:
        if target.prior.relative:
            return [Lines(target, parameter, Interval(*target.ratios))]
        low, high = target.sds
        ends, kinks = (low - s_hi, high - s_lo), (low - s_lo, high - s_hi)
    inner = sorted({k for k in kinks if np.isfinite(k) and ends[0] < k < ends[1]})
    cuts = [ends[0], *inner, ends[1]]
    return [Lines(target, parameter, Interval(lo, hi)) for lo, hi in pairwise(cuts)]


def coordinates(target: Target) -> Lines:
    """The coordinates of the integration: x is that of r, or of sd if that has the bounds."""
    if target.on_ratio:
        return Lines(target, "icc", Interval(*target.ratios))
    return Lines(target, "sd", Interval(*target.sds))
