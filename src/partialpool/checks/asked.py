"""Check the arguments of a calibration: the family, the design, the quantities and the population's parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from partialpool.checks.replication import JOINT
from partialpool.diagnostics.prior_draws import prior_parameters
from partialpool.engine.results import check_given
from partialpool.errors import RequestError
from partialpool.models.family import Family
from partialpool.models.registry import FAMILIES
from partialpool.posterior import Posterior
from partialpool.priors import Joint, Prior
from partialpool.priors.words import meant
from partialpool.special import Array

Fit = Callable[..., Posterior]

_OF_GROUPS = ("theta_small", "theta_large", "theta_new", "y_new")


def family_of(fit: Fit, family: str | None) -> Family:
    """The family that a fitting function fits, from `family` or from the name of the function."""
    if not callable(fit):
        raise RequestError(f"fit= is a function that fits, such as pp.proportions, not a {type(fit).__name__}.")
    name = family or getattr(fit.func if isinstance(fit, partial) else fit, "__name__", "")
    if name not in FAMILIES:
        known = ", ".join(map(repr, FAMILIES))
        raise RequestError(f"What does fit= fit? Say so with family=, one of {known}; {name!r} is none of them.")
    return FAMILIES[name]


def sizes_of(family: Family, design: object) -> Array:
    """The amounts of data that the design fixes, shape (groups,)."""
    role = family.amount.role
    if isinstance(design, Mapping):
        if set(design) != {role}:
            raise RequestError(f'The design of {family.name} is {{"{role}": [...]}}, not {sorted(map(str, design))}.')
        design = design[role]
    try:
        size = np.asarray(design, dtype=float)
    except (TypeError, ValueError):
        size = np.zeros(0)
    if size.ndim != 1 or len(size) < 2 or not (np.isfinite(size) & (size > 0.0)).all():
        raise RequestError(f'design={{"{role}": [...]}} must hold a number above 0 for each of two groups or more.')
    if family.amount.whole and (size != np.floor(size)).any():
        raise RequestError(f"{role} must be whole numbers.")
    return size


def chosen_of(
    family: Family, size: Array, asked: Sequence[str] | None, *, fixed: bool
) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Names of the quantities, and the position of the group that each belongs to, -1 for none."""
    if fixed:
        if asked is not None:
            raise RequestError("With at=, intervals of all groups are looked at: leave quantities out.")
        return tuple(f"theta[{j}]" for j in range(1, len(size) + 1)), np.arange(len(size))
    names = tuple(asked) if asked is not None else (*_OF_GROUPS, *JOINT, *family.natural)
    known = (*_OF_GROUPS, *JOINT, *family.parameters)
    for name in names:
        if name not in known:
            raise RequestError(f"There is no quantity {name!r}; there are {', '.join(known)}.")
    amount = family.informed(size)
    small, large = int(np.argmin(amount)), int(np.argmax(amount))
    place = {"theta_small": small, "rank_small": small, "theta_large": large}
    return names, np.array([place.get(name, -1) for name in names], dtype=np.intp)


def parameters_of(
    family: Family,
    size: Array,
    prior: str | Prior | Joint,
    at: Mapping[str, float] | None,
    count: int,
    rng: np.random.Generator,
) -> list[dict[str, float]]:
    """The population's parameters of each replication, fixed or drawn from the prior."""
    if at is not None:
        return [fixed_parameters(family, at)] * count
    drawn = prior_parameters(family.designed(family.resolve(prior), size), count, rng)
    return [{name: float(values[i]) for name, values in drawn.items()} for i in range(count)]


def fixed_parameters(family: Family, at: Mapping[str, float]) -> dict[str, float]:
    """Compute all parameters of the population from those that are given.

    Raises:
        RequestError: the parameters are not those of the family, or out of range.
    """
    try:
        known = meant(at)
    except ValueError as error:
        raise RequestError(str(error)) from None
    check_given(known, *family.fixing, to="at=")
    return family.completed({name: float(value) for name, value in known.items()})
