"""The commands about the command line itself: `help`, and the installation of shell completion."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from partialpool.cli.app import app
from partialpool.cli.choices import UNLISTED
from partialpool.cli.streams import show
from partialpool.errors import OutputError, RequestError

CommandName: TypeAlias = Annotated[
    Literal[
        "attach",
        "calibrate",
        "check",
        "compare",
        "cumulative",
        "datasets",
        "demo",
        "estimates",
        "explore",
        "groups",
        "intervals",
        "leave-one-out",
        "measurements",
        "meta-analysis",
        "pooling",
        "population",
        "predict",
        "priors",
        "probability",
        "proportions",
        "ranks",
        "rates",
        "select",
        "sensitivity",
        "update",
    ],
    UNLISTED,
]


@app.command(name="help")
def help_of(*command: CommandName) -> None:
    """Explain a command and its options; left out, list the commands.

    Parameters
    ----------
    command
        The name of a command.
    """
    app([*command, "--help"], print_error=False, exit_on_error=False)


@app.command(name="--install-completion")
def install_completion(*, shell: Literal["bash", "zsh", "fish", "powershell"] | None = None) -> None:
    """Let the shell complete commands, options and file names.

    A file with the completions is written where the shell looks for it, and
    for bash, zsh and PowerShell a line is added to the shell's start-up file.

    Parameters
    ----------
    shell
        Which shell. Left out, the one that this command runs in.
    """
    from cyclopts.completion.detect import ShellDetectionError  # only this command needs it

    try:
        place = app.install_completion(shell=shell)
    except ShellDetectionError as error:
        raise RequestError("which shell this is cannot be seen: name it, for example --shell bash.") from error
    except OSError as error:
        raise OutputError(f"cannot write {error.filename!r}: {error.strerror}.") from error
    show(f"The completions are in {place}. They work in every shell that is started from now on.")
