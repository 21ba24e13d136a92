"""Guess what a table holds, and in which columns, from their names, their types and their values.

Each layout is given the columns that suit it best, with a score; the layout with the highest score is the guess. A
name that is a word of a role counts 3, one with such a word in it 2, and a pattern of the values about 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations, product

import numpy as np

from partialpool.explore.layouts import LAYOUTS
from partialpool.explore.profiles import Profile
from partialpool.explore.vocabulary import ARMS, EXACT, HAPPENED, QUOTIENTS, TIMES, has, likeness, plain
from partialpool.models.data.failures import failed

_MOST = 40
"""Largest number of columns that are considered for a role, since pairs of columns are compared."""

_IMPOSSIBLE = float("-inf")


@dataclass(frozen=True)
class Guess:
    """The columns of a table that suit a layout best.

    Attributes:
        layout: name of the layout.
        columns: role -> name of its column, as far as one was found.
        group: names of the group columns; empty if each row is a group.
        score: how well they suit; comparable between the layouts of one table.
    """

    layout: str
    columns: Mapping[str, str] = field(default_factory=dict)
    group: tuple[str, ...] = ()
    score: float = 0.0


def guesses(table: Sequence[Profile]) -> list[Guess]:
    """The columns that suit each layout, the likeliest layout first.

    Args:
        table: the columns of the table.
    """
    made = []
    for name, layout in LAYOUTS.items():
        found, score = _FINDERS[name](table)
        group = _group(table, set(found.values()), repeated=name in ("outcomes", "measurements"))
        complete = all(role in found for role in layout.roles if role not in layout.optional)
        made.append(Guess(name, found, group, score if complete else _IMPOSSIBLE))
    apart = halves(table)
    return sorted(made, key=lambda guess: (guess.layout != "proportions" or not apart, -guess.score))


def arms(table: Sequence[Profile]) -> bool:
    """Whether the table compares two arms, so that its counts are no numbers of single groups."""
    return any(each.number and has(each.name, ARMS) for each in table)


def halves(table: Sequence[Profile]) -> tuple[str, str] | None:
    """The columns of successes and of failures, of which the trials are the sum; None if there is a column of trials.

    Args:
        table: the columns of the table.
    """
    counts = _counts(table)
    if any(likeness(each.name, "trials") for each in counts):
        return None
    happened = next((each.name for each in counts if has(each.name, HAPPENED) and not failed(each.name)), "")
    missed = next((each.name for each in counts if failed(each.name)), "")
    return (happened, missed) if happened and missed else None


Found = tuple[dict[str, str], float]


def _best(roles: Sequence[str], choices: Iterable[tuple[Profile, ...]], score: Callable[..., float]) -> Found:
    """The columns with the highest score; among equals those that come first."""
    found: dict[str, str] = {}
    highest = _IMPOSSIBLE
    for chosen in choices:
        reached = score(*chosen)
        if reached > highest:
            highest = reached
            found = {role: each.name for role, each in zip(roles, chosen, strict=True)}
    return found, highest


def _counts(table: Sequence[Profile]) -> list[Profile]:
    """The columns that may count something."""
    return [each for each in table if each.count and not each.years and not _is_error(each)][:_MOST]


def _is_error(each: Profile) -> bool:
    """Whether the name is that of standard errors or variances, and of nothing that is counted."""
    return max(likeness(each.name, "se"), likeness(each.name, "variance")) == EXACT


def _proportions(table: Sequence[Profile]) -> Found:
    apart = halves(table)
    if apart:
        return {"successes": apart[0]}, _IMPOSSIBLE
    penalty = 4.0 * arms(table)
    places = {each.name: place for place, each in enumerate(table)}

    def score(y: Profile, n: Profile) -> float:
        named = likeness(y.name, "successes") * likeness(n.name, "trials") > 0
        above = _above(y, n)
        if not n.positive or above > (0.5 if named else 0.0):
            return _IMPOSSIBLE  # a few wrong rows of columns whose names are clear are for the fit to refuse
        beside = 0.3 * (abs(places[y.name] - places[n.name]) == 1)
        own = likeness(y.name, "successes") + likeness(n.name, "trials") + beside
        return 1.0 + own - penalty - 2.0 * _labelled(y) - 3.0 * y.serial - (above > 0)

    return _best(("successes", "trials"), permutations(_counts(table), 2), score)


def _outcomes(table: Sequence[Profile]) -> Found:
    def score(y: Profile) -> float:
        sure = 3.0 if y.binary and y.distinct == 2 else 2.0 if y.answers else _IMPOSSIBLE
        return sure + likeness(y.name, "successes")

    return _best(("successes",), ((each,) for each in table), score)


def _rates(table: Sequence[Profile]) -> Found:
    events = _counts(table)
    free = [each for each in table if not each.years and not each.serial and not has(each.name, QUOTIENTS)]
    over = [each for each in free if each.positive][:_MOST]
    penalty = 4.0 * arms(table)

    def score(y: Profile, t: Profile) -> float:
        if y is t:
            return _IMPOSSIBLE
        named = likeness(t.name, "exposure")
        broken = (1.0 if named else 0.25) * (not t.whole)
        return likeness(y.name, "events") + named + broken - 0.5 - 3.0 * y.serial - penalty

    def alone(y: Profile) -> float:
        return (likeness(y.name, "events") or -0.5) - 3.0 * y.serial - penalty

    both = _best(("events", "exposure"), product(events, over), score)
    one = _best(("events",), ((each,) for each in events), alone)
    return both if both[1] > one[1] else one


def _with_error(role: str) -> Callable[[Sequence[Profile]], Found]:
    def find(table: Sequence[Profile]) -> Found:
        numbers = [each for each in table if each.number and not each.years and not each.serial][:_MOST]

        def score(estimate: Profile, error: Profile) -> float:
            if not error.positive or likeness(estimate.name, "se") or likeness(estimate.name, "variance"):
                return _IMPOSSIBLE
            stem = 1.0 * (plain(estimate.name) in plain(error.name)) + 0.5 * bool((estimate.known < 0).any())
            named = likeness(error.name, role)
            if not named:
                return 0.2 * stem - (estimate.count or error.count)  # what may be counted is no likely estimate
            return likeness(estimate.name, "estimate") + named + stem

        return _best(("estimate", role), permutations(numbers, 2), score)

    return find


def _measurements(table: Sequence[Profile]) -> Found:
    labels = [each for each in table if _repeats(each, len(each.cells)) and not each.binary]

    def score(value: Profile) -> float:
        others = [each for each in labels if each is not value]
        if not value.number or value.serial or value.years or not others:
            return _IMPOSSIBLE
        spread = 1.0 * (not value.whole) + 0.5 * (value.distinct > 0.5 * len(value.cells))
        return 2.0 + spread + 0.3 * likeness(value.name, "value") - 2.0 * _labelled(value)

    return _best(("value",), ((each,) for each in table), score)


def _means(table: Sequence[Profile]) -> Found:
    numbers = [each for each in table if each.number and not each.years]
    named = {role: [each for each in numbers if likeness(each.name, role)][:_MOST] for role in ("mean", "sd", "n")}

    def score(mean: Profile, sd: Profile, n: Profile) -> float:
        if len({mean.name, sd.name, n.name}) < 3 or not n.count:
            return _IMPOSSIBLE
        return likeness(mean.name, "mean") + likeness(sd.name, "sd") + likeness(n.name, "n")

    return _best(("mean", "sd", "n"), product(*named.values()), score)


_FINDERS: Mapping[str, Callable[[Sequence[Profile]], Found]] = {
    "proportions": _proportions,
    "outcomes": _outcomes,
    "rates": _rates,
    "estimates": _with_error("se"),
    "variances": _with_error("variance"),
    "measurements": _measurements,
    "means": _means,
}
"""Layout -> function that finds its columns."""


def _above(y: Profile, n: Profile) -> float:
    """The share of the rows in which the number of one column is above that of the other."""
    with np.errstate(invalid="ignore"):
        return float((y.cells > n.cells).mean())


def _labelled(each: Profile) -> bool:
    """Whether the name is that of a group rather than of a number."""
    return likeness(each.name, "group") == EXACT


def _repeats(each: Profile, rows: int) -> bool:
    """Whether the cells can be labels of groups with several rows each."""
    return 1 < each.distinct <= 0.5 * rows and (not each.number or each.whole)


def _group(table: Sequence[Profile], taken: set[str], *, repeated: bool) -> tuple[str, ...]:
    """The columns that name the groups: the first that may, and further text if only together they tell rows apart.

    Args:
        table: the columns of the table.
        taken: names of the columns that have another role.
        repeated: whether the rows of one group are many, so that its label repeats.
    """
    free = [each for each in table if each.name not in taken and (not each.number or each.whole)]
    rows = len(table[0].cells) if table else 0
    if repeated:
        free = [each for each in free if each.distinct < rows] or free
    ranked = sorted(free, key=lambda each: (-_fitness(each, rows), table.index(each)))
    if not ranked or _fitness(ranked[0], rows) <= 0:
        return ()
    first = ranked[0]
    if repeated or first.distinct == rows or first.number:
        return (first.name,)
    others = [each for each in free if each is not first and each.distinct < rows]
    if first.distinct > 0.5 * rows:  # labels that only nearly tell the rows apart, such as an author beside a year
        for each in others:
            if _pairs(first, each) == rows:
                return (first.name, each.name)
    return _together(first, [each for each in others if not each.number and _fitness(each, rows) > 0])


def _fitness(each: Profile, rows: int) -> float:
    """How well a column can name groups; 0 or less if it should not."""
    if (each.distinct < 2 and rows > 1) or has(each.name, TIMES):
        return 0.5 * (has(each.name, TIMES) and each.distinct == rows)
    named = likeness(each.name, "group")
    if each.number:
        sure = each.distinct < rows or each.serial or named == EXACT or plain(each.name).endswith(("_id", "_code"))
        return named * sure
    return 1.0 + named + (each.distinct == rows)


def _together(first: Profile, texts: Sequence[Profile]) -> tuple[str, ...]:
    """The first column, and the one further column of text that tells most of its rows apart, if one tells many."""
    count = first.distinct
    best: Profile | None = None
    for each in texts:
        pairs = _pairs(first, each)
        if pairs > 1.1 * count:
            best, count = each, pairs
    return (first.name,) if best is None or best.distinct < first.distinct else (first.name, best.name)


def _pairs(one: Profile, other: Profile) -> int:
    """The number of distinct pairs of labels."""
    return len(set(zip(one.cells.tolist(), other.cells.tolist(), strict=True)))
