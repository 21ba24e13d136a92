"""The beta-binomial model: y successes in n trials, with a success probability theta that differs between groups.

y_j | theta_j ~ Binomial(n_j, theta_j),    theta_j | alpha, beta ~ Beta(alpha, beta)
theta_j | y_j, alpha, beta ~ Beta(y_j + alpha, n_j - y_j + beta)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special as sc
from scipy.special import expit

from partialpool.distributions import Betas, Distribution, conjugate_betas
from partialpool.distributions.marginals.sampling_beta_binomial import BetaBinomials
from partialpool.distributions.predictive.counts import Tabulated
from partialpool.distributions.predictive.to_come import Amount, ToCome, averaged
from partialpool.engine.conditionals import Conditionals, Singles
from partialpool.engine.results import Results, Solved
from partialpool.engine.scores import Alternatives
from partialpool.errors import RequestError
from partialpool.groups.groups import Array, Groups
from partialpool.groups.rows import Rows
from partialpool.groups.source import Reading
from partialpool.groups.sums import Sums
from partialpool.models.data.binomial import STATISTICS, counts, sums
from partialpool.models.evidence import NONE, Evidence
from partialpool.models.family import Family, Moments, Phi
from partialpool.models.wording import Wording
from partialpool.priors import Beta, HalfNormal, Prior
from partialpool.priors.on_beta import BetaPrior


class BetaBinomial(Family):
    """The beta-binomial model of proportions."""

    name = "proportions"
    data = "binomial"
    population = "beta"
    statistics = STATISTICS
    observed = "successes"
    quantity = "{successes} / {trials}"
    amount = Amount("trials", "how many trials there will be", whole=True, adds=True)
    sampling = BetaBinomials
    line = "logit"
    parameters = ("mean", "concentration", "alpha", "beta", "sd")
    fixing = (("mean", "concentration"), ("alpha", "beta"))
    roles = (("successes", "trials"), ("successes",))
    wording = Wording(
        theta="proportion",
        thetas="proportions",
        model="beta-binomial model",
        lines=("y_j | θ_j ~ Binomial(n_j, θ_j)", "θ_j | α, β ~ Beta(α, β),  mean = α/(α + β),  concentration = α + β"),
        weight="w_j = n_j/(n_j + concentration)",
        source="Gelman et al. 2013, sections 5.1 to 5.3",
    )

    # --- data

    def grouped(self, rows: Rows, reading: Reading, group: Sequence[str]) -> Groups:
        """Turn rows into groups, as the fitting function does."""
        return counts(rows, reading.roles["successes"], reading.roles.get("trials"), group)

    def added(self, reading: Reading, group: Sequence[str]) -> Sums | None:
        """The statistics that an engine may add up."""
        return sums(reading.roles["successes"], reading.roles.get("trials"), group)

    def raw(self, groups: Groups) -> Array:
        """The raw rates y/n, NaN for groups without trials, shape (groups,)."""
        y, n = groups.statistics["successes"], groups.statistics["trials"]
        return np.where(n > 0, y / np.maximum(n, 1), np.nan)

    def totals(self, groups: Groups) -> str:
        """The total of successes and of trials over all groups, in words."""
        y, n = (f"{int(groups.statistics[role].sum())} {groups.columns[role]}" for role in ("successes", "trials"))
        return f"{y} of {n}"

    # --- posterior

    def solve(self, groups: Groups, prior: BetaPrior, method: str) -> Solved:
        from partialpool.models.inference.proportions import solve

        return solve(groups, prior, method)

    def restored(self, groups: Groups, numbers: Mapping[str, float]) -> Results:
        from partialpool.models.inference.proportions import distinct
        from partialpool.models.inference.proportions.fixed import given

        return given(*distinct(groups.statistics["successes"], groups.statistics["trials"]), numbers)

    def below_the_line(
        self, data: Mapping[str, Array], one: int, other: int, quantity: str
    ) -> list[tuple[float, str, int]]:
        successes, trials = data["successes"], data["trials"]
        found = [(float(successes[other]), "successes", other)]
        if quantity == "odds ratio":
            found.append((float(trials[one] - successes[one]), "failures", one))
        return found

    def evidence(self, data: Mapping[str, Array], phi: Mapping[str, float]) -> Evidence:
        return _Counts(data["trials"], data["successes"], phi["concentration"])

    def alternatives(self, groups: Groups, prior: BetaPrior, results: Any) -> Alternatives:
        from partialpool.models.inference.proportions.pooling import alternatives

        return alternatives(groups, prior, results.hyper)

    # --- data to come

    def rows_to_come(self, nodes: Conditionals | Singles, theta: Betas, size: Array) -> ToCome:
        """Mixtures of beta-binomial distributions over the nodes, one per row."""
        from partialpool.distributions.predictive.rows import tabulated

        counts, error = tabulated(nodes.probability, theta, size)
        return ToCome(counts, error=error)

    def total_to_come(self, nodes: Conditionals | Singles, theta: Betas, size: Array, times: Array) -> ToCome:
        """The distribution of the sum of beta-binomial counts, from their characteristic functions."""
        from partialpool.distributions.predictive.totals import Summands, total_of_successes

        of = Summands(nodes.probability, theta, size, times)
        first, p, error = total_of_successes(of)
        counts = Tabulated(np.array([first]), (p,), np.array([float(of.most)]))
        return ToCome(counts, error=error, moments=averaged(nodes.probability, *of.moments))

    def moments_to_come(self, results: Results, size: Array, mean: Array, variance: Array) -> Moments:
        return size * mean, size * np.maximum(mean * (1.0 - mean) - variance, 0.0), size**2 * variance

    # --- data given theta

    def log_likelihood(self, groups: Groups, theta: Array, phi: Phi) -> Array:
        y, n = (groups.statistics[role].astype(float) for role in ("successes", "trials"))
        choose = -sc.betaln(n - y + 1.0, y + 1.0) - np.log1p(n)
        return np.asarray(choose + sc.xlogy(y, theta) + sc.xlog1py(n - y, -theta))

    def likelihood(self, groups: Groups, place: int, nodes: Singles) -> Betas:
        y, n = (float(groups.statistics[role][place]) for role in ("successes", "trials"))
        return Betas(np.array([[y + 1.0]]), np.array([[n - y + 1.0]]))

    def replicated(self, groups: Groups, theta: Array, phi: Phi, rng: np.random.Generator) -> Array:
        return rng.binomial(groups.statistics["trials"], theta)

    # --- outcomes

    def thetas(self, phi: Phi) -> Betas:
        return Betas(phi["alpha"], phi["beta"])

    def completed(self, given: Mapping[str, float]) -> dict[str, float]:
        out = super().completed(given)
        if "mean" in out:
            if not out["mean"] < 1.0:
                raise RequestError(f"mean must be above 0 and below 1, not {out['mean']!r}.")
            out["alpha"] = out["mean"] * out["concentration"]
            out["beta"] = out["concentration"] - out["alpha"]
        return out

    def compared(self, groups: Groups) -> dict[str, Prior]:
        return {
            "jeffreys-mean": Prior(mean=Beta(0.5, 0.5)),
            "half-normal-sd": Prior(concentration=HalfNormal(1.0, on="sd")),
        }


class _Counts(Evidence):
    def __init__(self, trials: Array, successes: Array, concentration: float) -> None:
        self._common = math.asin(math.sqrt(successes.sum() / trials.sum()))
        self._log_concentration = math.log(concentration)
        own = np.arctan2(np.sqrt(successes), np.sqrt(trials - successes))
        super().__init__(np.log(trials), 2.0 * np.sqrt(trials) * (own - self._common))

    def weight(self, knowing: Array) -> Array:
        return np.asarray(expit(knowing - self._log_concentration))

    def conditionals(self, place: Array, nodes: Conditionals) -> Distribution:
        n = np.exp(place[0])
        share = np.sin(self._common + 0.5 * self.away(place) / np.sqrt(np.maximum(n, NONE))) ** 2
        assert isinstance(nodes.population, Betas)
        return conjugate_betas(n * share, n * (1.0 - share), nodes.population.a, nodes.population.b)


PROPORTIONS = BetaBinomial()
