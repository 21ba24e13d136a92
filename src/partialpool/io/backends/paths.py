"""Several files as one table: a pattern such as "sales/*.parquet", or a list of paths."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np

from partialpool.errors import FileError
from partialpool.groups.lines import Lines, Several
from partialpool.io.backends.files import checked_path, kind_of
from partialpool.io.backends.rows import Column

_WILD = frozenset("*?[")


def files_of(data: object) -> list[Path]:
    """The files that are meant by a path, a pattern or a list of paths; empty if the data are no such thing.

    Raises:
        FileError: a file is missing or not of a kind that is read, no file matches the pattern, or the files are of
            different kinds.
    """
    if isinstance(data, (str, os.PathLike)):
        return _matching(os.fspath(data))
    if isinstance(data, (list, tuple)) and data and all(isinstance(one, (str, os.PathLike)) for one in data):
        return _of_one_kind([place for one in data for place in _matching(os.fspath(one))])
    return []


def parquet_files(data: object) -> list[Path]:
    """The Parquet files that are meant by the data; empty if these are something else."""
    files = files_of(data)
    return files if files and kind_of(files[0]) == "parquet" else []


def is_pattern(path: str | os.PathLike[str]) -> bool:
    """Whether a path is a pattern, and no file of just that name."""
    text = os.fspath(path)
    return not _WILD.isdisjoint(text) and "://" not in text and not os.path.exists(text)


def joined(files: Sequence[Path], parts: Sequence[Sequence[Column]]) -> list[Column]:
    """The columns of several files, one file after the other; `parts` has the columns of each."""
    if len(files) == 1:
        return list(parts[0])
    sizes = [len(part[0].data) for part in parts]
    starts = [0, *np.cumsum(sizes)[:-1].tolist()]
    lines = Several([str(place) for place in files], starts, [cast("Lines | None", part[0].lines) for part in parts])
    return [_one_after_the_other(columns, lines) for columns in zip(*parts, strict=True)]


def _one_after_the_other(columns: Sequence[Column], lines: Several) -> Column:
    data = [column.data for column in columns]
    kinds = {part.dtype.kind for part in data}
    if len(kinds) > 1 and not kinds <= set("iuf"):
        data = [part.astype(object) for part in data]
    missing = None
    if any(column.missing is not None for column in columns):
        masks = [np.zeros(len(c.data), np.bool_) if c.missing is None else c.missing for c in columns]
        missing = np.concatenate(masks)
    first = columns[0]
    return Column(first.name, np.concatenate(data), missing, lines, first.delimiter)


def _matching(text: str) -> list[Path]:
    if not is_pattern(text):
        return [checked_path(text)]
    found = sorted(glob.glob(text, recursive=True))
    if not found:
        raise FileError(f"no file matches {text!r}. Check the pattern and the working directory.")
    return _of_one_kind([checked_path(place) for place in found if not os.path.isdir(place)])


def _of_one_kind(files: Sequence[Path]) -> list[Path]:
    kinds = {kind_of(place): place for place in reversed(files)}
    if len(kinds) > 1:
        one, other = (repr(str(place)) for place in list(kinds.values())[:2])
        raise FileError(f"{one} and {other} are files of different kinds. Read the files of one kind at a time.")
    return list(files)
