"""Headers of columns where there is little room: broken into lines, or with a shared prefix above them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from partialpool.io.output.characters import span


def broken(name: str, room: int) -> list[str]:
    """Break a header that is too long into lines, after underscores.

    >>> broken("time_thousand_hours", 7), broken("p_value", 8)
    (['time_', 'thousand_', 'hours'], ['p_value'])
    """
    lines = [""]
    for piece in re.findall(r"[^_]*_+|[^_]+", name):
        if lines[-1] and span(lines[-1] + piece) > room:
            lines.append("")
        lines[-1] += piece
    return lines


def runs(names: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield runs of neighbouring names with the prefix up to an underscore that they share; "" if they share none.

    >>> list(runs(["ad", "posterior_mean", "posterior_sd", "p_value"]))
    [('', ['ad']), ('posterior_', ['posterior_mean', 'posterior_sd']), ('', ['p_value'])]
    """
    for _, each in groupby(names, lambda name: name.partition("_")[:2]):
        run = list(each)
        pairs = enumerate(zip(min(run), max(run), strict=False))
        same = next((i for i, (one, other) in pairs if one != other), len(min(run)))
        found = run[0][: run[0].rfind("_", 0, same) + 1]
        yield (found if len(run) > 1 and found not in run else ""), run


def ruled(text: str, width: int) -> str:
    """A text above several columns, followed by a line over all of them.

    >>> ruled("posterior_", 16)
    'posterior_ -----'
    """
    left = width - span(text) - 1
    return f"{text} {'-' * left}" if left > 0 else text + " " * (left + 1)
