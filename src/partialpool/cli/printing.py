"""What a command prints and writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from partialpool import plots
from partialpool.cli.ahead import Ahead
from partialpool.cli.options import Options, Transform
from partialpool.cli.shared import fitted_family
from partialpool.cli.streams import show, width
from partialpool.cli.trials import Roles
from partialpool.cli.wording import at_the_shell, warned
from partialpool.console import Titled, answer_document, answer_text, document, result_text
from partialpool.output.view import View
from partialpool.output.writing import json_text, write_table
from partialpool.posterior import Columns, Posterior


def run(
    family: str,
    file: Path | None,
    dataset: str | None,
    roles: Roles,
    group: list[str] | None,
    options: Options,
    transform: Transform = None,
) -> None:
    """Fit, and show or write what was found.

    family: the function of `partialpool.fit` that does it.
    roles: the column of each role, those left out None; the first is the one that a file cannot do without.
    transform: the scale of theta and of the population's mean in the tables and pictures.
    """
    ahead = Ahead("groups", lambda kind, _: kind.check_transform(transform))
    data, found = fitted_family(family, file, dataset, roles, group, options, ahead)
    text = printed(options, partial(document, found, transform), partial(result_text, found, transform))
    if options.out is not None:
        write_table(found.group_columns(transform=transform), options.out, sources=[data])
    draw(found, data, options, transform)
    if text is not None:
        show(text)


def draw(fit: Posterior, data: object, options: Options, transform: Transform = None) -> None:
    """Draw the pictures that are asked for."""
    for name, path in options.pictures:
        plots.save(fit, name, path, sources=[data], transform=transform)


def printed(
    options: Options, document: Callable[[], Mapping[str, Any]], text: Callable[[int, View], str]
) -> str | None:
    """What is to be printed: one JSON document, text for people, or nothing."""
    if options.quiet:
        return None
    if not options.json:
        return text(width(), options.view)
    found = document()
    return json_text({**found, "warnings": [at_the_shell(warning) for warning in found["warnings"]]})


def answer(
    fit: Posterior,
    data: object,
    tables: Mapping[str, Titled],
    accuracy: float | str,
    options: Options,
    *,
    said: str = "",
    out: str = "",
    hint: str = "",
    noted: bool = True,
    transform: Transform = None,
    warnings: Iterable[str] = (),
) -> None:
    """Show the tables that answer a question, and write one of them.

    tables: by their names in the JSON document.
    accuracy: estimated error of probabilities, or where it is said; said: the same for people, left out, that.
    out: which table --out writes; left out, the first.
    hint: a sentence for people about a command that goes on from here.
    transform: the scale of the pictures.
    warnings: what a reader of the answer should know, besides the warnings of the fit.
    noted: whether columns called "note" hold notes of this package, and not cells of the caller's table.
    """
    if noted:
        tables = {name: _in_words(table) for name, table in tables.items()}
    accuracy = at_the_shell(accuracy) if isinstance(accuracy, str) else accuracy
    said = said or (accuracy if isinstance(accuracy, str) else f"probabilities within {accuracy:.0e} (estimated)")
    own = warned(warning for warning in warnings if warning not in fit.warnings)
    text = printed(
        options,
        partial(answer_document, fit, {name: table.columns for name, table in tables.items()}, accuracy, own),
        partial(answer_text, fit, list(tables.values()), f"Accuracy: {said}.{chr(10) * bool(hint)}{hint}"),
    )
    if options.out is not None:
        write_table(tables[out or next(iter(tables))].columns, options.out, sources=[data])
    draw(fit, data, options, transform)
    if text is not None:
        show(text)


def _in_words(table: Titled) -> Titled:
    """The table with its notes in the words of the shell."""
    shown = None if table.shown is None else _noted(table.shown)
    return replace(table, columns=_noted(table.columns), shown=shown)


def _noted(columns: Columns) -> Columns:
    """The columns with their notes in the words of the shell."""
    if "note" not in columns:
        return columns
    notes = [at_the_shell(note) if isinstance(note, str) else note for note in columns["note"].tolist()]
    return {**columns, "note": np.array(notes, dtype=object)}
