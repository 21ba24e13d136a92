"""A model: family, population and prior, and how the population's parameters were dealt with."""

from __future__ import annotations

import re
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

_COMMON = "The common (fixed) effect is complete pooling: fit.pooling() has it."
_BAYES = 'where trials are few, method="full" integrates over what is not known of tau.'
_ELSEWHERE = {
    ("hksj", "knha", "hk", "knapphartung", "hartungknapp"): "The intervals of Knapp and Hartung are not offered: ",
    ("pm", "paulemandel", "mp", "mandelpaule", "gmm"): "The estimate of Paule and Mandel is not offered: ",
    ("sj", "he", "hs", "hedges", "hunterschmidt", "sidikjonkman"): "This estimate of tau is not offered: ",
}
"""Methods of other software, by what people call them."""
_EB = (
    'method="empirical-bayes" is maximum likelihood here, and what others call EB, the estimate of Paule and Mandel, '
    "is not offered: "
)


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
    hint = f" {_of_others(lower)}" if family == "estimates" else ""
    raise RequestError(f"There is no method {method!r}; there are {', '.join(known)}.{hint}")


def _of_others(method: str) -> str:
    """What to say of a method of other software for meta-analyses."""
    bare = re.sub(r"[-_\s]", "", method)
    if bare == "eb":
        return f"{_EB}{_BAYES}"
    return next((f"{said}{_BAYES}" for names, said in _ELSEWHERE.items() if bare in names), _COMMON)
