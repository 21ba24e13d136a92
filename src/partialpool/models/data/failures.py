"""Names of columns that count failures, and a warning if that of the trials is one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_FAILED = frozenset(
    (
        *("failure", "failures", "failed", "fails", "miss", "misses", "missed", "loss", "losses", "lost"),
        *("unsuccessful", "negatives", "nonevents", "non", "not", "survived", "survivors", "alive", "healthy"),
    )
)
"""Words in the name of a column that counts what did not happen."""

_WORDS = re.compile(r"[^\W\d_]+")


def failed(name: str) -> bool:
    """Whether a name has a word for what did not happen.

    >>> failed("cases_lost"), failed("notes")
    (True, False)
    """
    return not _FAILED.isdisjoint(word.lower() for word in _WORDS.findall(name))


def failures(roles: Mapping[str, str]) -> Iterator[str]:
    """Yield a warning if the name of the trials has a word for failures.

    Args:
        roles: argument of the fitting function -> name of its column.

    Where successes and failures are given as successes and trials, all rates are too high, and nothing else shows it
    as long as no row has more successes than failures.

    >>> len(list(failures({"successes": "deaths", "trials": "survived"})))
    1
    >>> list(failures({"successes": "survived", "trials": "operations"}))
    []
    """
    name = roles.get("trials", "")
    if failed(name):
        yield (
            f"the trials are the column {name!r}, which may count failures alone: trials are successes and failures "
            "together, so give their sum if it does"
        )
