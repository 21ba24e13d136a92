"""The command that serves a local web page: `explore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import Parameter

from partialpool.cli.app import app
from partialpool.cli.options import Flag
from partialpool.cli.streams import apologise, show

Table: TypeAlias = Annotated[
    Path | None,
    Parameter(help="A table to begin with: a .csv, .tsv or .txt file, also gzipped (.csv.gz), or a .parquet file."),
]


@app.command
def explore(
    file: Table = None,
    /,
    *,
    port: int = 0,
    limit: float = 50.0,
    no_open: Flag = False,
) -> None:
    """Open a local web page in which a table is fitted by hand.

    Drop a table into the page, check the columns that it guesses, and see
    the fit. Move the prior or the level, and the shrinkage moves with them.
    Then save the report, or copy the call that makes the same fit.

        partialpool explore rats.csv

    Only this machine reaches the page, by an address with a random token,
    and nothing leaves the machine. Ctrl-C ends it.

    Parameters
    ----------
    port
        The port of the page. Left out, any free one.
    limit
        The largest size of a file that is dropped into the page, in megabytes.
    no_open
        Print the address, and open no browser.
    """
    from partialpool.explore.launch import serve  # only this command needs it

    serve(file, port=port, limit=limit, browser=not no_open, say=show, complain=apologise)
