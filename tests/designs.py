"""Small data designs and priors that the laws run over, with what is known of each by arithmetic alone.

An `Exponents` row holds c, d, p0, q: the mean has density mean^(c-1) (1-mean)^(d-1) at its ends, the concentration
concentration^p0 at 0 and concentration^-q at infinity.
"""

import functools
from dataclasses import dataclass

import numpy as np

import partialpool as pp

INF = float("inf")


@dataclass(frozen=True)
class Exponents:
    c: float
    d: float
    p0: float
    q: float


def gamma_2(k):
    return k * np.exp(-k / 10)


# name -> (prior, its mirror image under success <-> failure, its exponents where it is on (mean, concentration))
PRIORS = {
    "uniform-shrinkage": ("uniform-shrinkage", "uniform-shrinkage", Exponents(1, 1, 0, 2)),
    "bda": ("bda", "bda", Exponents(1, 1, -1.5, 1.5)),
    "morris": ("morris", "morris", Exponents(1, 1, -2, 2)),
    "half-cauchy-sd": ("half-cauchy-sd", "half-cauchy-sd", Exponents(1, 1, -0.5, 1.5)),
    "pareto": ("pareto", "pareto", Exponents(1, 1, INF, 2.5)),
    "haldane": ("haldane", "haldane", Exponents(0, 0, 0, 2)),
    "beta, gamma": (
        pp.Prior(mean=pp.Beta(2, 8), concentration=pp.Gamma(2, 0.1)),
        pp.Prior(mean=pp.Beta(8, 2), concentration=pp.Gamma(2, 0.1)),
        Exponents(2, 8, 1, INF),
    ),
    "jeffreys, exponential": (
        pp.Prior(mean=pp.Beta(0.5, 0.5), concentration=pp.Exponential(0.05)),
        pp.Prior(mean=pp.Beta(0.5, 0.5), concentration=pp.Exponential(0.05)),
        Exponents(0.5, 0.5, 0, INF),
    ),
    "log-normal": (
        pp.Prior(concentration=pp.LogNormal(2, 1)),
        pp.Prior(concentration=pp.LogNormal(2, 1)),
        Exponents(1, 1, INF, INF),
    ),
    "half-cauchy": (
        pp.Prior(mean=pp.Beta(3, 1), concentration=pp.HalfCauchy(10)),
        pp.Prior(mean=pp.Beta(1, 3), concentration=pp.HalfCauchy(10)),
        Exponents(3, 1, 0, 2),
    ),
    "half-normal": (
        pp.Prior(concentration=pp.HalfNormal(20)),
        pp.Prior(concentration=pp.HalfNormal(20)),
        Exponents(1, 1, 0, INF),
    ),
    "half-normal on sd": (
        pp.Prior(concentration=pp.HalfNormal(0.3, on="sd")),
        pp.Prior(concentration=pp.HalfNormal(0.3, on="sd")),
        Exponents(1, 1, INF, 1.5),
    ),
    "exponential on variance": (
        pp.Prior(concentration=pp.Exponential(2, on="variance")),
        pp.Prior(concentration=pp.Exponential(2, on="variance")),
        Exponents(1, 1, INF, 2),
    ),
    "uniform concentration": (
        pp.Prior(concentration=pp.Uniform(1, 100)),
        pp.Prior(concentration=pp.Uniform(1, 100)),
        Exponents(1, 1, INF, INF),
    ),
    "uniform mean": (
        pp.Prior(mean=pp.Uniform(0.25, 0.5), concentration=pp.Exponential(0.1)),
        pp.Prior(mean=pp.Uniform(0.5, 0.75), concentration=pp.Exponential(0.1)),
        Exponents(INF, INF, 0, INF),
    ),
    "custom": (
        pp.Prior(concentration=pp.Custom(gamma_2)),
        pp.Prior(concentration=pp.Custom(gamma_2)),
        Exponents(1, 1, 1, INF),
    ),
    "alpha, beta": (
        pp.Prior(alpha=pp.Gamma(1.5, 0.3), beta=pp.Exponential(0.2)),
        pp.Prior(alpha=pp.Exponential(0.2), beta=pp.Gamma(1.5, 0.3)),
        None,
    ),
    "alpha, beta of heavy tails": (
        pp.Prior(alpha=pp.HalfCauchy(5), beta=pp.HalfCauchy(20)),
        pp.Prior(alpha=pp.HalfCauchy(20), beta=pp.HalfCauchy(5)),
        None,
    ),
}

# name -> (successes, trials)
DESIGNS = {
    "ordinary": ([0, 1, 2, 5, 3, 9, 2, 4], [20, 20, 18, 25, 10, 30, 10, 10]),
    "even": ([1, 2, 3, 4], [5, 5, 5, 5]),
    "one group": ([3], [10]),
    "single trials": ([1, 0, 0, 1, 1], [1, 1, 1, 1, 1]),
    "all failures": ([0, 0, 0], [5, 8, 3]),
    "extremes": ([0, 6, 0, 6, 3], [6, 6, 6, 6, 6]),
    "identical": ([5] * 6, [10] * 6),
    "unequal": ([123456789, 1, 0, 2], [10**9, 3, 2, 4]),
    "mixed": ([0, 2, 7, 0], [4, 9, 12, 0]),
}


def is_proper(exponents, y, n):
    """The rule for a beta-binomial: I + p0 > -1, q > 1, Y + c > 0, N - Y + d > 0."""
    interior = sum(0 < a < b for a, b in zip(y, n, strict=True))
    low, high = sum(y) + exponents.c > 0, sum(n) - sum(y) + exponents.d > 0
    return interior + exponents.p0 > -1 and exponents.q > 1 and low and high


def proper_problems():
    """(prior, design) for every pair with a proper posterior."""
    return [
        (prior, design)
        for prior, (_, _, exponents) in PRIORS.items()
        for design, (y, n) in DESIGNS.items()
        if exponents is None or is_proper(exponents, y, n)
    ]


def table(y, n):
    """The data, a row a group, with names that say which is which."""
    return {"y": list(y), "n": list(n), "g": [f"g{i}" for i in range(len(y))]}


def fitted(y, n, prior, **options):
    return pp.proportions(table(y, n), successes="y", trials="n", group="g", prior=prior, **options)


@functools.cache
def solved(prior, design):
    """The fit of a named prior to a named design."""
    return fitted(*DESIGNS[design], PRIORS[prior][0])


@dataclass(frozen=True)
class Means:
    """Means and sds alone, which need no quantiles, with the accuracy that is claimed for them."""

    mean: np.ndarray
    sd: np.ndarray
    weight: np.ndarray
    population: dict
    error: float
    sd_error: float


def means(fit):
    """All that a fit says without quantiles."""
    hyper, where = fit.results.hyper, fit.results.where
    groups = hyper.group_moments()
    population = {name: [m.shown for m in hyper.moments(name)] for name in fit.results.parameters}
    return Means(groups.mean[where], groups.sd[where], groups.weight[where], population, *hyper.errors)


@functools.cache
def solved_means(prior, design):
    return means(solved(prior, design))
