"""Format what the command line prints: text for people, or plain values for JSON."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.pooling import Pooling
from partialpool.cli.bars import bars_of
from partialpool.datasets import DatasetInfo
from partialpool.effects.scales import named_on
from partialpool.engine.scores import MODELS
from partialpool.io.output.bars import Bars, picture
from partialpool.io.output.cells import Cell, cell
from partialpool.io.output.characters import visible, wrap
from partialpool.io.output.layout import Layout
from partialpool.io.output.terminal import draw, laid_out
from partialpool.io.output.view import GIVEN, ROWS, View
from partialpool.io.output.writing import records
from partialpool.messages.wording import counted
from partialpool.posterior import Columns, Posterior
from partialpool.priors import Joint

HIGHEST = "the highest mean first"
"""The default order of groups, in words."""


@dataclasses.dataclass(frozen=True)
class Titled:
    """A table with a title, and how it is shown.

    Attributes:
        title: the title above it.
        columns: name of each column -> its values, all of one length.
        shown: the columns that people see; by default all. A table without `by` may also leave out rows.
        keys: number of first columns that identify the row.
        alike: whether all cells of a column have the same number of decimals.
        noted: the column that names the row of a note; empty if the column "note" is the caller's.
        by: one number per row, the smallest for the most important row; None for a table that is not a list of groups,
            which is neither sorted nor shortened on request.
        order: the order by `by`, in words.
        ends: whether a long table also shows its last rows.
        bars: what stands beside the rows if the terminal is wide enough, one bar per group.
    """

    title: str
    columns: Columns
    shown: Columns | None = None
    keys: int = 1
    alike: bool = True
    noted: str = "quantity"
    by: NDArray[Any] | None = None
    order: str = ""
    ends: bool = True
    bars: Bars | None = None


def result_text(fit: Posterior, transform: str | None, width: int, view: View) -> str:
    """Format both tables of a fit with their accuracy, in lines of at most `width` columns.

    `transform` is that of theta and of the population's mean.
    """
    population = dict(fit.population_columns(transform=transform))
    notes = population.pop("note", np.array([]))
    groups, scaled = fit.group_columns(transform=transform), on_scale(fit, transform)
    parts = [
        *lines_of(_what(fit), width),
        "",
        f"Population ({scaled})",
        draw(population, width=width, alike=False),
        *_notes(population["parameter"], notes, width),
        "",
        *excerpt(by_mean(fit, f"Groups ({scaled})", groups, bars_of(fit, transform)), groups, width, view),
        "",
        *lines_of(f"Accuracy: {fit.accuracy}.", width),
    ]
    return "\n".join(parts)


def by_mean(fit: Posterior, title: str, columns: Columns, bars: Bars | None = None) -> Titled:
    """A table with one row per group, shown from the highest posterior mean on, perhaps with bars beside it."""
    mean = np.asarray(fit.group_columns()["mean"], dtype=float)
    return Titled(title, columns, keys=len(fit.data.labels), by=-mean, order=HIGHEST, bars=bars)


def document(fit: Posterior, transform: str | None = None) -> dict[str, Any]:
    """The fit as plain values for JSON; `transform` is that of theta and of the population's mean."""
    return {
        "population": records(fit.population_columns(transform=transform)),
        "groups": records(fit.group_columns(transform=transform)),
        "accuracy": {**_fields(fit.accuracy), "statement": str(fit.accuracy)},
        "warnings": list(fit.warnings),
        "model": _model(fit),
    }


def pooling_text(fit: Posterior, pooled: Pooling, width: int, view: View) -> str:
    """Format the estimates of each group under the three models, and the scores of the models."""
    groups, scores = pooled.group_columns(), dict(pooled.score_columns())
    notes = scores.pop("note", np.array([]))
    title = f"Groups under complete, no and partial pooling ({intervals(fit)})"
    partial = np.repeat(fit.group_columns()["mean"], len(MODELS))
    keys = len(fit.data.labels) + 1
    table = Titled(title, groups, keys=keys, by=-partial, order="the highest partially pooled mean first")
    parts = [
        *lines_of(_what(fit), width),
        "",
        *excerpt(table, groups, width, view, each=len(MODELS)),
        "",
        "Models",
        draw(scores, width=width, alike=False),
        *_notes(scores["model"], notes, width),
        "",
        *lines_of(f"Accuracy: {pooled.accuracy}.", width),
    ]
    return "\n".join(parts)


def pooling_document(fit: Posterior, pooled: Pooling) -> dict[str, Any]:
    """The three models as plain values for JSON."""
    return {
        "groups": records(pooled.group_columns()),
        "models": records(pooled.score_columns()),
        "accuracy": {
            "groups": _fields(pooled.accuracy.groups),
            "score": pooled.accuracy.score,
            "statement": str(pooled.accuracy),
        },
        "warnings": [*fit.warnings, *pooled.warnings],
        "level": pooled.level,
    }


def answer_text(fit: Posterior, tables: Sequence[Titled], accuracy: str, width: int, view: View) -> str:
    """Format the tables that answer a question, in lines of at most `width` columns, with a sentence on accuracy."""
    parts = lines_of(_what(fit), width)
    for table in tables:
        parts += ["", *titled_text(table, width, view)]
    return "\n".join([*parts, "", *lines_of(accuracy, width)])


