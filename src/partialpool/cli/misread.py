"""What to do about a command line that could not be read."""

from __future__ import annotations

from cyclopts.exceptions import CycloptsError, MissingArgumentError, UnknownOptionError, UnusedCliTokensError

from partialpool.cli.app import app
from partialpool.cli.piped import STDIN

_PAIRS = {"--plot": "--plot forest forest.png", "--between": "--between 0.1 0.2"}
"""Options that take two values, each with an example."""


def cure(error: CycloptsError) -> str:
    """What is wrong, and what is meant instead."""
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        first = "-" if error.unused_tokens[0] == str(STDIN) else error.unused_tokens[0]
        return (
            f"{first!r} belongs to no option. Put quotes around a name that has spaces, and give an "
            "option once for each column: --group hospital --group ward."
        )
    if isinstance(error, MissingArgumentError) and error.keyword in _PAIRS:
        count = len(error.tokens_so_far)
        return f"{error.keyword} takes two values, not {count}, such as {_PAIRS[error.keyword]}."
    if isinstance(error, UnknownOptionError) and (others := _commands_with(error.token.keyword or error.token.value)):
        return f"{error} It is an option of {', '.join(others)}."
    return f"{error} Try --help."


def _commands_with(option: str) -> list[str]:
    """The commands that have an option of this name."""
    commands = [name for name in app if not name.startswith("-")]
    return [
        name
        for name in commands
        if any(option in argument.names for argument in app[name].assemble_argument_collection())
    ]
