"""A Sphinx extension: docstrings are plain text with formulas, and are made reStructuredText here.

A name in `backticks` is code. A block that stands further in, such as an equation or a table of columns, is shown as
it is written. Signs of a formula that reStructuredText would take for markup, such as * and |, are themselves.

Answers are made by the methods of a fit and never by the reader, so that their classes are shown without arguments.
"""

import re
from typing import Any

from sphinx.application import Sphinx

_SECTION = re.compile(r"(Args|Attributes|Example|Raises|Returns):$")
_CODE = re.compile(r"`([^`]+)`")
_MARKUP = re.compile(r"[\\*|`]|(?<=\w)_(?!\w)")


def restructured(lines: list[str]) -> list[str]:
    """The lines of a docstring as reStructuredText; sections in Google's style are left to napoleon."""
    out: list[str] = []
    section = literal = doctest = False
    for line in lines:
        if line.strip():
            if not line.startswith(" "):
                section, literal = bool(_SECTION.match(line)), False
            elif not section and not literal:
                out += ["::", ""]
                literal = True
        doctest = bool(line.strip()) and (doctest or line.lstrip().startswith(">>>"))
        out.append(line if literal or doctest else _escaped(line))
    return out


def _escaped(line: str) -> str:
    """A line of prose, in which only names in backticks are markup."""
    parts = _CODE.split(line)
    parts[::2] = [_MARKUP.sub(r"\\\g<0>", part) for part in parts[::2]]
    parts[1::2] = [f"``{part}``" for part in parts[1::2]]
    return "".join(parts)


def _process(*event: Any) -> None:
    """Rewrite the lines, which are the last argument of Sphinx's event."""
    lines = event[-1]
    lines[:] = restructured(lines)


def _signature(app: Sphinx, what: str, name: str, value: Any, *more: Any) -> tuple[str, None] | None:  # noqa: ARG001
    """No signature for an answer; None leaves any other as it is."""
    return ("", None) if what == "class" and hasattr(value, "_tables") else None


def setup(app: Sphinx) -> dict[str, Any]:
    """Rewrite every docstring before napoleon does."""
    app.connect("autodoc-process-docstring", _process, priority=400)
    app.connect("autodoc-process-signature", _signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
