"""Parse parameters of a population written at the shell, such as "mean=0.1, concentration=20"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from partialpool.errors import RequestError
from partialpool.messages.wording import nearest
from partialpool.priors.words import PARAMETERS, WORDS


def parameters(option: str, texts: Iterable[str]) -> dict[str, float]:
    """Parse texts to a mapping from parameters to values.

    Args:
        option: the option to which the texts belong, such as "--given", for messages.
        texts: each is NAME=VALUE, or several of these with a comma or a semicolon between them.

    Raises:
        RequestError: a part is not of this form, does not name a parameter, or names one twice.

    >>> parameters("--given", ["mean=0.1, concentration=20"])
    {'mean': 0.1, 'concentration': 20.0}
    """
    found: dict[str, float] = {}
    for part in filter(None, (part.strip() for text in texts for part in re.split("[,;]", text))):
        name, value = _pair(option, part)
        if name in found:
            raise RequestError(f"{option}: {name} is given twice.")
        found[name] = value
    if not found:
        raise RequestError(f"{option} takes NAME=VALUE, such as mean=0.1, and there is none.")
    return found


def _pair(option: str, part: str) -> tuple[str, float]:
    """Parse one NAME=VALUE."""
    said, equals, value = (word.strip() for word in part.partition("="))
    try:
        number = float(value)
    except ValueError:
        equals = ""
    if not equals:
        raise RequestError(f"{option} takes NAME=VALUE with a decimal point, such as mean=0.1, not {part!r}.")
    name = said.casefold()
    if name not in (*PARAMETERS, *WORDS):
        near = nearest(name, (*PARAMETERS, *WORDS))
        raise RequestError(f"{option}: there is no parameter {said!r}.{f' Did you mean {near!r}?' if near else ''}")
    return name, number
