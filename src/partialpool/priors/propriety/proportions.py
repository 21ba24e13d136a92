"""Decide whether the posterior of a beta-binomial model is proper and which moments it has, by comparing exponents.

Let I groups have 0 < y < n, S groups y = n >= 1 and F groups y = 0 with n >= 1, and let all groups together have Y
successes and N - Y failures. The likelihood behaves as

    kappa -> 0:         kappa^I mu^(I+S) (1-mu)^(I+F)
    kappa -> infinity:  mu^Y (1-mu)^(N-Y)

so with a prior mu^(c-1) (1-mu)^(d-1) p(kappa), p(kappa) ~ kappa^p0 at 0 and ~ kappa^-q at infinity, the posterior is
proper if and only if I + p0 > -1, q > 1, Y + c > 0 and N - Y + d > 0, and E[kappa^m], m > 0, is finite if and only if
m < q - 1. For densities on alpha and beta the same follows corner by corner.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from partialpool.distributions.marginals.beta_binomial import BinomialCells
from partialpool.errors import ImproperPosteriorError
from partialpool.messages.wording import counted
from partialpool.priors.density import number
from partialpool.priors.on_beta import BetaPrior


@dataclass(frozen=True)
class Design:
    """The counts on which propriety depends."""

    interior: int  # groups with 0 < y < n
    all_success: int  # groups with y = n >= 1
    all_failure: int  # groups with y = 0, n >= 1
    successes: int
    failures: int

    @property
    def groups(self) -> int:
        """The number of groups with data."""
        return self.interior + self.all_success + self.all_failure


def design(pairs: BinomialCells) -> Design:
    """Count the groups on which propriety depends."""
    y, f, count = pairs.successes, pairs.failures, pairs.count
    return Design(
        int(count[(y > 0) & (f > 0)].sum()),
        int(count[(y > 0) & (f == 0)].sum()),
        int(count[(y == 0) & (f > 0)].sum()),
        int(y @ count),
        int(f @ count),
    )


def check(prior: BetaPrior, data: Design) -> None:
    """Refuse an improper posterior, with the reason and a prior that would make it proper."""
    reasons = _natural(prior, data) if prior.on_alpha_beta else _mean_concentration(prior, data)
    if reasons:
        name = f'the prior "{prior.name}"' if prior.name else "this prior"
        raise ImproperPosteriorError(f"With {name} the posterior is improper: {'; '.join(reasons)}.")


def _mean_concentration(prior: BetaPrior, data: Design) -> list[str]:
    kappa = prior.part("concentration")
    at_zero, at_one = prior.mean_exponents
    reasons = []
    if data.interior + kappa.at_zero <= -1.0:
        need = math.floor(-1.0 - kappa.at_zero) + 1
        has = "no group has" if not data.interior else f"only {counted(data.interior, 'group')} with"
        reasons.append(
            f"{has} 0 < successes < trials and it takes {need}, so the density is not integrable as concentration "
            "goes to 0; use the default prior (uniform-shrinkage)"
        )
    if kappa.at_infinity <= 1.0:
        reasons.append(
            f"its density falls only like concentration^({number(-kappa.at_infinity)}) as concentration goes to "
            "infinity, where the likelihood is constant; it must fall faster than 1/concentration, as the default does"
        )
    if data.successes + at_zero + 1.0 <= 0:
        reasons.append("there is no success and the density of the mean is not integrable at 0; use Beta(1, 1) for it")
    if data.failures + at_one + 1.0 <= 0:
        reasons.append("there is no failure and the density of the mean is not integrable at 1; use Beta(1, 1) for it")
    return reasons


def _natural(prior: BetaPrior, data: Design) -> list[str]:
    alpha, beta = prior.part("alpha"), prior.part("beta")
    low_a, low_b = alpha.at_zero + data.interior + data.all_success, beta.at_zero + data.interior + data.all_failure
    zero = low_a > -1 and low_b > -1 and alpha.at_zero + beta.at_zero + data.interior > -2
    cure = "use proper densities such as Gamma or Exponential"
    reasons = [] if zero else [f"it is not integrable where alpha or beta goes to 0; {cure}"]
    if natural_moments(prior, data) <= 0:
        reasons.append(f"it is not integrable where alpha or beta goes to infinity; {cure}")
    return reasons


def natural_moments(prior: BetaPrior, data: Design) -> float:
    """The limit below which E[kappa^m] is finite, for a prior with densities of alpha and beta."""
    a, b = prior.part("alpha").at_infinity, prior.part("beta").at_infinity
    return min(a + b - 2.0, b + data.successes - 1.0, a + data.failures - 1.0)


def highest_moment(prior: BetaPrior, data: Design) -> float:
    """The limit L for which E[kappa^m] is finite if and only if m < L."""
    if prior.on_alpha_beta:
        return natural_moments(prior, data)
    return prior.part("concentration").at_infinity - 1.0


def missing_moment(order: int, highest: float, parameter: str) -> str:
    """Say why a mean (order 1) or an sd (order 2) is not reported; empty if it exists."""
    if order < highest:
        return ""
    what = "mean" if order == 1 else "sd"
    return f"{what} does not exist: E[{parameter}^m] is finite only for m < {number(highest)}"
