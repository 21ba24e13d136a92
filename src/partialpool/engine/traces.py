"""What the picture of a normal population is drawn from."""

from __future__ import annotations

from dataclasses import dataclass

from partialpool.special import Array


@dataclass(frozen=True)
class Traces:
    """The posterior density of a normal population's sd, and mean and sd of each group's theta given that sd.

    sd, density: (points,); mean, spread: conditional mean and sd of theta, (groups, points).
    """

    sd: Array
    density: Array
    mean: Array
    spread: Array
