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
from partialpool.conditionals import Conditionals, Singles, Weighed
from partialpool.distributions import Betas
from partialpool.drawn import Drawn
from partialpool.errors import RequestError
from partialpool.families.binomial import STATISTICS
from partialpool.groups import Array, Groups
from partialpool.integrate.surface import Surface
from partialpool.marginals.sampling_beta_binomial import BetaBinomials
from partialpool.models.family import Family, Phi
from partialpool.priors import Beta, HalfNormal, Prior
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

    # --- outcomes

    design = "trials"
    whole = True
    sampling = BetaBinomials
    line = "logit"
    parameters = ("mean", "concentration", "alpha", "beta", "sd")
    fixing = (("mean", "concentration"), ("alpha", "beta"))

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

    def integration(self, answers: Any) -> Weighed | None:
        from partialpool.inference.proportions.conditionals import weighed

        return weighed(answers)


PROPORTIONS = BetaBinomial()
