"""The options that say where a fit comes from, and the functions that read the data and fit."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cyclopts import Parameter

from partialpool import datasets as shipped
from partialpool import fit, plots
from partialpool.cli.ahead import KEPT, Ahead, check_known
from partialpool.cli.choices import DatasetName
from partialpool.cli.databases import relation
from partialpool.cli.options import Options
from partialpool.cli.piped import STDIN, comes_in, plain_file
from partialpool.cli.streams import complain
from partialpool.cli.trials import NO_TRIALS, Roles, Trials, single
from partialpool.cli.wording import at_the_shell, warned
from partialpool.errors import ColumnError, DataError, RequestError
from partialpool.fit.excluding import excluding
from partialpool.fit.fitting import looking
from partialpool.groups.groups import Groups
from partialpool.io.backends.columns import listing
from partialpool.io.output.databases import is_database, table_name
from partialpool.io.output.writing import check_output
from partialpool.messages.claims import check_tol
from partialpool.models.family import Family
from partialpool.models.methods import check_method
from partialpool.posterior import Posterior, check_level

_LEFT_OUT = re.compile(r" left out of the fit by missing='drop'")
"""Matches the warning about rows with missing cells that were dropped."""

_COUNTED = ("proportions", "rates")
"""The families whose first role is required."""


@Parameter(name="*")
@dataclass(frozen=True)
class Source:
    """The options that say where a fit of any family comes from, besides a file.

    Attributes:
        dataset: A data set of the package, in place of FILE; "partialpool datasets" lists them.
        fit: A fit that --save has saved, in place of FILE; it has its own columns, prior and method.
        successes: Proportions: the column that counts successes.
        trials: Proportions: the column that counts trials.
        events: Rates: the column that counts events; of trials those of both arms, the option given twice.
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

    dataset: DatasetName | None = None
    fit: Path | None = None
    successes: str | None = None
    trials: str | None = None
    events: list[str] | None = None
    exposure: str | None = None
    estimate: str | None = None
    se: str | None = None
    variance: str | None = None
    value: str | None = None
    mean: str | None = None
    sd: str | None = None
    n: str | None = None
    group: list[str] | None = None
    of_trials: Trials = NO_TRIALS

    @property
    def kinds(self) -> dict[str, Roles]:
        """Family -> role -> its column, or None."""
        of_trials = self.of_trials.effect is not None
        events, arms = (None, self.events) if of_trials else (single("events", self.events), None)
        estimates: Roles = {"estimate": self.estimate, "se": self.se, "variance": self.variance}
        return {
            "proportions": {"successes": self.successes, "trials": self.trials},
            "rates": {"events": events, "exposure": self.exposure},
            "estimates": estimates | self.of_trials.roles(arms),
            "measurements": {"value": self.value, "mean": self.mean, "sd": self.sd, "n": self.n},
        }


FILE_ALONE = Source()


def asked(file: Path | None, source: Source, options: Options, ahead: Ahead = KEPT) -> tuple[object, Posterior]:
    """Return the data and the fit, of the family to which the named columns belong, or the saved fit.

    Options that cannot be right for these groups are refused before the fit.
    """
    if source.fit is not None:
        return source.fit, _saved(file, source, options, ahead)
    kinds = source.kinds
    named = [family for family, roles in kinds.items() if any(column is not None for column in roles.values())]
    if len(named) > 1:
        raise RequestError(f"the columns named are of several kinds of data: {', '.join(named)}. Name those of one.")
    if named:
        family = named[0]
    elif source.dataset is not None:
        family = shipped.info(source.dataset).family
    else:
        _check_no_fit(file)
        raise RequestError(f"name the columns of the data, for example --successes and --trials.{_columns(file)}")
    return fitted_family(family, file, source.dataset, kinds[family], source.group, options, ahead)


def fitted_family(
    family: str,
    file: Path | None,
    dataset: str | None,
    roles: Roles,
    group: list[str] | None,
    options: Options,
    ahead: Ahead,
) -> tuple[object, Posterior]:
    """Return the data and the fit; output files are checked before the work, and warnings printed after it."""
    if family == "estimates" and options.memory is not None:
        raise RequestError("--memory is for rows that are added up, and estimates are read one by one: leave it out.")
    data, arguments = data_of(family, file, dataset, roles, group, options)
    check_outputs(options, data)
    look = partial(_look, options, ahead, None)
    with looking(look), one_column_each(arguments), excluding(options.exclude or ()):
        found: Posterior = getattr(fit, family)(data, **arguments, **options.fitting)
    if options.known is not None:
        found = found.given(**options.known)
    if options.save is not None:
        found.save(options.save)
    return data, warned_fit(found)


@contextmanager
def one_column_each(arguments: Mapping[str, object]) -> Iterator[None]:
    """Within the context, add a hint to the error about a missing column if several names were given in one option."""
    try:
        yield
    except ColumnError as error:
        for role, names in arguments.items():
            several = [name for name in (names if isinstance(names, list) else [names]) if "," in str(name)]
            if several and repr(several[0]) in str(error):
                parts = " ".join(f"--{role} {shlex.quote(part.strip())}" for part in str(several[0]).split(","))
                raise ColumnError(f"{error} An option names one column: {parts}.") from error
        raise


def _look(options: Options, ahead: Ahead, saved: str | None, family: Family, groups: Groups) -> None:
    """Refuse options that cannot be right for these groups, and complain if nothing would be printed or written.

    `saved` is the method of a saved fit, and None before a fit.
    """
    if options.quiet and options.out is None and options.save is None and not (options.pictures or options.report):
        complain("partialpool: nothing is printed or written: --quiet goes with --out, --save, --report or --plot.")
    if options.top is not None and ahead.table != "ranks" and (options.json or options.quiet):
        raise RequestError("--top shortens the printed tables alone: JSON and files have every row. Leave out --top.")
    method = "given" if options.known is not None else saved or check_method(options.method or "full", family)
    if options.known is not None:
        check_known(options.known, family)
    for name, _ in options.pictures:
        plots.check_name(name, family, method)
    ahead.refuse(options.view, family, groups, method)


