"""One fit for each slice of a table, at the shell: `--by COLUMN`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np

from partialpool import fit
from partialpool.cli.console import Titled, excerpt, lines_of
from partialpool.cli.options import Options
from partialpool.cli.shared import check_outputs, data_of, one_column_each
from partialpool.cli.streams import complain
from partialpool.cli.trials import Roles
from partialpool.cli.wording import at_the_shell
from partialpool.errors import PartialpoolError, RequestError
from partialpool.fit.excluding import excluding
from partialpool.io.output.view import View
from partialpool.io.output.writing import records
from partialpool.messages.wording import counted
from partialpool.models.registry import FAMILIES
from partialpool.posterior import Columns
from partialpool.slices.fits import Fits

_SAID = 10  # slices whose errors, and whose warnings, are written to standard error


def fits_of(
    by: list[str],
    family: str,
    file: Path | None,
    dataset: str | None,
    roles: Roles,
    group: list[str] | None,
    options: Options,
    transform: str | None,
) -> tuple[object, Fits]:
    """Return the data and the fits of all slices.

    Raises:
        PartialpoolError: the request cannot be met, or no slice has a fit.
    """
    _check(options)
    FAMILIES[family].check_transform(transform)
    data, arguments = data_of(family, file, dataset, roles, group, options)
    check_outputs(options, data)
    with one_column_each({**arguments, "by": by}), excluding(options.exclude or ()):
        found: Fits = getattr(fit, family)(data, **arguments, by=by, **options.fitting)
    if len(found.failed) == len(found):
        _refuse(found)
    return data, found


def _check(options: Options) -> None:
    """Refuse options that are about one fit."""
    given: dict[str, object] = {
        "save": options.save,
        "given": options.given,
        "plot": options.pictures,
        "report": options.report,
    }
    given |= {"reverse": options.reverse, "sort": options.sort != "rank"}
    named = [f"--{name}" for name, value in given.items() if value]
    if named:
        raise RequestError(f"{named[0]} is for one fit, and --by makes several: leave out one of them.")
    if options.quiet and options.out is None:
        complain("partialpool: nothing is printed or written: --quiet goes with --out.")
    if options.top is not None and (options.json or options.quiet):
        raise RequestError("--top shortens the printed tables alone: JSON and files have every row. Leave out --top.")


def _refuse(found: Fits) -> None:
    """Raise the error of the first slice, if no slice has a fit."""
    first = next(iter(found.keys()))
    try:
        found[first]
    except PartialpoolError as error:
        others = "" if len(found) == 1 else f" None of the {len(found):,} slices has a fit; this is the error of"
        raise type(error)(f"{error}{others and f'{others} {_called(found, first)}.'}") from None


def complain_of(found: Fits, *, groups: bool) -> list[str]:
    """Write to standard error which slices have no fit, and the warnings of the first slices; return all warnings.

    Args:
        found: the fits.
        groups: whether the table of groups was asked for, so that warnings about its accuracy belong here.
    """
    failed = [(key, f"has no fit: {error}") for key, error in found.failed.items()]
    warned = [(key, f"warning: {said}") for key, every in found.warnings_of(groups=groups) for said in every]
    for note in found.notes:
        complain(f"partialpool: warning: {at_the_shell(note)}")
    for what, every in (("errors", failed), ("warnings", warned)):
        for key, said in every[:_SAID]:
            complain(f"partialpool: {_called(found, key)}: {at_the_shell(said)}")
        if len(every) > _SAID:
            complain(f"partialpool: {len(every) - _SAID:,} more {what} of slices; --json has all of them")
    return [
        *map(at_the_shell, found.notes),
        *(f"{_called(found, key)}: {at_the_shell(said.removeprefix('warning: '))}" for key, said in warned),
    ]


def text_by(found: Fits, transform: str | None, width: int, view: View) -> str:
    """Format the medians and intervals of all populations, in lines of at most `width` columns."""
    table, said = found.overview(transform)
    size = len(found)
    rows = view.rows(size)
    sizes = found.slice_columns()["groups"].tolist()
    total = counted(sum(one for one in sizes if one is not None), "group")
    shown = Titled(f"Population, {said}", table, keys=len(found.columns), alike=False, by=np.arange(size, dtype=float))
    first = View("given", rows, view.whole)
    parts = [
        *lines_of(f"{counted(size, 'slice')} by {' and '.join(found.columns)}, {total}", width),
        "",
        *(line for line in excerpt(shown, table, width, first) if not line.startswith("(--all")),
        *[f"(the first {rows} of {size:,} slices: --all shows all, --out and --json write all)"] * (rows < size),
    ]
    return "\n".join(parts)


def document_by(found: Fits, groups: Columns | None, transform: str | None, warnings: list[str]) -> dict[str, Any]:
    """The fits as plain values for JSON."""
    solver = cast("Any", found.solver)
    return {
        "population": records(found.population_columns(transform=transform)),
        "groups": records(groups or {}),
        "slices": records(found.slice_columns()),
        "warnings": warnings,
        "model": {
            "family": solver.family.data,
            "population": solver.family.population,
            "prior": solver.prior.name,
            "method": solver.method,
            "level": solver.level,
            "tol": solver.tol,
            "by": list(found.columns),
        },
    }


def _called(found: Fits, key: Any) -> str:
    """The name of a slice, such as "country DE, product tea"."""
    parts = key if len(found.columns) > 1 else (key,)
    return ", ".join(f"{name} {part}" for name, part in zip(found.columns, parts, strict=True))
