"""Priors p(phi): densities by name, and the joint prior that they make."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from partialpool.errors import PriorError
from partialpool.priors.density import Density
from partialpool.priors.gamma import Exponential, Gamma
from partialpool.priors.halves import HalfCauchy, HalfNormal
from partialpool.priors.lognormal import LogNormal
from partialpool.priors.pareto import Pareto
from partialpool.priors.powers import Flat, Power
from partialpool.priors.prior import Prior
from partialpool.priors.shrinkage import UniformShrinkage
from partialpool.priors.unit import Beta, Uniform
from partialpool.priors.user import Custom

__all__ = [
    "Beta",
    "Custom",
    "Density",
    "Exponential",
    "Flat",
    "Gamma",
    "HalfCauchy",
    "HalfNormal",
    "LogNormal",
    "Pareto",
    "Power",
    "Prior",
    "Uniform",
    "UniformShrinkage",
    "named",
    "resolve",
]


def named() -> Mapping[str, Prior]:
    """The priors that have a name, the default first.

    Example:
        >>> list(named())
        ['uniform-shrinkage', 'bda', 'morris', 'half-cauchy-sd', 'pareto', 'haldane']
    """
    priors = (
        Prior(name="uniform-shrinkage"),
        Prior(concentration=Power(-1.5), name="bda"),
        Prior(concentration=Power(-2.0), name="morris"),
        Prior(concentration=HalfCauchy(1.0, on="sd"), name="half-cauchy-sd"),
        Prior(concentration=Pareto(1.0, 1.5), name="pareto"),
        Prior(mean=Beta(0.0, 0.0), name="haldane"),
    )
    return {prior.name: prior for prior in priors}


def resolve(prior: object) -> Prior:
    """The prior that the caller means: an object, or one by name."""
    if isinstance(prior, Prior):
        return prior
    if isinstance(prior, str):
        priors = named()
        if prior in priors:
            return priors[prior]
        near = difflib.get_close_matches(prior.lower(), priors, n=1, cutoff=0.4)
        hint = f' Did you mean "{near[0]}"?' if near else ""
        raise PriorError(f'There is no prior named "{prior}".{hint} Named priors: {", ".join(priors)}.')
    raise PriorError(f"prior must be a name or a Prior(...), not {prior!r}.")
