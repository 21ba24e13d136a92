"""Which group is the best, and one group against another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from partialpool.questions.asked import Asked, Columns, kept

if TYPE_CHECKING:
    from partialpool.comparisons.comparing import Comparison
    from partialpool.comparisons.exceedance import Exceedance, Selection
    from partialpool.comparisons.of_population import PopulationProbability
    from partialpool.comparisons.ranking import Ranking


class Compared(Asked):
    """Which group is the best, and one group against another."""

    @kept
    def ranking(self, best: str = "high", top: int = 3, level: float | None = None) -> Ranking:
        """Posterior ranks of the groups, with their accuracy and P(rank = r).

        Args:
            best: "high" if the largest theta has rank 1, or "low".
            top: ranks 1 to `top` are the top.
            level: probability of the intervals, in (0, 1).

        Raises:
            RequestError: best is neither, top is no whole number from 1 to the number of groups, the level is not in
                (0, 1), or every theta is known for certain.

        Example:
            >>> import partialpool as pp
            >>> schools = pp.datasets.load("eight_schools")
            >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school", prior="flat")
            >>> fit.ranking().columns()["p_best"].round(5)
            array([0.25168, 0.10177, 0.0836 , 0.0994 , 0.05053, 0.07074, 0.20466,
                   0.1376 ])
        """
        from partialpool.comparisons.ranking import ranking

        return ranking(self.known, best=best, top=top, level=level)

    def ranks(self, best: str = "high", top: int = 3, level: float | None = None) -> Any:
        """A row a group: expected_rank, median_rank, lower, upper, p_best, p_top; rank 1 is the best.

        By one-dimensional integrals. See `ranking` for the accuracy and for P(rank = r).

        Args:
            best: "high" if the largest theta has rank 1, or "low".
            top: `p_top` is the probability of a rank from 1 to `top`.
            level: probability of the interval of the rank, in (0, 1).

        Returns:
            A table in the library of `fit.groups()`.

        Raises:
            RequestError: as `ranking`.
        """
        return self.ranking(best, top, level).table()

    def rank_columns(self, best: str = "high", top: int = 3, level: float | None = None) -> Columns:
        """The table of ranks as plain columns."""
        return self.ranking(best, top, level).columns()

    @kept
    def compare(self, one: object, other: object, level: float | None = None) -> Comparison:
        """Two groups beside one another: P(theta_one > theta_other), difference, ratio and odds ratio.

        Args:
            one: a group, by its label (a tuple of labels where there are several columns).
            other: another group.
            level: probability of the intervals, in (0, 1).

        Returns:
            A `Comparison`; its `.table()` has a row a quantity.

        Raises:
            RequestError: there is no such group, the two are the same, or the level is not in (0, 1).

        Example:
            >>> import partialpool as pp
            >>> schools = pp.datasets.load("eight_schools")
            >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school", prior="flat")
            >>> round(fit.compare("A", "C").p_greater, 5)
            0.68053
        """
        from partialpool.comparisons.comparing import compare

        return compare(self.known, one, other, level)

    def pairs(self) -> Any:
        """A row for each two groups: p_greater, mean and sd of the difference, and the estimated error of p_greater.

        Returns:
            A table in the library of `fit.groups()`; the second group's labels are in columns whose
            names end in "_other".

        Raises:
            RequestError: there are more than two million pairs.
        """
        from partialpool.comparisons.pairs import all_pairs

        return all_pairs(self.known)

    def pair_columns(self) -> Columns:
        """The table of pairs as plain columns."""
        from partialpool.comparisons.pairs import pair_columns

        return pair_columns(self.known)

    @overload
    def probability(
        self,
        above: float | str | None = ...,
        below: float | str | None = ...,
        between: tuple[float, float] | None = ...,
        than: object = ...,
        parameter: None = ...,
    ) -> Exceedance: ...

    @overload
    def probability(
        self,
        above: float | None = ...,
        below: float | None = ...,
        between: None = ...,
        than: None = ...,
        *,
        parameter: str,
    ) -> PopulationProbability: ...

    @kept
    def probability(
        self,
        above: float | str | None = None,
        below: float | str | None = None,
        between: tuple[float, float] | None = None,
        than: object = None,
        parameter: str | None = None,
    ) -> Exceedance | PopulationProbability:
        """The probability of each group that its theta is above, below or between given values; or of the population.

        Args:
            above: a value of theta, or "mean" for the population's mean.
            below: the same from the other side.
            between: two values of theta.
            than: the label of a group: the probability that theta is above that group's.
            parameter: in place of the groups a parameter of the population, such as "mean" or "sd" (mu, tau and kappa
                are understood): the probability that it is above, or below, a value. Where the fit is point estimates,
                only the mean of estimates has one, by the normal distribution of its interval in `meta_analysis()`.

        Returns:
            An `Exceedance`; its `.table()` has a row a group. Of a parameter a `PopulationProbability`, with the
            `.probability` and its `.accuracy`.

        Raises:
            RequestError: not exactly one criterion, a value that theta cannot have, or no such group or parameter.

        Example:
            >>> import partialpool as pp
            >>> rats = pp.datasets.load("rat_tumors")
            >>> fit = pp.proportions(rats, successes="tumors", trials="rats", group="group")
            >>> round(float(fit.probability(above=0.2).probability[-1]), 4)
            0.5036
            >>> found = fit.probability(above=0.15, parameter="mean")
            >>> round(found.probability, 4), found.accuracy < 1e-8
            (0.3096, True)
        """
        if parameter is not None:
            from partialpool.comparisons.of_population import population_probability

            limits = {"above": above, "below": below, "between": between, "than": than}
            return population_probability(self.known, parameter, **limits, method=self.model.method)
        from partialpool.comparisons.exceedance import probability

        return probability(self.known, above=above, below=below, between=between, than=than)

    @kept
    def select(
        self,
        above: float | str | None = None,
        below: float | str | None = None,
        between: tuple[float, float] | None = None,
        than: object = None,
        fdr: float = 0.05,
    ) -> Selection:
        """The largest list of groups that meet a criterion, but for an expected share `fdr` of false discoveries.

        Args:
            above: a value of theta, or "mean" for the population's mean.
            below: the same from the other side.
            between: two values of theta.
            than: the label of a group: theta is to be above that group's.
            fdr: the largest expected share of groups in the list that do not meet it, in (0, 1).

        Returns:
            A `Selection`; its `.table()` has one row per listed group, the most probable first. Which groups the model
            does not fit is another question: see `check`.

        Raises:
            RequestError: fdr is not in (0, 1), or as `probability`.
        """
        from partialpool.comparisons.exceedance import select

        return select(self.known, fdr=fdr, above=above, below=below, between=between, than=than)
