"""The names of a population's parameters in the tables, and the symbols that papers use for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

PARAMETERS = ("mean", "concentration", "alpha", "beta", "rate", "shape", "sd", "sigma")
"""The parameters of which a prior can have densities."""

WORDS: Mapping[str, str] = {"mu": "mean", "kappa": "concentration", "tau": "sd"}
"""Symbol in papers -> name of the parameter in this library."""

T = TypeVar("T")


def plain(name: str) -> str:
    """A name in lower case and without hyphens, underscores and spaces, which people write differently.

    >>> plain("Half-Cauchy"), plain("half_cauchy sd")
    ('halfcauchy', 'halfcauchysd')
    """
    return re.sub(r"[-_\s]", "", name).casefold()


def meant(given: Mapping[str, T]) -> dict[str, T]:
    """Rename the keys that are symbols of papers to the names used here.

    Raises:
        ValueError: a parameter is given by both of its words; its message names them.

    >>> meant({"mu": 0.1, "kappa": 20.0})
    {'mean': 0.1, 'concentration': 20.0}
    """
    both = [word for word, usual in WORDS.items() if word in given and usual in given]
    if both:
        raise ValueError(f"{both[0]} and {WORDS[both[0]]} are two words for one parameter: give one of them.")
    return {WORDS.get(name, name): value for name, value in given.items()}
