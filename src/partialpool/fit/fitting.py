"""What the functions of all families share: from groups to a posterior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from partialpool.errors import RequestError
from partialpool.families.family import Family
from partialpool.groups import Groups
from partialpool.model import Model, check_method
from partialpool.posterior import SUMMARIES, Posterior, check_level
from partialpool.priors import Joint, resolve


def listed(group: str | Sequence[str] | None) -> list[str]:
    """The names of the group columns."""
    return [group] if isinstance(group, str) else list(group or ())


@dataclass(frozen=True)
class Request:
    """What a caller asks of the data, checked before they are read."""

    family: Family
    prior: Joint
    method: str
    level: float

    def fitted(self, groups: Groups) -> Posterior:
        """The posterior of the family's model of these groups."""
        _check_names(groups)
        solved = import_module(self.family.inference).solve(groups, self.prior, self.method)
        model = Model(self.family.data, self.family.population, solved.prior, self.method)
        return Posterior(self.family, groups, model, solved.answers, self.level, groups.notes + solved.warnings)


def request(family: Family, prior: object, method: object, level: object) -> Request:
    """What is asked, if it can be answered."""
    level = check_level(level)
    own = getattr(import_module(family.inference), "resolve", None)  # a family may have priors of its own kind
    joint = own(prior) if own else resolve(prior, family.name)
    return Request(family, joint, check_method(method, family.name), level)


def _check_names(groups: Groups) -> None:
    """Refuse column names that the table of groups needs for its own columns."""
    for name in (*groups.labels, *groups.columns.values()):
        if name in SUMMARIES:
            raise RequestError(
                f'The column "{name}" has the name of a result; rename it, for example "{name}_observed".'
            )
