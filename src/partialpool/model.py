"""A model: family, population and prior, and how the population's parameters were dealt with."""

from __future__ import annotations

from dataclasses import dataclass

from partialpool.errors import RequestError
from partialpool.priors import Joint
from partialpool.priors.text import in_words

_DIGITS = 4  # significant digits of the numbers of a prior

METHODS = {
    "full": "the posterior of the population's parameters, integrated",
    "empirical-bayes": "marginal maximum likelihood; the uncertainty of the population's parameters is ignored",
    "moments": "moment estimates; the uncertainty of the population's parameters is ignored",
    "reml": "restricted maximum likelihood of the sd; the uncertainty of the population's parameters is ignored",
    "dersimonian-laird": "the moment estimate of DerSimonian and Laird; the uncertainty of the sd is ignored",
    "given": "the population's parameters as given; their uncertainty is ignored",
}

ONLY = {"reml": ("estimates",), "dersimonian-laird": ("estimates",)}
"""The families of the methods that are not for all."""

ABBREVIATIONS = {"dl": "dersimonian-laird", "ml": "empirical-bayes"}
"""What else a method is called, in either case."""

_COMMON = " The common (fixed) effect is complete pooling: fit.pooling() has it."


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
        how = f"prior {self._prior}" if self.method == "full" else self.method
        return f"{self.family} data, {self.population} population, {how}"

    @property
    def _prior(self) -> str:
        """The name of the prior, or else its densities; functions of the caller's own have no words."""
        return self.prior.name or in_words(self.prior, _DIGITS) or "of the caller"


def check_method(method: object, family: str) -> str:
    """The method of that name, in either case.

    Raises:
        RequestError: there is no such method, or not for this family.
    """
    known = [name for name in METHODS if name != "given" and family in ONLY.get(name, (family,))]
    lower = str(method).lower()
    wanted = ABBREVIATIONS.get(lower, lower)
    if wanted in known:
        return wanted
    if wanted in ONLY:
        raise RequestError(
            f'Method "{wanted}" is for {" and ".join(ONLY[wanted])}, not for {family}; there are {", ".join(known)}.'
        )
    hint = _COMMON if family == "estimates" else ""
    raise RequestError(f"There is no method {method!r}; there are {', '.join(known)}.{hint}")
