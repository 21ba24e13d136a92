"""What a result says of itself: stated once, shown as text by `repr` and as HTML by a notebook."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, SupportsIndex, TypeAlias

import numpy as np
from numpy.typing import NDArray

from partialpool.calling import Checked
from partialpool.output import html
from partialpool.output.characters import visible
from partialpool.output.terminal import draw
from partialpool.wording import joined

ROWS = 20
_NAME = 14  # characters of the names in a list of terms


@dataclass(frozen=True)
class Tabled:
    """A table to be shown.

    Attributes:
        columns: name of each column -> its values, all of one length.
        keys: how many of its first columns name a row.
        alike: whether the numbers of one column are of one kind, and so share their decimals.
        rows: show at most so many rows, the first and the last.
        width: columns of a terminal that the text may take.
    """

    columns: Mapping[str, NDArray[Any]]
    keys: int = 1
    alike: bool = True
    rows: int = ROWS
    width: int = 80

    def text(self) -> str:
        """The table for a terminal."""
        return draw(self.columns, width=self.width, rows=self.rows, keys=self.keys, alike=self.alike)

    def html(self) -> str:
        """The table for a notebook."""
        return html.table(self.columns, rows=self.rows, alike=self.alike)


@dataclass(frozen=True)
class Terms:
    """Names, and what is said of each."""

    said: Mapping[str, str]

    def text(self) -> str:
        """A line for each name."""
        return "\n".join(visible(f"{name:<{_NAME}} {text}") for name, text in self.said.items())

    def html(self) -> str:
        """A row for each name."""
        return html.pairs(self.said)


Item: TypeAlias = str | Tabled | Terms


@dataclass(frozen=True)
class Content:
    """A title, and below it tables and lines of text in order."""

    title: str
    items: tuple[Item, ...]

    def text(self) -> str:
        """The title, and the items indented under it."""
        shown = [visible(item) if isinstance(item, str) else item.text() for item in self.items]
        return "\n".join([visible(self.title), *(f"  {line}" for item in shown for line in item.splitlines())])

    def html(self) -> str:
        """The same for a notebook."""
        shown = [html.line(item) if isinstance(item, str) else item.html() for item in self.items]
        return html.block([html.line(self.title, strong=True), *shown])


QUESTION = "_question"
"""Where an answer remembers what was asked: a function and its arguments, which give the answer again."""


class Shown(Checked, ABC):
    """A result that a terminal shows as text and a notebook as HTML, with the same content.

    Its last line names the methods that return its tables; what it warns of stands above that.
    """

    _tables: ClassVar[tuple[str, ...]] = ("table",)
    """The methods that return its tables."""

    @abstractmethod
    def _content(self) -> Content:
        """What is shown above the last line."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should know, such as that a number is less accurate than usual: by how much, and the cure."""
        return ()

    @property
    def _with_tables(self) -> Content:
        """All that is shown."""
        content, names = self._content(), [f".{name}()" for name in self._tables]
        said = [f"warning: {warning}" for warning in self.warnings]
        where = f"{joined(names)} {'is the table' if len(names) == 1 else 'are the tables'}"
        return replace(content, items=(*content.items, *said, where))

    def __repr__(self) -> str:
        return self._with_tables.text()

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """A pickle of an answer holds the fit and the question, which is put to the fit again."""
        return vars(self).get(QUESTION) or super().__reduce_ex__(protocol)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """An answer of which nothing can be changed is its own copy."""
        if QUESTION in vars(self):
            arrays = [value for value in vars(self).values() if isinstance(value, np.ndarray)]
            if not any(array.flags.writeable for array in arrays):
                return self
        new = object.__new__(type(self))
        for name, value in vars(self).items():
            shared = name == QUESTION or not isinstance(value, (np.ndarray, dict, list))
            object.__setattr__(new, name, value if shared else deepcopy(value, memo))
        return new

    def _repr_html_(self) -> str:
        return self._with_tables.html()


class Stated:
    """A record that a notebook shows as `print` does: as lines of text."""

    def _repr_html_(self) -> str:
        return html.block([html.code(str(self))])
