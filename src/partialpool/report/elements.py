"""Pieces of HTML for a report; all text goes into the page through `text`, and no element has a style of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from partialpool.io.output.html import escaped
from partialpool.io.output.spread import least_decimals
from partialpool.io.output.terminal import formatted
from partialpool.report.words import cut
from partialpool.special import Columns

_SUBSCRIPT = re.compile(r"_(ij|j)(?![a-z])")


def text(value: object) -> str:
    """Escape a text, with control and invisible characters spelt out."""
    return escaped(str(value))


def paragraph(value: str, kind: str = "") -> str:
    """A paragraph of text."""
    return f"<p{_class(kind)}>{text(value)}</p>"


def listed(values: Iterable[str], kind: str = "") -> str:
    """A list of sentences."""
    return f"<ul{_class(kind)}>{''.join(f'<li>{text(value)}</li>' for value in values)}</ul>"


def formula(value: str) -> str:
    """A line of mathematics, in which `_j` and `_ij` are indices.

    >>> formula("y_ij ~ N(θ_j, s_j²)")
    '<p class="formula">y<sub>ij</sub> ~ N(θ<sub>j</sub>, s<sub>j</sub>²)</p>'
    """
    indexed = _SUBSCRIPT.sub(r"<sub>\1</sub>", text(value))
    return f'<p class="formula">{indexed}</p>'


def code(value: str) -> str:
    """Lines of code."""
    lines = "\n".join(text(line) for line in value.split("\n"))
    return f'<pre tabindex="0"><code>{lines}</code></pre>'


def section(name: str, title: str, parts: Iterable[str]) -> str:
    """A section with a heading, to which the list of contents can link."""
    return f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{text(title)}</h2>' + (
        "\n".join(parts) + "</section>"
    )


def table(columns: Columns, caption: str, *, alike: bool = False) -> str:
    """A table with the digits of printed tables, whose first column heads the rows.

    Args:
        columns: name of each column -> its values, all of one length; a column of notes that is empty is left out.
        caption: what the table shows.
        alike: whether the numbers of one column are of one kind, so that they have the same number of decimals.
    """
    kept = {name: column for name, column in columns.items() if name != "note" or any(column)}
    texts, sides = cells(kept, alike=alike)
    head = "".join(f'<th scope="col"{_class(side)}>{text(name)}</th>' for name, side in zip(kept, sides, strict=True))
    body = "".join(row(each, sides) for each in zip(*texts, strict=True))
    inside = f"<caption>{text(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{text(caption)}"><table>{inside}</table></div>'


def cells(columns: Columns, *, alike: bool) -> tuple[list[list[str]], list[str]]:
    """The cells of each column as text, with the digits of printed tables, and the class of each column."""
    least = least_decimals(columns)
    made = [formatted(np.asarray(column), alike=alike, least=least[name]) for name, column in columns.items()]
    return [[cut(value) for value in texts] for texts, _ in made], ["number" if numeric else "" for _, numeric in made]


def row(texts: Sequence[str], sides: Sequence[str]) -> str:
    """A row of a table, whose first cell is its heading."""
    first, *others = texts
    rest = "".join(f"<td{_class(side)}>{text(value)}</td>" for value, side in zip(others, sides[1:], strict=True))
    return f'<tr><th scope="row"{_class(sides[0])}>{text(first)}</th>{rest}</tr>'


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
