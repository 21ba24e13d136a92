"""All commands, in the order in which `partialpool --help` lists them, and how a command line becomes a call of one."""

from __future__ import annotations

from collections.abc import Sequence

from cyclopts.exceptions import CycloptsError

from partialpool.cli import families, judging, listings, questions  # noqa: F401  (they add their commands to the app)
from partialpool.cli.app import app
from partialpool.errors import RequestError


def run(words: Sequence[str]) -> None:
    """Run the command that the words name.

    Raises:
        RequestError: there is no such command, or it does not take these options.
    """
    try:
        app(list(words), print_error=False, exit_on_error=False)
    except CycloptsError as error:
        raise RequestError(f"{error} Try --help.") from error
