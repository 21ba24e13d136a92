"""Beta-binomial: y successes in n trials, rates that differ from group to group.

y_j | theta_j ~ Binomial(n_j, theta_j),    theta_j | alpha, beta ~ Beta(alpha, beta)
theta_j | y_j, alpha, beta ~ Beta(y_j + alpha, n_j - y_j + beta)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import special as sc

from partialpool.answers import Answers, Solved, Traces
from partialpool.conditionals import Conditionals, Lattice, Singles
from partialpool.distributions import Betas
from partialpool.drawn import Drawn
from partialpool.families.binomial import STATISTICS
from partialpool.groups import Array, Groups
from partialpool.integrate.surface import Surface
from partialpool.models.family import Family, Moments, Phi
from partialpool.predictive.counts import Tabulated
from partialpool.predictive.to_come import Amount, ToCome, averaged
from partialpool.priors.on_beta import BetaPrior
from partialpool.scores import Alternatives
from partialpool.special import Index


class BetaBinomial(Family):
    """Y successes in n trials, rates that differ from group to group."""

    name = "proportions"
    data = "binomial"
    population = "beta"
    statistics = STATISTICS
    observed = "successes"
    quantity = "{successes} / {trials}"
    natural = ("mean", "concentration")
    amount = Amount("trials", "how many trials there will be", whole=True, adds=True)

    # --- data

    def raw(self, groups: Groups) -> Array:
        """The rates y/n, NaN without trials."""
        y, n = groups.statistics["successes"], groups.statistics["trials"]
        return np.where(n > 0, y / np.maximum(n, 1), np.nan)

    def totals(self, groups: Groups) -> str:
        """Successes of trials, in all groups."""
        y, n = (f"{int(groups.statistics[role].sum())} {groups.columns[role]}" for role in ("successes", "trials"))
        return f"{y} of {n}"

    # --- posterior

    def solve(self, groups: Groups, prior: BetaPrior, method: str) -> Solved:
        from partialpool.inference.proportions import solve

        return solve(groups, prior, method)

    def stored(self, answers: Any) -> dict[str, float]:
        from partialpool.inference.proportions.storing import stored

        return stored(answers)

    def restored(self, groups: Groups, numbers: Mapping[str, float]) -> Answers:
        from partialpool.inference.proportions.storing import restored

        return restored(groups, numbers)

    # --- nodes

    def conditionals(self, answers: Any, fineness: int, places: Index | None = None) -> Conditionals:
        from partialpool.inference.proportions.conditionals import conditionals, some_conditionals

        if places is not None:
            return some_conditionals(answers, fineness, places)
        return conditionals(answers, fineness)

    def contrasts(self, answers: Any, fineness: int) -> Conditionals:
        from partialpool.inference.proportions.conditionals import contrasts

        return contrasts(answers, fineness)

    def singles(self, answers: Any, fineness: int) -> Singles:
        from partialpool.inference.proportions.conditionals import singles

        return singles(answers, fineness)

    def drawn(self, answers: Any, n: int, rng: np.random.Generator) -> Drawn:
        from partialpool.inference.proportions.drawing import drawn

        return drawn(answers, n, rng)

    def lattices(self, answers: Any, place: int | None) -> tuple[Conditionals, Conditionals] | None:
        from partialpool.inference.proportions.drawing import lattices

        return lattices(answers, place)

    def every_node(self, answers: Any) -> Lattice | None:
        from partialpool.inference.proportions.conditionals import every_node

        return every_node(answers)

    # --- data to come

    def rows_to_come(self, nodes: Conditionals | Singles, theta: Betas, size: Array) -> ToCome:
        """Averages of beta-binomial distributions."""
        from partialpool.predictive.rows import tabulated

        counts, error = tabulated(nodes.probability, theta, size)
        return ToCome(counts, error=error)

    def total_to_come(self, nodes: Conditionals, theta: Betas, size: Array, times: Array) -> ToCome:
        """Sums of beta-binomial counts, by their characteristic functions."""
        from partialpool.predictive.totals import Summands, total_of_successes

        of = Summands(nodes.probability, theta, size, times)
        first, p, error = total_of_successes(of)
        counts = Tabulated(np.array([first]), (p,), np.array([float(of.most)]))
        return ToCome(counts, error=error, moments=averaged(nodes.probability, *of.moments))

    def moments_to_come(self, answers: Answers, size: Array, mean: Array, variance: Array) -> Moments:
        return size * mean, size * np.maximum(mean * (1.0 - mean) - variance, 0.0), size**2 * variance

    # --- pictures and poolings

    def density(self, answers: Any, coordinates: str) -> Surface:
        from partialpool.inference.proportions.surface import density

        return density(answers, coordinates)

    def traces(self, answers: Any, places: Index) -> Traces:
        from partialpool.inference.proportions.surface import traces

        return traces(answers, places)

    def alternatives(self, groups: Groups, prior: BetaPrior, answers: Any) -> Alternatives:
        from partialpool.inference.proportions.pooling import alternatives

        return alternatives(groups, prior, answers)

    # --- data given theta

    def log_likelihood(self, groups: Groups, theta: Array, phi: Phi) -> Array:
        y, n = (groups.statistics[role].astype(float) for role in ("successes", "trials"))
        choose = -sc.betaln(n - y + 1.0, y + 1.0) - np.log1p(n)
        return np.asarray(choose + sc.xlogy(y, theta) + sc.xlog1py(n - y, -theta))

    def replicated(self, groups: Groups, theta: Array, phi: Phi, rng: np.random.Generator) -> Array:
        return rng.binomial(groups.statistics["trials"], theta)


PROPORTIONS = BetaBinomial()
