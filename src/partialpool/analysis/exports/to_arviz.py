"""Posterior draws in ArviZ's layout: an xarray DataTree with one chain."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.exports.posterior_draws import Draws, draws
from partialpool.analysis.fitted_model import FittedModel
from partialpool.errors import MissingDependencyError
from partialpool.groups.groups import Groups
from partialpool.messages.progress import shown
from partialpool.version import __version__

_SAMPLES = ("chain", "draw")
_GROUP = "group"
_THETA, _NEW = "theta", "theta_new"

Variables = dict[str, tuple[tuple[str, ...], NDArray[Any]]]


@shown("draws")
def to_arviz(fit: FittedModel, n: int = 1000, seed: int = 0) -> Any:
    """Draw from the posterior, and return the draws as a DataTree for ArviZ.

        posterior              the population's parameters, theta of each group, theta_new of a new one
        posterior_predictive   the observed column drawn anew, given each theta
        log_likelihood         log p(data_j | theta_j) of each group
        sample_stats           diverging: always False, since there is no Markov chain
        observed_data          the observed column: successes, events, estimates or means of rows
        constant_data          the rest of the data: trials, exposure, se, n; the sd of a single row is NaN

    Groups are along a dimension with the name of their column and their labels as coordinates; if several columns name
    them, it is "group", and the labels are joined by ", ". Draws are exact and in random order, so that the effective
    sample size is about their number. For measurements a group is one observation, and its log likelihood is that of
    all its rows. Leaving out a group moves its theta far, so that ArviZ's importance-weighted scores (`loo`) warn;
    `fit.pooling().scores()` has the exact leave-one-out scores.

    Args:
        fit: the fit.
        n: number of draws, at least 1, in one chain.
        seed: seed of the random numbers, a whole number of at least 0.

    Returns:
        An `xarray.DataTree`. Where a group's data are exact (a standard error of 0) there is no log likelihood, and
        `log_likelihood` is left out.

    Raises:
        MissingDependencyError: xarray is not installed.
        RequestError: n or seed is out of range, or every theta is known for certain.

    Source: ArviZ's schema of inference data, https://python.arviz.org/en/stable/schema/schema.html
    """
    xarray = _xarray()
    found, rng = draws(fit, n, seed), np.random.default_rng([seed, 1])
    name, labels = _coordinate(fit.data, found)
    coords: dict[str, Any] = {"chain": [0], "draw": np.arange(len(found)), name: labels}
    attrs = {"inference_library": "partialpool", "inference_library_version": __version__}
    sets = {
        group: xarray.Dataset(
            variables,
            {dim: coords[dim] for dim in coords if any(dim in dims for dims, _ in variables.values())},
            attrs,
        )
        for group, variables in _variables(fit, found, name, rng).items()
    }
    tree = xarray.DataTree.from_dict(sets)
    tree.attrs = attrs | {"accuracy": found.accuracy, "seed": seed}
    return tree


def _xarray() -> Any:
    try:
        return import_module("xarray")
    except ModuleNotFoundError as error:
        raise MissingDependencyError('ArviZ\'s layout needs xarray: pip install "partialpool[arviz]".') from error


def _variables(fit: FittedModel, found: Draws, name: str, rng: np.random.Generator) -> dict[str, Variables]:
    """The variables of each group of the tree, with their dimensions."""
    data, of, each, theta = fit.data, fit.family, (*_SAMPLES, name), found.theta
    observed = data.columns[of.observed]
    scalars = {**found.parameters, _NEW: found.theta_new}
    posterior: Variables = {key: (_SAMPLES, value[None]) for key, value in scalars.items()}
    log_p = of.log_likelihood(data, theta, found.parameters)
    out: dict[str, Variables] = {
        "posterior": posterior | {_THETA: (each, theta[None])},
        "posterior_predictive": {observed: (each, of.replicated(data, theta, found.parameters, rng)[None])},
        "log_likelihood": {observed: (each, log_p[None])},
        "sample_stats": {"diverging": (_SAMPLES, np.zeros((1, len(found)), dtype=bool))},
        "observed_data": {observed: ((name,), data.statistics[of.observed])},
        "constant_data": _design(fit, name),
    }
    if not np.isfinite(log_p).all():
        del out["log_likelihood"]
    return out


def _design(fit: FittedModel, name: str) -> Variables:
    """The data that are not the observed column, such as trials or standard errors."""
    data = fit.data
    rest = {role: column for role, column in data.columns.items() if column != data.columns[fit.family.observed]}
    return {column: ((name,), fit.family.known(role, data)) for role, column in rest.items()}


def _coordinate(data: Groups, found: Draws) -> tuple[str, NDArray[Any]]:
    """The name of the dimension of groups, and its labels."""
    names = list(data.labels)
    taken = {*_SAMPLES, _THETA, _NEW, "diverging", *found.parameters, *data.columns.values()}
    name = names[0] if len(names) == 1 and names[0] not in taken else _GROUP
    while name in taken:
        name += "_"
    return name, _labels(list(data.labels.values()))


def _labels(columns: list[NDArray[Any]]) -> NDArray[Any]:
    """One label per group: numbers and dates as they are, all else as text."""
    if len(columns) == 1 and columns[0].dtype.kind != "O":
        return columns[0].copy()
    rows = list(zip(*(column.astype(str) if column.dtype.kind == "M" else column for column in columns), strict=True))
    joined = [", ".join(map(str, row)) for row in rows]
    if len(set(joined)) < len(joined):
        joined = [repr(row[0]) if len(row) == 1 else ", ".join(map(repr, row)) for row in rows]
    return np.array(joined, dtype=str)
