"""The priors that have a name, and what the caller of a fit means by `prior=`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, overload

from partialpool.errors import PriorError
from partialpool.priors.density import Density, Line
from partialpool.priors.halves import HalfCauchy
from partialpool.priors.jeffreys import Jeffreys
from partialpool.priors.on_beta import BetaPrior
from partialpool.priors.on_gamma import GammaPrior
from partialpool.priors.on_normal import NormalPrior
from partialpool.priors.pareto import Pareto
from partialpool.priors.powers import Flat, Power
from partialpool.priors.prior import TAKES, Joint, Prior
from partialpool.priors.shrinkage import DuMouchel
from partialpool.priors.text import parsed, written
from partialpool.priors.unit import Beta

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


@overload
def named(family: Literal["proportions"] = ...) -> Mapping[str, BetaPrior]: ...
@overload
def named(family: Literal["rates"]) -> Mapping[str, GammaPrior]: ...
@overload
def named(family: Literal["estimates", "measurements"]) -> Mapping[str, NormalPrior]: ...
@overload
def named(family: str) -> Mapping[str, Joint]: ...
def named(family: str = "proportions") -> Mapping[str, Joint]:
    """The joint priors of a family that have a name, the default first.

    Args:
        family: "proportions", "rates", "estimates" or "measurements".

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
def resolve(prior: object, family: str = "proportions") -> Joint:
    """The joint prior of the family that the caller means: by name, in words, by its components, or as it is.

    A density alone is that of the sd of estimates and measurements.

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
            raise PriorError(f"This is a prior of {prior.family}; {TAKES[family]}.")
        return prior
    if isinstance(prior, (Density, Line)):
        return _alone(prior, family)
    if not isinstance(prior, str):
        raise PriorError(f"prior must be a name or a Prior(...), or a density or a text of one, not {prior!r}.")
    if "~" in prior:
        return replace(parsed(prior).joint(family), name=" ".join(prior.split()))
    priors = _known(family)
    if prior in priors:
        return priors[prior].joint(family)
    near = difflib.get_close_matches(prior.lower(), priors, n=1, cutoff=0.4)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    raise PriorError(f'There is no prior named "{prior}".{hint} Named priors: {", ".join(priors)} (for {family}).')


def _alone(density: Density | Line, family: str) -> Joint:
    """The joint prior in which the density is that of the sd."""
    said = written(density) or str(density)
    if family not in ("estimates", "measurements"):
        raise PriorError(
            f"A density alone is the prior of the sd of estimates and measurements; {TAKES[family]}. Name the one that "
            f"{said} is for, as in Prior({TAKES[family].split()[2]}={said})."
        )
    if isinstance(density, Line):
        raise PriorError(f"A density alone is that of the sd; {said} is on the whole line: say Prior(mean={said}).")
    return replace(Prior(sd=density).joint(family), name=f"sd ~ {said}")
