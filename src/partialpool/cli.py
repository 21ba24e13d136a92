"""The command `partialpool`: it mirrors the functions of the package.

Exit codes: 0 all is well; 2 the request or the data were refused, and the message says why; 1 a bug of ours.
Results go to standard output, warnings and errors to standard error.
"""

import contextlib
import io
import os
import shutil
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, TextIO, TypeAlias, TypedDict

from cyclopts import App, Parameter
from cyclopts.exceptions import CycloptsError

from partialpool import datasets as shipped
from partialpool.console import datasets_text, document, priors_text, result_text
from partialpool.errors import OutputError, PartialpoolError, RequestError
from partialpool.fit import proportions as fit_proportions
from partialpool.priors import named
from partialpool.terminal import visible
from partialpool.writing import check_output, json_text, write_table

Flag: TypeAlias = Annotated[bool, Parameter(show_default=False)]

EPILOGUE = """\
Start with a data set that comes with the package:

    partialpool proportions --dataset rat_tumors

or with your own file, a row for each group:

    partialpool proportions rats.csv \\
        --successes tumors --trials rats --group group

"partialpool proportions --help" explains every option.
"""


def _version() -> str:
    from importlib import metadata  # slow to load, and only --version needs it

    try:
        return f"partialpool {metadata.version('partialpool')}"
    except metadata.PackageNotFoundError:
        return "partialpool (not installed: run from its sources)"


app = App(
    name="partialpool",
    help="What is true of each group, of the population that the groups come\nfrom, and of the next group?\n\n"
    + EPILOGUE,
    version=_version,
    help_format="plaintext",
    default_parameter=Parameter(negative=()),
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)


@app.command
def proportions(
    file: str | None = None,
    /,
    *,
    dataset: str | None = None,
    successes: str | None = None,
    trials: str | None = None,
    group: list[str] | None = None,
    prior: str = "uniform-shrinkage",
    method: Literal["full", "empirical-bayes", "moments"] = "full",
    level: float = 0.95,
    missing: Literal["refuse", "drop"] = "refuse",
    out: Path | None = None,
    json: Flag = False,
    quiet: Flag = False,
    all_rows: Annotated[Flag, Parameter(name="--all")] = False,
) -> None:
    r"""Estimate a proportion for every group and for their population.

    Each group has its own proportion (the beta-binomial model). Groups with
    few trials lean on the others, groups with many stand on their own; how
    much is learned from the data.

    Example: rats.csv has a row for each laboratory.

        group,tumors,rats
        1,0,20
        2,4,14

        partialpool proportions rats.csv \
            --successes tumors --trials rats --group group

    Or try it on a data set that comes with the package:

        partialpool proportions --dataset rat_tumors

    Parameters
    ----------
    file
        A CSV or Parquet file.
    dataset
        A data set of the package, in place of FILE; "partialpool datasets" lists them.
    successes
        The column that counts successes; it holds 0 and 1 if --trials is left out.
    trials
        The column that counts trials. Left out, each row is one trial.
    group
        The column that names the group; repeat the option if several columns do. Left out, each row is a group.
    prior
        A named prior on the population; "partialpool priors" lists them.
    method
        The full posterior, or a quick approximation.
    level
        The probability that an interval is to hold.
    missing
        What to do with a row that has an empty cell.
    out
        Also write the groups to this .csv, .parquet or .json file.
    json
        Print one JSON document instead of tables.
    quiet
        Print no results; of use with --out.
    all_rows
        Show every group, however many.
    """
    data, roles = _data(file, dataset, successes, trials, group)
    if out is not None:
        check_output(out, sources=[data])  # before the work, not after it
    fit = fit_proportions(data, **roles, prior=prior, level=level, method=method, missing=missing)
    for warning in fit.warnings:
        _complain(f"partialpool: warning: {warning}")
    if out is not None:
        write_table(fit.group_columns(level), out, sources=[data])
    if not quiet:
        _print(json_text(document(fit, level)) if json else result_text(fit, level, _width(), all_rows=all_rows))


@app.command
def datasets() -> None:
    """List the data sets that come with the package."""
    _print(datasets_text([shipped.info(name) for name in shipped.names()], _width()))


@app.command
def priors() -> None:
    """List the named priors, each with its density."""
    _print(priors_text(named()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    _accept_any_character()
    try:
        app(sys.argv[1:] if arguments is None else list(arguments), print_error=False, exit_on_error=False)
    except CycloptsError as error:
        return _refuse(f"{error} Try --help.")
    except PartialpoolError as error:
        return _refuse(str(error))
    except (BrokenPipeError, SystemExit):  # the reader has gone (the help printer then asks to exit): no error
        _forget_output()
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  (the last resort: a sentence instead of a traceback)
        return _apologise(error)
    return 0


class Roles(TypedDict):
    """The columns that play a part."""

    successes: str
    trials: str | None
    group: list[str] | None


def _data(
    file: str | None,
    dataset: str | None,
    successes: str | None,
    trials: str | None,
    group: list[str] | None,
) -> tuple[object, Roles]:
    """The data, and the column of each role: as given, else as the shipped data set says."""
    if (file is None) == (dataset is None):
        raise RequestError("give either a FILE or --dataset NAME, for example: --dataset rat_tumors")
    if dataset is None:
        if successes is None:
            raise RequestError("--successes is missing: name the column that counts successes.")
        return file, Roles(successes=successes, trials=trials, group=group)
    known = shipped.info(dataset)
    if known.family != "proportions":
        raise RequestError(
            f"{dataset} holds {known.family}, not proportions: partialpool {known.family} --dataset {dataset}"
        )
    roles = Roles(
        successes=successes or known.roles["successes"],
        trials=trials or known.roles["trials"],
        group=group or list(known.group),
    )
    return shipped.load(dataset), roles


# --- streams -----------------------------------------------------------------------------------------------


def _width() -> int:
    return max(20, shutil.get_terminal_size().columns)


def _accept_any_character() -> None:
    """Where the terminal's encoding lacks a character, show its code instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _print(text: str) -> None:
    """Results on standard output, all of them or an error."""
    stream = _open(sys.stdout)
    if stream is None:
        raise OutputError("cannot write the results: standard output is closed.")
    try:
        stream.write(text + "\n")
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _forget_output()
        raise OutputError(f"cannot write the results to standard output: {error.strerror}.") from error


def _complain(message: str) -> None:
    """A message on standard error, its hostile characters spelt out."""
    stream = _open(sys.stderr)
    if stream is None:
        return
    lines = [visible(line) for line in message.split("\n")]
    with contextlib.suppress(OSError):  # nobody listens: the exit code still tells
        stream.write("\n".join(lines) + "\n")
        stream.flush()


def _open(stream: TextIO | None) -> TextIO | None:
    """The stream, or None if the shell has closed it (python then has None in its place)."""
    return stream


def _refuse(message: str) -> int:
    _complain(f"partialpool: {message}")
    return 2


def _apologise(error: Exception) -> int:
    if os.environ.get("PARTIALPOOL_DEBUG") == "1":
        _complain("".join(traceback.format_exception(error)).rstrip())
        return 1
    said = " ".join(f"{type(error).__name__}: {error}".split())
    _complain(f"partialpool: sorry, this is a bug of ours ({said}). PARTIALPOOL_DEBUG=1 shows where; please report it.")
    return 1


def _forget_output() -> None:
    """Let what is still in the buffer go nowhere, so that the interpreter does not fail on it at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
