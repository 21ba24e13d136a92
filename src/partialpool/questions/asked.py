"""What a posterior must have for questions to be put to it, and the answers that it keeps."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from functools import cached_property, wraps
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import Answers
from partialpool.calling import Checked, check
from partialpool.families.family import Family
from partialpool.groups import Groups
from partialpool.known import Known
from partialpool.model import Model

Columns = dict[str, NDArray[Any]]

KEPT = 4
"""How many answers a fit keeps: the last ones."""

Question = TypeVar("Question", bound=Callable[..., Any])


class Asked(Checked):
    """Whoever has a family, groups, a model, answers and a level."""

    family: Family
    data: Groups
    model: Model
    answers: Answers
    level: float
    warnings: tuple[str, ...]

    @cached_property
    def known(self) -> Known:
        """The fit in the form in which questions are put to it."""
        return Known(self.family, self.data, self.answers, self.level)

    @cached_property
    def _kept(self) -> OrderedDict[Hashable, Any]:
        """The last answers, by question and arguments."""
        return OrderedDict()

    def group_columns(self, level: float | None = None) -> Mapping[str, NDArray[Any]]:
        """The table of groups as plain columns."""
        raise NotImplementedError


def kept(ask: Question) -> Question:
    """A question whose answer the fit keeps, so that it is worked out once; the arrays of an answer are read-only.

    It is asked anew each time where an argument has no hash, such as an array.
    """
    signature = inspect.signature(ask)

    @wraps(ask)
    def asked(self: Asked, *args: Any, **kwargs: Any) -> Any:
        check(ask, (self, *args), kwargs)
        given = signature.bind(self, *args, **kwargs)
        given.apply_defaults()
        key = ask.__name__, _key(list(given.arguments.items())[1:])
        try:
            found = self._kept.pop(key)
        except TypeError:
            return ask(self, *args, **kwargs)
        except KeyError:
            found = ask(self, *args, **kwargs)
            for value in vars(found).values():
                if isinstance(value, np.ndarray):
                    value.flags.writeable = False
        self._kept[key] = found
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    return cast("Question", asked)


def _key(value: Any) -> Any:
    """An argument with its type, so that 1, 1.0 and True are three."""
    if isinstance(value, dict):
        value = tuple(value.items())
    return type(value), tuple(map(_key, value)) if isinstance(value, (tuple, list)) else value
