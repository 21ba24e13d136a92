"""Leave groups out of a fit by their labels, such as a row of totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import RequestError
from partialpool.groups.rows import Rows
from partialpool.messages.wording import nearest
from partialpool.models.data.excluded import without_labels

_LABELS: ContextVar[tuple[str, ...]] = ContextVar("labels", default=())


@contextmanager
def excluding(labels: Sequence[str]) -> Iterator[None]:
    """Leave the rows with one of these labels out of each fit that is made within the context."""
    token = _LABELS.set(tuple(labels))
    try:
        yield
    finally:
        _LABELS.reset(token)


def excluded() -> tuple[str, ...]:
    """The labels that `excluding` leaves out."""
    return _LABELS.get()


def without_excluded(rows: Rows, group: Sequence[str]) -> Rows:
    """Return the rows without those whose label `excluding` leaves out.

    Raises:
        RequestError: one of the labels is that of no row, or no row would be left.
    """
    labels = excluded()
    if not labels:
        return rows
    kept_by([[str(label) for label in rows.columns[name].tolist()] for name in group], labels)
    return without_labels(rows, group, labels)


def kept_by(texts: Sequence[Sequence[str | None]], labels: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each row is kept, by its labels.

    Args:
        texts: the labels of all rows, in one list per group column, None where one is missing.
        labels: the labels whose rows are left out.

    Raises:
        RequestError: one of the labels to leave out is that of no row, or no row would be left.
    """
    known = {text for column in texts for text in column if text is not None}
    for label in labels:
        if label not in known:
            near = nearest(label, sorted(known))
            hint = (
                f" Did you mean {near!r}?" if near else "" if texts else " Name the column with the labels by group=."
            )
            raise RequestError(f"There is no label {label!r} to exclude.{hint}")
    keep = ~np.logical_or.reduce([np.isin(np.array(column, dtype=object), labels) for column in texts])
    if not keep.any():
        raise RequestError("Every row is to be excluded, so that none is left.")
    return keep
