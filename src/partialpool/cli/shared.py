"""The application that the commands belong to, and the options that they share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from cyclopts import App, Parameter

from partialpool import datasets as shipped
from partialpool import fit, plots
from partialpool.cli.streams import complain, show, width
from partialpool.console import document, result_text
from partialpool.errors import RequestError
from partialpool.posterior import Posterior
from partialpool.writing import check_output, json_text, write_table

Flag: TypeAlias = Annotated[bool, Parameter(show_default=False)]

EPILOGUE = """\
Start with a data set that comes with the package:

    partialpool proportions --dataset rat_tumors

or with your own file, a row for each group:

    partialpool proportions rats.csv \\
        --successes tumors --trials rats --group group

"partialpool proportions --help" explains every option.
"""


def _version() -> str:
    from importlib import metadata  # slow to load, and only --version needs it

    try:
        return f"partialpool {metadata.version('partialpool')}"
    except metadata.PackageNotFoundError:
        return "partialpool (not installed: run from its sources)"


app = App(
    name="partialpool",
    help="What is true of each group, of the population that the groups come\nfrom, and of the next group?\n\n"
    + EPILOGUE,
    version=_version,
    help_format="plaintext",
    default_parameter=Parameter(negative=()),
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)


@Parameter(name="*")
@dataclass(frozen=True)
class Options:
    """What every fit can be asked.

    Attributes:
        prior: A named prior on the population; "partialpool priors" lists them.
        method: The full posterior, or a quick approximation.
        level: The probability that an interval is to hold.
        missing: What to do with a row that has an empty cell.
        out: Also write the groups to this .csv, .parquet or .json file.
        plot: Also draw shrinkage, forest or population, and the .png, .svg or .pdf file to write.
        json: Print one JSON document instead of tables.
        quiet: Print no results; of use with --out.
        all_rows: Show every group, however many.
    """

    prior: str = "uniform-shrinkage"
    method: Literal["full", "empirical-bayes", "moments"] = "full"
    level: float = 0.95
    missing: Literal["refuse", "drop"] = "refuse"
    out: Path | None = None
    plot: tuple[str, Path] | None = None
    json: Flag = False
    quiet: Flag = False
    all_rows: Annotated[Flag, Parameter(name="--all")] = False


DEFAULT = Options()


Roles: TypeAlias = dict[str, str | None]


@Parameter(name="*")
@dataclass(frozen=True)
class Columns:
    """The columns of data of any family.

    Attributes:
        successes: Proportions: the column that counts successes.
        trials: Proportions: the column that counts trials.
        events: Rates: the column that counts events.
        exposure: Rates: the column with the exposure.
        estimate: Estimates: the column with the estimates.
        se: Estimates: the column with their standard errors; or
        variance: the column with the squares of these.
        value: Measurements: the column with the measurements; or
        mean: the column with the mean of a group's measurements,
        sd: the column with their standard deviation, and
        n: the column with their number.
        group: The column that names the group; repeat the option if several columns do. Left out, each row is a group.
    """

    successes: str | None = None
    trials: str | None = None
    events: str | None = None
    exposure: str | None = None
    estimate: str | None = None
    se: str | None = None
    variance: str | None = None
    value: str | None = None
    mean: str | None = None
    sd: str | None = None
    n: str | None = None
    group: list[str] | None = None

    @property
    def kinds(self) -> dict[str, Roles]:
        """The roles of each family."""
        return {
            "proportions": {"successes": self.successes, "trials": self.trials},
            "rates": {"events": self.events, "exposure": self.exposure},
            "estimates": {"estimate": self.estimate, "se": self.se, "variance": self.variance},
            "measurements": {"value": self.value, "mean": self.mean, "sd": self.sd, "n": self.n},
        }


NO_COLUMNS = Columns()


def run(
    family: str, file: str | None, dataset: str | None, roles: Roles, group: list[str] | None, options: Options
) -> None:
    """Fit, and show or write what was found.

    family: the function of `partialpool.fit` that does it.
    roles: the column of each role, those left out None; the first is the one that a file cannot do without.
    """
    data, found = fitted(family, file, dataset, roles, group, options)
    if options.out is not None:
        write_table(found.group_columns(options.level), options.out, sources=[data])
    if options.plot is not None:
        plots.save(found, *options.plot, sources=[data])
    if options.json and not options.quiet:
        show(json_text(document(found, options.level)))
    elif not options.quiet:
        show(result_text(found, options.level, width(), all_rows=options.all_rows))


def fitted(
    family: str, file: str | None, dataset: str | None, roles: Roles, group: list[str] | None, options: Options
) -> tuple[object, Posterior]:
    """The data and their posterior; what is to be written is checked before the work, warnings are said after it."""
    data, arguments = _data(family, file, dataset, roles, group)
    if options.out is not None:
        check_output(options.out, sources=[data])
    if options.plot is not None:
        plots.check_name(options.plot[0])
        check_output(options.plot[1], sources=[data], formats=plots.EXTENSIONS)
    asked = {"prior": options.prior, "level": options.level, "method": options.method, "missing": options.missing}
    found: Posterior = getattr(fit, family)(data, **arguments, **asked)
    for warning in found.warnings:
        complain(f"partialpool: warning: {warning}")
    return data, found


def fitted_any(file: str | None, dataset: str | None, columns: Columns, options: Options) -> tuple[object, Posterior]:
    """The data and their posterior, of whichever family the columns that are named belong to."""
    kinds = columns.kinds
    named = [family for family, roles in kinds.items() if any(column is not None for column in roles.values())]
    if len(named) > 1:
        raise RequestError(f"the columns named are of several kinds of data: {', '.join(named)}. Name those of one.")
    if named:
        family = named[0]
    elif dataset is not None:
        family = shipped.info(dataset).family
    else:
        raise RequestError("name the columns of the data, for example --successes and --trials.")
    return fitted(family, file, dataset, kinds[family], columns.group, options)


def _data(
    family: str, file: str | None, dataset: str | None, roles: Roles, group: list[str] | None
) -> tuple[object, dict[str, object]]:
    """The data, and the column of each role: as given, else as the shipped data set says."""
    if (file is None) == (dataset is None):
        raise RequestError("give either a FILE or --dataset NAME, for example: --dataset rat_tumors")
    given = {role: column for role, column in roles.items() if column is not None}
    if dataset is None:
        first = next(iter(roles))
        if not given:
            raise RequestError(f"--{first} is missing: name the column that holds it.")
        return file, {**given, "group": group}
    known = shipped.info(dataset)
    if known.family != family:
        raise RequestError(
            f"{dataset} holds {known.family}, not {family}: partialpool {known.family} --dataset {dataset}"
        )
    own = known.roles if not given else {role: column for role, column in known.roles.items() if role in given}
    return shipped.load(dataset), {**own, **given, "group": group or list(known.group)}
