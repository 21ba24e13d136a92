"""The priors that a sensitivity analysis compares: the default ones, or those that the caller gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from partialpool.errors import PriorError
from partialpool.groups.groups import Groups
from partialpool.models.family import Family
from partialpool.priors import Joint, named
from partialpool.priors.words import plain

Priors: TypeAlias = object | Iterable[object] | Mapping[str, object]
"""One prior or its name, several of these, or a mapping from names of the caller's to priors."""


def default_priors(of: Family, groups: Groups) -> dict[str, object]:
    """The priors that are compared by default; none of them depends on the outcomes."""
    return {**named(of.name), **of.compared(groups)}


def joints(family: Family, groups: Groups, priors: Priors | None, own: str = "") -> dict[str, Joint]:
    """Name -> joint prior of each prior to compare; the defaults omit `own`, the prior of the fit.

    Raises:
        PriorError: a prior does not exist, or does not fit the family.
    """
    find = family.resolve
    if priors is None:
        return {name: find(prior) for name, prior in default_priors(family, groups).items() if name != own}
    if isinstance(priors, Mapping):
        return {str(name): find(prior) for name, prior in priors.items()}
    several = [priors] if isinstance(priors, str) or not isinstance(priors, Iterable) else priors
    out: dict[str, Joint] = {}
    more = default_priors(family, groups)
    spelt = {plain(name): name for name in more}
    for k, one in enumerate(several, start=1):
        prior = spelt.get(plain(one), one) if isinstance(one, str) else one
        joint = _found(prior, more, find)
        name = joint.name or (prior if isinstance(prior, str) else f"prior {k}")
        out[name if name not in out else f"{name} ({k})"] = joint
    return out


def _found(prior: object, more: Mapping[str, object], find: Callable[[Any], Joint]) -> Joint:
    """Resolve a prior, which may have the name of a default one; the error of a wrong name lists all of these."""
    try:
        return find(more.get(prior, prior) if isinstance(prior, str) else prior)
    except PriorError as refused:
        if not str(refused).startswith("There is no prior named"):
            raise
        raise PriorError(f"{refused} All that are compared unless others are asked for: {', '.join(more)}.") from None
