"""Save and load a fit: the file contains groups, prior and method, and the answers are computed anew.

A fit is deterministic and takes milliseconds, so that groups, prior and method determine it. The population's summaries
are saved too, and the new answers have to agree with them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from partialpool.analysis.fitted_model import Fit
from partialpool.engine.results import Results, Solved, check_level
from partialpool.errors import FileError, OutputError, RequestError
from partialpool.groups.groups import Groups
from partialpool.io.output.writing import FORMATS, check_output, written
from partialpool.messages.claims import check_tol
from partialpool.models.family import Family
from partialpool.models.model import METHODS, Model
from partialpool.models.registry import FAMILIES
from partialpool.priors import Joint, NormalPrior
from partialpool.priors.jeffreys import Jeffreys
from partialpool.priors.shrinkage import DuMouchel, UniformShrinkage
from partialpool.saving.agreement import answers_to_json, differences, same
from partialpool.saving.container import packed, unpacked
from partialpool.saving.data import groups_from_json, groups_to_json
from partialpool.saving.priors import prior_from_json, prior_to_json
from partialpool.saving.values import cell_from_json, cell_to_json
from partialpool.version import __version__

_GIVEN = "given"
_LAYOUT = (KeyError, ValueError, TypeError, IndexError, AttributeError, ArithmeticError, AssertionError, RecursionError)


class Saveable(Fit, Protocol):
    """What a saved fit is written from."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Warnings about the data, the prior and the method."""


class Saved(NamedTuple):
    """The attributes of a saved fit, in the order in which `Posterior` takes them."""

    family: Family
    data: Groups
    model: Model
    results: Results
    level: float
    notes: tuple[str, ...]
    tol: float | None


def save(posterior: Saveable, path: str | os.PathLike[str]) -> None:
    """Save a fit to a file, whole or not at all.

    The file contains the groups and their statistics, the prior, the method, the level, the requested accuracy and the
    warnings about the data. It is text with a checksum, which reveals damage but not forgery, and contains no code.
    `load` computes the same fit from it.

    Args:
        posterior: the fit, possibly one at given parameters.
        path: a file such as rats.fit, whose extension is not that of a table; an existing file is replaced.

    Raises:
        OutputError: the file cannot be written, or the fit has a prior density or labels that cannot be saved. An
            existing file is unchanged.

    Example:
        >>> import tempfile
        >>> import partialpool as pp
        >>> schools = pp.datasets.load("eight_schools")
        >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school", prior="flat")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save(fit, f"{folder}/schools.partialpool")
        ...     again = pp.load(f"{folder}/schools.partialpool")
        >>> bool((again.group_columns()["mean"] == fit.group_columns()["mean"]).all())
        True
    """
    target = check_path(path)
    content = packed(_to_json(posterior), __version__)
    with written(target) as temporary:
        temporary.write_bytes(content)


def check_path(path: str | os.PathLike[str], *, sources: Iterable[object] = ()) -> Path:
    """Return the real path to save a fit to, or raise OutputError if it is already clear that it cannot be saved there.

    `sources` are the files from which the data come, which are never overwritten; other objects are ignored.
    """
    target = check_output(path, sources=sources, formats=())
    if target.suffix.lower() in FORMATS:
        raise OutputError(f"cannot save a fit as {str(path)!r}, the name of a table; call it {target.stem}.fit, say.")
    return target


def read(path: str | os.PathLike[str]) -> Saved:
    """Read a saved fit from a file, and compute its answers anew.

    Raises:
        FileError: the file cannot be read, is not a saved fit, is damaged, was written by a newer partialpool, or the
            answers computed from it do not agree with those that were saved.
    """
    try:
        source = Path(path)
    except TypeError:
        raise RequestError(f"load() takes the path of a file that fit.save() wrote, not {path!r}.") from None
    content, writer = unpacked(source)
    try:
        return _from_json(content, source, writer)
    except _LAYOUT as error:
        if isinstance(error, FileError):
            raise
        raise FileError(
            f"{str(source)!r} is laid out as a saved fit, but what it says is none ({type(error).__name__}: {error}). "
            "Fit the data again."
        ) from error


