"""What the command line prints: a fit as text for people, or as a document for programs."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from partialpool.cells import Cell, cell
from partialpool.datasets import DatasetInfo
from partialpool.pooling import Pooling
from partialpool.posterior import Posterior
from partialpool.priors import Joint
from partialpool.scores import MODELS
from partialpool.terminal import draw, visible, wrap
from partialpool.writing import records

ROWS = 20


def result_text(fit: Posterior, level: float, width: int, *, all_rows: bool) -> str:
    """Both tables, fitted to the width, and how accurate they are."""
    population = dict(fit.population_columns(level))
    groups = fit.group_columns(level)
    keys = len(fit.data.labels)
    size = len(next(iter(groups.values())))
    rows = None if all_rows else ROWS
    hint = [f"(--all shows all {size} groups)"] if rows is not None and size > rows else []
    notes = population.pop("note", np.array([]))
    parts = [
        *_lines(_what(fit), width),
        "",
        f"Population ({100 * level:g}% intervals)",
        draw(population, width=width, alike=False),
        *_notes(population["parameter"], notes, width),
        "",
        f"Groups ({100 * level:g}% intervals)",
        draw(groups, width=width, rows=rows, keys=keys),
        *hint,
        "",
        *_lines(f"Accuracy: {fit.accuracy}.", width),
    ]
    return "\n".join(parts)


def document(fit: Posterior, level: float) -> dict[str, Any]:
    """The fit as plain values, ready for JSON."""
    return {
        "population": records(fit.population_columns(level)),
        "groups": records(fit.group_columns(level)),
        "accuracy": {**_fields(fit.accuracy), "statement": str(fit.accuracy)},
        "warnings": list(fit.warnings),
        "model": _model(fit, level),
    }


def pooling_text(fit: Posterior, pooled: Pooling, level: float, width: int, *, all_rows: bool) -> str:
    """The three models of each group, and how well they predict."""
    groups, scores = pooled.group_columns(level), dict(pooled.score_columns())
    size = len(groups["model"])
    rows = None if all_rows else 10 * len(MODELS)
    hint = [f"(--all shows all {size} rows)"] if rows is not None and size > rows else []
    notes = scores.pop("note", np.array([]))
    parts = [
        *_lines(_what(fit), width),
        "",
        f"Groups under complete, no and partial pooling ({100 * level:g}% intervals)",
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


def pooling_document(pooled: Pooling, level: float) -> dict[str, Any]:
    """The three models as plain values, ready for JSON."""
    return {
        "groups": records(pooled.group_columns(level)),
        "models": records(pooled.score_columns()),
        "accuracy": {
            "groups": _fields(pooled.accuracy.groups),
            "score": pooled.accuracy.score,
            "statement": str(pooled.accuracy),
        },
        "level": level,
    }


def answer_text(
    fit: Posterior, table: Mapping[str, Any], title: str, accuracy: float, width: int, *, all_rows: bool
) -> str:
    """The answer to a question as a table, fitted to the width, and how accurate it is."""
    shown = dict(table)
    size = len(next(iter(shown.values())))
    rows = None if all_rows else ROWS
    hint = [f"(--all shows all {size} rows)"] if rows is not None and size > rows else []
    notes = shown.pop("note", np.array([]))
    names = shown.get("quantity", np.array([]))
    parts = [
        *_lines(_what(fit), width),
        "",
        *_lines(title, width),
        draw(shown, width=width, rows=rows, keys=1),
        *hint,
        *_notes(names, notes, width),
        "",
        *_lines(f"Accuracy: probabilities within {accuracy:.0e}.", width),
    ]
    return "\n".join(parts)


def answer_document(fit: Posterior, table: Mapping[str, Any], accuracy: float, level: float) -> dict[str, Any]:
    """The answer to a question as plain values, ready for JSON."""
    return {
        "rows": records(table),
        "accuracy": accuracy,
        "warnings": list(fit.warnings),
        "model": _model(fit, level),
    }


def _what(fit: Posterior) -> str:
    """What was fitted: the data in total, and the model."""
    size = fit.data.size
    return f"{size} group{'s' * (size != 1)}: {fit.family.totals(fit.data)}\n{fit.model.title}"


def _model(fit: Posterior, level: float) -> dict[str, Any]:
    return {
        "family": fit.model.family,
        "population": fit.model.population,
        "prior": fit.model.prior.name,
        "prior_density": str(fit.model.prior),
        "method": fit.model.method,
        "level": level,
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


def _notes(parameters: Iterable[object], notes: Iterable[object], width: int) -> list[str]:
    """A line or more for each parameter that has a note."""
    pairs = zip(parameters, notes, strict=False)
    return [line for parameter, note in pairs if note for line in _lines(f"{parameter}: {note}", width)]


def _lines(text: str, width: int) -> list[str]:
    return [piece for line in text.split("\n") for piece in wrap(visible(line), width)]


def _fields(record: Any) -> dict[str, Cell]:
    return {field.name: cell(getattr(record, field.name)) for field in dataclasses.fields(record)}
