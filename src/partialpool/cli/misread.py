"""Messages about a command line that could not be parsed."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

from cyclopts.argument import Argument
from cyclopts.exceptions import (
    CycloptsError,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from partialpool.cli.app import app
from partialpool.cli.piped import STDIN, StrayWordsError
from partialpool.messages.calling import FAILURES, TRIALS
from partialpool.messages.wording import joined, nearest

_PAIRS = {"--plot": "--plot forest forest.png", "--between": "--between 0.1 0.2"}
"""Option that takes two values -> an example."""

_COLUMNS = "once for each column: --group hospital --group ward."
_REPEATED = {
    "compare": "for each group: --one Mercy --other Hope.",
    "sensitivity": "once for each column or prior: --priors bda --priors morris.",
}
"""Command whose repeated options are not columns -> an example of them."""

_NOT_TAKEN = {
    "--plot": "This command draws no picture: --plot is not one of its options.",
    "--fit": "This command fits data, and takes no fit that is saved: --fit is not one of its options.",
}
"""Option -> the message for a command that does not have it."""

_NEAR = 0.7  # smallest similarity of names, from 0 to 1, for a suggestion; two of four letters are not enough


def cure(error: CycloptsError) -> str:
    """Say what is wrong with the command line, and what was probably meant."""
    stray = error.words if isinstance(error, StrayWordsError) else getattr(error, "unused_tokens", None)
    if isinstance(error, UnusedCliTokensError) and stray:
        first = "-" if stray[0] == str(STDIN) else stray[0]
        example = _REPEATED.get((error.command_chain or ("",))[-1], _COLUMNS)
        return f"{first!r} belongs to no option. Put quotes around a name that has spaces, and give an option {example}"
    if isinstance(error, UnknownCommandError) and error.unused_tokens and Path(error.unused_tokens[0]).suffix:
        example = f"partialpool proportions {shlex.quote(error.unused_tokens[0])}"
        return f"A command comes first, such as {example}; partialpool help lists all."
    if isinstance(error, MissingArgumentError) and error.keyword in _PAIRS:
        count = len(error.tokens_so_far)
        return f"{error.keyword} takes two values, not {count}, such as {_PAIRS[error.keyword]}."
    if isinstance(error, MissingArgumentError) and error.keyword == "--sort":
        return "--sort takes a column, such as --sort raw; --reverse turns the order around."
    if isinstance(error, UnknownOptionError):
        return _unknown((error.token.keyword or error.token.value).partition("=")[0], error.argument_collection)
    return f"{error} Try --help."


def _unknown(option: str, taken: Iterable[Argument]) -> str:
    """The message about an option that the command does not have: the commands that have it, or a similar name."""
    names = {name.removeprefix("--"): name for argument in taken for name in argument.names if argument.parse}
    if "trials" in names and option.lstrip("-") in FAILURES:
        return f"Unknown option: {option}. --trials takes successes and failures together: add a column with their sum."
    if "successes" in names and option.lstrip("-") in TRIALS:
        return f"Unknown option: {option}. Did you mean --trials?"
    if others := _commands_with(option):
        return f"{_NOT_TAKEN.get(option, f'Unknown option: {option}.')} It is an option of {joined(others)}."
    options = {name: one for name, one in names.items() if one.startswith("--")}
    near = nearest(option.lstrip("-"), options, _NEAR)
    return f"Unknown option: {option}. {f'Did you mean {names[near]}?' if near else 'Try --help.'}"


def _commands_with(option: str) -> list[str]:
    """The commands that have an option of this name."""
    commands = [name for name in app if not name.startswith("-")]
    return [
        name
        for name in commands
        if any(option in argument.names for argument in app[name].assemble_argument_collection())
    ]
