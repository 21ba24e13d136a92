"""Normal-normal: estimates y with known standard errors s, of thetas that differ from group to group.

y_j | theta_j ~ N(theta_j, s_j^2),    theta_j | mean, sd ~ N(mean, sd^2)
theta_j | y_j, mean, sd ~ N((y_j/s_j^2 + mean/sd^2) v_j, v_j),    1/v_j = 1/s_j^2 + 1/sd^2
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from partialpool.answers import Answers, Solved, Summary, Traces
from partialpool.conditionals import Conditionals, Lattice, Singles
from partialpool.distributions import Normals
from partialpool.drawn import Drawn
from partialpool.families.normal import STATISTICS
from partialpool.groups import Array, Groups
from partialpool.integrate.surface import Surface
from partialpool.models.family import Family, Moments, Phi
from partialpool.predictive.to_come import Amount, ToCome, noisy, noisy_total
from partialpool.priors.on_normal import NormalPrior
from partialpool.scores import Alternatives
from partialpool.special import HALF_LOG_2PI, Index


class NormalNormal(Family):
    """Estimates y with known standard errors s, of thetas that differ from group to group."""

    name = "estimates"
    data = "normal"
    population = "normal"
    statistics = STATISTICS
    observed = "estimate"
    quantity = "{estimate}"
    natural = ("mean", "sd")
    amount = Amount("se", "the standard error of an estimate to come")
    methods = ("reml", "dersimonian-laird")
    meta_analysed = True

    # --- data

    def raw(self, groups: Groups) -> Array:
        """The estimates."""
        return groups.statistics["estimate"].astype(float)

    def totals(self, groups: Groups) -> str:
        """What was estimated."""
        return f"{groups.columns['estimate']} with {groups.columns['se']}"

    # --- posterior

    def solve(self, groups: Groups, prior: NormalPrior, method: str) -> Solved:
        from partialpool.inference.estimates import solve

        return solve(groups, prior, method)

    def stored(self, answers: Any) -> dict[str, float]:
        from partialpool.inference.estimates.storing import stored

        return stored(answers)

    def restored(self, groups: Groups, numbers: Mapping[str, float]) -> Answers:
        from partialpool.inference.estimates.storing import restored

        return restored(groups, numbers)

    # --- nodes

    def conditionals(self, answers: Any, fineness: int, places: Index | None = None) -> Conditionals:
        from partialpool.inference.estimates.conditionals import conditionals

        return conditionals(answers, fineness)

    def contrasts(self, answers: Any, fineness: int) -> Conditionals:
        from partialpool.inference.estimates.conditionals import contrasts

        return contrasts(answers, fineness)

    def singles(self, answers: Any, fineness: int) -> Singles:
        from partialpool.inference.estimates.conditionals import singles

        return singles(answers, fineness)

    def drawn(self, answers: Any, n: int, rng: np.random.Generator) -> Drawn:
        from partialpool.inference.estimates.drawing import drawn

        return drawn(answers, n, rng)

    def every_node(self, answers: Any) -> Lattice | None:
        from partialpool.inference.estimates.conditionals import every_node

        return every_node(answers)

    def estimated(self, groups: Groups, answers: Any, parameter: str, tail: float) -> Summary:
        """The interval of the mean is normal, with the sd taken as known; that of the sd is the Q-profile."""
        from partialpool.inference.estimates.heterogeneity import Spread, estimated

        return estimated(answers, Spread.of(groups), parameter, tail)

    # --- data to come

    def rows_to_come(self, nodes: Conditionals | Singles, theta: Normals, size: Array) -> ToCome:
        """Normal given a node."""
        return noisy(theta, size[:, None])

    def total_to_come(self, nodes: Conditionals, theta: Normals, size: Array, times: Array) -> ToCome:
        """Normal given a node."""
        return noisy_total(nodes.probability, theta, size[:, None], times)

    def moments_to_come(self, answers: Answers, size: Array, mean: Array, variance: Array) -> Moments:
        return mean, size**2, variance

    # --- pictures and poolings

    def density(self, answers: Any, coordinates: str) -> Surface:
        from partialpool.inference.estimates.surface import density

        return density(answers, coordinates)

    def traces(self, answers: Any, places: Index) -> Traces:
        from partialpool.inference.estimates.surface import traces

        return traces(answers, places)

    def alternatives(self, groups: Groups, prior: NormalPrior, answers: Any) -> Alternatives:
        from partialpool.inference.estimates.pooling import alternatives

        return alternatives(groups, prior, answers)

    # --- data given theta

    def log_likelihood(self, groups: Groups, theta: Array, phi: Phi) -> Array:
        y, s = groups.statistics["estimate"], groups.statistics["se"]
        with np.errstate(divide="ignore", invalid="ignore"):
            return -0.5 * ((y - theta) / s) ** 2 - np.log(s) - HALF_LOG_2PI

    def replicated(self, groups: Groups, theta: Array, phi: Phi, rng: np.random.Generator) -> Array:
        return theta + groups.statistics["se"] * rng.standard_normal(theta.shape)


ESTIMATES = NormalNormal()
