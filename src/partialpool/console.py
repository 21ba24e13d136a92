"""What the command line prints: a fit as text for people, or as a document for programs."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from partialpool.datasets import DatasetInfo
from partialpool.output.cells import Cell, cell
from partialpool.output.terminal import draw, visible, wrap
from partialpool.output.writing import records
from partialpool.pooling import Pooling
from partialpool.posterior import Columns, Posterior
from partialpool.priors import Joint
from partialpool.scores import MODELS

ROWS = 20


@dataclasses.dataclass(frozen=True)
class Titled:
    """A table to be shown.

    title: what it says above it.
    shown: the columns that people see; left out, all.
    keys: how many of its first columns name the row.
    alike: whether all cells of a column are shown with one number of digits.
    noted: which column names the row where there is a note.
    """

    title: str
    columns: Columns
    shown: Columns | None = None
    keys: int = 1
    alike: bool = True
    noted: str = "quantity"


def result_text(fit: Posterior, width: int, *, all_rows: bool) -> str:
    """Both tables, fitted to the width, and how accurate they are."""
    population = dict(fit.population_columns())
    groups = fit.group_columns()
    keys = len(fit.data.labels)
    size = len(next(iter(groups.values())))
    rows = None if all_rows else ROWS
    hint = [f"(--all shows all {size} groups)"] if rows is not None and size > rows else []
    notes = population.pop("note", np.array([]))
    parts = [
        *_lines(_what(fit), width),
        "",
        f"Population ({intervals(fit)})",
        draw(population, width=width, alike=False),
        *_notes(population["parameter"], notes, width),
        "",
        f"Groups ({intervals(fit)})",
        draw(groups, width=width, rows=rows, keys=keys),
        *hint,
        "",
        *_lines(f"Accuracy: {fit.accuracy}.", width),
    ]
    return "\n".join(parts)


def document(fit: Posterior) -> dict[str, Any]:
    """The fit as plain values, ready for JSON."""
    return {
        "population": records(fit.population_columns()),
        "groups": records(fit.group_columns()),
        "accuracy": {**_fields(fit.accuracy), "statement": str(fit.accuracy)},
        "warnings": list(fit.warnings),
        "model": _model(fit),
    }


def pooling_text(fit: Posterior, pooled: Pooling, width: int, *, all_rows: bool) -> str:
    """The three models of each group, and how well they predict."""
    groups, scores = pooled.group_columns(), dict(pooled.score_columns())
    size = len(groups["model"])
    rows = None if all_rows else 10 * len(MODELS)
    hint = [f"(--all shows all {size} rows)"] if rows is not None and size > rows else []
    notes = scores.pop("note", np.array([]))
    parts = [
        *_lines(_what(fit), width),
        "",
        f"Groups under complete, no and partial pooling ({intervals(fit)})",
        draw(groups, width=width, rows=rows, keys=len(fit.data.labels) + 1),
        *hint,
        "",
        "Models",
        draw(scores, width=width, alike=False),
        *_notes(scores["model"], notes, width),
        "",
        *_lines(f"Accuracy: {pooled.accuracy}.", width),
    ]
    return "\n".join(parts)


def pooling_document(pooled: Pooling) -> dict[str, Any]:
    """The three models as plain values, ready for JSON."""
    return {
        "groups": records(pooled.group_columns()),
        "models": records(pooled.score_columns()),
        "accuracy": {
            "groups": _fields(pooled.accuracy.groups),
            "score": pooled.accuracy.score,
            "statement": str(pooled.accuracy),
        },
        "level": pooled.level,
    }


def answer_text(fit: Posterior, tables: Sequence[Titled], accuracy: str, width: int, *, all_rows: bool) -> str:
    """The answer to a question as tables, fitted to the width, and how accurate it is."""
    parts = _lines(_what(fit), width)
    for table in tables:
        parts += ["", *titled_text(table, width, all_rows=all_rows)]
    return "\n".join([*parts, "", *_lines(accuracy, width)])


def titled_text(table: Titled, width: int, *, all_rows: bool) -> list[str]:
    """Lines of one table."""
    shown = dict(table.columns if table.shown is None else table.shown)
    size = len(next(iter(shown.values())))
    rows = None if all_rows else ROWS
    hint = [f"(--all shows all {size} rows)"] if rows is not None and size > rows else []
    notes = shown.pop("note", np.array([]))
    names = shown.get(table.noted, np.array([]))
    return [
        *_lines(table.title, width),
        draw(shown, width=width, rows=rows, keys=table.keys, alike=table.alike),
        *hint,
        *_notes(names, notes, width),
    ]


def answer_document(fit: Posterior, tables: Mapping[str, Columns], accuracy: float | str) -> dict[str, Any]:
    """The answer to a question as plain values, ready for JSON."""
    return {
        **{name: records(columns) for name, columns in tables.items()},
        "accuracy": accuracy,
        "warnings": list(fit.warnings),
        "model": _model(fit),
    }


def intervals(fit: Posterior) -> str:
    """What intervals are shown."""
    return f"{100 * fit.level:g}% intervals"


def _what(fit: Posterior) -> str:
    """What was fitted: the data in total, and the model."""
    size = fit.data.size
    return f"{size} group{'s' * (size != 1)}: {fit.family.totals(fit.data)}\n{fit.model.title}"


def _model(fit: Posterior) -> dict[str, Any]:
    return {
        "family": fit.model.family,
        "population": fit.model.population,
        "prior": fit.model.prior.name,
        "prior_density": str(fit.model.prior),
        "method": fit.model.method,
        "level": fit.level,
        "groups": fit.data.size,
        "columns": {**fit.data.columns, "group": list(fit.data.labels)},
    }


def datasets_text(infos: Sequence[DatasetInfo], width: int) -> str:
    """The shipped data sets, a line each."""
    table = {
        "data set": np.array([info.name for info in infos]),
        "command": np.array([info.family for info in infos]),
        "rows": np.array([info.rows for info in infos]),
        "what": np.array([info.title for info in infos]),
    }
    return draw(table, width=width)


def priors_text(priors: Mapping[str, Joint]) -> str:
    """Each named prior with its density."""
    return "\n\n".join(f"{name}\n{_indented(str(prior))}" for name, prior in priors.items())


def _indented(text: str) -> str:
    return "\n".join("  " + line for line in text.splitlines())


def _notes(names: Iterable[object], notes: Iterable[object], width: int) -> list[str]:
    """A line or more for each note, with the names of all that it is about."""
    about: dict[str, dict[str, None]] = {}
    for name, note in zip(names, notes, strict=False):
        if note:
            about.setdefault(str(note), {})[str(name)] = None
    return [line for note, found in about.items() for line in _lines(f"{', '.join(found)}: {note}", width)]


def _lines(text: str, width: int) -> list[str]:
    return [piece for line in text.split("\n") for piece in wrap(visible(line), width)]


def _fields(record: Any) -> dict[str, Cell]:
    return {field.name: cell(getattr(record, field.name)) for field in dataclasses.fields(record)}
