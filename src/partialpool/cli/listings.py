"""The commands that list the data sets and the named priors of the package."""

from __future__ import annotations

from typing import Literal, TypeAlias

from partialpool import datasets as shipped
from partialpool.cli.app import app
from partialpool.cli.console import datasets_document, datasets_text, priors_text
from partialpool.cli.options import Flag
from partialpool.cli.streams import show, width
from partialpool.io.output.writing import json_text
from partialpool.priors import named

FamilyName: TypeAlias = Literal["proportions", "rates", "estimates", "measurements"]


@app.command
def datasets(*, json: Flag = False) -> None:
    """List the data sets that come with the package.

    Parameters
    ----------
    json
        Print one JSON document: columns, sources and notes too.
    """
    infos = [shipped.info(name) for name in shipped.names()]
    show(json_text(datasets_document(infos)) if json else datasets_text(infos, width()))


@app.command
def priors(family: FamilyName = "proportions", *, json: Flag = False) -> None:
    """List the named priors of a family, each with its density.

    Parameters
    ----------
    family
        What was measured.
    json
        Print one JSON document.
    """
    found = named(family)
    show(json_text({name: str(prior) for name, prior in found.items()}) if json else priors_text(found))
