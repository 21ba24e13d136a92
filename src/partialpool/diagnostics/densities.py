"""Prior and posterior density of each population parameter, from the quantiles of its posterior.

With z a parameter on an unbounded scale, z(t) is its quantile at the probability Phi(t), and the density of z is

    p(z(t)) = phi(t) / z'(t)

z(t) is smooth, and a quintic spline through quantiles at equally spaced t gives z'(t). A spline through every second of
them gives an estimate of the error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special as sc

from partialpool.analysis.fitted_model import FittedModel
from partialpool.diagnostics.power_scaling import scale_of
from partialpool.engine.results import Results
from partialpool.errors import RequestError
from partialpool.models.model import Model, check_full
from partialpool.priors.propriety.alone import alone
from partialpool.special import Array

Columns = dict[str, NDArray[Any]]

_COLUMNS = ("parameter", "value", "posterior", "error", "prior", "proper")
_STEP, _REACH, _SPARE = 0.1, 4.0, 6  # step of t, the largest t of the table, and steps beyond it for the spline alone
_DEGREE = 5  # of the spline
_FEWEST = 4 * _DEGREE  # smallest number of distinct quantiles from which a density is worked out


@dataclass(frozen=True)
class Scale:
    """An unbounded scale of a parameter: z as a function of it, and the log of the slope of the parameter in z."""

    z: Callable[[Array], Array]
    log_slope: Callable[[Array], Array]


SCALES: Mapping[str, Scale] = {
    "identity": Scale(np.asarray, np.zeros_like),
    "log": Scale(np.log, np.log),
    "logit": Scale(sc.logit, lambda x: np.log(x) + np.log1p(-x)),
}


def density_columns(fit: FittedModel, model: Model) -> Columns:
    """The table of prior and posterior densities as a dict of arrays.

    Raises:
        RequestError: the fit's method ignores the prior, or double precision cannot show a density.
    """
    check_full(model.method, "prior, and so no posterior density of the population's parameters", "to see both")
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in _COLUMNS}
    for name, prior in alone(model.prior).items():
        found = posterior_density(fit.results, name, SCALES[scale_of(fit.family, name)])
        if found is None:
            raise RequestError(f"{name} has hardly any distinct quantiles in double precision, and so no density.")
        value, posterior, error = found
        parts["parameter"].append(np.full(len(value), name, dtype=object))
        parts["value"].append(value)
        parts["posterior"].append(posterior)
        parts["error"].append(np.full(len(value), error))
        parts["prior"].append(prior.density(value))
        parts["proper"].append(np.full(len(value), prior.proper))
    return {name: np.concatenate(columns) for name, columns in parts.items()}


def posterior_density(results: Results, parameter: str, scale: Scale) -> tuple[Array, Array, float] | None:
    """Increasing values of a parameter, its posterior density there, and the density's estimated error.

    The error is relative to the highest density. None if there are hardly any distinct quantiles.
    """
    count = round(_REACH / _STEP) + _SPARE
    t: Array = _STEP * np.arange(-count, count + 1, dtype=np.float64)
    rows = [results.population(parameter, float(tail)) for tail in sc.ndtr(t[:count])]
    value = np.array([*(row.lower for row in rows), rows[0].median, *(row.upper for row in reversed(rows))])
    with np.errstate(all="ignore"):
        z = scale.z(value)
        kept = np.flatnonzero(np.isfinite(z) & (np.diff(z, prepend=-np.inf) > 0.0))
    if len(kept) < _FEWEST:
        return None
    inside = kept[np.abs(t[kept]) < _REACH + 0.5 * _STEP]
    log_density = -0.5 * t[inside] ** 2 - 0.5 * np.log(2.0 * np.pi) - scale.log_slope(value[inside])
    with np.errstate(all="ignore"):
        fine, coarse = (np.exp(log_density) / _slope(t[some], z[some], t[inside]) for some in (kept, kept[::2]))
    return value[inside], fine, float(np.max(np.abs(fine - coarse)) / np.max(fine))


def _slope(t: Array, z: Array, at: Array) -> Array:
    """The slope of z(t) at some t, by a spline."""
    from scipy.interpolate import make_interp_spline  # slow to load, and only this table needs it

    return np.asarray(make_interp_spline(t, z, k=_DEGREE).derivative()(at), dtype=float)
