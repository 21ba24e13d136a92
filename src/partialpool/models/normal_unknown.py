"""Normal with unknown scatter: rows y_ij about thetas that differ from group to group.

y_ij | theta_j, sigma ~ N(theta_j, sigma^2),    theta_j | mean, sd ~ N(mean, sd^2)
theta_j | y_j, phi ~ N((n_j y_j/sigma^2 + mean/sd^2) v_j, v_j),    1/v_j = n_j/sigma^2 + 1/sd^2
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from partialpool.answers import USUAL_TAIL, Answers, Solved, Traces
from partialpool.conditionals import Conditionals, Lattice, Singles
from partialpool.distributions import Normals
from partialpool.drawn import Drawn
from partialpool.families.measurements import STATISTICS
from partialpool.groups import Array, Groups
from partialpool.integrate.surface import Surface
from partialpool.models.family import Family, Moments, Phi
from partialpool.predictive.to_come import Amount, ToCome, noisy, noisy_total
from partialpool.priors.on_normal import NormalPrior
from partialpool.scores import Alternatives
from partialpool.special import HALF_LOG_2PI, Index
from partialpool.wording import counted


class NormalUnknown(Family):
    """Rows y_ij about thetas that differ from group to group."""

    name = "measurements"
    data = "normal"
    population = "normal"
    statistics = STATISTICS
    observed = "mean"
    quantity = "{mean}"
    natural = ("mean", "sd", "sigma")
    amount = Amount("n", "how many rows there will be", least=1.0, whole=True)

    # --- data

    def raw(self, groups: Groups) -> Array:
        """The means of the groups' rows."""
        return groups.statistics["mean"]

    def totals(self, groups: Groups) -> str:
        """How many rows there are in all groups."""
        return counted(int(groups.statistics["n"].sum()), "row")

    # --- posterior

    def solve(self, groups: Groups, prior: NormalPrior, method: str) -> Solved:
        from partialpool.inference.measurements import solve

        return solve(groups, prior, method)

    def stored(self, answers: Any) -> dict[str, float]:
        from partialpool.inference.measurements.storing import stored

        return stored(answers)

    def restored(self, groups: Groups, numbers: Mapping[str, float]) -> Answers:
        from partialpool.inference.measurements.storing import restored

        return restored(groups, numbers)

    # --- nodes

    def conditionals(self, answers: Any, fineness: int, places: Index | None = None) -> Conditionals:
        from partialpool.inference.measurements.conditionals import conditionals

        return conditionals(answers, fineness)

    def contrasts(self, answers: Any, fineness: int) -> Conditionals:
        from partialpool.inference.measurements.conditionals import contrasts

        return contrasts(answers, fineness)

    def singles(self, answers: Any, fineness: int) -> Singles:
        from partialpool.inference.measurements.conditionals import singles

        return singles(answers, fineness)

    def drawn(self, answers: Any, n: int, rng: np.random.Generator) -> Drawn:
        from partialpool.inference.measurements.drawing import drawn

        return drawn(answers, n, rng)

    def every_node(self, answers: Any) -> Lattice | None:
        from partialpool.inference.measurements.conditionals import every_node

        return every_node(answers)

    # --- data to come

    def rows_to_come(self, nodes: Conditionals | Singles, theta: Normals, size: Array) -> ToCome:
        """Normal given a node."""
        return noisy(theta, nodes.phi["sigma"] / np.sqrt(size)[:, None])

    def total_to_come(self, nodes: Conditionals, theta: Normals, size: Array, times: Array) -> ToCome:
        """Normal given a node."""
        return noisy_total(nodes.probability, theta, nodes.phi["sigma"] / np.sqrt(size)[:, None], times)

    def moments_to_come(self, answers: Answers, size: Array, mean: Array, variance: Array) -> Moments:
        sigma = answers.population("sigma", USUAL_TAIL)
        return mean, (sigma.mean**2 + sigma.sd**2) / size, variance

    # --- pictures and poolings

    def density(self, answers: Any, coordinates: str) -> Surface:
        from partialpool.inference.measurements.surface import density

        return density(answers, coordinates)

    def traces(self, answers: Any, places: Index) -> Traces:
        from partialpool.inference.measurements.surface import traces

        return traces(answers, places)

    def alternatives(self, groups: Groups, prior: NormalPrior, answers: Any) -> Alternatives:
        from partialpool.inference.measurements.pooling import alternatives

        return alternatives(groups, prior, answers)

    # --- data given theta

    def log_likelihood(self, groups: Groups, theta: Array, phi: Phi) -> Array:
        n, y, rest, s = (groups.statistics[role].astype(float) for role in ("n", "mean", "rest", "sd"))
        sigma = phi["sigma"][:, None]
        away = ((y - theta) + rest) / sigma
        return -n * (np.log(sigma) + HALF_LOG_2PI) - 0.5 * ((n - 1.0) * (s / sigma) ** 2 + n * away**2)

    def replicated(self, groups: Groups, theta: Array, phi: Phi, rng: np.random.Generator) -> Array:
        spread = phi["sigma"][:, None] / np.sqrt(groups.statistics["n"])
        return theta + spread * rng.standard_normal(theta.shape)


MEASUREMENTS = NormalUnknown()
