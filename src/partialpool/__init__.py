"""Hierarchical Bayesian models of grouped data, by deterministic quadrature instead of sampling.

Importing the package loads nothing; each public name is loaded when it is first used.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from partialpool.version import __version__

if TYPE_CHECKING:
    from partialpool import checks, datasets, effects, errors, priors
    from partialpool.analysis.pooling import Pooling
    from partialpool.engine.results import Accuracy
    from partialpool.errors import (
        CallError,
        CellError,
        ColumnError,
        DataError,
        FileError,
        ImproperPosteriorError,
        MissingDependencyError,
        OutputError,
        PartialpoolError,
        PriorError,
        RequestError,
        SliceError,
    )
    from partialpool.fit.estimates import estimates
    from partialpool.fit.loading import load
    from partialpool.fit.measurements import measurements
    from partialpool.fit.proportions import proportions
    from partialpool.fit.rates import rates
    from partialpool.fit.sql import sql
    from partialpool.posterior import Posterior
    from partialpool.priors import (
        Beta,
        Custom,
        Density,
        DuMouchel,
        Exponential,
        Flat,
        Gamma,
        HalfCauchy,
        HalfNormal,
        HalfStudentT,
        InverseGamma,
        Jeffreys,
        LogNormal,
        LogStudentT,
        Normal,
        Pareto,
        Power,
        Prior,
        StudentT,
        Uniform,
        UniformShrinkage,
    )
    from partialpool.slices.fits import Fits


__all__ = [
    "Accuracy",
    "Beta",
    "CallError",
    "CellError",
    "ColumnError",
    "Custom",
    "DataError",
    "Density",
    "DuMouchel",
    "Exponential",
    "FileError",
    "Fits",
    "Flat",
    "Gamma",
    "HalfCauchy",
    "HalfNormal",
    "HalfStudentT",
    "ImproperPosteriorError",
    "InverseGamma",
    "Jeffreys",
    "LogNormal",
    "LogStudentT",
    "MissingDependencyError",
    "Normal",
    "OutputError",
    "Pareto",
    "PartialpoolError",
    "Pooling",
    "Posterior",
    "Power",
    "Prior",
    "PriorError",
    "RequestError",
    "SliceError",
    "StudentT",
    "Uniform",
    "UniformShrinkage",
    "__version__",
    "checks",
    "datasets",
    "effects",
    "errors",
    "estimates",
    "load",
    "measurements",
    "priors",
    "proportions",
    "rates",
    "sql",
]

_MODULES = ("checks", "datasets", "effects", "errors", "priors")
_HOMES = (
    *("errors", "engine.results", "priors", "fit", "analysis.pooling", "posterior"),
    *("slices.fits", "fit.loading", "fit.sql"),
)
"""The modules that define the other public names, the quickest to load first."""


def __getattr__(name: str) -> Any:
    """Load a public name from the first of the modules above that defines it, and keep it here."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: Any = import_module(f"partialpool.{name}") if name in _MODULES else _found(name)
    globals()[name] = value
    return value


def _found(name: str) -> Any:
    """The value of a public name; a package has its loaded modules as attributes, and these are not meant."""
    modules = (import_module(f"partialpool.{home}") for home in _HOMES)
    values = (getattr(module, name) for module in modules if hasattr(module, name))
    return next(value for value in values if not isinstance(value, ModuleType))


def __dir__() -> list[str]:
    """List only the public names, for completion in a notebook or a shell."""
    return __all__
