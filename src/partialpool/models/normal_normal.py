"""The normal-normal model: estimates y with known standard errors s, of a theta that differs between groups.

y_j | theta_j ~ N(theta_j, s_j^2),    theta_j | mean, sd ~ N(mean, sd^2)
theta_j | y_j, mean, sd ~ N((y_j/s_j^2 + mean/sd^2) v_j, v_j),    1/v_j = 1/s_j^2 + 1/sd^2
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from partialpool.distributions import Normals
from partialpool.distributions.marginals.sampling_normal import NormalEstimates
from partialpool.distributions.predictive.to_come import Amount, ToCome, noisy, noisy_total
from partialpool.engine.conditionals import Conditionals, Singles
from partialpool.engine.results import Results, Solved, Summary
from partialpool.engine.scores import Alternatives
from partialpool.groups.groups import Array, Groups
from partialpool.groups.rows import Rows
from partialpool.groups.source import Reading
from partialpool.models.data.normal import STATISTICS, estimates
from partialpool.models.data.trials import of_reading, renamed
from partialpool.models.evidence import Evidence, Numbers
from partialpool.models.family import Family, Moments, Phi
from partialpool.models.wording import Wording
from partialpool.priors import Flat, HalfCauchy, HalfNormal, Prior
from partialpool.priors.on_normal import NormalPrior
from partialpool.special import HALF_LOG_2PI


class NormalNormal(Family):
    """The normal-normal model of estimates with known standard errors."""

    name = "estimates"
    data = "normal"
    population = "normal"
    statistics = STATISTICS
    observed = "estimate"
    quantity = "{estimate}"
    amount = Amount("se", "the standard error of an estimate to come")
    precise = "1 / {}²"
    methods = ("reml", "dersimonian-laird")
    meta_analysed = True
    sampling = NormalEstimates
    line = "identity"
    parameters = ("mean", "sd")
    fixing = (("mean", "sd"),)
    roles = (("estimate", "se"), ("estimate", "variance"))
    wording = Wording(
        theta="effect",
        thetas="effects",
        model="normal-normal model with known standard errors",
        lines=("y_j | θ_j ~ Normal(θ_j, s_j²)", "θ_j | μ, τ ~ Normal(μ, τ²),  mean = μ,  sd = τ"),
        weight="w_j = τ²/(τ² + s_j²)",
        source="Gelman et al. 2013, sections 5.4 to 5.6",
    )

    # --- data

    def grouped(self, rows: Rows, reading: Reading, group: Sequence[str]) -> Groups:
        """Turn rows into groups, as the fitting function does."""
        if reading.settings:
            return of_reading(reading).groups(rows, reading.roles, group)
        roles = reading.roles
        return estimates(rows, roles["estimate"], roles.get("se"), roles.get("variance"), group)

    def renamed(self, reading: Reading, given: Mapping[str, Any]) -> dict[str, str]:
        """Role -> its column in another table, where some columns have other names."""
        return renamed(reading, given) if reading.settings else super().renamed(reading, given)

    def raw(self, groups: Groups) -> Array:
        """The estimates, shape (groups,)."""
        return groups.statistics["estimate"].astype(float)

    def totals(self, groups: Groups) -> str:
        """Name the columns of the estimates and of their standard errors."""
        return f"{groups.columns['estimate']} with {groups.columns['se']}"

    # --- posterior

    def solve(self, groups: Groups, prior: NormalPrior, method: str) -> Solved:
        from partialpool.models.inference.estimates import solve

        return solve(groups, prior, method)

    def restored(self, groups: Groups, numbers: Mapping[str, float]) -> Results:
        from partialpool.distributions.marginals.normal_normal import distinct
        from partialpool.models.inference.estimates.fixed import given

        of = distinct(*(groups.statistics[role].astype(float) for role in ("estimate", "se")))
        known = {name: value for name, value in numbers.items() if name in ("mean", "sd")}
        return given(of, known, (numbers["prior_mean"], numbers["prior_sd"]) if "prior_sd" in numbers else None)

    def evidence(self, data: Mapping[str, Array], phi: Mapping[str, float]) -> Evidence:
        return Numbers(data["estimate"], data["se"], phi["sd"])

    def estimated(self, groups: Groups, results: Any, parameter: str, tail: float) -> Summary:
        """The mean has a normal interval that takes the sd as known; the interval of the sd is by the Q-profile."""
        from partialpool.models.inference.estimates.heterogeneity import Spread, estimated

        return estimated(results, Spread.of(groups), parameter, tail)

    def alternatives(self, groups: Groups, prior: NormalPrior, results: Any) -> Alternatives:
        from partialpool.models.inference.estimates.pooling import alternatives

        return alternatives(groups, prior, results.hyper)

    # --- data to come

    def rows_to_come(self, nodes: Conditionals | Singles, theta: Normals, size: Array) -> ToCome:
        """Given a node each future estimate is normal, with standard error `size`."""
        return noisy(theta, size[:, None])

    def total_to_come(self, nodes: Conditionals | Singles, theta: Normals, size: Array, times: Array) -> ToCome:
        """Given a node the sum of future estimates is normal."""
        return noisy_total(nodes.probability, theta, size[:, None], times)

    def moments_to_come(self, results: Results, size: Array, mean: Array, variance: Array) -> Moments:
        return mean, size**2, variance

    # --- data given theta

    def log_likelihood(self, groups: Groups, theta: Array, phi: Phi) -> Array:
        y, s = groups.statistics["estimate"], groups.statistics["se"]
        with np.errstate(divide="ignore", invalid="ignore"):
            return -0.5 * ((y - theta) / s) ** 2 - np.log(s) - HALF_LOG_2PI

    def likelihood(self, groups: Groups, place: int, nodes: Singles) -> Normals:
        y, s = (np.array([[float(groups.statistics[role][place])]]) for role in ("estimate", "se"))
        assert isinstance(nodes.population, Normals)
        origin, unit = nodes.population.origin, nodes.population.unit
        return Normals((y - origin) / unit, s / unit, origin, unit)

    def replicated(self, groups: Groups, theta: Array, phi: Phi, rng: np.random.Generator) -> Array:
        return theta + groups.statistics["se"] * rng.standard_normal(theta.shape)

    # --- outcomes

    def thetas(self, phi: Phi) -> Normals:
        return Normals(phi["mean"], np.maximum(phi["sd"], 1e-300))

    def designed(self, prior: NormalPrior, size: Array) -> NormalPrior:
        return prior.for_design(size**2)

    def compared(self, groups: Groups) -> dict[str, Prior]:
        se = np.asarray(groups.statistics["se"], dtype=float)
        some = se[se > 0.0]
        out = {}
        if len(some):
            least = float(some.min())
            scale = least * float(np.sqrt(len(some) / np.sum((least / some) ** 2)))  # root of the harmonic mean of se^2
            out = {"half-normal": Prior(sd=HalfNormal(scale)), "half-cauchy": Prior(sd=HalfCauchy(scale))}
        return out | {"flat-variance": Prior(sd=Flat(on="variance"))}

    def informed(self, size: Array) -> Array:
        return -size

    def precision(self, size: Array) -> Array:
        with np.errstate(divide="ignore", over="ignore"):
            return 1.0 / size**2

    def weight(self, size: Array) -> Array:
        """Inverse variances relative to the largest; if some standard errors are 0, only those groups count."""
        certain = size == 0.0
        return certain.astype(float) if certain.any() else size.min() ** 2 / size**2

    def scatter(self, size: Array, squares: Array) -> float:
        return float(np.median(size))


ESTIMATES = NormalNormal()
