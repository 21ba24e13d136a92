"""Methods that rank and compare groups, and give the probability that they lie beyond a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from partialpool.questions.base import Columns, QuestionBase, kept

if TYPE_CHECKING:
    from partialpool.analysis.comparisons.comparing import Comparison
    from partialpool.analysis.comparisons.exceedance import Exceedance, Selection
    from partialpool.analysis.comparisons.of_population import PopulationProbability
    from partialpool.analysis.comparisons.ranking import Ranking


class Compared(QuestionBase):
    """Methods that rank and compare groups, and give the probability that they lie beyond a value."""

    @kept
    def ranking(self, best: str = "high", top: int = 3, level: float | None = None) -> Ranking:
        """Posterior distribution of each group's rank, with its accuracy.

        Args:
            best: "high" if the largest theta has rank 1, or "low" if the smallest has.
            top: p_top is the probability of a rank from 1 to `top`.
            level: probability of the intervals of ranks, in (0, 1).

        Returns:
            A `Ranking`; its `.table()` has one row per group.

        Raises:
            RequestError: `best` is neither "high" nor "low", `top` is not a whole number from 1 to the number of
                groups, the level is not in (0, 1), or every theta is known for certain.

        Example:
            >>> import partialpool as pp
            >>> schools = pp.datasets.load("eight_schools")
            >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school", prior="flat")
            >>> fit.ranking().columns()["p_best"].round(5)
            array([0.25168, 0.10177, 0.0836 , 0.0994 , 0.05053, 0.07074, 0.20466,
                   0.1376 ])
        """
        from partialpool.analysis.comparisons.ranking import ranking

        return ranking(self.known, best=best, top=top, level=level)

    def ranks(self, best: str = "high", top: int = 3, level: float | None = None) -> Any:
        """One row per group: expected_rank, median_rank, lower, upper, p_best, p_top; rank 1 is the best.

        The numbers are one-dimensional integrals over theta. `ranking` also gives their accuracy and P(rank = r).

        Args:
            best: "high" if the largest theta has rank 1, or "low" if the smallest has.
            top: `p_top` is the probability of a rank from 1 to `top`.
            level: probability of the interval of the rank, in (0, 1).

        Returns:
            A table in the library of `fit.groups()`.

        Raises:
            RequestError: for the same reasons as `ranking`.
        """
        return self.ranking(best, top, level).table()

    def rank_columns(self, best: str = "high", top: int = 3, level: float | None = None) -> Columns:
        """The table of `ranks` as a dict of arrays, one element per group."""
        return self.ranking(best, top, level).columns()

    @kept
    def compare(self, one: object, other: object, level: float | None = None) -> Comparison:
        """Compare two groups: P(theta_one > theta_other), and the difference, ratio and odds ratio of their thetas.

        Args:
            one: the label of a group (a tuple of labels if there are several group columns).
            other: the label of another group.
            level: probability of the intervals, in (0, 1).

        Returns:
            A `Comparison`; its `.table()` has one row per quantity.

        Raises:
            RequestError: there is no such group, the two are the same, or the level is not in (0, 1).

        Example:
            >>> import partialpool as pp
            >>> schools = pp.datasets.load("eight_schools")
            >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school", prior="flat")
            >>> round(fit.compare("A", "C").p_greater, 5)
            0.68053
        """
        from partialpool.analysis.comparisons.comparing import compare

        return compare(self.known, one, other, level)

    def pairs(self) -> Any:
        """One row per pair of groups: p_greater, mean and sd of the difference, and the estimated error of p_greater.

        Returns:
            A table in the library of `fit.groups()`; the second group's labels are in columns whose
            names end in "_other".

        Raises:
            RequestError: there are more than two million pairs.
        """
        from partialpool.analysis.comparisons.pairs import all_pairs

        return all_pairs(self.known)

    def pair_columns(self) -> Columns:
        """The table of `pairs` as a dict of arrays, one element per pair."""
        from partialpool.analysis.comparisons.pairs import pair_columns

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
        """Posterior probability that each group's theta, or a parameter of the population, lies above or below a value.

        Exactly one of `above`, `below`, `between` and `than` is the criterion.

        Args:
            above: a value of theta, or "mean" for the population's mean: P(theta_j > value).
            below: a value of theta, or "mean": P(theta_j < value).
            between: a lower and a higher value: the probability that theta_j lies between them.
            than: the label of a group: the probability that theta_j is greater than the theta of that group.
            parameter: a parameter of the population, such as "mean" or "sd" (or mu, tau, kappa): the probability that
                it, instead of each theta_j, is above or below a value. If the fit plugs in point estimates, only the
                mean of estimates has one, from the normal distribution behind its interval in `meta_analysis()`.

        Returns:
            An `Exceedance`, whose `.table()` has one row per group; for a parameter a `PopulationProbability`, with the
            `.probability` and its `.accuracy`.

        Raises:
            RequestError: there is not exactly one criterion, theta cannot have the value, or there is no such group or
                parameter.

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
            from partialpool.analysis.comparisons.of_population import population_probability

            limits = {"above": above, "below": below, "between": between, "than": than}
            return population_probability(self.known, parameter, **limits, method=self.model.method)
        from partialpool.analysis.comparisons.exceedance import probability

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
        """Select the largest list of groups that meet a criterion, with false discovery rate at most `fdr`.

        Exactly one of `above`, `below`, `between` and `than` is the criterion.

        Args:
            above: a value of theta, or "mean" for the population's mean: the criterion is theta_j > value.
            below: a value of theta, or "mean": the criterion is theta_j < value.
            between: a lower and a higher value, between which theta_j must lie.
            than: the label of a group, whose theta must be less than theta_j.
            fdr: the largest expected share of listed groups that do not meet the criterion, in (0, 1).

        Returns:
            A `Selection`; its `.table()` has one row per listed group, the most probable first. To find groups that do
            not fit the model, use `check` instead.

        Raises:
            RequestError: fdr is not in (0, 1), or for the same reasons as `probability`.
        """
        from partialpool.analysis.comparisons.exceedance import select

        return select(self.known, fdr=fdr, above=above, below=below, between=between, than=than)
