"""Draws, and distributions in the terms of other libraries."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

from partialpool.questions.asked import Asked, remembered

if TYPE_CHECKING:
    from partialpool.exports.posterior_draws import Draws


class Exported(Asked):
    """Draws, and distributions in the terms of other libraries."""

    def __reduce__(self) -> tuple[Any, ...]:
        """A pickle holds what a saved fit holds, and the answers are worked out anew."""
        saving = import_module("partialpool.saving")
        return saving.unpickled, saving.pickled(self)

    def __copy__(self) -> Self:
        """A fit cannot change, so that it is its own copy."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    @remembered
    def draws(self, n: int = 1000, seed: int = 0) -> Draws:
        """Draws from the posterior, of the population's parameters, every group and the next one, as arrays.

        Args:
            n: how many.
            seed: the same seed gives the same draws.

        Raises:
            RequestError: n is no whole number of at least 1.

        Example:
            >>> import partialpool as pp
            >>> schools = pp.datasets.load("eight_schools")
            >>> pp.estimates(schools, estimate="effect", se="se", group="school").draws(500).theta.shape
            (500, 8)
        """
        from partialpool.exports.posterior_draws import draws

        return draws(self.known, n, seed)

    def to_scipy(self, group: object = None) -> Any:
        """The posterior of one group's theta as a distribution of SciPy: pdf, cdf, ppf, rvs and all the rest.

        Args:
            group: its label; left out, the next group.

        Raises:
            RequestError: there is no such group.

        Example:
            >>> import partialpool as pp
            >>> schools = pp.datasets.load("eight_schools")
            >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school")
            >>> round(float(fit.to_scipy("A").cdf(0.0)), 4)
            0.0537
        """
        from partialpool.exports.to_scipy import to_scipy

        return to_scipy(self.known, group)

    def to_arviz(self, n: int = 1000, seed: int = 0) -> Any:
        """Draws as a DataTree for ArviZ: posterior, posterior_predictive, log_likelihood, observed_data.

        Args:
            n: how many draws.
            seed: the same seed gives the same draws.

        Raises:
            RequestError: xarray is not installed, or n is no whole number of at least 1.
        """
        from partialpool.exports.to_arviz import to_arviz

        return to_arviz(self.known, n, seed)
