"""What a family says of data to come: how much of them there is to be, and their distributions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.distributions import Each, Normals
from partialpool.predictive.counts import Counts
from partialpool.special import Array


@dataclass(frozen=True)
class Amount:
    """How much data to come a prediction is of.

    Attributes:
        role: "trials", "exposure", "se" or "n".
        meaning: what that is, in words.
        least: the smallest that it can be.
        above: whether it has to be more than that.
        whole: whether it is a whole number.
        adds: whether that of a total is the sum of those of its parts.
    """

    role: str
    meaning: str
    least: float = 0.0
    above: bool = False
    whole: bool = False
    adds: bool = False

    @property
    def range(self) -> str:
        """What it can be, in words."""
        return f"above {self.least:g}" if self.above else f"{self.least:g} or more"


@dataclass(frozen=True)
class ToCome:
    """Distributions of data to come, a row each.

    Attributes:
        counts: those of counts, averaged over the nodes, or
        numbers: those of numbers, given each node: (rows, nodes).
        error: estimated error of P(Y <= y) beside that of the nodes.
        moments: of a total, its mean and variance over the nodes.
    """

    counts: Counts | None = None
    numbers: Each | None = None
    error: float = 0.0
    moments: tuple[float, float] | None = None


def averaged(probability: Array, mean: Array, variance: Array) -> tuple[float, float]:
    """Mean and variance over the nodes."""
    middle = float(mean @ probability)
    return middle, float((variance + (mean - middle) ** 2) @ probability)


def noisy(parts: Normals, noise: Array) -> ToCome:
    """Numbers about each theta: its variance and that of the noise added up; noise: an sd in the units of theta."""
    return ToCome(numbers=Normals(parts.location, _with(parts, noise), parts.origin, parts.unit))


def noisy_total(probability: Array, parts: Normals, noise: Array, times: Array) -> ToCome:
    """The sum of such numbers, `times` of each row."""
    location, variance = times @ parts.location, times @ _with(parts, noise) ** 2
    origin, unit = parts.origin * float(times.sum()), parts.unit
    middle, spread = averaged(probability, location, variance)
    of = Normals(location[None], np.sqrt(variance)[None], origin, unit)
    return ToCome(numbers=of, moments=(origin + unit * middle, unit**2 * spread))


def _with(parts: Normals, noise: Array) -> Array:
    """The sd of theta and of the noise together, in the unit of the distributions."""
    return np.asarray(np.hypot(parts.sd, noise / parts.unit))
