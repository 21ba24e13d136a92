"""Show help texts in lines as long as the terminal is wide, wherever the lines of a docstring end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions

_WORDS = {"CHOICE CHOICE": "KIND FILE"}
"""Description that cyclopts gives of an option's values -> a clearer one."""


def reflowed(text: str) -> str:
    r"""Join the lines of each paragraph; indented paragraphs, such as commands, keep their lines.

    >>> reflowed("One\ntwo.\n\n    a b \\\n        c\n\nThree\nfour.")
    'One two.\n\n    a b \\\n        c\n\nThree four.'
    """
    paragraphs = re.split(r"\n[ \t]*\n", text.strip("\n"))
    return "\n\n".join(part if part.startswith(" ") else " ".join(part.split()) for part in paragraphs)


class Wrapping:
    """A help formatter that differs from that of cyclopts only in where lines end."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Show a panel of options or commands."""
        from cyclopts.help.formatters import DefaultFormatter  # only help needs it

        for entry in panel.entries:
            _reflow(entry.description)
        DefaultFormatter()(console, options, panel.copy(entries=list(map(_worded, panel.entries))))

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """Show how the command is called."""
        from cyclopts.help.formatters import DefaultFormatter  # only help needs it

        DefaultFormatter().render_usage(console, options, usage)

    def render_description(self, console: Console, options: ConsoleOptions, description: Any) -> None:
        """Show what the command does."""
        from cyclopts.help.formatters import DefaultFormatter  # only help needs it

        _reflow(description)
        DefaultFormatter().render_description(console, options, description)


def _worded(entry: HelpEntry) -> HelpEntry:
    """The help entry of an option, with a clearer description of its values where there is one."""
    takes = _WORDS.get(getattr(entry, "metavar", None) or "")
    return entry.copy(metavar=takes) if takes else entry


def _reflow(description: Any) -> None:
    """Reflow a description, if it is plain text."""
    from rich.text import Text  # only help needs it

    if isinstance(shown := getattr(description, "primary_renderable", None), Text):
        description.primary_renderable = Text(reflowed(shown.plain))
