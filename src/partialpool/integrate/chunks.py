"""Long arrays in pieces, so that what is worked out for each of many nodes fits into the memory near the processor."""

from __future__ import annotations

from collections.abc import Iterator

_CELLS = 1 << 17  # numbers at a time: 1 MB


def chunks(size: int, each: int) -> Iterator[slice]:
    """Slices of an array of this size, of which each element stands for so many numbers."""
    step = max(1, _CELLS // max(each, 1))
    return (slice(i, min(i + step, size)) for i in range(0, size, step))
