"""Commands that list what comes with the package."""

from __future__ import annotations

from typing import Literal

from partialpool import datasets as shipped
from partialpool.cli.app import app
from partialpool.cli.streams import show, width
from partialpool.console import datasets_text, priors_text
from partialpool.priors import named


@app.command
def datasets() -> None:
    """List the data sets that come with the package."""
    show(datasets_text([shipped.info(name) for name in shipped.names()], width()))


@app.command
def priors(family: Literal["proportions", "rates", "estimates", "measurements"] = "proportions", /) -> None:
    """List the named priors of a family, each with its density.

    Parameters
    ----------
    family
        What was measured.
    """
    show(priors_text(named(family)))
