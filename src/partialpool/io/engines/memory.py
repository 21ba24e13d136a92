"""The memory that DuckDB may use while it adds up the rows of a file."""

from __future__ import annotations

import os
import re

from partialpool.errors import RequestError

_UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_LEAST = 100 * 10**6
_SHARE = 0.5  # share of the machine's memory by default
_UNKNOWN = 4 * 10**9  # bytes by default where the machine does not say how much memory it has
_WRITTEN = re.compile(r"\s*([0-9]+\.?[0-9]*|\.[0-9]+)\s*([KMGT]?I?B?)\s*", re.IGNORECASE)


def check_memory(memory: object) -> int:
    """The number of bytes that `memory` means, such as "2GB"; half of the machine's if it is None.

    Raises:
        RequestError: it is no amount of memory, or less than 100 MB.

    >>> check_memory("2GB"), check_memory(500_000_000)
    (2000000000, 500000000)
    """
    if memory is None:
        return _default()
    cure = 'Give an amount such as memory="2GB", of at least "100MB".'
    if isinstance(memory, str):
        found = _WRITTEN.fullmatch(memory)
        unit = _UNITS.get(found[2].upper()) if found else None
        if found is None or unit is None:
            raise RequestError(f"memory={memory!r} is not an amount of memory. {cure}")
        size = float(found[1]) * unit
    elif isinstance(memory, (int, float)) and not isinstance(memory, bool) and memory == memory:
        size = float(memory)
    else:
        raise RequestError(f"memory={memory!r} is not an amount of memory. {cure}")
    if not _LEAST <= size < float("inf"):
        raise RequestError(f"memory={memory!r} is too little to add up many rows. {cure}")
    return int(size)


def _default() -> int:
    try:
        return max(_LEAST, int(_SHARE * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")))
    except (ValueError, OSError, AttributeError):
        return _UNKNOWN
