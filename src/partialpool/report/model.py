"""What was fitted, in words and formulas."""

from __future__ import annotations

from collections.abc import Iterator

from partialpool.messages.wording import counted, joined
from partialpool.models.model import METHODS
from partialpool.priors.text import in_words
from partialpool.report.answers import Answers
from partialpool.report.elements import formula, listed, paragraph

_DIGITS = 4


def what(of: Answers) -> list[str]:
    """The section on what was fitted."""
    fit, wording = of.fit, of.fit.family.wording
    said = (
        f"The data are {counted(of.size, 'group')}: {fit.family.totals(fit.data)}. Each group has its own "
        f"{wording.theta}, θ, and a raw estimate of it ({of.measured}). The {wording.thetas} of all groups come from "
        "one population, which is learned from all of them, so that a group with few data leans on the others and a "
        "group with many stands on its own."
    )
    return [
        paragraph(said),
        *map(formula, wording.lines),
        *(
            [paragraph("Given the population, the weight of a group's own data in its estimate is")]
            * bool(wording.weight)
        ),
        *([formula(wording.weight)] * bool(wording.weight)),
        listed(_stated(of)),
    ]


def _stated(of: Answers) -> Iterator[str]:
    model = of.fit.model
    if model.method == "full":
        yield f"Prior: {prior_in_words(of)}."
    yield f"Method: {METHODS[model.method]}."
    labels = list(of.fit.data.labels)
    if of.fit.data.numbered:
        yield "Each row of the table is a group, and the groups are numbered."
    else:
        yield f"Groups are named by {'the columns' if len(labels) > 1 else 'the column'} {joined(labels)}."
    source = of.fit.data.source
    if source is not None and source.dropped:
        yield f"Left out: {counted(source.dropped, 'row')} of {source.rows:,} with missing cells."
    if of.transform is not None:
        yield f"Results are also shown as {of.called}, which is {of.transform} of {of.measured}."


def prior_in_words(of: Answers) -> str:
    """The name of the prior and its densities, with their scales filled in."""
    prior = of.fit.model.prior
    densities = in_words(prior, _DIGITS)
    if not densities:
        return prior.name or "a density of the caller"
    return f"{prior.name} ({densities})" if prior.name else densities
