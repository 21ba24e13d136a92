"""The steps that all fitting functions share: check the request, then turn the groups into a posterior."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol, TypeAlias

from partialpool.errors import RequestError
from partialpool.fit.columns import Wanted
from partialpool.fit.indexed import indexed
from partialpool.fit.nesting import nesting
from partialpool.groups.adding import added
from partialpool.groups.groups import Groups, frozen
from partialpool.groups.rows import Rows
from partialpool.groups.source import SMALL, Table
from partialpool.io.backends.lazy import is_unordered
from partialpool.messages.claims import check_tol
from partialpool.models.data.alike import alike
from partialpool.models.data.checks import observed
from partialpool.models.data.failures import failures
from partialpool.models.data.totals import totals
from partialpool.models.family import Family
from partialpool.models.methods import check_method
from partialpool.models.model import Model
from partialpool.models.reading import sourced
from partialpool.posterior import SUMMARIES, Posterior, check_level
from partialpool.priors import Joint

Look: TypeAlias = Callable[[Family, Groups], object]

_LOOK: ContextVar[Look | None] = ContextVar("look", default=None)
_SLICES: ContextVar[Slices | None] = ContextVar("slices", default=None)


@contextmanager
def looking(look: Look) -> Iterator[None]:
    """Within the context, call `look` with the groups of each fit before it is computed, so that it may refuse them."""
    token = _LOOK.set(look)
    try:
        yield
    finally:
        _LOOK.reset(token)


class Slices(Protocol):
    """Takes the requests and the groups of many slices, whose posteriors are computed later."""

    def ask(self, request: Request) -> None:
        """Take the request, which is the same for all slices."""

    def seen(self, columns: Wanted) -> Wanted:
        """The columns that a fit uses, with the rows of the current slice alone."""

    def take(self, groups: Groups) -> Posterior:
        """Take the groups of the current slice; what is returned is not used."""


@contextmanager
def slicing(into: Slices) -> Iterator[None]:
    """Within the context, hand over the groups of each fit, in place of computing their posterior."""
    token = _SLICES.set(into)
    try:
        yield
    finally:
        _SLICES.reset(token)


@dataclass(frozen=True)
class Request:
    """A caller's family, prior, method, level and accuracy, checked before any data are read."""

    family: Family
    prior: Joint
    method: str
    level: float
    tol: float | None

    def fitted(self, groups: Groups, columns: Wanted | None = None, rows: Rows | None = None) -> Posterior:
        """Compute the posterior of the groups; their source, `columns` and `rows`, may add warnings."""
        look, slices = _LOOK.get(), _SLICES.get()
        if columns is not None and rows is not None:
            groups = _with_source(groups, columns if slices is None else slices.seen(columns), rows)
        groups = _with_names_of_their_own(groups)
        if look is not None:
            look(self.family, groups)
        return self.solved(groups) if slices is None else slices.take(groups)

    def solved(self, groups: Groups) -> Posterior:
        """Compute the posterior of groups that are complete, with their warnings and names."""
        solved = self.family.solve(groups, self.prior, self.method)
        model = Model(self.family.data, self.family.population, solved.prior, self.method, self.prior)
        notes = groups.notes + solved.warnings + model.idle
        return Posterior(self.family, groups, model, solved.results, self.level, notes, self.tol)


def _with_source(groups: Groups, columns: Wanted, rows: Rows) -> Groups:
    """Return the groups with their source and warnings about it; a group without a label is named by its row number."""
    notes = (*groups.notes, *failures(columns.roles))
    size = rows.size + rows.dropped + len(rows.excluded) if rows.read is None else rows.read
    if rows.sums is None:
        sums = list(columns.roles.values()) if groups.combine is added else []
        notes += (*totals(rows, columns.group, sums), *nesting(columns, rows), *alike(groups.labels))
        notes += tuple(indexed(columns))
    else:
        notes += (*totals(rows, columns.group, []), *alike(groups.labels))
    return replace(sourced(groups, rows, columns.group, _remembered(columns, size)), notes=notes)


def _remembered(columns: Wanted, rows: int) -> Table | None:
    """Return the caller's table, or None for a large one, which the fit would otherwise keep, or one without order."""
    large = rows > SMALL and not isinstance(columns.data, (str, os.PathLike))
    if columns.data is None or large or is_unordered(columns.data):
        return None
    return Table(columns.data, tuple(columns.group), columns.given)


def request(family: Family, prior: object, method: object, level: object, tol: object = None) -> Request:
    """Check the arguments that all families share, and return them as a `Request`."""
    level, tol = check_level(level), check_tol(tol)
    made = Request(family, family.resolve(prior), check_method(method, family), level, tol)
    slices = _SLICES.get()
    if slices is not None:
        slices.ask(made)
    return made


def _with_names_of_their_own(groups: Groups) -> Groups:
    """Rename columns that have the name of a result: a column "mean" is shown as "mean_observed"."""
    shown = {name: _shown(name, groups) for name in (*groups.labels, *groups.columns.values())}
    labels = {shown[name]: label for name, label in groups.labels.items()}
    columns = {role: shown[name] for role, name in groups.columns.items()}
    return replace(groups, labels=frozen(labels), columns=MappingProxyType(columns))


def _shown(name: str, groups: Groups) -> str:
    """The name under which a column of the data is shown."""
    if name not in SUMMARIES:
        return name
    if observed(name) in (*groups.labels, *groups.columns.values()):
        raise RequestError(
            f'The columns "{name}" and "{observed(name)}" cannot be shown apart, since "{name}" is also the name of a '
            "result; rename one of them."
        )
    return observed(name)
