"""Records of future data: their amount, and their predictive distributions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.distributions import Distribution, Normals
from partialpool.distributions.predictive.counts import Counts
from partialpool.special import Array


@dataclass(frozen=True)
class Amount:
    """The quantity that says how much future data is predicted.

    Attributes:
        role: its name, "trials", "exposure", "se" or "n".
        meaning: its meaning in words.
        least: lower limit of its range.
        above: whether it must be greater than the limit, which is else included.
        whole: whether it must be a whole number.
        adds: whether the amount of a total is the sum of the amounts of its parts.
    """

    role: str
    meaning: str
    least: float = 0.0
    above: bool = False
    whole: bool = False
    adds: bool = False

    @property
    def range(self) -> str:
        """Its range in words."""
        return f"above {self.least:g}" if self.above else f"{self.least:g} or more"


@dataclass(frozen=True)
class ToCome:
    """Predictive distributions of future data, one per row: either counts or real numbers.

    Attributes:
        counts: distributions of counts, already averaged over the nodes; or
        numbers: distributions of real numbers given each node, shape (rows, nodes).
        error: estimated error of P(Y <= y), in addition to that of the nodes.
        moments: for a total, its mean and variance, averaged over the nodes.
    """

    counts: Counts | None = None
    numbers: Distribution | None = None
    error: float = 0.0
    moments: tuple[float, float] | None = None


def averaged(probability: Array, mean: Array, variance: Array) -> tuple[float, float]:
    """Mean and variance of a mixture, from the means and variances given each node, each (nodes,)."""
    middle = float(mean @ probability)
    return middle, float((variance + (mean - middle) ** 2) @ probability)


def noisy(parts: Normals, noise: Array) -> ToCome:
    """Distributions of theta plus independent normal noise, whose sd is `noise`, in the units of theta."""
    return ToCome(numbers=Normals(parts.location, _with(parts, noise), parts.origin, parts.unit))


def noisy_total(probability: Array, parts: Normals, noise: Array, times: Array) -> ToCome:
    """Distribution of the sum of theta plus noise over all rows, where row i is repeated times[i] times.

    The deviations that rows share add up before they are squared.
    """
    shared = np.zeros_like(parts.sd) if parts.shared is None else parts.shared
    apart = np.maximum(parts.sd**2 - shared**2, 0.0) + (noise / parts.unit) ** 2
    location, variance = times @ parts.location, times @ apart + (times @ shared) ** 2
    origin, unit = parts.origin * float(times.sum()), parts.unit
    middle, spread = averaged(probability, location, variance)
    of = Normals(location[None], np.sqrt(variance)[None], origin, unit)
    return ToCome(numbers=of, moments=(origin + unit * middle, unit**2 * spread))


def _with(parts: Normals, noise: Array) -> Array:
    """The sd of theta plus noise, in the unit of the distributions."""
    return np.asarray(np.hypot(parts.sd, noise / parts.unit))
