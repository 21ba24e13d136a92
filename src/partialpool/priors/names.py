"""The named priors of each family, and the joint prior that a caller means by `prior=`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, overload

from partialpool.errors import PriorError
from partialpool.messages.calling import checked
from partialpool.messages.wording import nearest
from partialpool.priors.density import Density, Line
from partialpool.priors.halves import HalfCauchy
from partialpool.priors.jeffreys import Jeffreys
from partialpool.priors.on_beta import BetaPrior
from partialpool.priors.on_gamma import GammaPrior
from partialpool.priors.on_normal import NormalPrior
from partialpool.priors.pareto import Pareto
from partialpool.priors.powers import Flat, Power
from partialpool.priors.prior import Prior
from partialpool.priors.shrinkage import DuMouchel
from partialpool.priors.taken import TAKEN, Joint
from partialpool.priors.text import alone, parsed, written
from partialpool.priors.unit import Beta
from partialpool.priors.words import plain

DEFAULT = Prior(name="uniform-shrinkage")

_NAMED: dict[str, tuple[Prior, ...]] = {
    "proportions": (
        DEFAULT,
        Prior(concentration=Power(-1.5), name="bda"),
        Prior(concentration=Power(-2.0), name="morris"),
        Prior(concentration=HalfCauchy(1.0, on="sd"), name="half-cauchy-sd"),
        Prior(concentration=Pareto(1.0, 1.5), name="pareto"),
        Prior(mean=Beta(0.0, 0.0), name="haldane"),
    ),
    "rates": (
        DEFAULT,
        Prior(mean=Power(-0.5), name="jeffreys-mean"),
    ),
    "estimates": (
        DEFAULT,
        Prior(sd=Flat(), name="flat"),
        Prior(sd=DuMouchel(), name="dumouchel"),
        Prior(sd=Jeffreys(), name="jeffreys"),
    ),
    "measurements": (
        DEFAULT,
        Prior(sd=Flat(), sigma=Power(-1.0), name="reference"),
    ),
}

_BDA = re.compile(
    r"(p\((alpha,beta|a,b)\)(~|=|∝))?\((alpha\+beta|beta\+alpha|a\+b|b\+a)\)(\^|\*\*)[({]?-(5/2|2\.5)[)}]?"
)
"""The density of the prior "bda" as papers write it, p(alpha, beta) ~ (alpha + beta)^(-5/2)."""


@overload
def named(family: Literal["proportions"] = ...) -> Mapping[str, BetaPrior]: ...
@overload
def named(family: Literal["rates"]) -> Mapping[str, GammaPrior]: ...
@overload
def named(family: Literal["estimates", "measurements"]) -> Mapping[str, NormalPrior]: ...
@overload
def named(family: str) -> Mapping[str, Joint]: ...
@checked
def named(family: str = "proportions") -> Mapping[str, Joint]:
    """The named joint priors of a family, the default first.

    Args:
        family: "proportions", "rates", "estimates" or "measurements".

    Returns:
        A mapping from names, which `prior=` accepts, to joint priors; print one to see its formula.

    Raises:
        PriorError: there is no such family.

    Example:
        >>> list(named())
        ['uniform-shrinkage', 'bda', 'morris', 'half-cauchy-sd', 'pareto', 'haldane']
        >>> list(named("estimates"))
        ['uniform-shrinkage', 'flat', 'dumouchel', 'jeffreys']
    """
    return {name: prior.joint(family) for name, prior in _known(family).items()}


def _known(family: str) -> dict[str, Prior]:
    if family not in _NAMED:
        raise PriorError(f"There is no family {family!r}; there are {', '.join(_NAMED)}.")
    return {prior.name: prior for prior in _NAMED[family]}


@overload
def resolve(prior: object, family: Literal["proportions"] = ...) -> BetaPrior: ...
@overload
def resolve(prior: object, family: Literal["rates"]) -> GammaPrior: ...
@overload
def resolve(prior: object, family: Literal["estimates", "measurements"]) -> NormalPrior: ...
@overload
def resolve(prior: object, family: str) -> Joint: ...
@checked
def resolve(prior: object, family: str = "proportions") -> Joint:
    """Turn the argument `prior=` of a fit into the joint prior of the family.

    Args:
        prior: a name such as "flat", a text such as "sd ~ HalfNormal(0.5)", a `Prior`, or a joint prior. A density
            alone, as an object or as text, is that of the sd of estimates or measurements. Upper and lower case and
            hyphens in names do not matter.
        family: "proportions", "rates", "estimates" or "measurements".

    Raises:
        PriorError: there is no prior of that name, or it does not fit the family.

    Example:
        >>> print(resolve("flat", "estimates").formula)
        1
        >>> print(resolve("sd ~ HalfNormal(0.5)", "estimates").formula)
        exp(-(sd/0.5)^2 / 2)
    """
    if isinstance(prior, Prior):
        return prior.joint(family)
    if isinstance(prior, (BetaPrior, GammaPrior, NormalPrior)):
        if prior.family != family:
            raise PriorError(f"This is a prior of {prior.family}; {TAKEN[family].said}.")
        return prior
    if isinstance(prior, (Density, Line)):
        return _alone(prior, family)
    if not isinstance(prior, str):
        raise PriorError(f"prior must be a name or a Prior(...), or a density or a text of one, not {prior!r}.")
    if "bda" in _known(family) and _BDA.fullmatch(re.sub(r"\s", "", prior).casefold()):
        raise PriorError(f'The prior {prior!r} has a name: write prior="bda".')
    if "~" in prior:
        return replace(parsed(prior, TAKEN[family].example).joint(family), name=" ".join(prior.split()))
    priors = {plain(name): known for name, known in _known(family).items()}
    if plain(prior) in priors:
        return priors[plain(prior)].joint(family)
    others = [other for other in _NAMED if plain(prior) in map(plain, _known(other))]
    begun = any(name.startswith(plain(prior)) for name in priors)
    density = None if others or begun else alone(prior, TAKEN[family].example)
    if density is None:
        raise PriorError(_unknown(prior, family, others))
    return _alone(density, family)


def _unknown(prior: str, family: str, others: list[str]) -> str:
    """The message that there is no prior of that name; `others` are the families that have one."""
    names = list(_known(family))
    near = nearest(prior, names, 0.4)
    hint = f" That is a prior of {' and '.join(others)}." if others else f' Did you mean "{near}"?' if near else ""
    return (
        f'There is no prior named "{prior}".{hint} Named priors: {", ".join(names)} (for {family}); or write one in '
        f'words, such as "{TAKEN[family].example}".'
    )


def _alone(density: Density | Line, family: str) -> Joint:
    """The joint prior in which this is the density of the population's sd."""
    said = written(density) or str(density)
    if "sd" not in TAKEN[family].parameters:
        raise PriorError(
            f"A density alone is the prior of the sd of estimates and measurements; {TAKEN[family].said}. Name the "
            f'one that {said} is for, as in "{TAKEN[family].example}".'
        )
    if isinstance(density, Line):
        raise PriorError(f'A density alone is that of the sd; {said} is on the whole line: say "mean ~ {said}".')
    return replace(Prior(sd=density).joint(family), name=f"sd ~ {said}")