def titled_text(table: Titled, width: int, view: View) -> list[str]:
    """The lines of one table with its title and notes."""
    shown = dict(table.columns if table.shown is None else table.shown)
    notes = shown.pop("note", np.array([])) if table.noted else np.array([])
    labels = shown.get(table.noted, np.array([])).tolist()
    names = [label if isinstance(label, str) else f"{table.noted} {label}" for label in labels]
    return [*excerpt(table, shown, width, view), *_notes(names, notes, width)]


def excerpt(table: Titled, shown: Columns, width: int, view: View, each: int = 1) -> list[str]:
    """The lines of the title, the rows that are shown, and how to show the others; `each` rows belong together."""
    view = View(GIVEN, whole=view.whole) if table.by is None else view
    order = view.order(shown if table.by is None else table.columns, table.by, table.keys)
    size, rows = len(order), each * view.rows(len(order) // each, ROWS if each == 1 else ROWS // 2)
    said = view.said(table.order) if size > each and table.by is not None else ""
    title = lines_of(f"{table.title}{', ' * bool(said)}{said}", width)
    if not size:
        return title
    layout = laid_out(
        {name: column[order] for name, column in shown.items()},
        width=width,
        rows=rows,
        keys=table.keys,
        alike=table.alike,
        ends=table.ends and view.top is None,
    )
    return [
        *title,
        *_with_bars(layout, table.bars, order, width),
        *[f"(--all shows all {size} rows)"] * (rows < size),
    ]


def _with_bars(layout: Layout, bars: Bars | None, order: NDArray[np.intp], width: int) -> list[str]:
    """The lines of a table whose rows are groups in this order, with bars and their legend where there is room."""
    places = np.delete(order, slice(layout.head, layout.head + layout.omitted))
    drawn = None if bars is None else picture(bars, places, layout.room)
    if drawn is None:
        return [layout.text()]
    return [layout.beside(drawn.header, drawn.lines).text(), *lines_of(drawn.legend, width)]


def answer_document(
    fit: Posterior, tables: Mapping[str, Columns], accuracy: float | str, warnings: Sequence[str] = ()
) -> dict[str, Any]:
    """The answer to a question as plain values for JSON; `warnings` are those of the answer."""
    return {
        **{name: records(columns) for name, columns in tables.items()},
        "accuracy": accuracy,
        "warnings": [*fit.warnings, *warnings],
        "model": _model(fit),
    }


def intervals(fit: Posterior) -> str:
    """The level of the intervals in words."""
    return f"{100 * fit.level:g}% intervals"


def on_scale(fit: Posterior, transform: str | None) -> str:
    """The level of the intervals and the scale of the numbers in words."""
    if transform is None:
        return intervals(fit)
    return f"{intervals(fit)}, {named_on(transform, fit.family.measured(fit.data))}"


def _what(fit: Posterior) -> str:
    """The totals of the data and the model, in words."""
    return f"{counted(fit.data.size, 'group')}: {fit.family.totals(fit.data)}\n{fit.model.title}"


def _model(fit: Posterior) -> dict[str, Any]:
    return {
        "family": fit.model.family,
        "population": fit.model.population,
        "prior": fit.model.prior.name,
        "prior_density": str(fit.model.prior),
        "method": fit.model.method,
        "level": fit.level,
        "tol": fit.tol,
        "groups": fit.data.size,
        "columns": {**fit.data.columns, "group": list(fit.data.labels)},
    }


def datasets_text(infos: Sequence[DatasetInfo], width: int) -> str:
    """A table of the data sets of the package, one line each."""
    table = {
        "data set": np.array([info.name for info in infos]),
        "command": np.array([info.family for info in infos]),
        "rows": np.array([info.rows for info in infos]),
        "what": np.array([info.title for info in infos]),
    }
    return draw(table, width=width)


def datasets_document(infos: Sequence[DatasetInfo]) -> list[dict[str, Any]]:
    """The records of the data sets of the package as plain values for JSON."""
    return [{field.name: _plain(getattr(info, field.name)) for field in dataclasses.fields(info)} for info in infos]


def _plain(value: object) -> object:
    """Convert a mapping to a dict and a tuple to a list."""
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def priors_text(priors: Mapping[str, Joint]) -> str:
    """Format each named prior with its density."""
    return "\n\n".join(f"{name}\n{_indented(str(prior))}" for name, prior in priors.items())


def _indented(text: str) -> str:
    return "\n".join("  " + line for line in text.splitlines())


def _notes(names: Iterable[object], notes: Iterable[object], width: int) -> list[str]:
    """The lines of each distinct note, after the names to which it applies."""
    about: dict[str, dict[str, None]] = {}
    for name, note in zip(names, notes, strict=False):
        if note:
            about.setdefault(str(note), {})[str(name)] = None
    return [line for note, found in about.items() for line in lines_of(f"{', '.join(found)}: {note}", width)]


def lines_of(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns."""
    return [piece for line in text.split("\n") for piece in wrap(visible(line), width)]


def _fields(record: Any) -> dict[str, Cell]:
    return {field.name: cell(getattr(record, field.name)) for field in dataclasses.fields(record)}
