"""A picture as a file: whole, or not at all, and the same bytes each time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from partialpool.errors import RequestError
from partialpool.models.family import Family
from partialpool.output.writing import check_output, written
from partialpool.plots import style
from partialpool.plots.accessor import Plots
from partialpool.plots.pictured import Pictured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES: Mapping[str, Callable[..., Axes]] = MappingProxyType(
    {"shrinkage": Plots.shrinkage, "forest": Plots.forest, "population": Plots.population}
)
"""The pictures of every family by name."""

_EVERY: Mapping[str, Callable[..., Axes]] = MappingProxyType({**NAMES, "meta-analysis": Plots.meta_analysis})

EXTENSIONS = (".png", ".svg", ".pdf")

_UNDATED: Mapping[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}


def save(
    fit: Pictured,
    name: str,
    path: str | os.PathLike[str],
    *,
    sources: Iterable[object] = (),
    transform: str | None = None,
) -> None:
    """Write a picture of a fit to `path`, in the format of its extension.

    Args:
        fit: what to draw.
        name: "shrinkage", "forest" or "population", or, of estimates, "meta-analysis".
        path: a file whose name ends in .png, .svg or .pdf; replaced if it exists.
        sources: the files that the data come from, never to be overwritten; other objects are ignored.
        transform: estimates and measurements: "exp", "tanh" or "expit" of what the axis shows; left out, what the
            picture shows by itself. The picture of the population keeps its scale.

    Raises:
        RequestError: there is no such picture or transform.
        MissingDependencyError: Matplotlib is not installed.
        OutputError: nothing can be written there. Whatever was there before is unchanged.
    """
    check_name(name)
    target = check_output(path, sources=sources, formats=EXTENSIONS)
    style.needed()
    scaled = {} if transform is None or name == "population" else {"transform": transform}
    ax = _EVERY[name](Plots(fit, style.plain), **scaled)
    figure, extension = ax.get_figure(root=True), target.suffix.lower()
    assert figure is not None
    with style.styled(), written(target) as temporary:
        figure.savefig(temporary, format=extension[1:], metadata=_UNDATED[extension])


def check_name(name: object, family: Family | None = None) -> None:
    """Refuse a picture that does not exist, or not of this family."""
    if name not in _EVERY:
        raise RequestError(f"There is no picture {name!r}; there are {', '.join(_EVERY)}.")
    if family is not None and not family.meta_analysed and name not in NAMES:
        raise RequestError(f"The picture {name} is of estimates, not of {family.name}; there are {', '.join(NAMES)}.")
