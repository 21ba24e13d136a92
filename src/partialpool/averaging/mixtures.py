"""Distribution functions of groups as what they are: mixtures of beta distributions over the nodes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from partialpool.averaging.narrow import smoothed
from partialpool.averaging.rule import Rule
from partialpool.distributions import Betas
from partialpool.marginals.beta_binomial import Pairs
from partialpool.populations.beta_distribution import cdf, log_norm
from partialpool.special import Array, Index, log_sigmoids, row_sums

_CHUNK = 1 << 20
_HIGHEST = 700.0  # log of the largest parameter that is kept apart from infinity
_SHARP = 1e8  # sum of parameters from where a density takes more care than powers of theta


@dataclass(frozen=True)
class Mixtures:
    """P(theta <= x) = sum over nodes of probability times an incomplete beta function."""

    rule: Rule
    pairs: Pairs

    def at(self, logit: Array, which: Index) -> Array:
        """Distribution function, density and its slope in the logit, for `which` pairs: (3, points)."""
        out = np.zeros((3, len(logit)))
        size = max(1, _CHUNK // max(1, len(self.rule.nodes)))
        for i in range(0, len(logit) if len(self.rule.nodes) else 0, size):
            part = slice(i, i + size)
            out[:, part] = self._wide(logit[part, None], which[part])
        if self.rule.narrow:
            out[:2] += narrow(self.rule, logit, self.pairs.successes[which], self.pairs.failures[which])
        return out

    def _wide(self, logit: Array, which: Index) -> Array:
        a, b, constant = (part[which] for part in self._parameters)
        p = self.rule.nodes.probability
        log_theta, log_rest = log_sigmoids(logit)
        with np.errstate(over="ignore", invalid="ignore"):  # far from a sharp peak; the search then halves its bracket
            density = np.exp(a * log_theta + b * log_rest + constant)
            sharp = a + b > _SHARP
            if sharp.any():
                at = np.broadcast_to(logit, sharp.shape)[sharp]
                density[sharp] = np.exp(Betas(a[sharp], b[sharp]).log_density(at))
            bend = density * (a * np.exp(log_rest) - b * np.exp(log_theta))
        return np.stack([row_sums(part, p) for part in (cdf(logit, a, b), density, bend)])

    @cached_property
    def _parameters(self) -> tuple[Array, Array, Array]:
        a, b = parameters(self.rule, self.pairs)
        return a, b, log_norm(a, b)


def parameters(rule: Rule, pairs: Pairs) -> tuple[Array, Array]:
    """Parameters of the conditional beta distributions: (pairs, nodes)."""
    point = rule.nodes.point
    alpha, beta = np.minimum(point.log_alpha, _HIGHEST), np.minimum(point.log_beta, _HIGHEST)
    return pairs.successes[:, None] + np.exp(alpha), pairs.failures[:, None] + np.exp(beta)


def narrow(rule: Rule, logit: Array, y: Array, f: Array) -> Array:
    """What the narrow rows add to the distribution function and the density: (2, points)."""
    assert rule.source is not None
    out = np.zeros((2, len(logit)))
    for row in rule.narrow:
        out += row.probability * np.stack(smoothed(rule.source, row, logit, y, f))
    return out
