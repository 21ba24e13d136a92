"""Convert priors to JSON and back, as names of partialpool's own classes with their parameters.

Reading never creates anything else. A density that the user gave as a function is refused, since a file with it would
have to run code.
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
    """Convert a joint prior to JSON.

    Raises:
        OutputError: a density was given as a function.
    """
    found: dict[str, Any] = _to_json(prior, "the prior")
    return found


def prior_from_json(value: Any) -> Joint:
    """Convert JSON to a joint prior.

    Raises:
        ValueError: the layout is wrong.
        PriorError: a parameter is out of its range.
    """
    prior = _from_json(value)
    if not isinstance(prior, _JOINT):
        raise ValueError(value)
    return prior


def _to_json(value: Any, where: str) -> Any:
    """Convert a record to its class and fields, a tuple to a list, and anything else to a cell."""
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
