"""The record of a fitted model: family, population, prior, and how the population's parameters were treated."""

from __future__ import annotations

from dataclasses import dataclass

from partialpool.priors import Joint
from partialpool.priors.text import in_words

_DIGITS = 4  # significant digits of numbers in the description of a prior

METHODS = {
    "full": "the posterior of the population's parameters, integrated",
    "empirical-bayes": "marginal maximum likelihood; the uncertainty of the population's parameters is ignored",
    "moments": "moment estimates; the uncertainty of the population's parameters is ignored",
    "reml": "restricted maximum likelihood of the sd; the uncertainty of the population's parameters is ignored",
    "dersimonian-laird": "the moment estimate of DerSimonian and Laird; the uncertainty of the sd is ignored",
    "given": "the population's parameters as given; their uncertainty is ignored",
}


@dataclass(frozen=True)
class Model:
    """The model that was fitted."""

    family: str
    population: str
    prior: Joint
    method: str = "full"

    @property
    def plugged(self) -> bool:
        """Whether the population's parameters are point estimates."""
        return self.method not in ("full", "given")

    @property
    def title(self) -> str:
        """A short description of the model."""
        how = f"prior {self._prior}" if self.method == "full" else self.method
        return f"{self.family} data, {self.population} population, {how}"

    @property
    def _prior(self) -> str:
        """The name of the prior, or else its densities in words."""
        return self.prior.name or in_words(self.prior, _DIGITS) or "of the caller"
