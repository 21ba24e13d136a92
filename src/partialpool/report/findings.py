"""The headline findings: sentences that are written only where the numbers say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from partialpool.effects.scales import scale
from partialpool.io.output.spread import needed
from partialpool.messages.wording import counted, joined
from partialpool.report.answers import MANY, Answers
from partialpool.report.words import average, leading, name, plain, probability, sentence, summary
from partialpool.special import Array, Columns

CLEAR, LIKELY = 0.95, 0.8
"""Probabilities of being the highest from which a group is said to stand out, and to be probably the highest."""

_BETTER = 2.0
"""Difference of log scores, in natural logs, from which one model is said to predict better than another."""

_ROUNDING = 1e-9  # move of an estimate, relative to itself, that is rounding
_ALIKE = 1e-6  # difference of probabilities that is the error of their integrals
_NAMED = 5


def findings(of: Answers) -> list[str]:
    """The findings, the most general first."""
    return [said for part in findings_in_turn(of) for said in part]


def findings_in_turn(of: Answers, *, outlying: bool = True) -> Iterator[list[str]]:
    """The findings in parts, each of which is worked out when it is asked for.

    Args:
        of: the answers.
        outlying: whether to look for groups that stand out, which takes long if there are many.
    """
    for part in (_population, _difference, _moves, _ends, _outlying, _next):
        if outlying or part is not _outlying:
            yield list(part(of))


def quick_findings(of: Answers) -> list[str]:
    """The findings that take no more time than the fit: those that need no scores, ranks, checks or new group."""
    return [said for part in (_population, _moves) for said in part(of)]


def _population(of: Answers) -> Iterator[str]:
    row, theta = of.parameter("mean"), of.fit.family.wording.theta
    known = row["lower"] == row["upper"]
    said = f"On average over the population, the {theta} is {'' if known else 'about '}{summary(row, of.fit.level)}"
    how = f" ({row['note']})" if known and row["note"] else ""
    yield f"{said}{_also(of, row)}{how}."


def _also(of: Answers, row: Mapping[str, Any]) -> str:
    """The same numbers on the transformed scale, in words; empty if there is none."""
    if of.transform is None:
        return ""
    forward = scale(of.transform).forward
    shown = {key: float(forward(np.array(row[key], dtype=float))) for key in ("median", "lower", "upper")}
    return f"; as {of.called}, {summary(shown, of.fit.level)}"


def _difference(of: Answers) -> Iterator[str]:
    if of.size < 2:
        return
    row, thetas = of.parameter("sd"), of.fit.family.wording.thetas
    spread = f"their {thetas} have a standard deviation of {summary(row, of.fit.level)} in the population"
    better = _advantage(of.pooling)
    if better is None or row["lower"] == row["upper"]:
        yield sentence(f"{spread}.".replace("their", "the", 1))
    elif better > _BETTER:
        yield (
            f"The groups differ: {spread}, and a model in which all are alike predicts them worse, by "
            f"{plain(better)} in log score."
        )
    elif better < -_BETTER:
        yield (
            f"The groups hardly differ: a model in which all are alike predicts them better, by "
            f"{plain(-better)} in log score; {spread}."
        )
    else:
        yield (
            f"Whether the groups differ is not settled by these data: {spread}, and a model in which all are alike "
            "predicts them about as well."
        )


def _advantage(scores: Columns | None) -> float | None:
    """The log score of partial pooling minus that of complete pooling; None if either is missing."""
    if scores is None:
        return None
    models = list(scores["model"])
    better = float(scores["log_score"][models.index("partial")] - scores["log_score"][models.index("complete")])
    return better if np.isfinite(better) else None


def _moves(of: Answers) -> Iterator[str]:
    table, wording = of.groups, of.fit.family.wording
    moved = np.abs(table["raw"] - table["median"])
    if not np.isfinite(moved).any():
        return
    most = int(np.nanargmax(moved))
    before, after = float(table["raw"][most]), float(table["median"][most])
    if moved[most] <= _ROUNDING * max(abs(before), abs(after)):
        said = f"Pooling leaves the raw {wording.thetas} where they are"
    else:
        said = f"Pooling moves the raw {wording.thetas} by {plain(average(moved))} on average"
        if of.size > 1:
            least = needed(float(moved[most]), before, after)
            ends = f"from {plain(before, least)} to {plain(after, least)}"
            said += f", and most that of {name(of.fit.data, most)}, {ends}"
    weight = np.where(np.isfinite(table["raw"]), table["weight"], np.nan)
    yield f"{said}. A group's own data have a weight of {average(weight):.2f} in its estimate, on average."


def _ends(of: Answers) -> Iterator[str]:
    if of.size < 2:
        return
    if of.ranks is None and of.size <= MANY:
        return  # every theta is known for certain
    if of.ranks is None:
        for pick, end in ((np.nanargmax, "highest"), (np.nanargmin, "lowest")):
            place = int(pick(of.groups["median"]))
            yield f"The {end} estimate is that of {name(of.fit.data, place)}: {_estimate(of, place)}."
        return
    for column, end in (("p_best", "highest"), ("p_worst", "lowest")):
        yield _end(of, of.ranks[column], end)


def _end(of: Answers, p: Array, end: str) -> str:
    place = int(np.argmax(p))
    who, how = name(of.fit.data, place), probability(float(p[place]))
    theta = of.fit.family.wording.theta
    if p[place] >= CLEAR:
        return (
            f"{leading(of.fit.data, place)} stands out: its {theta} is {_estimate(of, place)}, and with probability "
            f"{how} it is the {end} of {of.size:,}."
        )
    if p[place] >= LIKELY:
        return (
            f"{leading(of.fit.data, place)} is probably the {end} of {of.size:,} (probability {how}): its {theta} is "
            f"{_estimate(of, place)}."
        )
    alike = int(np.count_nonzero(p > p[place] - _ALIKE)) - 1
    likeliest = f"is {who}, with probability {how}"
    if alike:
        others = f"{counted(alike, 'group')} that {'is' if alike == 1 else 'are'} as likely"
        likeliest = f"are {who} and {others}, with probability {how} each"
    return f"No group is clearly the {end} of {of.size:,}: the likeliest {likeliest}."


def _estimate(of: Answers, place: int) -> str:
    row = {column: of.groups[column][place] for column in ("median", "lower", "upper")}
    return summary(row, of.fit.level) + _also(of, row)


def _outlying(of: Answers) -> Iterator[str]:
    if of.outlying is None:
        return
    which = np.flatnonzero(of.outlying["outlying"].astype(bool)).tolist()
    if not which:
        return
    more = f" and {len(which) - _NAMED:,} more" if len(which) > _NAMED else ""
    names = [name(of.fit.data, place) for place in which[:_NAMED]]
    listed = f"{', '.join(names)}{more}" if more else joined(names)
    yield f"{counted(len(which), 'group')} {'does' if len(which) == 1 else 'do'} not fit the others: {listed}."


def _next(of: Answers) -> Iterator[str]:
    if of.new_group is None:
        return
    row = {column: values[0] for column, values in of.new_group.items()}
    known = row["lower"] == row["upper"]
    yield (
        f"The {of.fit.family.wording.theta} of a new group from the same population is {'' if known else 'about '}"
        f"{summary(row, of.fit.level)}{_also(of, row)}."
    )
