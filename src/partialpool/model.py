"""A model: family, population and prior, and how the population's parameters were dealt with."""

from __future__ import annotations

from dataclasses import dataclass

from partialpool.errors import RequestError
from partialpool.priors import Joint

METHODS = {
    "full": "the posterior of the population's parameters, integrated",
    "empirical-bayes": "marginal maximum likelihood; the uncertainty of the population's parameters is ignored",
    "moments": "moment estimates; the uncertainty of the population's parameters is ignored",
    "given": "the population's parameters as given; their uncertainty is ignored",
}


@dataclass(frozen=True)
class Model:
    """What was fitted."""

    family: str
    population: str
    prior: Joint
    method: str = "full"

    @property
    def title(self) -> str:
        """The model in a few words."""
        how = f"prior {self.prior.name or 'of the caller'}" if self.method == "full" else self.method
        return f"{self.family} data, {self.population} population, {how}"


def check_method(method: object) -> str:
    """Refuse a method that does not exist."""
    known = [name for name in METHODS if name != "given"]
    if method not in known:
        raise RequestError(f"There is no method {method!r}; there are {', '.join(known)}.")
    return str(method)
