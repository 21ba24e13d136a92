"""Methods that save the fit, and give draws, and the posterior as objects of SciPy and ArviZ."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Self, cast

from partialpool.questions.base import QuestionBase, remembered

if TYPE_CHECKING:
    from partialpool.analysis.exports.posterior_draws import Draws


class Exported(QuestionBase):
    """Methods that give draws, and the posterior as objects of SciPy and ArviZ."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the contents of a saved fit; the answers are computed anew when it is unpickled."""
        from partialpool.saving import pickled  # few need it

        return _unpickled, (type(self), *pickled(self))

    def __copy__(self) -> Self:
        """Return the fit itself, since it cannot change."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the fit to a file, whole or not at all; `partialpool.load` reads it again.

        Args:
            path: the file to write, such as rats.fit; an existing file is replaced.

        Raises:
            OutputError: the file cannot be written, or the prior density or the labels cannot be stored in a file.
        """
        from partialpool.saving import save  # few need it

        save(cast("Any", self), path)

    @remembered
    def draws(self, n: int = 1000, seed: int = 0) -> Draws:
        """Draw from the posterior of the population's parameters, every group's theta and the theta of a new group.

        Args:
            n: the number of draws, at least 1.
            seed: seed of the random numbers; the same seed gives the same draws.

        Returns:
            A `Draws`, whose `.theta` has shape (n, groups).

        Raises:
            RequestError: n is not a whole number of at least 1.

        Example:
            >>> import partialpool as pp
            >>> schools = pp.datasets.load("eight_schools")
            >>> pp.estimates(schools, estimate="effect", se="se", group="school").draws(500).theta.shape
            (500, 8)
        """
        from partialpool.analysis.exports.posterior_draws import draws

        return draws(self.known, n, seed)

    def to_scipy(self, group: object = None) -> Any:
        """The posterior of one group's theta as a frozen SciPy distribution, with pdf, cdf, ppf, rvs and so on.

        Args:
            group: the label of the group; if it is left out, a new group from the population.

        Raises:
            RequestError: there is no such group.

        Example:
            >>> import partialpool as pp
            >>> schools = pp.datasets.load("eight_schools")
            >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school")
            >>> round(float(fit.to_scipy("A").cdf(0.0)), 4)
            0.0537
        """
        from partialpool.analysis.exports.to_scipy import to_scipy

        return to_scipy(self.known, group)

    def to_arviz(self, n: int = 1000, seed: int = 0) -> Any:
        """Draws as an xarray DataTree for ArviZ: posterior, posterior_predictive, log_likelihood, observed_data.

        Args:
            n: the number of draws, at least 1.
            seed: seed of the random numbers; the same seed gives the same draws.

        Raises:
            RequestError: xarray is not installed, or n is not a whole number of at least 1.
        """
        from partialpool.analysis.exports.to_arviz import to_arviz

        return to_arviz(self.known, n, seed)


def _unpickled(kind: Any, content: str, writer: str) -> Any:
    """Compute a fit of this class from the content that `pickled` returned."""
    from partialpool.saving import unpickled

    return kind(*unpickled(content, writer))
