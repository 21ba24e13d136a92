"""Where the rows of a table come from: its files, or its relation, which answers must not be written over."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from partialpool.io.backends.frames import is_relation
from partialpool.io.backends.paths import files_of


@dataclass(frozen=True, eq=False)
class Origin:
    """The files or the relation of DuckDB that rows come from; both are empty for a table in memory.

    Attributes:
        files: the files.
        relations: the relation. It belongs to one connection, so that a copy in another process is without it.
    """

    files: tuple[Path, ...] = ()
    relations: tuple[Any, ...] = ()

    @property
    def tables(self) -> tuple[object, ...]:
        """The files and the relation."""
        return self.files + self.relations

    def __reduce__(self) -> tuple[type[Origin], tuple[tuple[Path, ...]]]:
        """Pickle the files alone."""
        return Origin, (self.files,)


NOWHERE = Origin()
"""The origin of a table in memory."""


def origin_of(data: object) -> Origin:
    """The files or the relation that the rows of a caller's table come from."""
    import narwhals.stable.v2 as nw  # slow to load

    if files := files_of(data):
        return Origin(tuple(files))
    native = nw.to_native(data, pass_through=True)
    return Origin(relations=(native,)) if is_relation(native) else NOWHERE
