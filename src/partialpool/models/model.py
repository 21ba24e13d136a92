"""The record of a fitted model: family, population, prior, and how the population's parameters were treated."""

from __future__ import annotations

from dataclasses import dataclass, field

from partialpool.errors import RequestError
from partialpool.priors import Joint
from partialpool.priors.names import DEFAULT
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


def check_full(method: str, lacks: str, gain: str) -> None:
    """Refuse what only the integrated posterior of the population's parameters has.

    Args:
        method: how the population's parameters were treated.
        lacks: what the other methods have not, such as "prior to be sensitive to".
        gain: what a full fit is for, such as "to see what priors do".

    Raises:
        RequestError: the method is another, with the cure.
    """
    if method == "full":
        return
    cure = "ask the fit that the parameters were given to" if method == "given" else f'fit with method="full" {gain}'
    raise RequestError(f'Method "{method}" has no {lacks}; {cure}.')


@dataclass(frozen=True)
class Model:
    """The model that was fitted.

    Attributes:
        family: name of the distribution of the data.
        population: name of the distribution of theta.
        prior: the prior, with its scales filled in from the design.
        method: how the population's parameters were treated.
        asked: the prior as the caller gave it, whose scales another design may fill in; None if it is not known.
    """

    family: str
    population: str
    prior: Joint
    method: str = "full"
    asked: Joint | None = field(default=None, repr=False, compare=False)

    @property
    def idle(self) -> tuple[str, ...]:
        """A warning if a prior was given although the method uses none."""
        prior = self.asked or self.prior
        if self.method == "full" or prior.name == DEFAULT.name:
            return ()
        stated = prior.name or in_words(prior) or "of the caller"
        said = f'the prior {stated} has no effect, since method "{self.method}" uses none: the method "full" uses it'
        return (said,)

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
