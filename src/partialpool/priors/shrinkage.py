"""Uniform shrinkage, the default prior of how much groups differ, and the related prior of DuMouchel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from partialpool.priors.density import Density, Positive, number, positive
from partialpool.special import Array


@dataclass(frozen=True)
class _Shrinkage(Positive):
    """The density p(x) = scale / (scale + x)^2, whose scale comes from the design if it is left out."""

    scale: float | None = None

    def __post_init__(self) -> None:
        if self.scale is not None:
            positive(self, scale=self.scale)

    @property
    def at_zero(self) -> float:
        return 0.0

    @property
    def at_infinity(self) -> float:
        return 2.0

    @property
    def needs_design(self) -> bool:
        return self.scale is None

    def for_design(self, typical: float, variances: Array) -> Density:
        return replace(self, scale=float(typical)) if self.scale is None else self

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        log_scale = np.log(1.0 if self.scale is None else self.scale)
        return log_scale - 2.0 * np.logaddexp(log_scale, log_x)

    def formula(self, x: str) -> str:
        return self.formula_for(x, "n0")

    def formula_for(self, x: str, typical: str) -> str:
        return f"1/({typical if self.scale is None else number(self.scale)} + {x})^2"


@dataclass(frozen=True)
class UniformShrinkage(_Shrinkage):
    """The density p(x) = scale / (scale + x)^2, under which x/(scale + x), a typical group's shrinkage, is uniform.

    If the scale is left out, it comes from the design, never from the outcomes; harmonic means are over groups with
    data:

        proportions    concentration, or 1/concentration with on="variance"   n0, the harmonic mean of the trials
        rates          rate                                                   e0, the harmonic mean of the exposures
        estimates      sd^2, with on="variance"                               s0^2, the harmonic mean of se^2
        measurements   (sd/sigma)^2, with on="squared-ratio"                  1/n0, n0 that of the group sizes

    Source: Strawderman 1971; Christiansen and Morris 1997; Daniels 1999, Canadian Journal of Statistics 27:567.
    """


@dataclass(frozen=True)
class DuMouchel(_Shrinkage):
    """The density p(sd) = scale / (scale + sd)^2, whose median, the scale, is the standard error of a typical group.

    If the scale is left out, it is s0, with s0^2 the harmonic mean of se^2 over groups with se > 0.

    Source: DuMouchel and Normand 2000, in Meta-Analysis in Medicine and Health Policy; Röver 2020, Journal of
    Statistical Software 93(6).
    """
