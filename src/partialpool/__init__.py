"""Hierarchical Bayesian models of grouped data, by integration instead of sampling."""

from importlib import import_module
from typing import Any

from partialpool import datasets, effects, priors
from partialpool.answers import Accuracy
from partialpool.errors import (
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
)
from partialpool.fit import estimates, measurements, proportions, rates
from partialpool.pooling import Pooling
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

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """What is loaded when it is first used: `checks`, and `load`, which reads a saved fit."""
    if name == "checks":
        return import_module("partialpool.checks")
    if name == "load":
        return import_module("partialpool.saving").load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Accuracy",
    "Beta",
    "CellError",
    "ColumnError",
    "Custom",
    "DataError",
    "Density",
    "DuMouchel",
    "Exponential",
    "FileError",
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
    "StudentT",
    "Uniform",
    "UniformShrinkage",
    "__version__",
    "checks",
    "datasets",
    "effects",
    "estimates",
    "load",
    "measurements",
    "priors",
    "proportions",
    "rates",
]
