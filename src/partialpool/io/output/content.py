"""The content that a result shows, stated once, and shown as text by `repr` and as HTML in a notebook."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, SupportsIndex, TypeAlias

import numpy as np
from numpy.typing import NDArray

from partialpool.io.output import html
from partialpool.io.output.characters import visible, wrap
from partialpool.io.output.terminal import draw
from partialpool.messages.calling import Checked
from partialpool.messages.wording import joined

ROWS = 20
_NAME = 14  # width of the names in a list of terms, in characters
_LINE = 96  # width of the lines of a sentence in columns, so that with both indents they have 100


@dataclass(frozen=True)
class Tabled:
    """A table to be shown.

    Attributes:
        columns: name of each column -> its values, all of one length.
        keys: number of first columns that identify a row.
        alike: whether the numbers of one column are of one kind, so that they have the same number of decimals.
        rows: largest number of rows that are shown, the first and the last ones.
        width: largest width of the text in columns of the terminal.
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
    """A list of names, each with a text."""

    said: Mapping[str, str]

    def text(self) -> str:
        """One line per name."""
        return "\n".join(visible(f"{name:<{_NAME}} {text}") for name, text in self.said.items())

    def html(self) -> str:
        """One row per name."""
        return html.pairs(self.said)


Item: TypeAlias = str | Tabled | Terms


@dataclass(frozen=True)
class Content:
    """A title, with tables and lines of text below it."""

    title: str
    items: tuple[Item, ...]

    def text(self) -> str:
        """The title, and the items indented under it; a long sentence is broken, its further lines indented more."""
        shown = [_broken(item) if isinstance(item, str) else item.text() for item in self.items]
        return "\n".join([visible(self.title), *(f"  {line}" for item in shown for line in item.splitlines())])

    def html(self) -> str:
        """The title and the items as HTML."""
        shown = [html.line(item) if isinstance(item, str) else item.html() for item in self.items]
        return html.block([html.line(self.title, strong=True), *shown])


def _broken(sentence: str) -> str:
    """A sentence in lines of at most `_LINE` columns, those after the first one indented."""
    return "\n  ".join(wrap(visible(sentence), _LINE))


QUESTION = "_question"
"""Attribute in which an answer stores the function and the arguments that reproduce it."""


class Shown(Checked, ABC):
    """A result that is shown as text in a terminal and as HTML in a notebook, with the same content.

    The last line names the methods that return its tables; warnings are above it.
    """

    _tables: ClassVar[tuple[str, ...]] = ("table",)
    """Names of the methods that return its tables."""

    @abstractmethod
    def _content(self) -> Content:
        """The content above the warnings and the last line."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings for the reader, such as that a number is less accurate than usual, with its error and a cure."""
        return ()

    @property
    def _with_tables(self) -> Content:
        """The whole content, with warnings and the last line."""
        content, names = self._content(), [f".{name}()" for name in self._tables]
        said = [f"warning: {warning}" for warning in self.warnings]
        where = f"{joined(names)} {'is the table' if len(names) == 1 else 'are the tables'}"
        return replace(content, items=(*content.items, *said, where))

    def __repr__(self) -> str:
        return self._with_tables.text()

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """Pickle an answer as the fit and the call that gave it, which is repeated when it is unpickled."""
        return vars(self).get(QUESTION) or super().__reduce_ex__(protocol)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return an answer that cannot be changed as its own copy; otherwise copy its arrays, dicts and lists."""
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
    """A record that a notebook shows like `print`, as lines of text."""

    def _repr_html_(self) -> str:
        return html.block([html.code(str(self))])
