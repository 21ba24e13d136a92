"""Escape text for a terminal, measure its width in columns, and break it into lines."""

import unicodedata
from collections.abc import Iterator

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""The text with every control, format and invisible character escaped.

    >>> print(visible("\x1b[31mred\u202e"))
    \x1b[31mred\u202e
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_spell(char) if unicodedata.category(char) in HIDDEN else char for char in text)


def span(text: str) -> int:
    """The number of terminal columns that a text takes.

    >>> span("ab"), span("東京"), span("e\u0301")
    (2, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_char_span, text))


def wrap(text: str, width: int) -> list[str]:
    """Break the text into lines of at most `width` columns, between words where possible.

    >>> wrap("no group has a mean", 9), wrap("abcdefgh", 3)
    (['no group', 'has a', 'mean'], ['abc', 'def', 'gh'])
    """
    if span(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if span(joined) <= width:
            lines[-1] = joined
            continue
        if not lines[-1]:
            lines.pop()
        lines.extend(_pieces(word, width))
    return lines


def _spell(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _char_span(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _pieces(word: str, width: int) -> Iterator[str]:
    """Yield pieces of a word that fit into the width, each of at least one character."""
    piece = ""
    for char in word:
        if piece and span(piece + char) > width:
            yield piece
            piece = ""
        piece += char
    yield piece
