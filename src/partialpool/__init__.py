"""Hierarchical Bayesian models of grouped data, by integration instead of sampling."""

from partialpool import datasets, priors
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
from partialpool.fit import proportions
from partialpool.posterior import Posterior
from partialpool.priors import (
    Beta,
    Custom,
    Density,
    Exponential,
    Flat,
    Gamma,
    HalfCauchy,
    HalfNormal,
    LogNormal,
    Pareto,
    Power,
    Prior,
    Uniform,
    UniformShrinkage,
)

__version__ = "0.1.0"

__all__ = [
    "Accuracy",
    "Beta",
    "CellError",
    "ColumnError",
    "Custom",
    "DataError",
    "Density",
    "Exponential",
    "FileError",
    "Flat",
    "Gamma",
    "HalfCauchy",
    "HalfNormal",
    "ImproperPosteriorError",
    "LogNormal",
    "MissingDependencyError",
    "OutputError",
    "Pareto",
    "PartialpoolError",
    "Posterior",
    "Power",
    "Prior",
    "PriorError",
    "RequestError",
    "Uniform",
    "UniformShrinkage",
    "__version__",
    "datasets",
    "priors",
    "proportions",
]
