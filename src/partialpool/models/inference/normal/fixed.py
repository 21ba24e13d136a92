"""Answers at known scales of a normal population, averaged over its mean unless that is known too."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from partialpool.distributions.marginals.normal_given import Nodes
from partialpool.engine.conditionals import Conditionals, Singles
from partialpool.engine.draws import Drawn
from partialpool.engine.plug_in import AtOnePoint, normal
from partialpool.engine.results import GroupSummary
from partialpool.errors import RequestError
from partialpool.models.inference.normal.conditionals import drawn, joint, singles
from partialpool.models.inference.normal.rescaled import Rescaled
from partialpool.special import Index


class AtScales(AtOnePoint):
    """Answers theta_j ~ N(m + b_j (y_j - m), b_j s_j^2 + (1 - b_j)^2 v^2), with m and v the mean and sd of the mean."""

    without_mean: ClassVar[bool] = True

    @property
    @abstractmethod
    def of(self) -> Rescaled:
        """The distinct groups in a convenient unit."""

    @abstractmethod
    def nodes(self, times: int) -> Nodes:
        """The known scales as `times` equal nodes."""

    def mean_known(self, note: str) -> tuple[float, float, str]:
        """Conditional mean and sd of the population's mean, with a note."""
        at = self.nodes(1).given
        return float(self.of.back(at.mean[0])), float(self.of.restored(at.mean_sd[0])), note

    def groups(self, tail: float) -> GroupSummary:
        """Summaries of groups, each measured from its estimate or from the population's mean, whichever weighs more."""
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
        """Return the nodes, which must have an sd above 0.

        Raises:
            RequestError: it is 0.
        """
        nodes = self.nodes(times)
        if nodes.logs["sd"][0] == -np.inf:
            raise RequestError(
                "Given sd = 0 every group is the population's mean: there is nothing to compare, rank or draw."
            )
        return nodes
