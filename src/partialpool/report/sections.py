"""The sections with tables: population, poolings, ranks, checks, sensitivity, accuracy and warnings."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from partialpool.messages.wording import counted
from partialpool.report.answers import Answers
from partialpool.report.elements import listed, paragraph, table
from partialpool.report.words import percent, sentence, short
from partialpool.special import Columns

_TOP = 10
_UNUSUAL, _EXTREME = 0.025, 0.005
"""Distances of a p-value from 0 or 1 below which it is called unusual, and extreme."""
_FITS, _RESIDUAL = "fits", "largest residual"
_SLIGHT, _MUCH = 0.1, 0.5
"""Moves of a group's mean, in its sds, below which a prior hardly matters, and from which it matters much."""

_MEANT = {
    "same": "the same groups again",
    "new": "new groups of the same sizes",
    "prior": "groups drawn from the prior",
}


def population(of: Answers) -> Iterator[str]:
    """The parameters of the population, and a new group."""
    yield paragraph(
        f"The parameters of the population, and the {of.fit.family.wording.theta} of a new group drawn from it. Lower "
        f"and upper are the ends of the central {percent(of.fit.level)} interval."
    )
    yield table(of.population, "Parameters of the population")
    if of.transform is not None:
        found = of.fit.population_columns(transform=of.transform)
        rows = found["parameter"] == "mean"
        shown = {name: found[name][rows] for name in ("parameter", "median", "lower", "upper")}
        yield table(shown, f"The population's mean as {of.called}")
    if of.new_group is not None:
        labelled = {"": np.array(["new group"], dtype=object), **of.new_group}
        yield table(labelled, f"The {of.fit.family.wording.theta} of a new group")
    else:
        yield paragraph(of.why["new_group"])


def poolings(of: Answers) -> Iterator[str]:
    """Complete, no and partial pooling, by how well they predict."""
    yield paragraph(
        "Complete pooling takes all groups as one, no pooling takes each alone, and partial pooling, which is this "
        "fit, is between. The log score says how well each model predicts a group that it has not seen; the larger, "
        "the better."
    )
    scores = of.pooling
    yield paragraph(of.why["pooling"]) if scores is None else table(scores, "The three models")


def ranks(of: Answers) -> Iterator[str]:
    """The groups that rank first."""
    found = of.ranks
    if found is None:
        yield paragraph(of.why["ranking"])
        return
    yield paragraph(
        f"Rank 1 is the highest {of.fit.family.wording.theta}. p_best is the probability of rank 1, and p_top that of "
        f"rank {min(3, of.size)} or better; lower and upper are an interval of the rank."
    )
    first = np.argsort(found["expected_rank"], kind="stable")[:_TOP]
    shown = {name: column[first] for name, column in found.items() if name != "p_worst"}
    which = "All groups" if of.size <= _TOP else f"The first {_TOP} of {of.size:,} groups"
    yield table(shown, f"{which} by expected rank", alike=True)


def checks(of: Answers) -> Iterator[str]:
    """Whether the model fits, with a verdict on each statistic."""
    outlying, statistics = of.outlying, of.statistics
    yield paragraph(_of_groups(outlying) if outlying is not None else of.why["outlying"])
    if statistics is None:
        yield paragraph(of.why["check"])
        return
    known = np.isfinite(statistics["p_value"])
    p, kinds = statistics["p_value"][known], statistics["statistic"][known]
    verdicts = [verdict(*pair) for pair in zip(p.tolist(), kinds.tolist(), strict=True)]
    yield paragraph(_of_statistics(verdicts))
    shown: Columns = {
        "statistic": kinds,
        "compared with": np.array([_MEANT.get(one, one) for one in statistics["theta"][known]], dtype=object),
        **{name: statistics[name][known] for name in ("observed", "lower", "upper", "p_value")},
        "verdict": np.array(verdicts, dtype=object),
    }
    yield table(shown, "Statistics of the data beside those of replicated data")
    notes = (sentence(f"{note.rstrip('.')}.") for note in statistics["note"][~known] if note)
    yield listed(dict.fromkeys(notes), "notes")


