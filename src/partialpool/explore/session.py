"""The current table, and the fits of it that the page has asked for."""

from __future__ import annotations

import re
import shutil
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from partialpool import fit as fitting
from partialpool.errors import PartialpoolError, RequestError
from partialpool.explore.answers import answer, details
from partialpool.explore.calls import python, shell
from partialpool.explore.scales import offered
from partialpool.explore.settings import Columns, Settings, View
from partialpool.explore.tables import Table, of_dataset, of_file
from partialpool.fit.fitting import looking, request
from partialpool.groups.groups import Groups
from partialpool.models.family import Family
from partialpool.posterior import Posterior, check_level
from partialpool.report.words import sentence

_FITS = 4
"""Number of fits that are kept, so that another level, the next page of the table and the report need no new one."""

_IN_PAGE = {
    r"leave those rows out with missing='drop'": "tick the box that leaves such rows out",
    r"missing='drop'": "the box that leaves such rows out",
    r"say decimal=','": "tick the box of decimal commas",
    r"leave it out, in pandas by data\[data\[.*?\] != .*?\](?=\.?$|;)": "delete it from the file",
}
"""Pattern of words of Python in a message -> the words of the page."""


@dataclass
class Session:
    """One table, and the fits of it; every method is called from one thread, but `in_page` from any.

    Attributes:
        table: the current table; None before the first.
        counted: the number of tables that there have been.
    """

    table: Table | None = None
    counted: int = 0
    _groups: dict[Columns, tuple[Family, Groups]] = field(default_factory=dict)  # of the columns that were read last
    _fits: OrderedDict[Settings, Posterior] = field(default_factory=OrderedDict)

    def open_file(self, path: Path, name: str, copied: Path | None = None) -> dict[str, Any]:
        """Take a file as the current table; if it cannot be read, the table before it stays.

        Args:
            path: the file.
            name: its name for people.
            copied: the folder of the file, if it is to be deleted with the table.

        Raises:
            DataError: the file cannot be read.
        """
        try:
            made = of_file(self.counted + 1, path, name, copied)
        except BaseException as error:
            _delete(copied)
            if isinstance(error, PartialpoolError):
                raise type(error)(str(error).replace(repr(str(path)), repr(name))) from None
            raise
        return self._take(made)

    def open_dataset(self, name: str) -> dict[str, Any]:
        """Take a data set of the package as the current table.

        Raises:
            RequestError: there is no data set of that name.
        """
        return self._take(of_dataset(self.counted + 1, name))

    def answer(self, settings: Settings, view: View) -> dict[str, Any]:
        """The fit that the page asks for, as JSON.

        Raises:
            PartialpoolError: the columns, the data or the prior are refused, or the table is no longer the current one.
        """
        table = self._current(settings.columns)
        found = self.fit(settings)
        code = {"python": python(found, table, view.pooling), "shell": shell(settings, table, view.pooling)}
        return {**answer(found, view), "code": code}

    def details(self, settings: Settings) -> dict[str, Any]:
        """The population, the first findings and the warnings of the fit that the page asks for."""
        made = details(self.fit(settings))
        return {**made, "warnings": [self.in_page(warning) for warning in made["warnings"]]}

    def priors(self, settings: Settings) -> list[dict[str, Any]]:
        """The priors that suit the columns; none if the groups could not be read."""
        known = self._groups.get(settings.columns)
        return [] if known is None else offered(known[0].name, known[0].raw(known[1]))

    def fit(self, settings: Settings) -> Posterior:
        """The fit that the page asks for; rows are read once for the same columns.

        Raises:
            PartialpoolError: as for `answer`.
        """
        self._current(settings.columns)
        if settings not in self._fits:
            self._fits[settings] = self._beside(settings) or self._made(settings)
        self._fits.move_to_end(settings)
        if len(self._fits) > _FITS:
            self._fits.popitem(last=False)
        return self._fits[settings]

    def in_page(self, message: str) -> str:
        """A message in the words of the page."""
        for said, instead in _IN_PAGE.items():
            message = re.sub(said, instead, message)
        message = sentence(message)
        table = self.table  # another thread may replace it meanwhile
        if table is None or table.copied is None:
            return message
        return message.replace(repr(table.data), repr(table.name))

    def _take(self, made: Table) -> dict[str, Any]:
        """Take a table as the current one, and forget the one before it with its fits and its copy."""
        before, self.table = self.table, made
        self.counted = made.number
        self._groups.clear()
        self._fits.clear()
        if before is not None:
            _delete(before.copied)
        return made.document()

    def _current(self, columns: Columns) -> Table:
        if self.table is None or self.table.number != columns.table:
            raise RequestError("Another table has taken the place of this one: reload the page, or drop it again.")
        return self.table

    def _beside(self, settings: Settings) -> Posterior | None:
        """The fit that differs only in its level, at the level that is asked for; None if there is none."""
        level = check_level(settings.level)
        for known, found in self._fits.items():
            if replace(known, level=settings.level) == settings:
                return replace(found, level=level, _found={})
        return None

    def _made(self, settings: Settings) -> Posterior:
        """A new fit, of groups that are known already or read now."""
        columns = settings.columns
        if columns in self._groups:
            family, groups = self._groups[columns]
            return request(family, settings.prior, "full", settings.level).solved(groups)
        return self._read(settings)

    def _read(self, settings: Settings) -> Posterior:
        """The fit by the public function, which reads the rows; its groups are kept, even if the prior is refused."""
        columns = settings.columns

        def look(family: Family, groups: Groups) -> None:
            self._groups = {columns: (family, groups)}

        arguments: dict[str, Any] = {**dict(columns.roles), "group": list(columns.group) or None}
        arguments |= {"missing": "drop"} if columns.drop else {}
        arguments |= {"decimal": ","} if columns.commas else {}
        data = self._current(columns).data
        with looking(look):
            found: Posterior = getattr(fitting, columns.layout.family)(
                data, **arguments, prior=settings.prior, level=settings.level
            )
        return found


def _delete(folder: Path | None) -> None:
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
