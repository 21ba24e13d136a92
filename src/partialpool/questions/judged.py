"""Methods that check whether the model fits, and whether the prior matters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from partialpool.io.output.tables import to_native
from partialpool.questions.base import QuestionBase, kept

if TYPE_CHECKING:
    from partialpool.diagnostics.checking import Check
    from partialpool.diagnostics.sensitivity import Sensitivity


class Judged(QuestionBase):
    """Methods that check whether the model fits, and whether the prior matters."""

    @kept
    def check(self, draws: int = 4000, seed: int = 0, level: float | None = None) -> Check:
        """Check whether the model fits the data: predictive p-values, groups that do not fit, and the prior predictive.

        Args:
            draws: number of replicated data sets for the statistics that have no closed form, whose Monte Carlo error
                is stated; fewer if groups times draws exceed 40 million, as column `how` says.
            seed: seed of these random numbers.
            level: probability of the intervals, in (0, 1).

        Returns:
            A `Check`, with tables `.statistics()` and `.groups()`. To find groups above or below a limit, use `select`
            instead.

        Raises:
            RequestError: an argument is out of range, or every theta is known for certain.

        Example:
            >>> import partialpool as pp
            >>> rats = pp.datasets.load("rat_tumors")
            >>> fit = pp.proportions(rats, successes="tumors", trials="rats", group="group")
            >>> print(repr(fit.check()).splitlines()[0])
            Check of 71 groups with data: binomial data, beta population, prior uniform-shrinkage
        """
        from partialpool.diagnostics.checking import check

        return check(self.known, self.model, draws=draws, seed=seed, level=level)

    def densities(self) -> Any:
        """Prior and posterior density of each population parameter that has a prior density of its own.

            value      values of the parameter in increasing order, from its posterior quantile at 0.00003 to 0.99997
            posterior  posterior density at the value
            error      estimated error of the posterior density, as a share of the highest one
            prior      prior density at the value
            proper     whether the prior density is normalised; an improper one has an arbitrary constant

        These are mean and concentration (or alpha and beta) of proportions, two of mean, shape and rate of rates, mean
        and sd of estimates, and mean, sd and sigma of measurements; icc in place of sd where the prior is on sd/sigma.

        Returns:
            A table in the library of `fit.groups()`, with one row for each parameter and value.

        Raises:
            RequestError: the fit's method ignores the prior, or double precision cannot show a density.

        Example:
            >>> import partialpool as pp
            >>> schools = pp.datasets.load("eight_schools")
            >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school")
            >>> columns = fit.density_columns()
            >>> dict(zip(columns["parameter"].tolist(), columns["proper"].tolist()))
            {'mean': False, 'sd': True}
        """
        return to_native(self.density_columns(), self.known.data.library)

    def density_columns(self) -> dict[str, NDArray[Any]]:
        """The table of `densities` as a dict of arrays."""
        from partialpool.diagnostics.densities import density_columns

        return density_columns(self.known, self.model)

    @kept
    def sensitivity(self, priors: Any = None, **options: Any) -> Sensitivity:
        """Refit the data under other priors, and under powers of the prior and of the likelihood.

        Args:
            priors: a prior or its name, a list of these, or a mapping from names of your own to priors. By default the
                named priors of the family and a few more whose scale comes from the design; their names in the table
                may be given here too.
            options: parameters, powers and level; see `partialpool.diagnostics.sensitivity.sensitivity`.

        Returns:
            A `Sensitivity`; `.table()` has one row for each prior and parameter, `.power()` one row per power.

        Raises:
            RequestError: the fit's method ignores the prior, or an argument is out of range.
            PriorError: a prior does not exist, or does not fit the family.

        Example:
            >>> import partialpool as pp
            >>> schools = pp.datasets.load("eight_schools")
            >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school")
            >>> fit.sensitivity(["flat"]).columns()["median"].round(2)
            array([7.92, 6.06, 7.89, 5.24])
        """
        from partialpool.diagnostics.sensitivity import sensitivity

        return sensitivity(self.known, self.model, priors, **options)
