"""Does the model fit, and does the prior matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partialpool.questions.asked import Asked, kept

if TYPE_CHECKING:
    from partialpool.judging.checking import Check
    from partialpool.judging.sensitivity import Sensitivity


class Judged(Asked):
    """Does the model fit, and does the prior matter."""

    @kept
    def check(self, draws: int = 4000, seed: int = 0, level: float | None = None) -> Check:
        """Whether the model fits the data: predictive statistics, groups that do not fit, and what the prior expected.

        Args:
            draws: how many, for the statistics that have no closed form; their error is stated. Beyond 10,000 groups
                fewer are drawn, as column `how` says: 40 million numbers in all.
            seed: of these draws.
            level: probability of the intervals, in (0, 1).

        Returns:
            A `Check`; `.statistics()` and `.groups()` are its tables. Which groups lie above or below a limit is
            another question: see `select`.

        Raises:
            RequestError: an argument is out of range, or the fit's method ignores the uncertainty of the population.

        Example:
            >>> import partialpool as pp
            >>> rats = pp.datasets.load("rat_tumors")
            >>> fit = pp.proportions(rats, successes="tumors", trials="rats", group="group")
            >>> print(repr(fit.check()).splitlines()[0])
            Check of 71 groups with data: binomial data, beta population, prior uniform-shrinkage
        """
        from partialpool.judging.checking import check

        return check(self.known, self.model, draws=draws, seed=seed, level=level)

    @kept
    def sensitivity(self, priors: Any = None, **options: Any) -> Sensitivity:
        """The same data under a family of priors, and under powers of the prior and of the likelihood.

        Args:
            priors: names or `Prior`s, one or a list, or a mapping from names to them; left out, the named priors of
                the family and a few more that take their scale from the design, whose names in the table serve too.
            options: parameters, powers and level; see `partialpool.judging.sensitivity.sensitivity`.

        Returns:
            A `Sensitivity`; `.table()` has a row for each prior and parameter, `.power()` one for each power.

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
        from partialpool.judging.sensitivity import sensitivity

        return sensitivity(self.known, self.model, priors, **options)
