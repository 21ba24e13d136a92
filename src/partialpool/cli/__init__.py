"""The command `partialpool`, which mirrors the functions of the package.

Exit codes: 0 all is well; 2 the request or the data were refused, and the message says why; 1 a bug of ours.
Results go to standard output, warnings and errors to standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from partialpool.cli.streams import accept_any_character, apologise, forget_output, refuse, show
from partialpool.errors import PartialpoolError
from partialpool.version import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    accept_any_character()
    try:
        _answer(sys.argv[1:] if arguments is None else list(arguments))
    except PartialpoolError as error:
        from partialpool.cli.wording import at_the_shell  # only a refusal needs it

        return refuse(at_the_shell(str(error)))
    except (BrokenPipeError, SystemExit):  # the reader has gone (the help printer then asks to exit): no error
        forget_output()
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  (the last resort: a sentence instead of a traceback)
        return apologise(error)
    return 0


def _answer(words: list[str]) -> None:
    """Run a command; `--version` is answered before anything slow is loaded."""
    if words == ["--version"]:
        show(f"partialpool {__version__}")
        return
    from partialpool.cli.commands import run  # slow to load

    run(words)
