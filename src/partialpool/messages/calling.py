"""Helpful errors for calls whose arguments do not fit the function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import Parameter, Signature, signature
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

from partialpool.errors import CallError
from partialpool.messages.wording import counted, joined, nearest

FAILURES = ("failures", "failed", "losses", "misses")
TRIALS = ("n", "total", "totals", "attempts", "denominator")
"""Names by which others call the failures, which are no argument here, and the trials."""

_SQUARED = {"tau2", "tau_squared", "variance"}

_ELSEWHERE = {
    "test": "The intervals of Knapp and Hartung are not offered: where trials are few, method='full', the default, "
    "integrates over what is not known of tau."
}
"""Argument of other software -> a hint about what to use instead."""

P = ParamSpec("P")
R = TypeVar("R")

_ALONE = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_NAMED = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def checked(function: Callable[P, R], name: str = "") -> Callable[P, R]:
    """Decorate a function so that a call that does not fit its arguments raises an error that names them.

    Args:
        function: the function.
        name: the name that callers use, if it is not that of the function.
    """

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except TypeError:
            check(function, args, kwargs, name)
            raise

    return called


def check_making(*classes: type) -> None:
    """Decorate the constructors of classes in the same way as `checked` decorates functions."""
    for one in classes:
        one.__init__ = checked(one.__init__, one.__name__)  # type: ignore[misc]


def check(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], name: str = "") -> None:
    """Refuse a call that does not fit a function's arguments.

    Raises:
        CallError: the call does not fit.
    """
    taken = signature(function)
    try:
        taken.bind(*args, **kwargs)
    except TypeError as error:
        raise refusal(name or function.__name__, taken, args, kwargs, str(error)) from None


class Checked:
    """A base class whose subclasses' public methods refuse calls that do not fit their arguments."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Decorate the public methods of a subclass by `checked`."""
        super().__init_subclass__(**options)
        for name, method in list(vars(cls).items()):
            if isinstance(method, FunctionType) and not name.startswith("_"):
                setattr(cls, name, checked(method))


def refusal(name: str, taken: Signature, args: Sequence[Any], kwargs: Mapping[str, Any], said: str) -> CallError:
    """The error that says why a call does not fit, and how the function is called.

    Args:
        name: the function's name.
        taken: its signature; `self` counts as an argument if it is in `args`.
        args: the positional arguments of the call.
        kwargs: the keyword arguments of the call.
        said: Python's own message.
    """
    unnamed = [key for key, one in taken.parameters.items() if one.kind in _ALONE]
    known = [key for key, one in taken.parameters.items() if key != "self" and one.kind in _NAMED]
    unknown = [key for key in kwargs if key not in known]
    if unknown:
        cure = _cure(unknown[0], kwargs[unknown[0]], known)
        return CallError(f"{name}() got an unexpected keyword argument {unknown[0]!r}. {cure}")
    named = [key for key in known if key not in unnamed]
    surplus = len(args) - len(unnamed)
    if surplus > 0 and named:
        alone = [key for key in unnamed if key != "self"]
        takes = f"takes {joined(alone)} alone without a name" if alone else "takes no argument without a name"
        which = "what is given" if not alone else "the other" if surplus == 1 else "the others"
        return CallError(f"{name}() {takes}: name {which}, {_example(named, args[-surplus:])}.")
    if surplus > 0:
        if any(one.kind is one.VAR_KEYWORD for one in taken.parameters.values()):
            return CallError(f"{name}() takes no argument without a name: name what is given.")
        most = [key for key in unnamed if key != "self"]
        given = counted(len(args) - len(unnamed) + len(most), "value")
        return CallError(f"{name}() takes {f'{joined(most)} and no more' if most else 'no arguments'}, not {given}.")
    missing = [key for key, one in taken.parameters.items() if one.default is one.empty and key in named]
    missing = [key for key in missing if key not in kwargs]
    if missing:
        return CallError(f"{name}() needs {_listed(missing)}.")
    return CallError(f"{name}() {said}.")


def _cure(unknown: str, value: object, known: Sequence[str]) -> str:
    """A hint about what to write in place of an unknown argument."""
    other = _trials(unknown, known) or _instead(unknown, value, known)
    if other:
        return other
    near = nearest(unknown, known)
    return f"Did you mean {near}=?" if near else f"It takes {_listed(known) if known else 'no arguments'}."


def _trials(name: str, known: Sequence[str]) -> str | None:
    """A hint for what others give in place of the trials; None if it is none of these."""
    if "successes" not in known or "trials" not in known:
        return None
    if name in FAILURES:
        return "Give trials=, the sum of successes and failures: trials=table['successes'] + table['failures']."
    return "Did you mean trials=?" if name in TRIALS else None


def _instead(name: str, value: object, known: Sequence[str]) -> str | None:
    """A hint for an unknown argument that other functions or packages have; None if it is none of these."""
    if name == "figsize" and "ax" in known:
        return f"Give axes of that size, ax=plt.figure(figsize={value!r}).add_subplot()."
    if name in _SQUARED and "tau" in known:
        return 'A density of tau^2 is one of tau on that scale: tau=HalfNormal(1, on="variance").'
    if name == "transform" and "coordinates" in known and "ax" in known:
        return (
            "This picture is drawn along the sd, which keeps the scale of the estimates: forest(), shrinkage() and "
            "meta_analysis() take transform=."
        )
    if name == "transform" and ("below" in known or "level" in known):
        inverse = {"tanh": "np.arctanh(0.3)", "expit": "scipy.special.logit(0.5)"}.get(str(value), "np.log(1)")
        forward = {"tanh": "np.tanh", "expit": "scipy.special.expit"}.get(str(value), "np.exp")
        here = "This is answered on the scale of the estimates: "
        if "below" in known:
            return f"{here}give the limit on that scale, such as below={inverse}."
        return f"{here}take {forward} of medians and of the ends of intervals."
    return _ELSEWHERE.get(name) if "method" in known else None


def _example(named: Sequence[str], values: Sequence[Any]) -> str:
    """An example of how to name positional values: column names in order, else a list of all possible names."""
    if len(values) <= len(named) and all(isinstance(value, str) for value in values):
        return "such as " + ", ".join(f"{key}={value!r}" for key, value in zip(named, values, strict=False))
    return f"as {'one of ' * (len(named) > 1)}{_listed(named, 'or')}"


def _listed(names: Sequence[str], word: str = "and") -> str:
    """Names of arguments joined for a sentence."""
    return joined([f"{name}=" for name in names], word)
