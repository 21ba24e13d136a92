"""The method that adds further rows to a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

from partialpool.messages.progress import shown
from partialpool.questions.base import QuestionBase


class Updated(QuestionBase):
    """The method that adds further rows to a fit."""

    @shown("reading and fitting")
    def update(
        self,
        more: object,
        *,
        group: str | Sequence[str] | None = None,
        missing: str | None = None,
        decimal: str | None = None,
        **columns: Any,
    ) -> Self:
        """Add further rows to the data, and return the fit of all rows; this fit stays as it is.

        The rows that were fitted are not needed again: their groups and sufficient statistics are, so that a saved fit
        can be updated too. Counts give the numbers of a fit of all rows at once to the last bit, real numbers those
        numbers up to the rounding of sums. The prior is the one that was asked for: a default scale comes from the
        design of all groups. Method, level and accuracy stay the same. Without group columns each new row is a new
        group.

        Args:
            more: a table of any kind that the fitting functions take, read as that of the fit was.
            group: the group columns of this table, if their names are not those in the fit.
            missing: "refuse" rows with missing cells, or "drop" them; by default what the fit did.
            decimal: the decimal sign of numbers in text, "." or ","; by default that of the fit.
            columns: names of columns that are called otherwise in this table, by the arguments of the fitting function,
                such as trials="n2". None leaves out a column that the fit had, such as trials=None for outcomes 0 or 1.

        Returns:
            A new fit.

        Raises:
            RequestError: the fit does not say how its rows were read, or a column is none that its family has.
            DataError: the rows are refused, or labels are of another kind than those of the fit.

        Example:
            >>> import partialpool as pp
            >>> monday = {"ad": ["A", "B"], "clicks": [3, 4], "views": [30, 41]}
            >>> tuesday = {"ad": ["B", "C"], "clicks": [1, 2], "views": [12, 20]}
            >>> fit = pp.proportions(monday, successes="clicks", trials="views", group="ad").update(tuesday)
            >>> fit.group_columns()["views"]
            array([30, 53, 20])
        """
        from partialpool.models.reading import with_rows

        how: dict[str, Any] = {"group": group, "missing": missing, "decimal": decimal}
        data = with_rows(self.family, self.data, more, columns=columns, **how)
        fit: Any = self
        if self.model.method == "given":
            results = self.family.restored(data, self.results.stored())
            return replace(fit, data=data, results=results, notes=data.notes, _found={})
        solved = self.family.solve(data, self.model.asked or self.model.prior, self.model.method)
        model = replace(self.model, prior=solved.prior)
        notes = data.notes + solved.warnings + model.idle
        return replace(fit, data=data, model=model, results=solved.results, notes=notes, _found={})
