"""The parameters of which the prior of each family can have densities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from partialpool.priors.on_beta import BetaPrior
from partialpool.priors.on_gamma import GammaPrior
from partialpool.priors.on_normal import NormalPrior

Joint = BetaPrior | GammaPrior | NormalPrior


@dataclass(frozen=True)
class Taken:
    """The parameters of which the prior of a family can have densities.

    Attributes:
        parameters: their names.
        said: a sentence on which of them go together.
        example: an example of a prior as text.
        joint: function that turns a `Prior` into the joint prior of the family.
    """

    parameters: tuple[str, ...]
    said: str
    example: str
    joint: Callable[[Any], Joint]


TAKEN: Mapping[str, Taken] = {
    "proportions": Taken(
        ("mean", "concentration", "alpha", "beta"),
        "proportions take mean and concentration, or alpha and beta",
        "concentration ~ Gamma(2, 0.1)",
        lambda of: BetaPrior(of.mean, of.concentration, of.alpha, of.beta, of.name),
    ),
    "rates": Taken(
        ("mean", "rate", "shape"),
        "rates take mean and rate, or shape and rate, or mean and shape",
        "shape ~ Exponential(1)",
        lambda of: GammaPrior.of(of.mean, of.rate, of.shape, of.name),
    ),
    "estimates": Taken(
        ("mean", "sd"),
        "estimates take mean and sd",
        "sd ~ HalfNormal(0.5)",
        lambda of: NormalPrior.of("estimates", of.mean, of.sd, of.sigma, of.name),
    ),
    "measurements": Taken(
        ("mean", "sd", "sigma"),
        "measurements take mean, sd and sigma",
        "sd ~ HalfNormal(0.5)",
        lambda of: NormalPrior.of("measurements", of.mean, of.sd, of.sigma, of.name),
    ),
}
"""Name of the family -> the parameters of its prior."""