def _of_groups(found: Columns) -> str:
    count = int(np.count_nonzero(found["outlying"].astype(bool)))
    if count == 0:
        return "No group is outlying: each fits what the other groups predict of it (Holm's method at 0.05)."
    return (
        f"{counted(count, 'group')} {'is' if count == 1 else 'are'} outlying: the other groups did not predict such "
        "data (Holm's method at 0.05)."
    )


def _of_statistics(verdicts: list[str]) -> str:
    odd = sum(one != _FITS for one in verdicts)
    said = (
        f"{odd} of {len(verdicts)} statistics {'is' if odd == 1 else 'are'} unusual"
        if odd
        else "No statistic is unusual"
    )
    return (
        f"{said}. A p-value near 0 or 1 says that the data lie in a tail of what the model expects; it is called "
        f"unusual within {_UNUSUAL:g} of 0 or 1, and extreme within {_EXTREME:g}. A largest residual that is smaller "
        "than expected is no sign against the model."
    )


def verdict(p: float, statistic: str) -> str:
    """A p-value in a word; a residual is unusual only if it is large.

    >>> verdict(0.4, "sd"), verdict(0.99, "sd"), verdict(0.001, "sd"), verdict(1.0, "largest residual")
    ('fits', 'unusual', 'extreme', 'fits')
    """
    tail = p if statistic == _RESIDUAL else min(p, 1.0 - p)
    return _FITS if tail >= _UNUSUAL else "unusual" if tail >= _EXTREME else "extreme"


def sensitivity(of: Answers) -> Iterator[str]:
    """Whether the prior matters."""
    found = of.sensitivity
    if found is None:
        yield paragraph(of.why["sensitivity"])
        return
    yield paragraph(
        f"The same data under other priors, the fit's own first. {_of_priors(found)} The column moved has the largest "
        "move under each prior, in the group's posterior sds under it, and group the group that has it."
    )
    columns = ("prior", "parameter", "median", "lower", "upper", "moved", "group")
    shown = {name: found[name] for name in columns}
    shown["group"] = np.array([short(str(label or "")) for label in found["group"]], dtype=object)
    shown["note"] = np.where(np.isfinite(found["median"]), "", found["note"])
    yield table(shown, "The population under other priors")
    stated = dict.fromkeys(zip(found["prior"].tolist(), found["stated"].tolist(), strict=True))
    yield paragraph("What the priors stand for, in words that prior= accepts:")
    yield listed(f"{prior}: {words}" for prior, words in stated if words)


def _of_priors(found: Columns) -> str:
    """Whether the prior matters, judged by the group whose mean moves most, in its sds."""
    moved = np.where(np.isfinite(found["moved"]), found["moved"], 0.0)
    place = int(np.argmax(moved))
    most = f"{moved[place]:.2g} of its sd"
    if moved[place] < _MUCH:
        said = "hardly matters" if moved[place] < _SLIGHT else "matters a little"
        return f"The prior {said}: under none of these does a group's mean move by more than {most}."
    return f"The prior matters much: under {found['prior'][place]} the mean of one group moves by {most}."


def accuracy(of: Answers) -> Iterator[str]:
    """How far the reported numbers can be off."""
    yield paragraph(sentence(f"{of.fit.accuracy}."))
    asked = "" if of.fit.tol is None else f" The accuracy that was asked for is {of.fit.tol:g}."
    yield paragraph(
        "The numbers are integrals, computed by quadrature and not by sampling, so that the same data give the same "
        f"numbers each time.{asked}"
    )


def warnings(of: Answers) -> Iterator[str]:
    """The warnings of the fit, or that there are none."""
    if of.fit.warnings:
        yield listed((sentence(f"{warning.rstrip('.')}.") for warning in of.fit.warnings), "warnings")
    else:
        yield paragraph("There are none.")
