"""Types of options whose values a shell can complete: data sets, priors and kinds of pictures.

The option library (cyclopts) completes the values that a type lists, but does not check what is typed: the package
accepts other spellings too, and refuses unknown names with a suggestion.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, get_args

from cyclopts import Parameter

from partialpool import datasets
from partialpool.messages.wording import nearest
from partialpool.priors import named
from partialpool.priors.words import plain

FAMILIES = ("proportions", "rates", "estimates", "measurements")


def verbatim(_: object, tokens: Sequence[Any]) -> str:
    """Convert an option to the text that was typed, whether it is one of the choices or not."""
    return str(tokens[0].value)


def all_verbatim(_: object, tokens: Sequence[Any]) -> list[str]:
    """Convert an option that is given several times to a list of the texts that were typed."""
    return [str(token.value) for token in tokens]


def pictures(_: object, tokens: Sequence[Any]) -> list[tuple[str, Path]]:
    """Convert an option to pairs of the kind and the file of each picture, a type that cyclopts could not complete.

    Raises:
        ValueError: there is no such kind.
    """
    words = [str(token.value) for token in tokens]
    return [(_kind(word), Path(file)) for word, file in zip(words[::2], words[1::2], strict=True)]


def _kind(word: str) -> str:
    """The exact name of a kind of picture, from any spelling of it."""
    known = {plain(kind): kind for kind in get_args(Picture)}
    if plain(word) in known:
        return known[plain(word)]
    near = nearest(word, known.values())
    hint = f" Did you mean {near!r}?" if near else ""
    raise ValueError(f"--plot: there is no picture {word!r}.{hint} Kinds are {', '.join(known.values())}.")


Picture: TypeAlias = Literal[
    "shrinkage",
    "forest",
    "population",
    "raw-vs-posterior",
    "funnel",
    "ranks",
    "pooling",
    "predictive",
    "prior-posterior",
    "sensitivity",
    "conditional",
    "meta-analysis",
]

UNLISTED = Parameter(converter=verbatim, show_choices=False)
"""An option whose choices are completed, but not listed in the help, since they are too many."""

if TYPE_CHECKING:
    DatasetName: TypeAlias = str
    PriorName: TypeAlias = str
    PriorNames: TypeAlias = list[str]
    Pictures: TypeAlias = list[tuple[Picture, Path]]
else:
    DatasetName = Annotated[Literal[datasets.names()], UNLISTED]
    PriorName = Annotated[
        Literal[tuple(dict.fromkeys(name for family in FAMILIES for name in named(family)))], UNLISTED
    ]
    PriorNames = Annotated[list[PriorName], Parameter(converter=all_verbatim, show_choices=False)]
    Pictures = Annotated[list[Picture], Parameter(converter=pictures, n_tokens=2, show_choices=False)]
