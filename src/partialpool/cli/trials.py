"""The options for estimates that are computed from the summaries of trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from cyclopts import Parameter

from partialpool.errors import RequestError

Roles: TypeAlias = dict[str, str | list[str] | float | None]


@Parameter(name="*")
@dataclass(frozen=True)
class Trials:
    """The columns of trials from which estimates are computed.

    Attributes:
        effect: Estimates: an effect to work out, one of log odds ratio, log risk ratio, risk difference, mean
            difference, standardised mean difference and Fisher's z.
        sizes: The columns with the sizes of the treated and the control arm; give the option twice.
        cells: The four cells of 2x2 tables, in place of --events and --sizes; give the option four times.
        means: The columns with the means of both arms; give the option twice.
        sds: The columns with their standard deviations; give the option twice.
        correlation: The column with correlations; --sizes is then the column with the number of pairs.
        double_zero: What to do with a trial where nobody, or everybody, has the event. Left out, refuse.
        lower: The column with the lower ends of published confidence intervals, in place of --se; and
        upper: the column with their upper ends. With --effect "hazard ratio" or another ratio, logarithms are taken.
        interval_level: The probability of these intervals. Left out, 0.95.
    """

    effect: str | None = None
    sizes: list[str] | None = None
    cells: list[str] | None = None
    means: list[str] | None = None
    sds: list[str] | None = None
    correlation: str | None = None
    double_zero: Literal["refuse", "drop", "correct"] | None = None
    lower: str | None = None
    upper: str | None = None
    interval_level: float | None = None

    def roles(self, events: list[str] | None) -> Roles:
        """The arguments of `estimates`, with the columns of events in both arms."""
        return {name: getattr(self, name) for name in Trials.__dataclass_fields__} | {"events": events}


NO_TRIALS = Trials()


def single(role: str, columns: list[str] | None) -> str | None:
    """The only column of a role, or None.

    Raises:
        RequestError: there are several columns.
    """
    if columns is not None and len(columns) > 1:
        raise RequestError(f"--{role} is given {len(columns)} times: once for rates; of trials, name --effect too.")
    return columns[0] if columns else None