def _saved(file: Path | None, source: Source, options: Options, ahead: Ahead) -> Posterior:
    """Load a saved fit, with the requested level, accuracy and given parameters."""
    if file is not None or source.dataset is not None:
        raise RequestError("give a FILE, --dataset NAME or --fit FILE, one of the three.")
    fixed = [role for roles in source.kinds.values() for role, column in roles.items() if column is not None]
    fixed += ["group"] * (source.group is not None) + [name for name in options.fitting if name not in ("level", "tol")]
    fixed += [name for name in ("table", "query") if getattr(options, name) is not None]
    fixed += ["exclude"] * (options.exclude is not None) + ["save"] * (options.save is not None)
    if fixed:
        said = ", ".join(f"--{name}" for name in fixed)
        raise RequestError(f"a saved fit is what it is: leave out {said}, or fit the data again.")
    assert source.fit is not None
    check_outputs(options, source.fit)
    from partialpool.fit.loading import load  # only --fit needs it

    found = load(source.fit)
    _look(options, ahead, found.model.method, found.family, found.data)
    if options.level is not None:
        check_level(options.level)
        found = replace(found, level=options.level)
    if options.tol is not None:
        found = replace(found, tol=check_tol(options.tol))
    if options.known is not None:
        found = found.given(**options.known)
    return warned_fit(found, said=_of_reading(found))


def _of_reading(found: Posterior) -> frozenset[str]:
    """Warnings of a saved fit about the table that was read, which the user saw when the fit was made."""
    return frozenset(note for note in found.notes if _LEFT_OUT.search(note))


def warned_fit(found: Posterior, said: frozenset[str] = frozenset()) -> Posterior:
    """Print the warnings except those in `said`, and return the fit with notes in the words of the command line."""
    warned(warning for warning in found.warnings if warning not in said)
    return replace(found, notes=tuple(map(at_the_shell, found.notes)))


def check_outputs(options: Options, data: object) -> None:
    """Refuse output files that cannot be written, and impossible views, before any work is done."""
    _ = options.view, options.known
    sources = [data, STDIN]
    drawn = [path for _, path in options.pictures]
    files = [path.resolve() for path in (options.out, options.save, options.report, *drawn) if path]
    if len(set(files)) < len(files):
        raise RequestError("--out, --save, --report and --plot must each name a file of its own.")
    table_name(options.out, options.out_table, "")
    if options.out is not None:
        check_output(options.out, sources=sources)
    if options.save is not None:
        from partialpool.saving import check_path  # only --save needs it

        check_path(options.save, sources=sources)
    if drawn:
        plots.needed()
    for path in drawn:
        check_output(path, sources=sources, formats=plots.EXTENSIONS)
    if options.report is not None:
        check_output(options.report, sources=sources, formats=(".html", ".htm"))


def data_of(
    family: str, file: Path | None, dataset: str | None, roles: Roles, group: list[str] | None, options: Options
) -> tuple[object, dict[str, object]]:
    """The data, and the column of each role, as given or else as recorded for the data set of the package."""
    given = {role: column for role, column in roles.items() if column is not None}
    if options.table is not None or options.query is not None or is_database(file):
        if dataset is not None:
            raise RequestError("--table and --query are for a FILE: leave out --dataset.")
        table = relation(file, options.table, options.query, options.out)
        _check_needed(family, roles, given, f" {listing(table.columns)}")
        return table, {**given, "group": group}
    if (file is None) == (dataset is None):
        pipe = ", or - for the table that comes on standard input" if file is None and comes_in() else ""
        raise RequestError(f"give either a FILE or --dataset NAME, for example: --dataset rat_tumors{pipe}.")
    if dataset is None:
        assert file is not None
        _check_no_fit(file)
        _check_needed(family, roles, given, _columns(file))
        return plain_file(file), {**given, "group": group}
    known = shipped.info(dataset)
    if known.family != family:
        raise RequestError(
            f"{dataset} holds {known.family}, not {family}: partialpool {known.family} --dataset {dataset}"
        )
    own = known.roles if not given else {role: column for role, column in known.roles.items() if role in given}
    _check_needed(family, roles, {**own, **given})
    return shipped.load(dataset), {**own, **given, "group": group or list(known.group)}


def _check_needed(family: str, roles: Roles, given: Mapping[str, object], known: str = "") -> None:
    """Refuse columns among which a required one is missing; `known` is a sentence that lists the columns."""
    first = next(iter(roles))
    if not given or (family in _COUNTED and first not in given):
        raise RequestError(f"--{first} is missing: name the column that holds it.{known}")


def _check_no_fit(file: Path | None) -> None:
    """Refuse a saved fit given in place of a table."""
    from partialpool.saving.container import holds_fit  # few commands need it

    if file is not None and holds_fit(file):
        name = shlex.quote(str(file))
        raise RequestError(f"{str(file)!r} is a saved fit: give it by --fit, as in partialpool groups --fit {name}.")


def _columns(file: Path | None) -> str:
    """A sentence that lists the columns of a file; empty if there is no readable file."""
    if file is None or not file.is_file():
        return ""
    from partialpool.io.backends.whole import whole_file  # only a refusal needs it

    try:
        return f" {listing(list(whole_file(file, [])))}"
    except DataError:
        return ""
