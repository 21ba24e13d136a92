"""The argument `by` of the fitting functions: one fit for each slice of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, ParamSpec, Protocol, cast, overload

from partialpool.errors import DataError, PriorError
from partialpool.fit.columns import GroupColumns
from partialpool.fit.excluding import excluded, excluding
from partialpool.fit.fitting import slicing
from partialpool.fit.parts import Cutting
from partialpool.fit.reading import reading
from partialpool.messages.calling import checked
from partialpool.messages.progress import shown
from partialpool.posterior import Posterior
from partialpool.slices.fits import Fits

P = ParamSpec("P")


class Sliceable(Protocol[P]):
    """A fitting function that also takes `by`, and then returns one fit for each slice."""

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Posterior: ...
    @overload
    def __call__(self, data: object = None, *, by: GroupColumns, **options: Any) -> Fits: ...


def sliceable(function: Callable[P, Posterior]) -> Sliceable[P]:
    """Decorate a fitting function so that it takes the argument `by`, and so that its calls are checked."""

    @wraps(function)
    def called(*args: Any, by: GroupColumns | None = None, **kwargs: Any) -> Posterior | Fits:
        if by is None:
            return function(*args, **kwargs)
        return _fits(function, by, args, kwargs)

    called.__signature__ = _with_by(signature(function))  # type: ignore[attr-defined]
    return cast("Sliceable[P]", checked(called))


def _with_by(taken: Signature) -> Signature:
    """The signature with `by` after `group`."""
    parameters = list(taken.parameters.values())
    place = 1 + next(i for i, one in enumerate(parameters) if one.name == "group")
    parameters.insert(place, Parameter("by", Parameter.KEYWORD_ONLY, default=None, annotation="GroupColumns | None"))
    return taken.replace(parameters=parameters, return_annotation="Posterior | Fits")


@shown("reading and fitting slices")
def _fits(function: Callable[..., object], by: GroupColumns, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Fits:
    """Call the function once for each slice, up to where it would compute a posterior, and compute them together.

    An error in the data of one slice, or of the prior with these data, is kept in place of its groups.

    Raises:
        PartialpoolError: the request cannot be met for any slice.
    """
    cutting = Cutting(by, excluded())
    with reading(cutting.read), slicing(cutting), excluding(()):
        while cutting.advance():
            try:
                function(*args, **kwargs)
            except (DataError, PriorError) as error:
                if cutting.parts is None:
                    raise
                cutting.made.append(error.with_traceback(None))
    parts, request = cutting.parts, cutting.request
    assert parts is not None
    assert request is not None
    made = tuple(cutting.made)
    return Fits(request, parts.keys, made, parts.sizes, parts.library, parts.notes, cutting.cluster, cutting.origin)
