"""The commands that compare every group with a limit: `probability`, `select` and `intervals`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from cyclopts import Parameter

from partialpool.analysis.fitted_model import place_of
from partialpool.cli.ahead import Ahead
from partialpool.cli.app import app
from partialpool.cli.console import Titled, by_mean, intervals
from partialpool.cli.options import DRAWN, DrawnOptions, File, Options
from partialpool.cli.printing import answer
from partialpool.cli.shared import FILE_ALONE, Source, asked
from partialpool.errors import RequestError
from partialpool.groups.groups import Groups
from partialpool.messages.wording import counted
from partialpool.models.family import Family

Limit: TypeAlias = Annotated[str | None, Parameter(allow_leading_hyphen=True)]  # -0.5 is a number, no option


@Parameter(name="*")
@dataclass(frozen=True)
class Criterion:
    """The criterion that a group must meet; exactly one of the four is given.

    Attributes:
        above: The group's value is above this number, or above the population's mean: --above mean.
        below: It is below this number, or below the population's mean.
        between: It lies between these two numbers.
        than: It is above the value of this group, by its label; repeat the option if several columns name the group.
    """

    above: Limit = None
    below: Limit = None
    between: tuple[float, float] | None = None
    than: list[str] | None = None

    @property
    def asked(self) -> dict[str, Any]:
        """The criterion that was given, as an argument of `fit.probability` and `fit.select`.

        Raises:
            RequestError: there is not exactly one, or it is not a number.
        """
        limits = {"above": self.above, "below": self.below}
        stated: dict[str, Any] = {name: _limit(name, value) for name, value in limits.items() if value is not None}
        if self.between is not None:
            stated["between"] = self.between
        if self.than is not None:
            stated["than"] = self.than[0] if len(self.than) == 1 else tuple(self.than)
        if len(stated) != 1:
            said = " and ".join(f"--{name}" for name in stated) or "none"
            raise RequestError(f"give one of --above, --below, --between and --than, not {said}.")
        return stated

    def check(self, _: Family, groups: Groups) -> None:
        """Refuse to compare with a group that does not exist."""
        if self.than is not None:
            place_of(groups, tuple(self.than))


NO_CRITERION = Criterion()


@app.command
def probability(
    file: File = None,
    /,
    *,
    criterion: Criterion = NO_CRITERION,
    parameter: str | None = None,
    source: Source = FILE_ALONE,
    options: DrawnOptions = DRAWN,
) -> None:
    r"""Say how probable it is that each group lies above or below a limit.

    The most probable groups come first. Name the columns of whichever kind
    of data you have, as for the commands that fit:

        partialpool probability hospitals.csv --above 0.1 \
            --successes deaths --trials operations --group hospital

    Or try it on a data set that comes with the package:

        partialpool probability --dataset rat_tumors --above mean

    With --parameter it is about the population in place of its groups:

        partialpool probability --dataset bcg_vaccine --parameter mu --below 0

    "partialpool select" makes a list of groups from these probabilities.

    Parameters
    ----------
    parameter
        A parameter of the population, such as mean or sd (mu, tau and kappa are understood), with --above or --below.
    """
    what = criterion.asked
    if parameter is not None:
        _of_population(file, parameter, what, source, options)
        return
    data, fit = asked(file, source, options, Ahead("probability", criterion.check))
    found = fit.probability(**what)
    title = f"P({_words(found.criterion)}), of each group"
    keys = len(fit.data.labels)
    table = Titled(title, found.columns(), keys=keys, by=-found.probability, order="the most probable first")
    than = "" if criterion.than is None else ", ".join(criterion.than)
    alone = f"{than} itself has no probability: the others are compared with it." if than else ""
    answer(fit, data, {"rows": table}, found.accuracy, options, hint=alone, warnings=found.warnings)


@app.command
def select(
    file: File = None,
    /,
    *,
    criterion: Criterion = NO_CRITERION,
    fdr: float = 0.05,
    source: Source = FILE_ALONE,
    options: DrawnOptions = DRAWN,
) -> None:
    r"""List the groups above or below a limit, with few false ones.

    The list is the longest whose expected share of groups that do not meet
    the criterion is at most --fdr (false discovery rate):

        partialpool select hospitals.csv --above mean --fdr 0.1 \
            --successes deaths --trials operations --group hospital

    Or try it on a data set that comes with the package:

        partialpool select --dataset rat_tumors --above 0.15

    A group that is far from the others may be a group that the model does
    not fit: "partialpool check" says which.

    Parameters
    ----------
    fdr
        The largest expected share of false discoveries in the list, between 0 and 1.
    """
    from partialpool.analysis.comparisons.exceedance import check_fdr  # only this command needs it

    what = criterion.asked
    check_fdr(fdr)
    data, fit = asked(file, source, options, Ahead("select", criterion.check))
    found = fit.select(**what, fdr=fdr)
    columns, size = found.columns(), fit.data.size
    count = len(found.chosen)
    title = (
        f"{count} of {counted(size, 'group')} {'is' if count == 1 else 'are'} listed: {_words(found.of.criterion)}; "
        f"expected share of false ones {found.fdr:.2g}, at most {found.limit:g} is allowed"
    )
    place = np.arange(len(found.chosen), dtype=float)
    table = Titled(title, columns, keys=len(fit.data.labels), by=place, ends=False)
    hint = "partialpool check names the groups that the model does not fit."
    answer(fit, data, {"rows": table}, found.accuracy, options, hint=hint, warnings=found.warnings)


@app.command(name="intervals")
def intervals_of_groups(
    file: File = None,
    /,
    *,
    kind: Literal["central", "shortest", "lower", "upper"] = "central",
    source: Source = FILE_ALONE,
    options: DrawnOptions = DRAWN,
) -> None:
    r"""Give an interval of every group: central, shortest or one-sided.

        partialpool intervals hospitals.csv --kind upper --level 0.9 \
            --successes deaths --trials operations --group hospital

    Or try it on a data set that comes with the package:

        partialpool intervals --dataset rat_tumors --kind shortest

    Parameters
    ----------
    kind
        central leaves out as much on either side; shortest is the shortest of all; lower ends, and upper begins, at a
        bound.
    """
    data, fit = asked(file, source, options, Ahead("intervals"))
    found = fit.intervals(kind=kind)
    table = by_mean(fit, f"{kind.capitalize()} {intervals(fit)}", found.columns())
    answer(fit, data, {"rows": table}, found.accuracy, options, warnings=found.warnings)


def _of_population(file: File, parameter: str, what: dict[str, Any], source: Source, options: Options) -> None:
    """Answer with the probability that a parameter of the population lies above or below a limit."""
    if not {"above", "below"} & set(what) or "mean" in what.values():
        raise RequestError("--parameter goes with --above or --below and a number.")
    data, fit = asked(file, source, options, Ahead())
    found = fit.probability(**what, parameter=parameter)
    columns = found.columns()
    shown = {name: columns[name] for name in ("criterion", "probability", "note")}
    table = Titled("Probability of a population parameter", columns, shown, alike=False, noted="criterion")
    answer(fit, data, {"rows": table}, found.accuracy, options, warnings=found.warnings)


def _words(criterion: str) -> str:
    """The criterion in words, without the name theta."""
    return criterion.replace("theta", "the group's value")


def _limit(name: str, value: str) -> float | str:
    """Read a limit, which is a number or the word mean."""
    if value in ("mean", "mu"):
        return "mean"
    try:
        return float(value)
    except ValueError as error:
        raise RequestError(f"--{name} takes a number, or mean for the population's mean, not {value!r}.") from error
