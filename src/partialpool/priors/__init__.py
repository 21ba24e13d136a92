"""Priors p(phi): densities of single parameters, and the joint prior of each family that is built from them."""

from __future__ import annotations

from partialpool.messages.calling import check_making
from partialpool.priors.component import Component
from partialpool.priors.density import Density, Line
from partialpool.priors.empirical import rhodes_2015, turner_2015
from partialpool.priors.gamma import Exponential, Gamma
from partialpool.priors.halves import HalfCauchy, HalfNormal, HalfStudentT
from partialpool.priors.inverse_gamma import InverseGamma
from partialpool.priors.jeffreys import Jeffreys
from partialpool.priors.log_t import LogStudentT
from partialpool.priors.lognormal import LogNormal
from partialpool.priors.names import named, resolve
from partialpool.priors.normal import Normal, StudentT
from partialpool.priors.on_beta import BetaPrior
from partialpool.priors.on_gamma import GammaPrior
from partialpool.priors.on_normal import NormalPrior
from partialpool.priors.pareto import Pareto
from partialpool.priors.powers import Flat, Power
from partialpool.priors.prior import Prior
from partialpool.priors.shrinkage import DuMouchel, UniformShrinkage
from partialpool.priors.taken import Joint
from partialpool.priors.unit import Beta, Uniform
from partialpool.priors.user import Custom

__all__ = [
    "Beta",
    "BetaPrior",
    "Component",
    "Custom",
    "Density",
    "DuMouchel",
    "Exponential",
    "Flat",
    "Gamma",
    "GammaPrior",
    "HalfCauchy",
    "HalfNormal",
    "HalfStudentT",
    "InverseGamma",
    "Jeffreys",
    "Joint",
    "Line",
    "LogNormal",
    "LogStudentT",
    "Normal",
    "NormalPrior",
    "Pareto",
    "Power",
    "Prior",
    "StudentT",
    "Uniform",
    "UniformShrinkage",
    "named",
    "resolve",
    "rhodes_2015",
    "turner_2015",
]

check_making(
    Beta,
    Custom,
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
