"""The attributes that the question classes share, and the cache of the last answers of a fit."""

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

from partialpool.analysis.fitted_model import FittedModel
from partialpool.engine.results import Results
from partialpool.groups.groups import Groups
from partialpool.io.output.content import QUESTION
from partialpool.messages.calling import Checked, check
from partialpool.models.family import Family
from partialpool.models.model import Model

Columns = dict[str, NDArray[Any]]

KEPT = 6
"""Number of answers that a fit keeps; the oldest one is forgotten first."""

Question = TypeVar("Question", bound=Callable[..., Any])


class QuestionBase(Checked):
    """Attributes that all question classes share."""

    family: Family
    data: Groups
    model: Model
    results: Results
    level: float
    notes: tuple[str, ...]
    tol: float | None

    @cached_property
    def known(self) -> FittedModel:
        """The fit as the record that the modules which answer questions take."""
        return FittedModel(self.family, self.data, self.results, self.level, tol=self.tol)

    @cached_property
    def _kept(self) -> OrderedDict[Hashable, Any]:
        """Cache of the last answers: (name of the method, arguments) -> answer."""
        return OrderedDict()

    def group_columns(self, level: float | None = None) -> Mapping[str, NDArray[Any]]:
        """The table of groups as a dict of arrays, one element per group."""
        raise NotImplementedError


def kept(ask: Question) -> Question:
    """Decorate a method so that the fit caches its last answers, whose arrays are made read-only.

    If an argument cannot be hashed, such as an array, the answer is computed anew at each call.
    """
    signature = inspect.signature(ask)

    @wraps(ask)
    def asked(self: QuestionBase, *args: Any, **kwargs: Any) -> Any:
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
    """Decorate a method so that its answer can be pickled, by storing the call that gave it; nothing is cached."""

    @wraps(ask)
    def asked(self: QuestionBase, *args: Any, **kwargs: Any) -> Any:
        check(ask, (self, *args), kwargs)
        return remembering(ask, self, args, kwargs)

    return cast("Question", asked)


def remembering(ask: Callable[..., Any], fit: QuestionBase, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a method and store the call in its answer, so that a pickle keeps the call and computes the answer anew."""
    found = ask(fit, *args, **kwargs)
    return found if QUESTION in vars(found) else stated(found, fit, ask.__name__, args, kwargs)


def stated(
    found: Any, fit: QuestionBase, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], **fields: object
) -> Any:
    """Store in an answer the call that reproduces it, on a copy of the fit without its cache.

    Args:
        found: the answer, which is changed in place and returned.
        fit: the fit that was asked.
        name: name of the method that was called.
        args: its positional arguments.
        kwargs: its keyword arguments.
        fields: fields of the answer that the call would not reproduce, stored with their values.
    """
    bare = object.__new__(type(fit))
    for field, value in vars(fit).items():
        if field != "_kept":
            object.__setattr__(bare, field, value)
    question = (bare, name, *deepcopy((args, dict(kwargs))), fields)
    object.__setattr__(found, QUESTION, (again, question))
    return found


def again(fit: QuestionBase, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], fields: dict[str, Any]) -> Any:
    """Repeat a stored call, and replace these fields of its answer."""
    found = getattr(fit, name)(*args, **kwargs)
    return stated(replace(found, **fields), fit, name, args, kwargs, **fields) if fields else found


def _key(value: Any) -> Any:
    """Hashable key of an argument that includes its type, so that 1, 1.0 and True have three different keys."""
    if isinstance(value, dict):
        value = tuple(value.items())
    return type(value), tuple(map(_key, value)) if isinstance(value, (tuple, list)) else value
