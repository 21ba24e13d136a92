"""What a posterior must have for questions to be put to it, and the answers that it keeps."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import cached_property, wraps
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import Answers
from partialpool.calling import Checked, check
from partialpool.groups import Groups
from partialpool.known import Known
from partialpool.model import Model
from partialpool.models.family import Family
from partialpool.output.content import QUESTION

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
    notes: tuple[str, ...]
    tol: float | None

    @cached_property
    def known(self) -> Known:
        """The fit in the form in which questions are put to it."""
        return Known(self.family, self.data, self.answers, self.level, tol=self.tol)

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
            return remembering(ask, self, args, kwargs)
        except KeyError:
            found = remembering(ask, self, args, kwargs)
            for value in vars(found).values():
                if isinstance(value, np.ndarray):
                    value.flags.writeable = False
        self._kept[key] = found
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    return cast("Question", asked)


def remembered(ask: Question) -> Question:
    """A question whose answer remembers what was asked, so that it can be pickled; the fit does not keep the answer."""

    @wraps(ask)
    def asked(self: Asked, *args: Any, **kwargs: Any) -> Any:
        check(ask, (self, *args), kwargs)
        return remembering(ask, self, args, kwargs)

    return cast("Question", asked)


def remembering(ask: Callable[..., Any], fit: Asked, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The answer of a fit, with the question: it is put to the same fit, without the answers that this one keeps."""
    found = ask(fit, *args, **kwargs)
    return found if QUESTION in vars(found) else stated(found, fit, ask.__name__, args, kwargs)


def stated(
    found: Any, fit: Asked, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], **fields: object
) -> Any:
    """An answer with the question that gives it again, but for these fields, which the question does not give."""
    bare = object.__new__(type(fit))
    for field, value in vars(fit).items():
        if field != "_kept":
            object.__setattr__(bare, field, value)
    question = (bare, name, *deepcopy((args, dict(kwargs))), fields)
    object.__setattr__(found, QUESTION, (again, question))
    return found


def again(fit: Asked, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], fields: dict[str, Any]) -> Any:
    """The answer of a fit to a question, worked out anew, with these fields in place of its own."""
    found = getattr(fit, name)(*args, **kwargs)
    return stated(replace(found, **fields), fit, name, args, kwargs, **fields) if fields else found


def _key(value: Any) -> Any:
    """An argument with its type, so that 1, 1.0 and True are three."""
    if isinstance(value, dict):
        value = tuple(value.items())
    return type(value), tuple(map(_key, value)) if isinstance(value, (tuple, list)) else value
