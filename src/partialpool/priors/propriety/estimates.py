"""Decide whether the posterior of a normal-normal model is proper and which moments it has, by comparing exponents.

Of J groups let m have standard error 0 and the same estimate. The likelihood, with the mean integrated out, behaves as

    sd -> 0:         constant for m <= 1, sd^-(m-1) for more; if exact estimates differ it vanishes faster than a power
    sd -> infinity:  sd^-(J-1) with a flat mean, sd^-J with a normal prior on it

so with p(sd) ~ sd^p0 at 0 and ~ sd^-q at infinity the posterior is proper if and only if p0 - (m-1) > -1 (with m at
least 1) and q + J > 2 (flat mean) or q + J > 1 (normal); E[sd^k] is finite if and only if k < q + J - 2, or q + J - 1.
With a flat prior on the mean the same holds for E[|mean|^k], since given sd the mean spreads like sd. With a normal
prior all moments of the mean exist.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from partialpool.distributions.marginals.normal_normal import Distinct
from partialpool.errors import ImproperPosteriorError
from partialpool.priors.density import number
from partialpool.priors.normal import Normal
from partialpool.priors.on_normal import NormalPrior

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TOO_NEAR = 0.07  # distance of k from its limit: sd^-0.07 falls to 1e-20 only near sd = 1e300, the largest doubles
_CURE = "use the default prior (uniform-shrinkage)"


@dataclass(frozen=True)
class Design:
    """The counts on which propriety depends."""

    groups: int
    exact: int  # groups with se = 0
    values: int  # distinct estimates among the groups with se = 0

    @property
    def poles(self) -> int:
        """The exponent p for which the likelihood grows like sd^-p as sd goes to 0."""
        return max(self.exact - 1, 0) if self.values <= 1 else 0


def design(of: Distinct) -> Design:
    """Count the groups on which propriety depends."""
    exact = of.se == 0.0
    return Design(int(of.count.sum()), int(of.count[exact].sum()), int(np.count_nonzero(exact)))


def check(prior: NormalPrior, data: Design) -> None:
    """Refuse an improper posterior, with the reason and a prior that would make it proper."""
    reasons = [reason for reason in (_at_zero(prior, data), _at_infinity(prior, data)) if reason]
    if reasons:
        name = f'the prior "{prior.name}"' if prior.name else "this prior"
        raise ImproperPosteriorError(f"With {name} the posterior is improper: {'; '.join(reasons)}.")


def _at_zero(prior: NormalPrior, data: Design) -> str:
    p0 = prior.sd.at_zero
    if data.values > 1 or p0 - data.poles > -1.0:
        return ""
    if p0 <= -1.0:
        return f"its density of sd is not integrable at 0, where the likelihood is not 0; {_CURE}"
    return (
        f"{_word(data.exact)} groups have se = 0 and the same estimate, so the likelihood grows like "
        f"sd^(-{data.poles}) and the density is not integrable as sd goes to 0; give these groups the standard errors "
        "that they have, or a prior that vanishes at sd = 0 (InverseGamma, LogNormal)"
    )


def _at_infinity(prior: NormalPrior, data: Design) -> str:
    if sd_below(prior, data) > 0.0:
        return ""
    need = data.groups + 1 + math.floor(-sd_below(prior, data))
    have = "there is one" if data.groups == 1 else f"there are {_word(data.groups)}"
    return f"it needs {_word(need)} groups and {have}, so the density is not integrable as sd goes to infinity; {_CURE}"


def _word(count: int) -> str:
    return _WORDS[count] if count < len(_WORDS) else str(count)


def sd_below(prior: NormalPrior, data: Design) -> float:
    """The limit L for which E[sd^m] is finite if and only if m < L."""
    return prior.sd.at_infinity + data.groups - (1.0 if isinstance(prior.mean, Normal) else 2.0)


def mean_below(prior: NormalPrior, data: Design) -> float:
    """The limit L for which E[|mean|^m] is finite if and only if m < L."""
    return math.inf if isinstance(prior.mean, Normal) else sd_below(prior, data)


def within_reach(below: float) -> float:
    """Lower the limit `below` to k if E[sd^k], k = 1 or 2, exists but is dominated by sds beyond the largest double."""
    return next((k for k in (1.0, 2.0) if k < below <= k + _TOO_NEAR), below)


def missing_moment(below: float, of: str) -> str:
    """Say why a mean or an sd is not reported; empty if both are."""
    reach = within_reach(below)
    if reach > 2.0:
        return ""
    what, order = ("mean", 1.0) if reach <= 1.0 else ("sd", 2.0)
    why = "does not exist" if below <= order else "is beyond double precision"
    return f"{what} {why}: E[{of}^m] is finite only for m < {number(below)}"
