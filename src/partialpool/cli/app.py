"""The application that all commands belong to."""

from __future__ import annotations

from cyclopts import App, Parameter

from partialpool.cli.wrapping import Wrapping
from partialpool.version import __version__

EPILOGUE = """\
See what it does on one screen:

    partialpool demo

Start with a data set that comes with the package:

    partialpool proportions --dataset rat_tumors

or with your own file, a row for each group:

    partialpool proportions rats.csv \\
        --successes tumors --trials rats --group group

"partialpool proportions --help" explains every option.
"""

app = App(
    name="partialpool",
    help="What is true of each group, of the population that the groups come from, and of the next group?\n\n"
    + EPILOGUE,
    version=f"partialpool {__version__}",
    help_format="plaintext",
    help_formatter=Wrapping(),
    default_parameter=Parameter(negative=()),
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)
