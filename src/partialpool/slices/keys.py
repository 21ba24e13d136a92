"""Find a slice by its labels in the columns of `by`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from partialpool.errors import SliceError
from partialpool.io.backends.cells import as_python
from partialpool.messages.wording import counted, nearest, some
from partialpool.slices.tables import cells


class Keys:
    """The keys of all slices: a label, or the tuple of the labels of several columns.

    Attributes:
        columns: name of each column of `by` -> label of each slice.
    """

    def __init__(self, columns: Mapping[str, NDArray[Any]]) -> None:
        self.columns = columns

    @cached_property
    def every(self) -> list[Any]:
        """All keys, in order of first appearance."""
        labels = [cells(column) for column in self.columns.values()]
        return labels[0] if len(labels) == 1 else list(zip(*labels, strict=True))

    @cached_property
    def _places(self) -> dict[Any, int]:
        return {_exact(_parts(key)): place for place, key in enumerate(self.every)}

    def place(self, key: object) -> int | None:
        """The position of a key; None if no slice has it."""
        try:
            return self._places.get(_exact(_parts(key)))
        except TypeError:  # it cannot be hashed
            return None

    def find(self, key: object) -> int:
        """The position of a key.

        Raises:
            SliceError: no slice has it.
        """
        place = self.place(key)
        if place is not None:
            return place
        texts = {repr(one): one for one in self.every}
        near = nearest(repr(key), texts)
        hint = "" if near is None else f" Did you mean {near}?"
        names = " and ".join(map(repr, self.columns))
        listed = f"The {counted(len(texts), 'slice')} by {names}: {some(self.every)}."
        raise SliceError(f"there is no slice {key!r}.{hint} {listed}")


def _parts(key: object) -> tuple[object, ...]:
    return key if isinstance(key, tuple) else (key,)


def _exact(parts: tuple[object, ...]) -> tuple[tuple[bool, object], ...]:
    """A key by which True is not 1, and a date is the time at which it begins."""
    plain = [as_python(part) for part in parts]
    times = [datetime(x.year, x.month, x.day) if type(x) is date else x for x in plain]  # noqa: DTZ001  (so are dates)
    return tuple((isinstance(part, bool), part) for part in times)
