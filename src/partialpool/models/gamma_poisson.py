"""The gamma-Poisson model: y events over an exposure e, with an event rate theta that differs between groups.

y_j | theta_j ~ Poisson(e_j theta_j),    theta_j | shape, rate ~ Gamma(shape, rate)
theta_j | y_j, shape, rate ~ Gamma(y_j + shape, e_j + rate)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special as sc
from scipy.special import expit

from partialpool.distributions import Distribution, Gammas, conjugate_gammas
from partialpool.distributions.marginals.sampling_gamma_poisson import NegativeBinomials
from partialpool.distributions.predictive.to_come import Amount, ToCome, averaged
from partialpool.engine.conditionals import Conditionals, Singles
from partialpool.engine.results import Results, Solved
from partialpool.engine.scores import Alternatives
from partialpool.groups.groups import Array, Groups
from partialpool.groups.rows import Rows
from partialpool.groups.source import Reading
from partialpool.groups.sums import Sums
from partialpool.models.data.poisson import STATISTICS, events_over, sums
from partialpool.models.evidence import Evidence
from partialpool.models.family import Family, Moments, Phi
from partialpool.models.wording import Wording
from partialpool.priors import Exponential, HalfCauchy, Prior
from partialpool.priors.on_gamma import GammaPrior

_LARGEST_MEAN = 9.2e18  # largest mean of a Poisson count that fits into a 64-bit integer


class GammaPoisson(Family):
    """The gamma-Poisson model of event rates."""

    name = "rates"
    data = "Poisson"
    population = "gamma"
    statistics = STATISTICS
    observed = "events"
    quantity = "{events} / {exposure}"
    amount = Amount("exposure", "the exposure to come", above=True, adds=True)
    sampling = NegativeBinomials
    line = "log"
    parameters = ("mean", "shape", "rate", "sd")
    fixing = (("mean", "shape"), ("mean", "rate"), ("shape", "rate"))
    roles = (("events", "exposure"), ("events",))
    wording = Wording(
        theta="rate",
        thetas="rates",
        model="gamma-Poisson model",
        lines=("y_j | θ_j ~ Poisson(e_j θ_j)", "θ_j | shape, rate ~ Gamma(shape, rate),  mean = shape/rate"),
        weight="w_j = e_j/(e_j + rate)",
        source="Gelman et al. 2013, sections 2.6 and 5.2",
    )

    # --- data

    def grouped(self, rows: Rows, reading: Reading, group: Sequence[str]) -> Groups:
        """Turn rows into groups, as the fitting function does."""
        return events_over(rows, reading.roles["events"], reading.roles.get("exposure"), group)

    def added(self, reading: Reading, group: Sequence[str]) -> Sums | None:
        """The statistics that an engine may add up."""
        return sums(reading.roles["events"], reading.roles.get("exposure"), group)

    def raw(self, groups: Groups) -> Array:
        """The raw rates y/e, NaN for groups without exposure, shape (groups,)."""
        y, e = groups.statistics["events"], groups.statistics["exposure"]
        with np.errstate(over="ignore"):
            return np.where(e > 0.0, y / np.where(e > 0.0, e, 1.0), np.nan)

    def totals(self, groups: Groups) -> str:
        """The total of events and of exposure over all groups, in words."""
        y, e = groups.statistics["events"].sum(), groups.statistics["exposure"].sum()
        return f"{int(y)} {groups.columns['events']} over {_plain(float(e))} {groups.columns['exposure']}"

    # --- posterior

    def solve(self, groups: Groups, prior: GammaPrior, method: str) -> Solved:
        from partialpool.models.inference.rates import solve

        return solve(groups, prior, method)

    def restored(self, groups: Groups, numbers: Mapping[str, float]) -> Results:
        from partialpool.models.inference.rates import distinct
        from partialpool.models.inference.rates.fixed import given

        return given(*distinct(groups.statistics["events"], groups.statistics["exposure"]), numbers)

    def below_the_line(
        self, data: Mapping[str, Array], one: int, other: int, quantity: str
    ) -> list[tuple[float, str, int]]:
        return [(float(data["events"][other]), "events", other)]

    def evidence(self, data: Mapping[str, Array], phi: Mapping[str, float]) -> Evidence:
        return _Events(data["exposure"], data["events"], phi["rate"])

    def alternatives(self, groups: Groups, prior: GammaPrior, results: Any) -> Alternatives:
        from partialpool.models.inference.rates.pooling import alternatives

        return alternatives(groups, prior, results.hyper)

    # --- data to come

    def rows_to_come(self, nodes: Conditionals | Singles, theta: Gammas, size: Array) -> ToCome:
        """Mixtures of negative binomial distributions over the nodes, one per row."""
        from partialpool.distributions.predictive.events import NegativeBinomials

        return ToCome(NegativeBinomials(nodes.probability, theta, size))

    def total_to_come(self, nodes: Conditionals | Singles, theta: Gammas, size: Array, times: Array) -> ToCome:
        """The distribution of the sum of negative binomial counts."""
        from partialpool.distributions.predictive.total_events import TotalOfEvents

        counts, e = TotalOfEvents(nodes.probability, theta, size, times), size[:, None]
        mean, variance = times @ (e * theta.mean), times @ (e * theta.mean + e**2 * theta.variance)
        return ToCome(counts, moments=averaged(nodes.probability, mean, variance))

    def moments_to_come(self, results: Results, size: Array, mean: Array, variance: Array) -> Moments:
        return size * mean, size * mean, size**2 * variance

    # --- data given theta

    def log_likelihood(self, groups: Groups, theta: Array, phi: Phi) -> Array:
        y, e = groups.statistics["events"].astype(float), groups.statistics["exposure"]
        some = e > 0.0
        mean = np.where(some, e * np.where(some, theta, 0.0), 0.0)
        return np.asarray(sc.xlogy(y, mean) - mean - sc.gammaln(y + 1.0))

    def likelihood(self, groups: Groups, place: int, nodes: Singles) -> Gammas:
        y, e = (float(groups.statistics[role][place]) for role in ("events", "exposure"))
        return Gammas(np.array([[y + 1.0]]), np.log(np.array([[e]])))

    def replicated(self, groups: Groups, theta: Array, phi: Phi, rng: np.random.Generator) -> Array:
        e = groups.statistics["exposure"]
        mean = np.where(e > 0.0, e * np.where(e > 0.0, theta, 0.0), 0.0)
        return rng.poisson(np.minimum(mean, _LARGEST_MEAN))

    # --- outcomes

    def thetas(self, phi: Phi) -> Gammas:
        return Gammas(phi["shape"], np.log(phi["rate"]))

    def completed(self, given: Mapping[str, float]) -> dict[str, float]:
        out = super().completed(given)
        out.setdefault("shape", out["mean"] * out["rate"] if "mean" in out and "rate" in out else 0.0)
        out.setdefault("rate", out["shape"] / out["mean"] if "mean" in out else 0.0)
        return out

    def compared(self, groups: Groups) -> dict[str, Prior]:
        return {
            "exponential-shape": Prior(shape=Exponential(1.0)),
            "half-cauchy-shape": Prior(shape=HalfCauchy(1.0)),
        }


def _plain(total: float) -> str:
    """A total in plain text, without an exponent where it can be written without one.

    >>> _plain(983845035.0), _plain(350.032), _plain(57158.7), _plain(1234567.25), _plain(3e-7)
    ('983845035', '350.032', '57158.7', '1234567', '3e-07')
    """
    whole = total.is_integer() or total >= 1e5
    return f"{total:.0f}" if whole and total < 1e15 else f"{total:.6g}"


class _Events(Evidence):
    def __init__(self, exposure: Array, events: Array, rate: float) -> None:
        self._common, self._log_rate = events.sum() / exposure.sum(), math.log(rate)
        super().__init__(np.log(exposure), 2.0 * (np.sqrt(events) - np.sqrt(self._common * exposure)))

    def weight(self, knowing: Array) -> Array:
        return np.asarray(expit(knowing - self._log_rate))

    def conditionals(self, place: Array, nodes: Conditionals) -> Distribution:
        events = (np.sqrt(self._common * np.exp(place[0])) + 0.5 * self.away(place)) ** 2
        assert isinstance(nodes.population, Gammas)
        return conjugate_gammas(events, place[0], nodes.population.a, nodes.population.log_s)


RATES = GammaPoisson()
