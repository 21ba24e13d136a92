"""Priors as JSON: the name of a class among those of partialpool, and its parameters. Nothing else is ever made.

A density of the user's own is a function, and a file that held it would have to run it: it is refused.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from partialpool import priors
from partialpool.errors import OutputError
from partialpool.priors import BetaPrior, Component, Custom, Density, GammaPrior, Joint, Line, NormalPrior
from partialpool.priors.component import Typical
from partialpool.saving.values import cell_from_json, cell_to_json

_DENSITIES = {
    name: kind
    for name, kind in vars(priors).items()
    if isinstance(kind, type) and issubclass(kind, (Density, Line)) and kind not in (Custom, Density, Line)
}
_CLASSES: dict[str, Any] = {
    **_DENSITIES,
    **{kind.__name__: kind for kind in (BetaPrior, GammaPrior, NormalPrior, Component, Typical)},
}
_JOINT = (BetaPrior, GammaPrior, NormalPrior)


def prior_to_json(prior: Joint) -> dict[str, Any]:
    """A joint prior.

    Raises:
        OutputError: it has a density of the user's own.
    """
    found: dict[str, Any] = _to_json(prior, "the prior")
    return found


def prior_from_json(value: Any) -> Joint:
    """The joint prior.

    Raises:
        ValueError: it is not laid out so.
        PriorError: a parameter is out of its range.
    """
    prior = _from_json(value)
    if not isinstance(prior, _JOINT):
        raise ValueError(value)
    return prior


def _to_json(value: Any, where: str) -> Any:
    """A record by its class and fields, a tuple as a list, all else as it is."""
    name = type(value).__name__
    if isinstance(value, (Density, Line)) and _DENSITIES.get(name) is not type(value):
        called = value.name if isinstance(value, Custom) else name
        raise OutputError(
            f"cannot save this fit: {where} has a density of your own, {called}, and a file that held it would have to "
            "run it. State it by densities that partialpool has (pp.Gamma, pp.HalfCauchy, pp.LogNormal, ...), or keep "
            "the script and the data that made the fit."
        )
    if _CLASSES.get(name) is type(value):
        parts = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        inside = {part: _to_json(content, f"the prior of {part}") for part, content in parts.items()}
        return {"class": name, "fields": inside}
    if isinstance(value, tuple):
        return {"tuple": [cell_to_json(part) for part in value]}
    return {"value": cell_to_json(value)}


def _from_json(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError(value)
    if "class" in value:
        return _CLASSES[value["class"]](**{name: _from_json(part) for name, part in value["fields"].items()})
    if "tuple" in value:
        return tuple(cell_from_json(part) for part in value["tuple"])
    return cell_from_json(value["value"])
