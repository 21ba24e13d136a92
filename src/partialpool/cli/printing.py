"""Print and write the results of a command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from partialpool import plots
from partialpool.cli.ahead import Ahead
from partialpool.cli.console import Titled, answer_document, answer_text, document, result_text
from partialpool.cli.options import Options, Transform
from partialpool.cli.piped import STDIN
from partialpool.cli.shared import fitted_family
from partialpool.cli.slices import complain_of, document_by, fits_of, text_by
from partialpool.cli.streams import show, width
from partialpool.cli.trials import Roles
from partialpool.cli.wording import at_the_shell, warned
from partialpool.io.output.view import View
from partialpool.io.output.writing import json_text, write_table
from partialpool.posterior import Columns, Posterior


def run(
    family: str,
    file: Path | None,
    dataset: str | None,
    roles: Roles,
    group: list[str] | None,
    options: Options,
    transform: Transform = None,
    by: list[str] | None = None,
) -> None:
    """Fit, and print and write the results.

    Args:
        family: name of the fitting function.
        file: the file with the data, if any.
        dataset: the name of a data set of the package, if any.
        roles: role -> its column, or None; the first role is required for a file.
        group: the group columns.
        options: the options of the command.
        transform: the transform of theta and of the population's mean in tables and pictures.
        by: the columns for whose labels there is a fit each, if any.
    """
    if by:
        run_by(by, family, file, dataset, roles, group, options, transform)
        return
    ahead = Ahead("groups", lambda kind, _: kind.check_transform(transform))
    data, found = fitted_family(family, file, dataset, roles, group, options, ahead)
    text = printed(options, partial(document, found, transform), partial(result_text, found, transform))
    if options.out is not None:
        write_table(found.group_columns(transform=transform), options.out, sources=[data], table=options.out_table)
    draw(found, data, options, transform)
    if text is not None:
        show(text)


def run_by(
    by: list[str],
    family: str,
    file: Path | None,
    dataset: str | None,
    roles: Roles,
    group: list[str] | None,
    options: Options,
    transform: Transform,
) -> None:
    """Fit each slice, and print and write the results of all; see `run`."""
    data, found = fits_of(by, family, file, dataset, roles, group, options, transform)
    whole = options.json and not options.quiet
    columns = found.group_columns(transform=transform) if whole or options.out is not None else None
    said = complain_of(found, groups=columns is not None)
    text = printed(options, lambda: document_by(found, columns, transform, said), partial(text_by, found, transform))
    if options.out is not None and columns is not None:
        write_table(columns, options.out, sources=[data], table=options.out_table)
    if text is not None:
        show(text)


def draw(fit: Posterior, data: object, options: Options, transform: Transform = None) -> None:
    """Draw the requested pictures, and write the report."""
    for name, path in options.pictures:
        plots.save(fit, name, path, sources=[data], transform=transform)
    if options.report is not None:
        write_report(fit, data, options.report, transform)


def write_report(fit: Posterior, data: object, path: Path, transform: Transform = None) -> None:
    """Write a report of the fit; without a transform it has that which is usual for the estimates."""
    from partialpool import report  # only --report needs it

    report.write(fit, path, transform=transform or "natural", sources=[data, STDIN])


def printed(
    options: Options, document: Callable[[], Mapping[str, Any]], text: Callable[[int, View], str]
) -> str | None:
    """The text to print: one JSON document, text for people, or None."""
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
    """Print the tables that answer a question, write one of them, and draw the requested pictures.

    Args:
        fit: the fit.
        data: the data, which must not be overwritten.
        tables: name in the JSON document -> table.
        accuracy: the estimated error of probabilities, or a sentence about it.
        options: the options of the command.
        said: the sentence about accuracy for people, if it differs from `accuracy`.
        out: name of the table that --out writes; by default the first.
        hint: a sentence for people about a command to run next.
        noted: whether columns named "note" are notes of this package, rather than columns of the caller's table.
        transform: the transform in pictures.
        warnings: warnings about the answer, besides those of the fit.
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
        out = out or next(iter(tables))
        write_table(tables[out].columns, options.out, sources=[data], table=options.out_table, default=out)
    draw(fit, data, options, transform)
    if text is not None:
        show(text)


def _in_words(table: Titled) -> Titled:
    """Translate the notes of a table to the words of the command line."""
    shown = None if table.shown is None else _noted(table.shown)
    return replace(table, columns=_noted(table.columns), shown=shown)


def _noted(columns: Columns) -> Columns:
    """Translate the column of notes to the words of the command line."""
    if "note" not in columns:
        return columns
    notes = [at_the_shell(note) if isinstance(note, str) else note for note in columns["note"].tolist()]
    return {**columns, "note": np.array(notes, dtype=object)}
