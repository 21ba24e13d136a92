"""The rows of a prediction: the groups, and the amount of future data of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partialpool.analysis.fitted_model import place_of
from partialpool.analysis.predictions.amounts import NEW, amounts
from partialpool.distributions.predictive.to_come import Amount
from partialpool.errors import RequestError
from partialpool.groups.groups import Groups
from partialpool.models.family import Family
from partialpool.special import Array, Index


@dataclass(frozen=True)
class Wanted:
    """The rows of a prediction.

    Attributes:
        amount: the quantity of which `size` is an amount.
        places: position of each row's group, or NEW, shape (rows,).
        size: amount of data of each row, shape (rows,).
        labels: columns with the labels of the rows.
        together: name of the table's only row if the total is predicted; else None.
    """

    amount: Amount
    places: Index
    size: Array
    labels: Mapping[str, NDArray[Any]]
    together: str | None

    @property
    def role(self) -> str:
        """Name of the amount: trials, exposure, se or n."""
        return self.amount.role

    @property
    def shown(self) -> NDArray[Any]:
        """The amounts that the table shows; for a total their sum, or their common value if they do not add up."""
        size = self.size
        if self.together is not None:
            size = np.array([size.sum() if self.amount.adds else size[0] if (size == size[0]).all() else np.nan])
        whole = self.amount.whole and bool(np.isfinite(size).all())
        return size.astype(np.int64) if whole else size

    @property
    def names(self) -> Mapping[str, NDArray[Any]]:
        """Columns with the labels of the rows, or with the name of the total."""
        if self.together is None:
            return self.labels
        return {name: np.array([self.together], dtype=object) for name in self.labels}


def wanted(
    family: Family, data: Groups, given: Mapping[str, ArrayLike | None], groups: object, new: object, *, total: bool
) -> Wanted:
    """Check the arguments of `predict`, and return its rows.

    Args:
        family: the family of the fit.
        data: the groups of the fit.
        given: name of an amount -> what the caller gave for it.
        groups: the groups to predict.
        new: the number of new groups.
        total: whether only the sum is predicted.

    Raises:
        RequestError: for the reasons given in `predict`.
    """
    _check_role(family, given)
    count = _new(new, groups)
    if total and not (isinstance(groups, list) or (isinstance(groups, str) and groups in ("all", "new"))):
        raise RequestError(
            'total=True adds up groups="all", a list of groups, such as groups=["A", "B"], or new groups: '
            'groups="new" with new=.'
        )
    places = _places(data, groups, count)
    size = amounts(family.amount, given[family.amount.role], data, places)
    together = (
        f"total of {len(places)}"
        if isinstance(groups, list) and total
        else "total"
        if total
        else f"total of {count}"
        if count > 1
        else None
    )
    return Wanted(family.amount, places, size, _labels(data, places), together)


def _check_role(family: Family, given: Mapping[str, ArrayLike | None]) -> None:
    """Refuse any other amount than the one that the family takes, and a call without an amount."""
    role, meaning = family.amount.role, family.amount.meaning
    for name, value in given.items():
        if name != role and value is not None:
            raise RequestError(f"{family.name} are predicted with {role}=, {meaning}, not with {name}=.")
    if given[role] is None:
        raise RequestError(f"Give {role}=, {meaning}: one number, one for each group, or a dict by label.")


def _new(new: object, groups: object) -> int:
    if isinstance(new, bool) or not isinstance(new, int | np.integer) or new < 1:
        raise RequestError(f"new must be a whole number of groups, 1 or more, not {new!r}.")
    if new > 1 and not (isinstance(groups, str) and groups == "new"):
        raise RequestError('new= is how many new groups are added up: give groups="new" with it.')
    return int(new)


def _places(data: Groups, groups: object, new: int) -> Index:
    everyone = np.arange(data.size)
    if isinstance(groups, str) and groups in ("all", "new", "both"):
        more = np.full(0 if groups == "all" else new, NEW)
        return more if groups == "new" else np.append(everyone, more)
    if isinstance(groups, list):
        if "new" in groups and "new" not in _names(data):
            raise RequestError(
                'A list names groups of the fit, and "new" is none of them: groups="both" predicts every group and a '
                'new one, and groups="new" a new one alone.'
            )
        return _listed(data, groups)
    return np.array([place_of(data, groups)])


def _names(data: Groups) -> set[Any]:
    """All labels of the groups."""
    return {name for label in data.labels.values() for name in label.tolist()}


def _listed(data: Groups, groups: list[Any]) -> Index:
    """Positions of the listed groups, none of which may be listed twice."""
    places = np.array([place_of(data, group) for group in groups], dtype=np.intp)
    if not len(places):
        raise RequestError('groups=[] names no group: name one, or say groups="all".')
    if len(np.unique(places)) < len(places):
        raise RequestError("groups= names a group twice: name each of them once.")
    return places


def _labels(data: Groups, places: Index) -> dict[str, NDArray[Any]]:
    if (places == NEW).any():
        marked = {name: label.astype(object) for name, label in data.labels.items()}
        out = {name: np.append(label, [None])[places] for name, label in marked.items()}
        for label in out.values():
            label[places == NEW] = "new"
        return out
    return {name: label[places] for name, label in data.labels.items()}
