"""The words for the parameters of a population: those of the tables, and those of papers that mean the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

PARAMETERS = ("mean", "concentration", "alpha", "beta", "rate", "shape", "sd", "sigma")
"""The parameters that a prior can have a density of."""

WORDS: Mapping[str, str] = {"mu": "mean", "kappa": "concentration", "tau": "sd"}
"""What papers call a parameter, and what it is called here."""

T = TypeVar("T")


def plain(name: str) -> str:
    """A name without what people write differently: capitals, hyphens, underscores and spaces.

    >>> plain("Half-Cauchy"), plain("half_cauchy sd")
    ('halfcauchy', 'halfcauchysd')
    """
    return re.sub(r"[-_\s]", "", name).casefold()


def meant(given: Mapping[str, T]) -> dict[str, T]:
    """The same by the words used here.

    Raises:
        ValueError: a parameter is given by both of its words; its message names them.

    >>> meant({"mu": 0.1, "kappa": 20.0})
    {'mean': 0.1, 'concentration': 20.0}
    """
    both = [word for word, usual in WORDS.items() if word in given and usual in given]
    if both:
        raise ValueError(f"{both[0]} and {WORDS[both[0]]} are two words for one parameter: give one of them.")
    return {WORDS.get(name, name): value for name, value in given.items()}
