"""The steps that all fitting functions share: check the request, then turn the groups into a posterior."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

from partialpool.errors import RequestError
from partialpool.fit.alike import alike
from partialpool.fit.columns import Wanted
from partialpool.fit.indexed import indexed
from partialpool.fit.nesting import nesting
from partialpool.fit.totals import totals
from partialpool.groups.groups import SMALL, Groups, Rows, Source, Table, added, frozen
from partialpool.io.backends.lazy import is_unordered
from partialpool.messages.claims import check_tol
from partialpool.models.data.checks import observed
from partialpool.models.family import Family
from partialpool.models.methods import check_method
from partialpool.models.model import Model
from partialpool.posterior import SUMMARIES, Posterior, check_level
from partialpool.priors import Joint
from partialpool.priors.names import DEFAULT
from partialpool.priors.text import in_words

Look: TypeAlias = Callable[[Family, Groups], object]

_LOOK: ContextVar[Look | None] = ContextVar("look", default=None)


@contextmanager
def looking(look: Look) -> Iterator[None]:
    """Within the context, call `look` with the groups of each fit before it is computed, so that it may refuse them."""
    token = _LOOK.set(look)
    try:
        yield
    finally:
        _LOOK.reset(token)


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
        if columns is not None and rows is not None:
            groups = _with_source(groups, columns, rows)
        groups = _with_names_of_their_own(groups)
        look = _LOOK.get()
        if look is not None:
            look(self.family, groups)
        solved = self.family.solve(groups, self.prior, self.method)
        model = Model(self.family.data, self.family.population, solved.prior, self.method)
        notes = groups.notes + solved.warnings + self._idle
        return Posterior(self.family, groups, model, solved.results, self.level, notes, self.tol)

    @property
    def _idle(self) -> tuple[str, ...]:
        """A warning if a prior was given although the method uses none."""
        if self.method == "full" or self.prior.name == DEFAULT.name:
            return ()
        stated = self.prior.name or in_words(self.prior) or "of the caller"
        said = f'the prior {stated} has no effect, since method "{self.method}" uses none: the method "full" uses it'
        return (said,)


def _with_source(groups: Groups, columns: Wanted, rows: Rows) -> Groups:
    """Return the groups with their source and warnings about it; a group without a label is named by its row number."""
    notes, size = groups.notes, rows.size + rows.dropped + len(rows.excluded)
    if rows.sums is None:
        sums = list(columns.roles.values()) if groups.combine is added else []
        notes += (*totals(rows, columns.group, sums), *nesting(columns, rows), *alike(groups.labels))
        notes += tuple(indexed(columns))
    else:
        notes += (*totals(rows, columns.group, []), *alike(groups.labels))
        size = rows.read or size
    source = Source(size, tuple(columns.roles.values()), rows.decimal, tuple(columns.group), _remembered(columns, size))
    labels = groups.labels
    if groups.numbered and rows.kept is not None and len(rows.kept) == groups.size:  # else trials were dropped too
        labels = frozen(dict.fromkeys(labels, rows.kept))
    return replace(groups, labels=labels, source=source, notes=notes)


def _remembered(columns: Wanted, rows: int) -> Table | None:
    """Return the caller's table, or None for a large one, which the fit would otherwise keep, or one without order."""
    large = rows > SMALL and not isinstance(columns.data, (str, os.PathLike))
    if columns.data is None or large or is_unordered(columns.data):
        return None
    return Table(columns.data, tuple(columns.group), columns.given)


def request(family: Family, prior: object, method: object, level: object, tol: object = None) -> Request:
    """Check the arguments that all families share, and return them as a `Request`."""
    level, tol = check_level(level), check_tol(tol)
    return Request(family, family.resolve(prior), check_method(method, family), level, tol)


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
