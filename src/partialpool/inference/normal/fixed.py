"""Answers where the scales of a normal population are known, averaged over its mean unless that is known too."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from partialpool.answers import GroupSummary
from partialpool.conditionals import Conditionals, Singles
from partialpool.drawn import Drawn
from partialpool.engine.plug_in import AtOnePoint, normal
from partialpool.errors import RequestError
from partialpool.inference.normal.conditionals import drawn, joint, singles
from partialpool.inference.normal.rescaled import Rescaled
from partialpool.marginals.normal_given import Nodes
from partialpool.special import Index


class AtScales(AtOnePoint):
    """theta_j ~ N(m + b_j (y_j - m), b_j s_j^2 + (1 - b_j)^2 v^2), b_j = sd^2/(s_j^2 + sd^2), m and v of the mean."""

    @property
    @abstractmethod
    def of(self) -> Rescaled:
        """The distinct groups in a convenient unit."""

    @abstractmethod
    def nodes(self, times: int) -> Nodes:
        """The scales, so many times."""

    def mean_known(self, note: str) -> tuple[float, float, str]:
        """Mean and sd of what is known of the population's mean, and a note."""
        at = self.nodes(1).given
        return float(self.of.back(at.mean[0])), float(self.of.restored(at.mean_sd[0])), note

    def groups(self, tail: float) -> GroupSummary:
        """Each group measured from its own estimate, or from the population's mean, whichever has more weight."""
        of, nodes = self.of, self.nodes(1)
        own = of.own(nodes)
        theta = of.thetas(own, nodes.given)
        mean, sd = of.pivoted(own, theta.mean[:, 0]), of.restored(theta.sd[:, 0])
        return normal(mean, sd, theta.weight[:, 0], of.where, tail)

    # --- nodes

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        return joint(self.of, self._apart(1), fineness)

    def contrasts(self, fineness: int) -> Conditionals:
        return joint(self.of, self._apart(1), fineness, apart=True)

    def singles(self, fineness: int) -> Singles:
        return singles(self.of, self._apart(1))

    def drawn(self, n: int, rng: np.random.Generator) -> Drawn:
        self._apart(1)
        return drawn(self.of, lambda some: self.nodes(some.stop - some.start), rng.standard_normal(n))

    def _apart(self, times: int) -> Nodes:
        """The nodes, of an sd that is not 0.

        Raises:
            RequestError: it is 0.
        """
        nodes = self.nodes(times)
        if nodes.logs["sd"][0] == -np.inf:
            raise RequestError(
                "Given sd = 0 every group is the population's mean: there is nothing to compare, rank or draw."
            )
        return nodes
