"""The view of a fit that questions use: family, groups, answers, and cached nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from partialpool.engine.results import Results
from partialpool.errors import RequestError
from partialpool.groups.groups import Groups, called
from partialpool.messages.claims import PRIOR, Claim, cautions, goal
from partialpool.messages.wording import nearest, some
from partialpool.models.family import Family
from partialpool.models.model import Model
from partialpool.special import Index

if TYPE_CHECKING:
    from partialpool.engine.conditionals import Conditionals, Singles


_SAME, _RARE = 1e9, 0.01  # a concentration above which groups are the same, and the probability of it that is ignored
_SHARE = 0.5  # share of the groups up to which nodes are made for them alone
_GLANCE = 2  # fineness of the nodes that estimate that probability


class Fit(Protocol):
    """A whole fit, as those parts of the package see it that draw, save or report it and do not know its class."""

    @property
    def family(self) -> Family:
        """The kind of data."""

    @property
    def data(self) -> Groups:
        """The groups, with the caller's names."""

    @property
    def model(self) -> Model:
        """The distribution of the data, that of the population, the prior and the method."""

    @property
    def results(self) -> Results:
        """The computed posterior."""

    @property
    def level(self) -> float:
        """Probability of the intervals."""

    @property
    def tol(self) -> float | None:
        """The requested accuracy; None for the default."""


@dataclass(frozen=True, repr=False)
class FittedModel:
    """The family, the groups, the fit's answers, the level of intervals, and the requested accuracy."""

    family: Family
    data: Groups
    results: Results
    level: float
    _nodes: dict[tuple[str, int], Any] = field(default_factory=dict, repr=False, compare=False)
    tol: float | None = field(default=None, kw_only=True)

    def __repr__(self) -> str:
        return f"<what questions see of a fit of {self.data.size:,} groups, {self.family.name}>"

    def cautions(self, *claims: Claim, cure: str = PRIOR) -> tuple[str, ...]:
        """Return warnings about claims that are larger than they should be; `cure` says what would help."""
        return cautions(claims, self.tol, cure)

    def goal(self, usual: float) -> float:
        """Largest allowed difference of the answers over two sets of nodes: the fit's `tol`, or else `usual`."""
        return goal(self.tol, usual)

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        """Nodes given which groups are independent, 0 the coarsest; places: only these groups, if that saves work."""
        if places is None or len(places) > _SHARE * self.data.size:
            found: Conditionals = self._found("conditionals", fineness)
            return found
        return self.results.conditionals(fineness, places)

    def kept(self, name: str, make: Callable[[], float]) -> float:
        """Return a number by name, computed with `make` the first time only."""
        if (name, 0) not in self._nodes:
            self._nodes[name, 0] = make()
        found: float = self._nodes[name, 0]
        return found

    def contrasts(self, fineness: int) -> Conditionals:
        """Nodes given which groups are independent, accurate only for comparisons between groups; fewer suffice."""
        found: Conditionals = self._found("contrasts", fineness)
        return found

    def singles(self, fineness: int) -> Singles:
        """Fewer nodes still, for questions about one group at a time."""
        found: Singles = self._found("singles", fineness)
        return found

    def _found(self, kind: str, fineness: int) -> Any:
        if (kind, fineness) not in self._nodes:
            self._nodes[kind, fineness] = getattr(self.results, kind)(fineness)
        return self._nodes[kind, fineness]

    def check_labels(self, *names: str) -> None:
        """Refuse group columns whose names are those of a table's results.

        Raises:
            RequestError: there is such a column.
        """
        for name in self.data.labels:
            if name in names:
                raise RequestError(
                    f'The column "{name}" has the name of a result; rename it, such as "{name}_observed".'
                )

    def place(self, group: object) -> int:
        """The place of a group, found by its label, or by its labels in the order of their columns.

        Raises:
            RequestError: there is no such group.
        """
        return place_of(self.data, group)

    def name(self, place: int) -> str:
        """The name of a group for use in a sentence."""
        return called(self.data.labels, place)


def place_of(groups: Groups, group: object) -> int:
    """The place of a group, found by its label, or by its labels in the order of their columns.

    Raises:
        RequestError: there is no such group.
    """
    if isinstance(group, (list, set, dict)) or getattr(group, "ndim", 0) > 0:
        raise RequestError(f"A group is asked for by its label, one at a time, not by a {type(group).__name__}.")
    wanted = group if isinstance(group, tuple) else (group,)
    labels = list(groups.labels.values())
    if len(wanted) == len(labels):
        same = np.logical_and.reduce([_equal(label, part) for label, part in zip(labels, wanted, strict=True)])
        if same.any():
            return int(np.argmax(same))
    raise RequestError(_unknown(groups, wanted))


def _unknown(groups: Groups, wanted: tuple[object, ...]) -> str:
    names = list(groups.labels)
    rows = list(zip(*(label.tolist() for label in groups.labels.values()), strict=True))
    by_row = {", ".join(map(str, row)): row[0] if len(row) == 1 else row for row in rows}
    asked = wanted[0] if len(wanted) == 1 else wanted
    if len(wanted) != len(names):
        how = f"its {len(names)} labels ({', '.join(names)})" if len(names) > 1 else f"its {names[0]!r}"
        return f"A group is named by {how}, such as {next(iter(by_row.values()))!r}, not by {asked!r}."
    near = nearest(asked if len(wanted) == 1 else ", ".join(map(str, wanted)), by_row)
    hint = f"the groups are {some(list(by_row.values()))}." if near is None else f"did you mean {by_row[near]!r}?"
    return f"There is no group {asked!r} in {', '.join(map(repr, names))}; {hint}"


def check_apart(fit: FittedModel) -> None:
    """Refuse a question about one theta if the posterior may well say that all groups are the same.

    There theta is known only through the population's mean, in spikes at the nodes that no number of nodes smooths.

    Raises:
        RequestError: the concentration, or the shape, is above 1e9 with a probability of more than a hundredth.
    """
    nodes = fit.conditionals(_GLANCE)
    for name in ("concentration", "shape"):
        if name in nodes.phi:
            share = float(nodes.probability[nodes.phi[name] > _SAME].sum())
            if share > _RARE:
                raise RequestError(
                    f"In {share:.0%} of the posterior the {name} is above {_SAME:.0e}, so that the groups are the "
                    "same to four digits: this question is not worked out for such a posterior. groups() and "
                    f"population() answer; or give the {name} a prior with a lighter tail, such as the default."
                )


def _equal(label: NDArray[Any], part: object) -> NDArray[np.bool_]:
    """Mask of the labels that equal `part`, which may be a number given as text, as from a command line."""
    same = np.asarray(label == part, dtype=bool)
    if not same.ndim or not same.any():
        same = np.array([str(one) == str(part) for one in label.tolist()], dtype=bool)
    return same
