"""Decide whether the posterior of the measurements model is proper and which moments it has, from exponents alone.

With mu integrated out, the likelihood of N rows in J groups is, with S the sum of squares within groups and B that
between groups,

    L = sigma^-(N-J) prod_j (sigma^2 + n_j sd^2)^(-1/2) W^(-1/2) exp(-S/(2 sigma^2) - B/2),
    W = sum_j n_j/(sigma^2 + n_j sd^2), B = sum_j n_j (y_j - m)^2/(sigma^2 + n_j sd^2)

if mu is flat; if mu ~ N(m0, s0^2), 1 + s0^2 W stands for W. In (log sd, log sigma) the log of L times a prior that
behaves like a power at each end is linear in cones, up to constants, except where an exponential takes it to minus
infinity. So the posterior is proper if and only if it falls along each of the six rays between the cones, and E[x^m]
exists if and only if it falls faster than x^m grows. The slope of log L along them is

    sd -> 0                 0             sd -> infinity            -(J - 1)     (normal mu: -J)
    sigma -> infinity       -(N - 1)      both -> infinity          -(N - 1)     (normal mu: -N)
    sigma -> 0              N - J         both -> 0                 N - 1

where the last row counts only if S = 0 (sigma -> 0), or S = 0 and all means are equal (both -> 0).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from partialpool.errors import ImproperPosteriorError
from partialpool.messages.wording import counted, joined
from partialpool.priors import Normal, NormalPrior
from partialpool.priors.density import number

INF = math.inf


@dataclass(frozen=True)
class Design:
    """The facts about the data on which propriety depends."""

    groups: int
    rows: int
    within: bool  # whether any group's rows differ
    between: bool  # whether the groups' means differ


@dataclass(frozen=True)
class Ray:
    """A ray in (log sd, log sigma): its direction, and the slope of the log posterior along it."""

    what: str
    sd: int
    sigma: int
    slope: float


@dataclass(frozen=True)
class Existing:
    """The limits of moments: E|x|^m is finite if and only if m is less than the number for x."""

    mean: float
    sd: float
    sigma: float
    theta: float


def rays(prior: NormalPrior, data: Design) -> list[Ray]:
    """The rays along which the log posterior is linear in the logs of sd and sigma, with its slopes."""
    assert prior.sigma is not None
    flat = 1 if _flat(prior) else 0
    n, j = data.rows, data.groups
    a, q = prior.sd.at_zero + 1.0, prior.sd.at_infinity - 1.0
    b, k = prior.sigma.at_zero + 1.0, prior.sigma.at_infinity - 1.0
    out = [
        Ray("sd goes to 0", -1, 0, -a),
        Ray("sd goes to infinity", 1, 0, -q - (j - flat)),
        Ray("sigma goes to infinity", 0, 1, -k - (n - flat) - (a if prior.relative else 0.0)),
        Ray("sd and sigma go to infinity together", 1, 1, -k - (n - flat) - (0.0 if prior.relative else q)),
    ]
    if not data.within:
        out.append(Ray("sigma goes to 0", 0, -1, -b + (n - j) - (q if prior.relative else 0.0)))
        if not data.between:
            last = -b + (n - 1) - (0.0 if prior.relative else a)
            out.append(Ray("sd and sigma go to 0 together", -1, -1, last))
    return out


def check(prior: NormalPrior, data: Design) -> Existing:
    """Refuse an improper posterior, with the reason and a cure; else return which moments exist."""
    every = rays(prior, data)
    reasons = _reasons([ray for ray in every if not ray.slope < 0.0], data)
    if reasons:
        name = f'the prior "{prior.name}"' if prior.name else "this prior"
        raise ImproperPosteriorError(f"With {name} the posterior is improper: {'; '.join(reasons)}.")
    return existing(prior, every)


def existing(prior: NormalPrior, every: list[Ray]) -> Existing:
    """The moments that are finite along all rays."""
    flat = _flat(prior)

    def highest(*grows: tuple[int, int]) -> float:
        return min((-ray.slope for ray in every if (ray.sd, ray.sigma) in grows), default=INF)

    sd, sigma, both = (1, 0), (0, 1), (1, 1)
    mean = highest(sd, sigma, both) if flat else INF
    theta = highest(sigma, both) if flat else highest(both)
    return Existing(mean, highest(sd, both), highest(sigma, both), theta)


def missing_moment(highest: float, parameter: str) -> str:
    """Say why a mean or an sd is not reported; empty if both exist."""
    if highest > 2.0:
        return ""
    what = "mean" if highest <= 1.0 else "sd"
    return f"{what} does not exist: E[|{parameter}|^m] is finite only for m < {number(highest)}"


def _flat(prior: NormalPrior) -> bool:
    return not isinstance(prior.mean, Normal)


def _reasons(improper: list[Ray], data: Design) -> list[str]:
    """Say why the posterior is not integrable along these rays, with cures; equal reasons share a sentence."""
    equal = [ray.what for ray in improper if ray.sigma < 0]
    said = [
        f"every group's rows are equal, so the density is not integrable as {joined(equal, 'or as')}; check whether "
        "the values were rounded, or give sigma a prior that vanishes at 0, such as InverseGamma or LogNormal"
        for _ in equal[:1]
    ]
    return [_reason(ray, data) for ray in improper if ray.sigma >= 0] + said


def _reason(ray: Ray, data: Design) -> str:
    """Say why the posterior is not integrable along a ray on which sigma does not go to 0, with the cure."""
    if ray.what == "sd goes to infinity":
        need = math.floor(data.groups + ray.slope) + 1
        return (
            f"it takes {need} groups and there {'is' if data.groups == 1 else 'are'} {data.groups}, so the density is "
            f"not integrable as {ray.what}; use the default prior (uniform-shrinkage)"
        )
    if ray.sd < 0:
        return (
            f"the density of sd is not integrable as {ray.what}, where the likelihood is constant; use a density that "
            "is finite there, such as HalfCauchy, or the default"
        )
    return (
        f"{counted(data.rows, 'row')} in {counted(data.groups, 'group')} are too few, so the "
        f"density is not integrable as {ray.what}; give more rows, or sigma a proper prior such as HalfCauchy"
    )
