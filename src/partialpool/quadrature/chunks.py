"""Slices of long arrays, so that what is computed for each of many nodes fits into the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator

_CELLS = 1 << 17  # numbers per slice: 1 MB


def chunks(size: int, each: int) -> Iterator[slice]:
    """Slices of an array of length `size` whose elements each need `each` numbers of working memory."""
    step = max(1, _CELLS // max(each, 1))
    return (slice(i, min(i + step, size)) for i in range(0, size, step))
