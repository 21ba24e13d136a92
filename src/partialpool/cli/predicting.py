"""The command that predicts future data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.analysis.fitted_model import place_of
from partialpool.analysis.predictions.given import side
from partialpool.cli.ahead import Ahead
from partialpool.cli.app import app
from partialpool.cli.console import HIGHEST, Titled, intervals
from partialpool.cli.databases import table_beside
from partialpool.cli.options import DEFAULT, File, Flag, Options
from partialpool.cli.printing import answer
from partialpool.cli.shared import FILE_ALONE, Source, asked
from partialpool.errors import RequestError
from partialpool.groups.groups import Array, Groups, group_columns, subset
from partialpool.groups.source import Table
from partialpool.io.backends.decimals import is_number
from partialpool.io.output.writing import check_output
from partialpool.models.family import Family

if TYPE_CHECKING:
    from partialpool.analysis.predictions.prediction import Prediction

_WORDS = ("all", "new", "both")


@app.command
def predict(
    file: File = None,
    /,
    *,
    amount: float | None = None,
    amount_column: str | None = None,
    groups: list[str] | None = None,
    new: int = 1,
    total: Flag = False,
    above: float | None = None,
    below: float | None = None,
    source: Source = FILE_ALONE,
    options: Options = DEFAULT,
) -> None:
    r"""Predict data to come, of the groups and of the next one.

    What to expect of each group, and of a group not seen yet, in so many
    further trials, over so much further exposure, of an estimate with such a
    standard error, or of the mean of so many measurements:

        partialpool predict hospitals.csv --amount 100 \
            --successes deaths --trials operations --group hospital

    Or try it on a data set that comes with the package:

        partialpool predict --dataset surgical --amount 100

    Each group may have an amount of its own, in a column of FILE; beside
    --fit, FILE is a table of the same groups:

        partialpool predict next.csv --fit pumps.fit \
            --amount-column hours_next

    Parameters
    ----------
    amount
        How much data: trials, exposure, standard error or number of measurements.
    amount_column
        The column of FILE that says how much of each group; --amount is then that of a new group.
    groups
        The groups that there are (all), a new one (new), or both; or the label of a group, and repeat the option for
        others. Left out, both, or all for a total and for amounts from a column alone.
    new
        Of how many new groups to predict the sum, with --groups new.
    total
        Predict the sum over the groups.
    above
        Show the probability of more than this number, as of more than 5 deaths, in place of intervals.
    below
        Show the probability of less than this number.
    """
    if above is not None or below is not None:
        side(above, below)
    if amount is None and amount_column is None:
        _check_no_amount(source)
    names, check_fit = None, source.fit is not None and amount_column is not None
    if check_fit:
        if file is None and options.query is None:
            raise RequestError(f"--amount-column: give the FILE whose column {amount_column!r} holds the amounts.")
        if options.out is not None:
            check_output(options.out, sources=[file])
        names, source = source.group, replace(source, group=None)
    table, fitting = table_beside(file, options) if check_fit else (None, options)
    request = _Asked(amount, amount_column, groups, new, total, table, names, options.decimal)
    fitting = replace(fitting, decimal=None) if check_fit else options
    data, fit = asked(None if check_fit else file, source, fitting, Ahead("predict", request.check))
    found = fit.predict(**request.arguments(fit.family, fit.data))
    title = f"Predictions for {fit.family.amount.role} {request.said} ({intervals(fit)})"
    if above is not None or below is not None:
        asked_for = _probabilities(found, request.said, above, below)
        answer(fit, data, {"rows": asked_for}, found.accuracy, options, warnings=found.warnings)
        return
    columns = found.columns()
    mean = np.asarray(columns["mean"], dtype=float)
    shown = Titled(title, columns, keys=len(fit.data.labels), by=-mean, order=HIGHEST)
    answer(fit, data, {"rows": shown}, found.accuracy, options, warnings=found.warnings)


def _probabilities(found: Prediction, said: str, above: float | None, below: float | None) -> Titled:
    """The table of probabilities above or below a number."""
    columns = found.probability_columns(above, below)
    asked = f"< {below:g}" if above is None else f"> {above:g}"
    family = found.fit.family
    what = family.observed if found.wanted.together is None else "total"
    title = f"P(predicted {what} {asked}), for {family.amount.role} {said}"
    keys = len(found.fit.data.labels)
    return Titled(title, columns, keys=keys, by=-columns["probability"], order="the most probable first")


def _check_no_amount(source: Source) -> None:
    """Refuse a number given as a column of the fit, or any column with a saved fit, where --amount is meant."""
    from partialpool.models.registry import FAMILIES  # only this command needs them all

    for family in FAMILIES.values():
        name = family.amount.role
        value = getattr(source, name)
        if value is not None and (source.fit is not None or is_number(value)):
            raise RequestError(f"--{name} names a column of the data that are fitted: how much is to come is --amount.")


@dataclass(frozen=True)
class _Asked:
    """The requested prediction.

    Attributes:
        amount: the amount of future data, if it is one number.
        column: the column with the amount of each group.
        groups: "all", "new", "both", or labels.
        new: the number of new groups.
        total: whether only the sum is predicted.
        table: the table with the column, a path or a relation, if it is not the one that was fitted.
        names: its group columns, if their names are not those in the fit.
        decimal: the decimal sign of numbers in it.
    """

    amount: float | None
    column: str | None
    groups: list[str] | None
    new: int
    total: bool
    table: Any
    names: list[str] | None
    decimal: str | None

    @property
    def said(self) -> str:
        """The amount of data in words, for a title."""
        return f"{self.amount:.15g}" if self.column is None else f"by {self.column}"

    def check(self, family: Family, data: Groups) -> None:
        """Refuse a prediction that is impossible for these groups.

        Raises:
            RequestError: it is impossible; the message names the option.
        """
        from partialpool.analysis.predictions.wanted import wanted  # only this command needs it

        asked = self.arguments(family, data)
        given = {family.amount.role: asked[family.amount.role]}
        try:
            wanted(family, data, given, asked["groups"], asked["new"], total=asked["total"])
        except RequestError as error:
            about = str(error).startswith(f"{family.amount.role} must")
            option = "--amount: " if self.column is None else "--amount-column: "
            raise RequestError(f"{option * about}{error}") from error

    def arguments(self, family: Family, data: Groups) -> dict[str, Any]:
        """The arguments of `fit.predict`."""
        which = self._which(data)
        amounts = self._amounts(data, which)
        return {family.amount.role: amounts, "groups": which, "new": self.new, "total": self.total}

    def _which(self, data: Groups) -> Any:
        """The groups to predict: "all", "new", "both", or a list of labels."""
        if self.groups is None:
            alone = self.total or (self.column is not None and self.amount is None)
            return "all" if alone else "both"
        if len(self.groups) == 1 and self.groups[0] in _WORDS:
            return self.groups[0]
        keys = len(data.labels)
        if len(self.groups) % keys:
            names = ", ".join(data.labels)
            raise RequestError(f"--groups: a group is named by its {keys} labels ({names}), the option once for each.")
        return [tuple(self.groups[i : i + keys]) for i in range(0, len(self.groups), keys)]

    def _amounts(self, data: Groups, which: Any) -> Any:
        """The amounts of data: one number, or one per row."""
        if self.column is None:
            if self.amount is None:
                raise RequestError(
                    "give --amount, how much data is to come, or --amount-column, which says it of each."
                )
            return int(self.amount) if self.amount == int(self.amount) else self.amount
        if which == "new":
            raise RequestError("--amount-column says it of the groups that there are: give --amount for new ones.")
        if (which == "both") != (self.amount is not None):
            raise RequestError("--amount beside --amount-column is that of a new group: --groups both takes both.")
        some = data if isinstance(which, str) else subset(data, np.array([place_of(data, group) for group in which]))
        amounts = self._column(some, self.column)
        return amounts if self.amount is None else np.append(amounts, self.amount)

    def _column(self, data: Groups, name: str) -> Array:
        """The amount of data of each group of the fit, from a column."""
        from partialpool.analysis.attaching.of_groups import column_of_groups  # only this option needs it

        own = () if data.numbered else tuple(group_columns(data))
        fitted = None if data.source is None else data.source.table
        table = fitted if self.table is None else Table(self.table, tuple(self.names or own), {})
        if table is None:
            raise RequestError("--amount-column is read from a file: write the amounts to one, and give it with --fit.")
        found = column_of_groups(table, data, name, self.decimal, ", or name those to predict, --groups once for each")
        if found.dtype.kind not in "iuf":
            raise RequestError(f"--amount-column: the column {name!r} holds no numbers.")
        return found
