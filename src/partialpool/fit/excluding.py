"""Leave groups out of a fit by their labels, such as a row of totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from partialpool.errors import RequestError
from partialpool.groups.groups import Rows
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
    known = {str(label) for name in group for label in rows.columns[name].tolist()}
    for label in labels:
        if label not in known:
            near = nearest(label, sorted(known))
            hint = (
                f" Did you mean {near!r}?" if near else "" if group else " Name the column with the labels by group=."
            )
            raise RequestError(f"There is no label {label!r} to exclude.{hint}")
    return without_labels(rows, group, labels)
