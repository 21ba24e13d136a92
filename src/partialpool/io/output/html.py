"""Pieces of HTML for a notebook, in the colours and fonts of the notebook, light or dark.

All text goes into HTML through the one function `escaped`.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.io.output.characters import visible
from partialpool.io.output.spread import least_decimals
from partialpool.io.output.terminal import formatted, head_and_tail

_CELL = "padding: 0.1em 0.6em; border: 0; vertical-align: top; white-space: pre-wrap; text-align: "
_RULE = "; border-bottom: 1px solid currentColor"
_UNTOUCHED = "tex2jax_ignore mathjax_ignore"  # classes that keep a notebook from reading text as formulas


def escaped(text: str) -> str:
    r"""Escape a text for HTML, with control and invisible characters spelt out.

    >>> print(escaped('<b onclick="x">\u202e'))
    &lt;b onclick=&quot;x&quot;&gt;\u202e
    """
    return escape(visible(text), quote=True)


def block(parts: Iterable[str]) -> str:
    """Put pieces of HTML one below the other."""
    return f'<div class="{_UNTOUCHED}" style="overflow-x: auto">{"".join(parts)}</div>'


def line(text: str, *, strong: bool = False) -> str:
    """A line of text."""
    shown = f"<strong>{escaped(text)}</strong>" if strong else escaped(text)
    return f'<div style="white-space: pre-wrap">{shown}</div>'


def code(text: str) -> str:
    """Lines of text in a fixed-width font."""
    lines = "\n".join(escaped(part) for part in text.split("\n"))
    return f'<pre style="background: none; color: inherit; border: 0">{lines}</pre>'


def table(columns: Mapping[str, NDArray[Any]], *, rows: int | None = None, alike: bool = True) -> str:
    """A table with the same numbers as in a terminal; if it is long, its first and last rows.

    Args:
        columns: name of each column -> its values, all of one length.
        rows: largest number of rows, half from the top and half from the bottom; None shows all.
        alike: whether the numbers of one column are of one kind, so that they have the same number of decimals.
    """
    size = len(next(iter(columns.values()), ()))
    head, tail = head_and_tail(size, rows)
    shown = {name: np.concatenate([column[:head], column[size - tail :]]) for name, column in columns.items()}
    least = least_decimals(shown)
    cells = [formatted(values, alike=alike, least=least[name]) for name, values in shown.items()]
    sides = ["right" if numeric else "left" for _, numeric in cells]
    header = [
        f'<th style="{_CELL}{side}{_RULE}">{escaped(str(name))}</th>' for name, side in zip(columns, sides, strict=True)
    ]
    lines = [_row(texts, sides) for texts in zip(*(texts for texts, _ in cells), strict=True)]
    if head + tail < size:
        said = f"... {size - head - tail} more rows ..."
        lines.insert(head, f'<tr><td colspan="{len(columns)}" style="{_CELL}left">{said}</td></tr>')
    body = f"<thead><tr>{''.join(header)}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return f'<table style="border-collapse: collapse; font-variant-numeric: tabular-nums">{body}</table>'


def pairs(texts: Mapping[str, str]) -> str:
    """A table with a name and a text in each row."""
    rows = [_row(pair, ["left", "left"]) for pair in texts.items()]
    return f'<table style="border-collapse: collapse"><tbody>{"".join(rows)}</tbody></table>'


def _row(texts: Iterable[str], sides: Iterable[str]) -> str:
    cells = [f'<td style="{_CELL}{side}">{escaped(text)}</td>' for text, side in zip(texts, sides, strict=True)]
    return f"<tr>{''.join(cells)}</tr>"
