"""Checks before the fit: options that cannot be right, whatever its results, are refused at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from partialpool.engine.results import check_given
from partialpool.errors import RequestError
from partialpool.groups.groups import Groups
from partialpool.io.output.view import GIVEN, RANK, View, check_column
from partialpool.models.family import Family
from partialpool.posterior import SUMMARIES
from partialpool.priors.words import meant

Check: TypeAlias = Callable[[Family, Groups], object]

_LABELS, _OTHERS, _DATA, _SIZE = "(labels)", "(labels of the other)", "(data)", "(size)"
_OF_A_GROUP = SUMMARIES[:-1]

SORTED: Mapping[str, tuple[str, ...]] = {
    "groups": (_LABELS, _DATA, *_OF_A_GROUP),
    "pooling": (_LABELS, "model", *_OF_A_GROUP[1:-1]),
    "ranks": (_LABELS, "expected_rank", "median_rank", "lower", "upper", "p_best", "p_top"),
    "compare": (_LABELS, _OTHERS, "p_greater", "mean", "sd"),
    "predict": (_LABELS, _SIZE, *_OF_A_GROUP[1:-1]),
    "probability": (_LABELS, "probability"),
    "select": (_LABELS, "probability", "fdr"),
    "intervals": (_LABELS, "lower", "upper", "probability"),
    "check": (_LABELS, "raw", "pit", "p_value", "adjusted", "outlying", "error", "note"),
    "calibrate": (_LABELS, "size", "replications", "coverage", "coverage_se", "width"),
    "meta-analysis": (_LABELS, "estimate", "lower", "upper", "weight"),
    "leave-one-out": (_LABELS, "parameter", *_OF_A_GROUP[1:-1], "change", "influence", "note"),
}
"""Name of a table -> columns by which its rows can be sorted; tables that are not here keep their order."""


@dataclass(frozen=True)
class Ahead:
    """The checks of a command before it fits.

    Attributes:
        table: name of the table whose rows can be sorted; empty if they keep their order.
        check: function of the family and the groups that refuses options which do not suit them.
        method: function of the method that refuses one which cannot answer.
    """

    table: str = ""
    check: Check = lambda *_: None
    method: Callable[[str], object] = lambda _: None

    def refuse(self, view: View, family: Family, groups: Groups, method: str) -> None:
        """Refuse options that cannot be right.

        Args:
            view: the requested order and number of rows.
            family: the family that will be fitted.
            groups: the groups that will be fitted.
            method: how the population's parameters will be treated.

        Raises:
            RequestError: an option cannot be right.
        """
        if view.reverse and not self.table:
            raise RequestError("the rows of this table keep their order: leave out --reverse.")
        if view.sort not in (RANK, GIVEN):
            if not self.table:
                raise RequestError("the rows of this table keep their order: leave out --sort.")
            parts = {
                _LABELS: [*groups.labels],
                _OTHERS: [f"{name}_other" for name in groups.labels],
                _DATA: [*family.shown(groups)],
                _SIZE: [family.amount.role],
            }
            check_column(view.sort, [name for part in SORTED[self.table] for name in parts.get(part, [part])])
        self.check(family, groups)
        self.method(method)


def check_known(known: Mapping[str, float], family: Family) -> None:
    """Refuse given parameters that do not go together in a family.

    A mean on the whole line may be left out, and is averaged over.

    Raises:
        RequestError: they do not; the message lists those that do.
    """
    rest = tuple(name for name in family.natural if name != "mean")
    try:
        values = meant(known)
    except ValueError as error:
        raise RequestError(str(error)) from None
    check_given(values, *family.fixing, *[rest] * (family.line == "identity"))


KEPT = Ahead()
"""The checks of a command whose tables keep their order."""
