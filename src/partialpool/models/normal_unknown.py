"""The normal model with unknown sd within groups: measurements y_ij about a theta that differs between groups.

y_ij | theta_j, sigma ~ N(theta_j, sigma^2),    theta_j | mean, sd ~ N(mean, sd^2)
theta_j | y_j, phi ~ N((n_j y_j/sigma^2 + mean/sd^2) v_j, v_j),    1/v_j = n_j/sigma^2 + 1/sd^2
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from partialpool.distributions import Normals
from partialpool.distributions.marginals.sampling_normal import NormalMeans
from partialpool.distributions.predictive.to_come import Amount, ToCome, noisy, noisy_total
from partialpool.engine.conditionals import Conditionals, Singles
from partialpool.engine.results import USUAL_TAIL, Results, Solved
from partialpool.engine.scores import Alternatives
from partialpool.groups.groups import Array, Groups
from partialpool.groups.rows import Rows
from partialpool.groups.source import Reading
from partialpool.groups.sums import Sums
from partialpool.messages.wording import counted
from partialpool.models.data.measurements import STATISTICS, measurements, summaries, sums
from partialpool.models.evidence import Evidence, Numbers
from partialpool.models.family import Family, Moments, Phi, Simulated
from partialpool.models.wording import Wording
from partialpool.priors import HalfCauchy, HalfNormal, Prior
from partialpool.priors.on_normal import NormalPrior
from partialpool.special import HALF_LOG_2PI


class NormalUnknown(Family):
    """The normal model of repeated measurements, whose sd within groups, sigma, is unknown."""

    name = "measurements"
    data = "normal"
    population = "normal"
    statistics = STATISTICS
    observed = "mean"
    quantity = "{mean}"
    amount = Amount("n", "how many rows there will be", least=1.0, whole=True)
    sampling = NormalMeans
    line = "identity"
    parameters = ("mean", "sd", "sigma", "icc")
    fixing = (("mean", "sd", "sigma"),)
    roles = (("value",), ("mean", "sd", "n"))
    alone = (("sd", "n"),)
    wording = Wording(
        theta="mean",
        thetas="means",
        model="normal model with unknown spread within groups",
        lines=("y_ij | θ_j, σ ~ Normal(θ_j, σ²)", "θ_j | μ, τ ~ Normal(μ, τ²),  mean = μ,  sd = τ,  sigma = σ"),
        weight="w_j = τ²/(τ² + σ²/n_j)",
        source="Gelman et al. 2013, section 11.6",
    )

    # --- data

    def grouped(self, rows: Rows, reading: Reading, group: Sequence[str]) -> Groups:
        """Turn rows into groups, as the fitting function does."""
        roles = reading.roles
        if "value" in roles:
            return measurements(rows, roles["value"], group)
        return summaries(rows, roles["mean"], roles["sd"], roles["n"], group)

    def added(self, reading: Reading, group: Sequence[str]) -> Sums | None:
        """The statistics that an engine may add up."""
        return sums(reading.roles["value"], group) if "value" in reading.roles else None

    def raw(self, groups: Groups) -> Array:
        """The mean of each group's measurements, shape (groups,)."""
        return groups.statistics["mean"]

    def totals(self, groups: Groups) -> str:
        """The number of measurements in all groups, in words."""
        return counted(int(groups.statistics["n"].sum()), "measurement")

    # --- posterior

    def solve(self, groups: Groups, prior: NormalPrior, method: str) -> Solved:
        from partialpool.models.inference.measurements import solve

        return solve(groups, prior, method)

    def restored(self, groups: Groups, numbers: Mapping[str, float]) -> Results:
        from partialpool.models.inference.measurements.fixed import restored

        return restored(groups, numbers)

    def evidence(self, data: Mapping[str, Array], phi: Mapping[str, float]) -> Evidence:
        return Numbers(data["mean"], 1.0 / np.sqrt(data["n"]), phi["sd"] / phi["sigma"])

    def alternatives(self, groups: Groups, prior: NormalPrior, results: Any) -> Alternatives:
        from partialpool.models.inference.measurements.pooling import alternatives

        return alternatives(groups, prior, results.hyper)

    # --- data to come

    def rows_to_come(self, nodes: Conditionals | Singles, theta: Normals, size: Array) -> ToCome:
        """Given a node the mean of `size` future measurements is normal, with standard error sigma/sqrt(size)."""
        return noisy(theta, nodes.phi["sigma"] / np.sqrt(size)[:, None])

    def total_to_come(self, nodes: Conditionals | Singles, theta: Normals, size: Array, times: Array) -> ToCome:
        """Given a node the sum of the means of future measurements is normal."""
        return noisy_total(nodes.probability, theta, nodes.phi["sigma"] / np.sqrt(size)[:, None], times)

    def moments_to_come(self, results: Results, size: Array, mean: Array, variance: Array) -> Moments:
        sigma = results.population("sigma", USUAL_TAIL)
        return mean, (sigma.mean**2 + sigma.sd**2) / size, variance

    # --- data given theta

    def log_likelihood(self, groups: Groups, theta: Array, phi: Phi) -> Array:
        n, y, rest, s = (groups.statistics[role].astype(float) for role in ("n", "mean", "rest", "sd"))
        sigma = phi["sigma"][:, None]
        away = ((y - theta) + rest) / sigma
        return -n * (np.log(sigma) + HALF_LOG_2PI) - 0.5 * ((n - 1.0) * (s / sigma) ** 2 + n * away**2)

    def likelihood(self, groups: Groups, place: int, nodes: Singles) -> Normals:
        n, y, rest = (float(groups.statistics[role][place]) for role in ("n", "mean", "rest"))
        origin, unit, sd = nodes.population.origin, nodes.population.unit, nodes.phi["sigma"][None] / np.sqrt(n)
        return Normals(np.full(sd.shape, ((y - origin) + rest) / unit), sd / unit, origin, unit)

    def replicated(self, groups: Groups, theta: Array, phi: Phi, rng: np.random.Generator) -> Array:
        spread = phi["sigma"][:, None] / np.sqrt(groups.statistics["n"])
        return theta + spread * rng.standard_normal(theta.shape)

    # --- outcomes

    def thetas(self, phi: Phi) -> Normals:
        return Normals(phi["mean"], np.maximum(phi["sd"], 1e-300))

    def designed(self, prior: NormalPrior, size: Array) -> NormalPrior:
        return prior.for_design(size)

    def compared(self, groups: Groups) -> dict[str, Prior]:
        return {
            "half-normal-ratio": Prior(sd=HalfNormal(1.0, on="ratio")),
            "half-cauchy-ratio": Prior(sd=HalfCauchy(1.0, on="ratio")),
        }

    def scatter(self, size: Array, squares: Array) -> float:
        freedom, unit = float(np.sum(size - 1.0)), float(np.sqrt(squares.max())) or 1.0
        return unit * float(np.sqrt(np.sum(squares / unit / unit) / max(freedom, 1.0)))

    def simulated(self, theta: Array, size: Array, phi: Phi, rng: np.random.Generator) -> Simulated:
        rows = size.astype(np.intp)
        y = np.repeat(theta, rows) + phi["sigma"] * rng.standard_normal(int(rows.sum()))
        return {"group": np.repeat(np.arange(1, len(theta) + 1), rows), "y": y}, {"value": "y", "group": "group"}


MEASUREMENTS = NormalUnknown()
