"""The query that adds up the rows of each group, as text for a database that is not reached from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from partialpool.errors import RequestError
from partialpool.messages.calling import checked
from partialpool.models.data.checks import free

_ROLES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "proportions": (("successes",), ("trials",)),
    "rates": (("events",), ("exposure",)),
    "measurements": (("value",), ()),
    "estimates": (("estimate", "se"), ()),
}
"""Family -> the columns that it must have, and those that it may have."""


@checked
def sql(
    family: str,
    table: str,
    *,
    group: str | Sequence[str],
    successes: str | None = None,
    trials: str | None = None,
    events: str | None = None,
    exposure: str | None = None,
    value: str | None = None,
    estimate: str | None = None,
    se: str | None = None,
    quote: str = '"',
) -> str:
    """Write the SQL query that adds up the rows of each group, to be run in the database where the rows are.

    The table that it returns, one row per group, is what the function of the family takes; a comment at the top of the
    query says with which columns. Its last column, `refused_rows`, counts the rows with missing or impossible numbers:
    where it is not 0, the totals are wrong.

    Args:
        family: "proportions", "rates", "measurements" or "estimates".
        table: the table of the rows, as the query is to name it: "visits", or "shop.visits" with its schema.
        group: column or columns that name the group.
        successes: proportions: column of the successes.
        trials: proportions: column of the trials; if it is left out, each row is one trial, with outcome 0 or 1.
        events: rates: column of the events.
        exposure: rates: column of the exposure; if it is left out, each row has exposure 1.
        value: measurements: column of the measurements.
        estimate: estimates: column of the estimates.
        se: estimates: column of their standard errors, all above 0.
        quote: the sign around names: '"' in standard SQL, "`" in MySQL, BigQuery and Spark.

    Returns:
        The query.

    Raises:
        RequestError: there is no such family, or the columns are not those of the family.

    Example:
        >>> import partialpool as pp
        >>> print(pp.sql("proportions", "visits", successes="infected", trials="patients", group="ward"))
        -- one row per group, for pp.proportions(..., successes="infected", trials="patients", group="ward")
        SELECT
          "ward",
          SUM("infected") AS "infected",
          SUM("patients") AS "patients",
          SUM(CASE WHEN "infected" >= 0 AND "infected" <= "patients" THEN 0 ELSE 1 END) AS "refused_rows"
        FROM visits
        GROUP BY "ward"
    """
    given = {"successes": successes, "trials": trials, "events": events, "exposure": exposure, "value": value}
    columns = {role: name for role, name in {**given, "estimate": estimate, "se": se}.items() if name is not None}
    _check(family, columns, quote)
    keys = [group] if isinstance(group, str) else list(group)
    if not keys:
        raise RequestError("name the column of the groups, group=...: the rows of each group are added up.")
    named = {role: quoted(name, quote) for role, name in columns.items()}
    taken = [*columns.values(), *keys]
    made = _MADE[family](named, columns, taken)
    refused = quoted(free("refused_rows", [*taken, *made.called.values()]), quote)
    shown = [quoted(key, quote) for key in keys]
    listed = [*shown, *(f"{made.sums[role]} AS {quoted(name, quote)}" for role, name in made.called.items())]
    listed.append(f"SUM(CASE WHEN {made.fine} THEN 0 ELSE 1 END) AS {refused}")
    arguments = ", ".join(f'{role}="{name}"' for role, name in made.called.items())
    label = f'"{keys[0]}"' if len(keys) == 1 else str(keys).replace("'", '"')
    return "\n".join(
        (
            f"-- one row per group, for pp.{family}(..., {arguments}, group={label})".replace("\n", " "),
            "SELECT",
            ",\n".join(f"  {part}" for part in listed),
            f"FROM {table}",
            f"GROUP BY {', '.join(shown)}",
        )
    )


def quoted(name: str, quote: str = '"') -> str:
    """A name between quotes, which are doubled within it."""
    return f"{quote}{name.replace(quote, 2 * quote)}{quote}"


def _check(family: str, columns: Mapping[str, str], quote: str) -> None:
    """Refuse an unknown family, and columns that are not its own."""
    if family not in _ROLES:
        raise RequestError(f"family must be one of {', '.join(map(repr, _ROLES))}, not {family!r}.")
    if len(quote) != 1:
        raise RequestError(f"quote={quote!r} is not one sign. Give '\"' or '`'.")
    needed, allowed = _ROLES[family]
    missing = [role for role in needed if role not in columns]
    if missing:
        raise RequestError(f"{family}: name the column, {missing[0]}=...")
    strange = [role for role in columns if role not in (*needed, *allowed)]
    if strange:
        raise RequestError(f"{strange[0]}= is not a column of {family}: leave it out.")


@dataclass(frozen=True)
class _Made:
    """The columns of a query.

    Attributes:
        called: role in the fitting function -> name of the column in the result.
        sums: role -> SQL expression.
        fine: SQL condition that a row with numbers that the family takes meets; one with a missing number does not.
    """

    called: Mapping[str, str]
    sums: Mapping[str, str]
    fine: str


_Make: TypeAlias = Callable[[Mapping[str, str], Mapping[str, str], Sequence[str]], _Made]


def _proportions(named: Mapping[str, str], columns: Mapping[str, str], taken: Sequence[str]) -> _Made:
    y = named["successes"]
    if "trials" in named:
        n = named["trials"]
        return _Made(columns, {"successes": f"SUM({y})", "trials": f"SUM({n})"}, f"{y} >= 0 AND {y} <= {n}")
    called = {"successes": columns["successes"], "trials": free("trials", taken)}
    return _Made(called, {"successes": f"SUM({y})", "trials": "COUNT(*)"}, f"{y} IN (0, 1)")


def _rates(named: Mapping[str, str], columns: Mapping[str, str], taken: Sequence[str]) -> _Made:
    y = named["events"]
    if "exposure" in named:
        e = named["exposure"]
        fine = f"{y} >= 0 AND ({e} > 0 OR ({e} = 0 AND {y} = 0))"
        return _Made(columns, {"events": f"SUM({y})", "exposure": f"SUM({e})"}, fine)
    called = {"events": columns["events"], "exposure": free("exposure", taken)}
    return _Made(called, {"events": f"SUM({y})", "exposure": "COUNT(*)"}, f"{y} >= 0")


def _measurements(named: Mapping[str, str], columns: Mapping[str, str], taken: Sequence[str]) -> _Made:
    v, of = named["value"], columns["value"]
    called = {role: free(f"{of}_{role}", taken) for role in ("mean", "sd", "n")}
    sums = {"mean": f"AVG({v})", "sd": f"COALESCE(STDDEV_SAMP({v}), 0)", "n": f"COUNT({v})"}
    return _Made(called, sums, f"{v} IS NOT NULL")


def _estimates(named: Mapping[str, str], columns: Mapping[str, str], _: Sequence[str]) -> _Made:
    y, s = named["estimate"], named["se"]
    weight = f"SUM(1.0 / ({s} * {s}))"
    sums = {"estimate": f"SUM({y} / ({s} * {s})) / {weight}", "se": f"1.0 / SQRT({weight})"}
    return _Made(columns, sums, f"{y} IS NOT NULL AND {s} > 0")


_MADE: Mapping[str, _Make] = {
    "proportions": _proportions,
    "rates": _rates,
    "measurements": _measurements,
    "estimates": _estimates,
}
