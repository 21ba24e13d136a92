"""Write a table with attached columns to a file, whole or not at all, by the function for its kind."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from partialpool.analysis.attaching.addition import Addition
from partialpool.analysis.attaching.attaching import attach
from partialpool.analysis.attaching.copying import copy_files, copy_relation
from partialpool.analysis.attaching.files import attach_to_file
from partialpool.analysis.attaching.writing import write_rows
from partialpool.errors import FileError
from partialpool.io.backends.files import kind_of
from partialpool.io.backends.frames import is_relation
from partialpool.io.backends.paths import files_of
from partialpool.io.output.databases import ENDINGS, is_database
from partialpool.io.output.writing import check_output
from partialpool.messages.progress import shown

_FORMATS = (".csv", ".parquet", *ENDINGS)


@shown("rows")
def attach_into(data: Any, added: Addition, path: str | os.PathLike[str], memory: int, table: str = "rows") -> Path:
    """Write a table with added columns to a file.

    Args:
        data: the caller's table, of any kind that `attach` takes, or a list or pattern of names of Parquet files.
        added: the columns.
        path: a .csv or .parquet file, which is replaced if it exists, or a DuckDB database, in which one table is.
        memory: bytes that DuckDB may use, if it joins the answers to the rows of files.
        table: the name of the table in a database.

    Returns:
        The path of the file.

    Raises:
        OutputError: the file cannot be written, or is one that the rows come from; an existing file is unchanged.
        DataError: the table cannot be read, has such columns already, or its groups are not those of the fit.
    """
    import narwhals.stable.v2 as nw

    files = _parquet_files(data)
    target = check_output(path, sources=files or [data], formats=_FORMATS)
    place = Path(path) if is_database(path) else target
    native = data if isinstance(data, (Mapping, list, tuple, np.ndarray)) else nw.to_native(data, pass_through=True)
    if files and (added.names or len(files) > 1):
        copy_files(files, added, place, memory, table)
    elif isinstance(data, (str, os.PathLike)):
        attach_to_file(data, added).write(place, table)
    elif is_relation(native):
        copy_relation(native, added, place, table=table)
    else:
        write_rows(nw.to_native(attach(native, added), pass_through=True), place, table)
    return target


def _parquet_files(data: Any) -> list[Path]:
    """The Parquet files that a path, a pattern or a list of paths names; empty if the data are none of these.

    Raises:
        FileError: a file is not there, or there are several that are no Parquet files.
    """
    files = files_of(data)
    if not files or kind_of(files[0]) == "parquet":
        return files
    if len(files) > 1:
        raise FileError(f"{str(files[0])!r} is no Parquet file: several files are read here if all are Parquet.")
    return []
