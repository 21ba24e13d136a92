"""The options that the commands share, whose docstrings are their help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from cyclopts import Parameter

from partialpool.cli.choices import Picture, Pictures, PriorName, verbatim
from partialpool.cli.parameters import parameters
from partialpool.cli.piped import one_file
from partialpool.errors import RequestError
from partialpool.io.output.view import View

Flag: TypeAlias = Annotated[bool, Parameter(show_default=False)]

Transform: TypeAlias = Literal["exp", "tanh", "expit"] | None

Method: TypeAlias = Annotated[
    Literal["full", "empirical-bayes", "moments", "reml", "dersimonian-laird"] | None,
    Parameter(converter=verbatim),  # the library knows their other names, and refuses the rest
]

File: TypeAlias = Annotated[
    Path | None,
    Parameter(
        converter=one_file,
        n_tokens=-1,
        help="A table: a .csv, .tsv or .txt file, also gzipped (.csv.gz), or a .parquet file; several files of one "
        "kind, which are one table; a DuckDB database (.duckdb), see --table; or - for standard input, CSV or Parquet.",
    ),
]


@Parameter(name="*")
@dataclass(frozen=True)
class Options:
    """The options of every command that fits.

    Attributes:
        prior: A prior of the population, one that "partialpool priors" lists or in words: "sd ~ HalfNormal(0.5)".
        method: The full posterior, or a quick approximation; reml and dersimonian-laird are for estimates. REML, DL and
            ML are understood too.
        level: The probability that an interval is to hold. Left out, 0.95.
        given: Parameters of the population that are known and not learned: "mean=0.1, concentration=20", with the names
            of the population's table; of estimates the sd alone will do, of measurements sd and sigma.
        missing: What to do with a row that has an empty cell. Left out, refuse.
        exclude: Leave the groups with this label out, such as a row called Total; repeat the option for others.
        decimal: The sign that begins the decimals of numbers in a text file, a point or a comma. Left out, a point, or
            a comma where the file shows it, such as one with 1,5 between semicolons.
        tol: The accuracy to ask for, above 0 and at most 0.1: what is less accurate comes with a warning. Left out,
            answers aim at 1e-8, and warn above 1e-6.
        table: FILE is a DuckDB database: the table or view in it; it may be left out if there is only one.
        query: A SELECT of DuckDB in place of a table, of the database FILE, or of files that it names.
        memory: What DuckDB may use to add up the rows of files, such as 2GB. Left out, half of the machine's memory.
        out: Also write the groups, or the answer, to this .csv, .parquet or .json file; - prints CSV and nothing else.
        out_table: --out is a DuckDB database, such as shop.duckdb: the name of the table to make or replace in it.
            Left out, groups, or what the answer is called in JSON.
        save: Also save the fit to this file, such as rats.fit; other commands read it by --fit.
        report: Also write a report of the fit to this .html file: findings, interactive charts, tables and methods.
        json: Print one JSON document instead of tables.
        quiet: Print no results; of use with --out.
        sort: Print first what matters (rank), keep the order of the data (given), or sort by a column. Files and JSON
            keep the order of the data. Left out, rank.
        reverse: Turn the order of the rows around: the lowest first where the highest would be.
        top: Print only so many rows, the first ones. The command ranks counts as many ranks as the top.
        all_rows: Print every row, however many.
    """

    prior: PriorName | None = None
    method: Method = None
    level: float | None = None
    given: list[str] | None = None
    missing: Literal["refuse", "drop"] | None = None
    exclude: list[str] | None = None
    decimal: Literal[".", ","] | None = None
    tol: float | None = None
    table: str | None = None
    query: str | None = None
    memory: str | None = None
    out: Annotated[Path | None, Parameter(alias="--into")] = None
    out_table: str | None = None
    save: Path | None = None
    report: Path | None = None
    json: Flag = False
    quiet: Flag = False
    sort: Annotated[str, Parameter(show_default=False)] = "rank"
    reverse: Flag = False
    top: int | None = None
    all_rows: Annotated[Flag, Parameter(name="--all")] = False

    @property
    def pictures(self) -> Sequence[tuple[Picture, Path]]:
        """Kind and file of each picture to draw; empty unless the command takes --plot."""
        return ()

    @property
    def known(self) -> dict[str, float] | None:
        """The given parameters of the population, or None.

        Raises:
            RequestError: they cannot be read, or a method is to estimate them.
        """
        if self.given is not None and self.method is not None:
            raise RequestError("--given leaves nothing for --method to estimate: leave out one of them.")
        return None if self.given is None else parameters("--given", self.given)

    @property
    def fitting(self) -> dict[str, Any]:
        """The arguments of the fitting function, without those that keep their default."""
        names = ("prior", "method", "level", "missing", "decimal", "tol", "memory")
        asked = {name: getattr(self, name) for name in names}
        return {name: value for name, value in asked.items() if value is not None}

    @property
    def view(self) -> View:
        """The order and the number of the rows that are printed.

        Raises:
            RequestError: fewer than one row is requested.
        """
        if self.top is not None and self.top < 1:
            raise RequestError(f"--top must be a whole number of at least 1, not {self.top}.")
        return View(self.sort, self.top, self.all_rows, self.reverse)


DEFAULT = Options()


@Parameter(name="*")
@dataclass(frozen=True)
class DrawnOptions(Options):
    """The options of a command that also draws pictures of the fit.

    Attributes:
        plot: Also draw a picture of the fit: shrinkage, forest, population, raw-vs-posterior, funnel, ranks, pooling,
            predictive, prior-posterior, sensitivity, (of estimates and measurements) conditional or (of estimates)
            meta-analysis, and the .png, .svg or .pdf file to write. Repeat the option for more of them.
    """

    plot: Pictures | None = None

    @property
    def pictures(self) -> Sequence[tuple[Picture, Path]]:
        """Kind and file of each picture to draw."""
        return self.plot or ()


DRAWN = DrawnOptions()
