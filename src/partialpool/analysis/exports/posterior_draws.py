"""Random draws from the posterior of the population's parameters, every group's theta and the theta of a new group.

    phi_i ~ p(phi | data),   theta_ij ~ p(theta_j | data_j, phi_i),   theta_new,i ~ p(theta | phi_i)

The parameters are drawn directly from their posterior density (`integrate.rejection`), and each theta from its exact
conditional distribution, so that there is no Markov chain and no warm-up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.fitted_model import FittedModel
from partialpool.analysis.intervals.intervals import check_names
from partialpool.errors import RequestError
from partialpool.io.output.content import Content, Shown, Tabled
from partialpool.io.output.tables import to_native
from partialpool.messages.claims import Claim
from partialpool.messages.progress import shown
from partialpool.messages.wording import counted
from partialpool.special import Array

Columns = dict[str, NDArray[Any]]

_MOST = 200_000_000  # largest number of draws times groups: 1.6 GB
_CELLS = 1 << 20  # numbers that are drawn at a time


@dataclass(frozen=True, repr=False)
class Draws(Shown):
    """Joint draws from the posterior, as `fit.draws()` returns them; element i of every array belongs to draw i.

    They are in random order and follow the posterior. They are spread more evenly than independent draws, so that their
    averages vary a little less.

    Attributes:
        fit: the fit.
        parameters: name of each parameter of the population -> its draws, shape (draws,).
        theta: theta of each group, in the caller's order, shape (draws, groups).
        theta_new: theta of a new group, shape (draws,).
        seed: the seed of the random numbers; the same seed gives the same draws.
        cut: estimated posterior probability of the region that draws cannot reach.
    """

    _tables = ("table", "group_table")

    fit: FittedModel
    parameters: Mapping[str, Array]
    theta: Array
    theta_new: Array
    seed: int
    cut: float

    @property
    def accuracy(self) -> float:
        """Estimated largest difference of a probability under the distribution of the draws and under the posterior."""
        return self.fit.results.accuracy.probability + self.cut

    @property
    def warnings(self) -> tuple[str, ...]:
        """A warning if the draws are less accurate than usual."""
        return self.fit.cautions(Claim("probabilities", self.accuracy))

    def __len__(self) -> int:
        return len(self.theta_new)

    def table(self) -> Any:
        """One row per draw: `draw`, the population's parameters, and `theta_new`."""
        return to_native(self.columns(), self.fit.data.library)

    def columns(self) -> Columns:
        """The table as a dict of arrays, one element per draw."""
        return {"draw": np.arange(len(self)), **self.parameters, "theta_new": self.theta_new}

    def group_table(self) -> Any:
        """One row per group and draw: the group's label, `draw`, and `theta`.

        Raises:
            RequestError: a group column has the name of a result.
        """
        return to_native(self.group_columns(), self.fit.data.library)

    def group_columns(self) -> Columns:
        """The table of `group_table` as a dict of arrays, one element per row."""
        check_names(self.fit, ("draw", "theta"))
        size, groups = self.theta.shape
        columns: Columns = {name: np.repeat(label, size) for name, label in self.fit.data.labels.items()}
        return columns | {"draw": np.tile(np.arange(size), groups), "theta": self.theta.T.ravel()}

    def _content(self) -> Content:
        size, groups = self.theta.shape
        return Content(
            f"{counted(size, 'draw')} of {counted(groups, 'group')} and of the population (seed {self.seed})",
            (
                Tabled(self.columns(), rows=6),
                f"probabilities within {self.accuracy:.0e} of the posterior's (estimated), and their own chance",
            ),
        )


@shown("draws")
def draws(fit: FittedModel, n: int = 1000, seed: int = 0) -> Draws:
    """Draw the population's parameters, every group's theta, and the theta of a new group.

    Args:
        fit: the fit.
        n: number of draws, at least 1.
        seed: seed of the random numbers, a whole number of at least 0.

    Raises:
        RequestError: n or the seed is out of range, draws times groups are more than 2e8, or every theta is known for
            certain.

    Example:
        >>> import partialpool as pp
        >>> schools = pp.datasets.load("eight_schools")
        >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school", prior="flat")
        >>> found = draws(fit.known, 2000)
        >>> found.theta.shape, sorted(found.parameters)
        ((2000, 8), ['mean', 'sd'])
        >>> bool(abs(found.theta[:, 0].mean() - 11.2) < 0.6)
        True

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), sections 5.3 and 5.4 (phi first, then theta given phi).
    """
    size = fit.data.size
    _check(n, seed, size)
    rng = np.random.default_rng(seed)
    found = fit.results.drawn(n, rng)
    theta, following = np.empty((n, size)), np.empty(n)
    parts: list[Mapping[str, Array]] = []
    for some in _chunks(n, size):
        at = found.given(some)
        theta[some] = at.groups.part(at.where).drawn(rng).T
        following[some] = at.population.drawn(rng)
        parts.append(at.phi)
    parameters = {name: np.concatenate([part[name] for part in parts]) for name in fit.results.parameters}
    return Draws(fit, parameters, theta, following, int(seed), found.cut)


def _chunks(n: int, size: int) -> Iterator[slice]:
    step = max(1, _CELLS // max(size, 1))
    return (slice(start, min(start + step, n)) for start in range(0, n, step))


def _check(n: object, seed: object, size: int) -> None:
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
        raise RequestError(f"n is how many draws to make, a whole number of 1 or more, not {n!r}.")
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise RequestError(f"seed must be a whole number of 0 or more, not {seed!r}.")
    if int(n) * size > _MOST:
        raise RequestError(
            f"{counted(int(n), 'draw')} of {counted(size, 'group')} are {int(n) * size:,} numbers, more than "
            f"{_MOST:,}: ask for at most {counted(_MOST // size, 'draw')}."
        )
