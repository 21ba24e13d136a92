"""Write a picture to a file, whole or not at all, and with the same bytes each time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from partialpool.analysis.meta.analysis import check_method
from partialpool.errors import RequestError
from partialpool.io.output.writing import check_output, written
from partialpool.models.family import Family
from partialpool.models.model import check_full
from partialpool.plots import style
from partialpool.plots.accessor import Plots
from partialpool.plots.of_checks import EVERY
from partialpool.plots.pictured import Pictured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES: Mapping[str, Callable[..., Axes]] = MappingProxyType(
    {
        "shrinkage": Plots.shrinkage,
        "forest": Plots.forest,
        "population": Plots.population,
        "raw-vs-posterior": Plots.raw_vs_posterior,
        "funnel": Plots.funnel,
        "ranks": Plots.ranks,
        "pooling": Plots.pooling,
    }
)
"""Name -> method, for the pictures of groups and population that every family has."""

_EVERY: Mapping[str, Callable[..., Axes]] = MappingProxyType(
    {**NAMES, **EVERY, "conditional": Plots.conditional, "meta-analysis": Plots.meta_analysis}
)
_UNSCALED = ("population", "ranks", "conditional", *EVERY)  # pictures that take no transform

_DENSITY = "density of the population's parameters"
_LEARNED = {"population": _DENSITY, "conditional": _DENSITY, "prior-posterior": "prior", "sensitivity": "prior"}
"""Picture -> what it shows, which only the integrated posterior of the population's parameters has."""

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
        fit: the fit to draw.
        name: a name in NAMES, "predictive", "prior-posterior" or "sensitivity"; for estimates also "meta-analysis",
            and for estimates and measurements "conditional".
        path: a file whose name ends in .png, .svg or .pdf; an existing file is replaced.
        sources: the files from which the data come, which are never overwritten; other objects are ignored.
        transform: for estimates and measurements: "exp", "tanh" or "expit" of the numbers at the axis; by default that
            of the picture. The pictures of the population, of ranks and of checks keep their scale.

    Raises:
        RequestError: there is no such picture or transform.
        MissingDependencyError: Matplotlib is not installed.
        OutputError: the file cannot be written; an existing file is unchanged.
    """
    check_name(name)
    target = check_output(path, sources=sources, formats=EXTENSIONS)
    style.needed()
    scaled = {} if transform is None or name in _UNSCALED else {"transform": transform}
    ax = _EVERY[name](Plots(fit, style.plain), **scaled)
    figure, extension = ax.get_figure(root=True), target.suffix.lower()
    assert figure is not None
    with style.styled(), written(target) as temporary:
        figure.savefig(temporary, format=extension[1:], metadata=_UNDATED[extension])


def check_name(name: str, family: Family | None = None, method: str = "full") -> None:
    """Refuse a picture that does not exist, or that this family does not have, or not by this method.

    Raises:
        RequestError: there is no such picture.
    """
    if name not in _EVERY:
        raise RequestError(f"There is no picture {name!r}; there are {', '.join(_EVERY)}.")
    if family is None:
        return
    known = {**NAMES, **EVERY}
    if name == "meta-analysis" and not family.meta_analysed:
        raise RequestError(f"The picture {name} is of estimates, not of {family.name}; there are {', '.join(known)}.")
    if name == "conditional" and family.population != "normal":
        raise RequestError(
            f"The picture {name} is of estimates and measurements, not of {family.name}; there are {', '.join(known)}."
        )
    if name in _LEARNED:
        check_full(method, f"{_LEARNED[name]}, and so no picture {name}", "to draw it")
    if name == "meta-analysis":
        check_method(method)
