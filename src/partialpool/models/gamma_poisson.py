"""Gamma-Poisson: y events over an exposure e, rates that differ from group to group.

y_j | theta_j ~ Poisson(e_j theta_j),    theta_j | shape, rate ~ Gamma(shape, rate)
theta_j | y_j, shape, rate ~ Gamma(y_j + shape, e_j + rate)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import special as sc

from partialpool.answers import Answers, Solved, Traces
from partialpool.conditionals import Conditionals, Lattice, Singles
from partialpool.distributions import Gammas
from partialpool.drawn import Drawn
from partialpool.families.poisson import STATISTICS
from partialpool.groups import Array, Groups
from partialpool.integrate.surface import Surface
from partialpool.models.family import Family, Moments, Phi
from partialpool.predictive.to_come import Amount, ToCome, averaged
from partialpool.priors.on_gamma import GammaPrior
from partialpool.scores import Alternatives
from partialpool.special import Index

_LARGEST_MEAN = 9.2e18  # of a Poisson count that fits 64 bits


class GammaPoisson(Family):
    """Y events over an exposure e, rates that differ from group to group."""

    name = "rates"
    data = "Poisson"
    population = "gamma"
    statistics = STATISTICS
    observed = "events"
    quantity = "{events} / {exposure}"
    natural = ("mean", "shape")
    amount = Amount("exposure", "the exposure to come", above=True, adds=True)

    # --- data

    def raw(self, groups: Groups) -> Array:
        """The rates y/e, NaN without exposure."""
        y, e = groups.statistics["events"], groups.statistics["exposure"]
        with np.errstate(over="ignore"):
            return np.where(e > 0.0, y / np.where(e > 0.0, e, 1.0), np.nan)

    def totals(self, groups: Groups) -> str:
        """Events over exposure, in all groups."""
        y, e = groups.statistics["events"].sum(), groups.statistics["exposure"].sum()
        return f"{int(y)} {groups.columns['events']} over {_plain(float(e))} {groups.columns['exposure']}"

    # --- posterior

    def solve(self, groups: Groups, prior: GammaPrior, method: str) -> Solved:
        from partialpool.inference.rates import solve

        return solve(groups, prior, method)

    def stored(self, answers: Any) -> dict[str, float]:
        from partialpool.inference.rates.storing import stored

        return stored(answers)

    def restored(self, groups: Groups, numbers: Mapping[str, float]) -> Answers:
        from partialpool.inference.rates.storing import restored

        return restored(groups, numbers)

    # --- nodes

    def conditionals(self, answers: Any, fineness: int, places: Index | None = None) -> Conditionals:
        from partialpool.inference.rates.conditionals import conditionals

        return conditionals(answers, fineness)

    def contrasts(self, answers: Any, fineness: int) -> Conditionals:
        from partialpool.inference.rates.conditionals import contrasts

        return contrasts(answers, fineness)

    def singles(self, answers: Any, fineness: int) -> Singles:
        from partialpool.inference.rates.conditionals import singles

        return singles(answers, fineness)

    def drawn(self, answers: Any, n: int, rng: np.random.Generator) -> Drawn:
        from partialpool.inference.rates.drawing import drawn

        return drawn(answers, n, rng)

    def lattices(self, answers: Any, place: int | None) -> tuple[Conditionals, Conditionals] | None:
        from partialpool.inference.rates.drawing import lattices

        return lattices(answers, place)

    def every_node(self, answers: Any) -> Lattice | None:
        from partialpool.inference.rates.conditionals import every_node

        return every_node(answers)

    # --- data to come

    def rows_to_come(self, nodes: Conditionals | Singles, theta: Gammas, size: Array) -> ToCome:
        """Averages of negative binomial distributions."""
        from partialpool.predictive.events import NegativeBinomials

        return ToCome(NegativeBinomials(nodes.probability, theta, size))

    def total_to_come(self, nodes: Conditionals, theta: Gammas, size: Array, times: Array) -> ToCome:
        """Sums of negative binomial counts."""
        from partialpool.predictive.total_events import TotalOfEvents

        counts, e = TotalOfEvents(nodes.probability, theta, size, times), size[:, None]
        mean, variance = times @ (e * theta.mean), times @ (e * theta.mean + e**2 * theta.variance)
        return ToCome(counts, moments=averaged(nodes.probability, mean, variance))

    def moments_to_come(self, answers: Answers, size: Array, mean: Array, variance: Array) -> Moments:
        return size * mean, size * mean, size**2 * variance

    # --- pictures and poolings

    def density(self, answers: Any, coordinates: str) -> Surface:
        from partialpool.inference.rates.surface import density

        return density(answers, coordinates)

    def traces(self, answers: Any, places: Index) -> Traces:
        from partialpool.inference.rates.surface import traces

        return traces(answers, places)

    def alternatives(self, groups: Groups, prior: GammaPrior, answers: Any) -> Alternatives:
        from partialpool.inference.rates.pooling import alternatives

        return alternatives(groups, prior, answers)

    # --- data given theta

    def log_likelihood(self, groups: Groups, theta: Array, phi: Phi) -> Array:
        y, e = groups.statistics["events"].astype(float), groups.statistics["exposure"]
        some = e > 0.0
        mean = np.where(some, e * np.where(some, theta, 0.0), 0.0)
        return np.asarray(sc.xlogy(y, mean) - mean - sc.gammaln(y + 1.0))

    def replicated(self, groups: Groups, theta: Array, phi: Phi, rng: np.random.Generator) -> Array:
        e = groups.statistics["exposure"]
        mean = np.where(e > 0.0, e * np.where(e > 0.0, theta, 0.0), 0.0)
        return rng.poisson(np.minimum(mean, _LARGEST_MEAN))


def _plain(total: float) -> str:
    """A total without an exponent, where it can be written without one.

    >>> _plain(983845035.0), _plain(350.032), _plain(57158.7), _plain(1234567.25), _plain(3e-7)
    ('983845035', '350.032', '57158.7', '1234567', '3e-07')
    """
    whole = total.is_integer() or total >= 1e5
    return f"{total:.0f}" if whole and total < 1e15 else f"{total:.6g}"


RATES = GammaPoisson()
