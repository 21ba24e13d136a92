"""Names that a shell can complete: data sets and priors.

The option library completes what a type lists. It does not judge what is typed: the package knows other spellings, and
refuses the rest with the name that was probably meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from cyclopts import Parameter

from partialpool import datasets
from partialpool.priors import named

FAMILIES = ("proportions", "rates", "estimates", "measurements")


def verbatim(_: object, tokens: Sequence[Any]) -> str:
    """What was typed, whether it is one of the choices or not."""
    return str(tokens[0].value)


def all_verbatim(_: object, tokens: Sequence[Any]) -> list[str]:
    """The same, of an option that is given several times."""
    return [str(token.value) for token in tokens]


UNLISTED = Parameter(converter=verbatim, show_choices=False)
"""Choices that are completed, but too many for the help."""

if TYPE_CHECKING:
    DatasetName: TypeAlias = str
    PriorName: TypeAlias = str
    PriorNames: TypeAlias = list[str]
else:
    DatasetName = Annotated[Literal[datasets.names()], UNLISTED]
    PriorName = Annotated[
        Literal[tuple(dict.fromkeys(name for family in FAMILIES for name in named(family)))], UNLISTED
    ]
    PriorNames = Annotated[list[PriorName], Parameter(converter=all_verbatim, show_choices=False)]