def pickled(posterior: Saveable) -> tuple[str, str]:
    """The content of a saved fit, for a pickle, and the version of partialpool.

    Raises:
        OutputError: the fit has a prior density or labels that cannot be saved.
    """
    return json.dumps(_to_json(posterior), allow_nan=False), __version__


def unpickled(content: str, writer: str) -> Saved:
    """Compute the fit from the content that `pickled` returned."""
    return _from_json(json.loads(content), Path("a pickled fit"), writer)


def _to_json(posterior: Saveable) -> dict[str, Any]:
    family, model = posterior.family, posterior.model
    if FAMILIES.get(family.name) is not family:
        raise OutputError(f"cannot save this fit: partialpool has no family {family.name!r} to load it with.")
    return {
        "family": family.name,
        "groups": groups_to_json(posterior.data),
        "prior": prior_to_json(model.prior),
        "asked": model.asked and prior_to_json(model.asked),
        "method": model.method,
        "given": _point(posterior.results) if model.method == _GIVEN else None,
        "level": posterior.level,
        "tol": posterior.tol,
        "warnings": list(posterior.notes),
        "answers": answers_to_json(posterior.results, posterior.level),
    }


def _from_json(content: Mapping[str, Any], path: Path, writer: str) -> Saved:
    family, method = FAMILIES[content["family"]], content["method"]
    if method not in METHODS:
        raise ValueError(method)
    groups, prior, level = groups_from_json(content["groups"]), prior_from_json(content["prior"]), content["level"]
    asked = prior_from_json(content["asked"]) if content.get("asked") else None
    check_level(level)
    tol = check_tol(content.get("tol"))
    roles = {part.role for part in family.statistics}
    if {prior.family, (asked or prior).family} != {family.name} or set(groups.statistics) != roles:
        raise ValueError(family.name)
    if method == _GIVEN:
        numbers = {name: cell_from_json(value) for name, value in content["given"].items()}
        candidates = iter([Solved(family.restored(groups, numbers), prior)])
    else:
        candidates = _solved(family, groups, prior, method, asked)
    found = _agreeing(candidates, content["answers"], level, path, writer)
    model = Model(family.data, family.population, found.prior, method, asked)
    return Saved(family, groups, model, found.results, level, tuple(map(str, content["warnings"])), tol)


def _solved(family: Family, groups: Groups, prior: Joint, method: str, asked: Joint | None) -> Iterator[Solved]:
    """Yield the fit under the prior before its scale was filled in, if that is known, and under the filled-in prior.

    The two priors are the same except possibly in the last bit, since the scale is computed in another unit.
    """
    asked = asked or _as_asked(prior)
    if asked != prior:
        solved = family.solve(groups, asked, method)
        if solved.prior == prior:
            yield solved
    yield family.solve(groups, prior, method)


def _as_asked(prior: Joint) -> Joint:
    """The prior of estimates without the scale that was filled in, for files of older versions."""
    if not isinstance(prior, NormalPrior) or prior.sigma is not None or prior.sd.typical is None:
        return prior
    density = prior.sd.density
    if isinstance(density, (UniformShrinkage, DuMouchel)):
        return replace(prior, sd=replace(prior.sd, density=replace(density, scale=None)))
    if isinstance(density, Jeffreys):
        return replace(prior, sd=replace(prior.sd, density=replace(density, variances=())))
    return prior


def _agreeing(candidates: Iterator[Solved], saved: Mapping[str, Any], level: float, path: Path, writer: str) -> Solved:
    """The first candidate that is bit-identical to the saved fit or, if none is, that agrees within the accuracy."""
    tried = []
    for solved in candidates:
        if same(saved, solved.results, level):
            return solved
        tried.append(solved)
    said: list[str] = []
    for solved in tried:
        said = list(differences(saved, solved.results, level))
        if not said:
            return solved
    more = f" (and {len(said) - 2} more)" if len(said) > 2 else ""
    raise FileError(
        f"What is worked out from {str(path)!r} is not what partialpool {writer} saved: {'; '.join(said[:2])}{more}, "
        f"beyond the accuracy of both. Load it with partialpool {writer}, or fit the data again with this one, "
        f"{__version__}, and compare."
    )


def _point(results: Results) -> dict[str, Any]:
    """The population's parameters at which the answers are, as JSON."""
    return {name: cell_to_json(value) for name, value in results.stored().items()}
