"""A fit as JSON for the page: findings, the chart, the population and the part of the table of groups in view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.engine.results import tail_of
from partialpool.explore.settings import View
from partialpool.groups.groups import called
from partialpool.io.output.characters import visible
from partialpool.io.output.view import in_order
from partialpool.messages.wording import counted
from partialpool.plots.some import some
from partialpool.posterior import Posterior
from partialpool.priors.text import in_words
from partialpool.report.answers import MANY, Answers
from partialpool.report.elements import cells
from partialpool.report.findings import findings_in_turn, quick_findings
from partialpool.report.model import prior_in_words
from partialpool.report.words import percent, sentence, short
from partialpool.special import Columns, Index

DRAWN = 300
"""Largest number of groups in the chart."""

PAGE = 50
"""Number of rows of the table that are in view."""

_MARKED = 40  # largest number of groups that a search marks in the chart
_IN_THE_REPORT = f"Which groups stand out among more than {MANY} takes long to work out: the report says it."
_SUMMARIES = ("mean", "sd", "median", "lower", "upper")


def answer(fit: Posterior, view: View) -> dict[str, Any]:
    """What moves with a slider: the chart and the table of groups."""
    of = Answers(fit)
    table = columns_of(fit, view.pooling)
    matches = matching(fit, view.find)
    return {
        "title": f"{sentence(fit.family.wording.thetas)} of {counted(of.size, 'group')}: {of.measured}",
        "model": f"{sentence(fit.model.title)}.",
        "prior": in_words(fit.model.prior, 4) or prior_in_words(of),
        "level": percent(fit.level),
        "chart": _chart(fit, table, matches),
        "groups": _page(table, matches, len(fit.data.labels), view),
    }


def details(fit: Posterior) -> dict[str, Any]:
    """What follows at once: the population, the quick findings, the warnings and the accuracy."""
    return {
        "population": shown(fit.population_columns(), alike=False),
        "findings": quick_findings(Answers(fit)),
        "warnings": [sentence(f"{warning.rstrip('.')}.") for warning in fit.warnings],
        "accuracy": sentence(f"{fit.accuracy}."),
    }


def slow(fit: Posterior, waited: Callable[[], bool]) -> dict[str, Any]:
    """What follows when the sliders are at rest: all findings, or None if something else is waited for meanwhile."""
    of, found = Answers(fit), list[str]()
    few = of.size <= MANY
    for part in findings_in_turn(of, outlying=few):
        if waited():
            return {"findings": None}
        found += part
    return {"findings": found if few else [*found, _IN_THE_REPORT]}


def columns_of(fit: Posterior, pooling: str) -> dict[str, NDArray[Any]]:
    """One row per group under a way to pool; under the fit itself, partial pooling, those of `fit.groups()`."""
    columns = dict(fit.group_columns())
    if pooling == "partial":
        return columns
    beside = fit.pooling().group_columns()
    rows = beside["model"] == pooling
    columns |= {name: beside[name][rows] for name in _SUMMARIES}
    columns.pop("weight")
    columns.pop("note", None)
    return columns if "note" not in beside else columns | {"note": beside["note"][rows]}


def matching(fit: Posterior, find: str) -> Index | None:
    """Positions of the groups whose names hold a text, in any case; None if no text is given."""
    wanted = find.strip().casefold()
    if not wanted:
        return None
    labels = [[str(label) for label in column.tolist()] for column in fit.data.labels.values()]
    names = (" ".join(parts).casefold() for parts in zip(*labels, strict=True))
    return np.array([place for place, name in enumerate(names) if wanted in name], dtype=np.intp)


def shown(columns: Columns, *, alike: bool) -> dict[str, Any]:
    """A table as JSON: names, texts with the digits of printed tables, and which columns hold numbers."""
    kept = {name: column for name, column in columns.items() if name != "note" or any(column)}
    texts, sides = cells(kept, alike=alike)
    rows = [[visible(cell) for cell in row] for row in zip(*texts, strict=True)]
    numbers = [side == "number" for side in sides]
    return {"columns": [visible(str(name)) for name in kept], "numbers": numbers, "rows": rows}


def _chart(fit: Posterior, table: Columns, matches: Index | None) -> dict[str, Any]:
    """The groups of the chart in the order of their raw estimates, the highest first, which no prior changes."""
    marked = np.empty(0, dtype=np.intp) if matches is None else matches[:_MARKED]
    raw = np.asarray(table["raw"], dtype=float)
    places = some(-raw, DRAWN, marked)
    of = Answers(fit)
    centre = fit.results.population("mean", tail_of(fit.level)).median
    natural = of.transform
    return {
        "names": [short(called(fit.data.labels, place)) for place in places.tolist()],
        **{name: _numbers(np.asarray(table[name])[places]) for name in ("raw", "median", "lower", "upper")},
        "marked": np.flatnonzero(np.isin(places, marked)).tolist(),
        "centre": _numbers(np.array([centre]))[0],
        "measured": short(of.measured if natural is None else of.called),
        "transform": natural,
        "theta": fit.family.wording.theta,
        "said": _drawn(len(places), of.size),
    }


def _drawn(drawn: int, size: int) -> str:
    if drawn == size:
        return f"All {counted(size, 'group')} are drawn, in the order of their raw estimates." if size > 1 else ""
    return (
        f"Of {size:,} groups {drawn:,} are drawn: the lowest, the highest, the outlying, those that the search finds, "
        "and others, evenly spaced in the order of their raw estimates. The table has all."
    )


def _page(table: Columns, matches: Index | None, keys: int, view: View) -> dict[str, Any]:
    """The rows of the table that are in view."""
    size = len(table["raw"])
    order = np.arange(size) if matches is None else matches
    known = view.sort in table
    if known:
        order = order[in_order(table[view.sort][order], -1.0 if view.down else 1.0)]
    start = min(view.start, PAGE * max(0, (len(order) - 1) // PAGE))
    part = order[start : start + PAGE]
    made = shown({name: column[part] for name, column in table.items()}, alike=True)
    return {
        **made,
        "keys": keys,
        "sort": list(table).index(view.sort) if known else -1,
        "names": list(table),
        "down": view.down,
        "start": start,
        "most": PAGE,
        "found": len(order),
        "total": size,
    }


def _numbers(values: NDArray[Any]) -> list[float | None]:
    """Numbers as JSON has them, None for those that are missing or infinite."""
    found: list[float] = np.asarray(values, dtype=float).tolist()
    return [value if np.isfinite(value) else None for value in found]
