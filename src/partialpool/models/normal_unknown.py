"""Normal with unknown scatter: rows y_ij about thetas that differ from group to group.

y_ij | theta_j, sigma ~ N(theta_j, sigma^2),    theta_j | mean, sd ~ N(mean, sd^2)
theta_j | y_j, phi ~ N((n_j y_j/sigma^2 + mean/sd^2) v_j, v_j),    1/v_j = n_j/sigma^2 + 1/sd^2
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from partialpool.answers import Answers, Solved
from partialpool.families.measurements import STATISTICS
from partialpool.groups import Array, Groups
from partialpool.models.evidence import Evidence, Numbers
from partialpool.models.family import Family, Phi
from partialpool.priors.on_normal import NormalPrior
from partialpool.scores import Alternatives
from partialpool.special import HALF_LOG_2PI
from partialpool.wording import counted


class NormalUnknown(Family):
    """Rows y_ij about thetas that differ from group to group."""

    name = "measurements"
    data = "normal"
    population = "normal"
    statistics = STATISTICS
    observed = "mean"
    quantity = "{mean}"

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

    def restored(self, groups: Groups, numbers: Mapping[str, float]) -> Answers:
        from partialpool.inference.measurements.fixed import restored

        return restored(groups, numbers)

    def evidence(self, data: Mapping[str, Array], phi: Mapping[str, float]) -> Evidence:
        return Numbers(data["mean"], 1.0 / np.sqrt(data["n"]), phi["sd"] / phi["sigma"])

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
