"""Distribution functions of groups as direct sums of the conditionals over the nodes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from partialpool.distributions import ExponentialFamily
from partialpool.engine.mixtures.narrow import smoothed
from partialpool.engine.mixtures.rule import Rule
from partialpool.quadrature.chunks import chunks
from partialpool.special import Array, Index, row_sums


@dataclass(frozen=True)
class Mixtures:
    """Distribution functions of some cells: sums over the nodes, plus the contributions of the narrow rows."""

    rule: Rule
    cells: Any

    def at(self, z: Array, which: Index) -> Array:
        """Cdf, density and slope of the density at one z for each of `which` cells: (3, points)."""
        out = np.zeros((3, len(z)))
        nodes = self.rule.nodes
        conditionals = self._conditionals.remembering()
        for some in chunks(len(z) if len(nodes) else 0, len(nodes)):
            of, at = conditionals.part(which[some]), z[some, None]
            with np.errstate(all="ignore"):  # far from where a mixture lives; the search then halves its bracket
                density = np.exp(of.log_density(at))
                parts = of.cdf(at), density, np.nan_to_num(density * of.log_slope(at))
                out[:, some] = [row_sums(part, nodes.probability) for part in parts]
        return out + narrow(self.rule, z, self.cells, which)

    def below(self, z: Array, which: Index) -> Array:
        """The cdf alone of `at`: (points,)."""
        out, nodes = np.zeros(len(z)), self.rule.nodes
        for some in chunks(len(z) if len(nodes) else 0, len(nodes)):
            with np.errstate(all="ignore"):
                cdf = self._conditionals.part(which[some]).cdf(z[some, None])
                out[some] = row_sums(cdf, nodes.probability)
        return out + narrow(self.rule, z, self.cells, which)[0]

    @cached_property
    def _conditionals(self) -> ExponentialFamily:
        return self.rule.source.conditionals(self.cells, self.rule.nodes.point)


def narrow(rule: Rule, z: Array, cells: Any, which: Index) -> Array:
    """Contribution of the narrow rows to cdf and density (none to the density's slope): (3, points)."""
    out = np.zeros((3, len(z)))
    if rule.narrow:
        probability = np.array([row.probability for row in rule.narrow])
        out[:2] = np.einsum("r,krp->kp", probability, smoothed(rule.source, rule.narrow, z, cells.subset(which)))
    return out
