"""Choose and read columns of a lazy frame, such as one of Spark, whose rows have no order.

Spark finds columns by name without upper and lower case, and takes a dot in a name for a field of a structure. So its
columns are taken by their position, under short names.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.errors import DataError
from partialpool.io.backends import files
from partialpool.io.backends.columns import positions
from partialpool.io.backends.frames import is_relation, library_of, series
from partialpool.io.backends.rows import Column

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw


_TRACEBACK = "Traceback (most recent call last):"
_OF_JAVA = "An error occurred while calling "
_CAUSE = "Caused by: "


def is_spark(native: object) -> bool:
    """Whether a table is a DataFrame of Spark, in a classic session or over Spark Connect."""
    from narwhals.stable.v2 import dependencies as made_by

    return made_by.is_pyspark_dataframe(native) or made_by.is_pyspark_connect_dataframe(native)


def is_unordered(data: object) -> bool:
    """Whether a table is a lazy frame that may give its rows in another order each time, such as one of Spark."""
    if data is None or isinstance(data, (str, os.PathLike, Mapping, list, tuple, np.ndarray)):
        return False
    import narwhals.stable.v2 as nw

    native: Any = nw.to_native(data, pass_through=True)
    if is_relation(native) or library_of(native) is not None or nw.dependencies.is_dask_dataframe(native):
        return False
    return isinstance(nw.from_native(native, pass_through=True), nw.LazyFrame)


def by_position(native: Any) -> Any:
    """A frame of Spark whose columns are called c0, c1, ..."""
    return native.toDF(*(f"c{place}" for place in range(len(native.columns))))


def chosen(frame: nw.LazyFrame[Any], wanted: Sequence[str], short: Sequence[str]) -> nw.LazyFrame[Any]:
    """The wanted columns of a lazy frame under short names; text of Spark without its collation.

    Raises:
        ColumnError: a column is missing or doubled.
    """
    import narwhals.stable.v2 as nw

    native: Any = frame.to_native()
    spark = is_spark(native)
    names = list(native.columns) if spark else frame.collect_schema().names()
    places = positions(names, wanted)
    if spark:
        frame = nw.from_native(by_position(native))
        names = [f"c{place}" for place in range(len(names))]
    found = frame.select(nw.col(names[i]).alias(name) for i, name in zip(places, short, strict=True))
    texts = [name for name, kind in found.collect_schema().items() if spark and kind == nw.String]
    return found.with_columns(nw.col(*texts).cast(nw.String)) if texts else found


def read_lazy(data: nw.LazyFrame[Any], values: Sequence[str], labels: Sequence[str]) -> list[Column]:
    """Read the wanted columns of a frame of Spark, Dask or Ibis, sorted by labels and values if it has no order.

    Raises:
        ColumnError: a column is missing or doubled.
        DataError: the frame cannot be collected, or has more rows than the cap.
    """
    import narwhals.stable.v2 as nw

    wanted = [*values, *labels]
    short = [f"p{place}" for place in range(len(wanted))]
    with lazy_errors():
        found = chosen(data, wanted, short)
        size = found.select(nw.len()).collect().item()
    if size > files.MAX_ROWS:
        raise files.too_many_rows("the lazy frame")
    with lazy_errors():
        if is_unordered(data):
            found = found.sort(*short[len(values) :], *short[: len(values)])
        frame = found.collect()
    return [series(name, frame[one]) for name, one in zip(wanted, short, strict=True)]


@contextmanager
def lazy_errors() -> Iterator[None]:
    """Turn any error of an engine into one that says which table failed."""
    try:
        yield
    except DataError:
        raise
    except ModuleNotFoundError as error:
        raise DataError(f"the lazy frame cannot be collected without {error.name}. Install it.") from error
    except Exception as error:
        said = reason_of(error)
        raise DataError(f"the lazy frame cannot be collected: {said}. Check the steps that made it.") from error


def reason_of(error: Exception) -> str:
    """The first line of an error, or the line of a traceback, of Python or of Java, that says what has failed."""
    text = str(error)
    causes = [line for line in text.split("\n") if line.startswith(_CAUSE)]
    if causes and text.startswith(_OF_JAVA):
        return causes[-1].removeprefix(_CAUSE).strip(" ;.")
    lines = [line for line in text.split("\n\n", maxsplit=1)[0].split("\n") if line.strip()]
    begun = next((place for place, line in enumerate(lines) if line.endswith(_TRACEBACK)), len(lines))
    said = [line for line in lines[begun + 1 :] if not line.startswith(" ")][-1:] or lines[:1]
    return said[0].strip(" ;.") if said else "there is no reason given"
