"""Uniform shrinkage: the default prior on a concentration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.priors.density import Positive, number, positive
from partialpool.special import Array


@dataclass(frozen=True)
class UniformShrinkage(Positive):
    """p(x) = scale / (scale + x)^2: the shrinkage x/(scale + x) of a typical group is uniform on (0, 1).

    Left out, the scale is the harmonic mean of the groups' trials (over groups with any): the design, never the
    outcomes. (Strawderman 1971; Christiansen and Morris 1997; Daniels 1999.)
    """

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

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        log_scale = np.log(1.0 if self.scale is None else self.scale)
        return log_scale - 2.0 * np.logaddexp(log_scale, log_x)

    def formula(self, x: str) -> str:
        return f"1/({'n0' if self.scale is None else number(self.scale)} + {x})^2"
