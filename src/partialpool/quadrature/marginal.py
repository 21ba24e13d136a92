"""A distribution on the line, given by its density at equally spaced points of a stretched coordinate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special as sc

from partialpool.quadrature.line import stretched, unstretched
from partialpool.special import Array

_NEAR = 1e-6  # a Newton step this small, in units of the lattice step, leaves an error of about its square
_STEPS = 60
_OF_SPECTRUM = 8  # the last eighth of the spectrum shows what lies beyond its end


@dataclass(frozen=True)
class Marginal:
    """A distribution of x = centre + scale stretched(t), given by the normalised density of t at equally spaced t.

    Between the points the density is its sinc series, whose integral is a sum of sine integrals (Stenger 1993,
    Numerical Methods Based on Sinc and Analytic Functions): exact to the accuracy of the trapezoid rule itself.
    """

    centre: float
    scale: float
    t: Array
    density: Array

    @property
    def step(self) -> float:
        return float(self.t[-1] - self.t[0]) / (len(self.t) - 1)

    def place(self, t: Array) -> Array:
        return self.centre + self.scale * stretched(t)

    @cached_property
    def unseen(self) -> float:
        """Estimate the error of the cdf from the highest frequencies in the spectrum of the density.

        What lies beyond the highest frequency that the points resolve is less than what lies just below it. If two
        interleaved rules of integration disagree, their rows alternate, which is that frequency itself.
        """
        spectrum = np.abs(np.fft.rfft(self.density)) * self.step
        return float(np.max(spectrum[-1 - len(spectrum) // _OF_SPECTRUM :]))

    def cdf_t(self, t: Array) -> Array:
        """P(T <= t)."""
        z = (np.asarray(t)[..., None] - self.t) / self.step
        total = (0.5 + sc.sici(np.pi * z)[0] / np.pi) @ self.density * self.step
        return np.clip(total, 0.0, 1.0)

    def cdf(self, x: Array) -> Array:
        """P(X <= x)."""
        t = np.clip(unstretched((np.asarray(x) - self.centre) / self.scale), self.t[0] - 1.0, self.t[-1] + 1.0)
        return self.cdf_t(t)

    def pdf_t(self, t: Array) -> Array:
        """The density of T at t."""
        z = (np.asarray(t)[..., None] - self.t) / self.step
        return np.maximum(np.sinc(z) @ self.density, 0.0)

    def quantile(self, p: Array) -> Array:
        """The x with P(X <= x) = p, by Newton steps kept inside a shrinking bracket."""
        p = np.atleast_1d(np.asarray(p, dtype=float))
        lo, hi = np.full(p.shape, self.t[0]), np.full(p.shape, self.t[-1])
        running = np.cumsum(self.density) * self.step
        t = np.interp(p, running - 0.5 * self.step * self.density, self.t)
        for _ in range(_STEPS):
            gap, slope = self.cdf_t(t) - p, self.pdf_t(t)
            lo, hi = np.where(gap < 0, t, lo), np.where(gap > 0, t, hi)
            new = t - gap / np.maximum(slope, 1e-300)
            new = np.where((new >= lo) & (new <= hi), new, 0.5 * (lo + hi))
            moved, t = np.max(np.abs(new - t)), new
            if moved < _NEAR * self.step or np.max(np.abs(gap)) < 1e-15:
                break
        return self.place(t)
