"""The questions that people ask of a posterior, each answered by a module of its own, loaded when it is asked."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from partialpool.answers import Answers
from partialpool.families.family import Family
from partialpool.groups import Groups
from partialpool.known import Known
from partialpool.model import Model

if TYPE_CHECKING:
    from partialpool.checking import Check
    from partialpool.comparing import Comparison
    from partialpool.exceedance import Exceedance, Selection
    from partialpool.intervals import Intervals
    from partialpool.posterior_draws import Draws
    from partialpool.prediction import NewGroup, Prediction
    from partialpool.ranking import Ranking
    from partialpool.sensitivity import Sensitivity

Columns = dict[str, NDArray[Any]]


class Questions:
    """What can be asked of whoever has a family, groups, answers and a level."""

    family: Family
    data: Groups
    model: Model
    answers: Answers
    level: float

    @cached_property
    def known(self) -> Known:
        """The fit in the form in which questions are put to it."""
        return Known(self.family, self.data, self.answers, self.level)

    # --- ranks

    def ranking(self, best: str = "high", top: int = 3, level: float | None = None) -> Ranking:
        """Posterior ranks of the groups, with their accuracy and P(rank = r).

        Args:
            best: "high" if the largest theta has rank 1, or "low".
            top: ranks 1 to `top` are the top.
            level: probability of the intervals, in (0, 1).

        Raises:
            RequestError: best is neither, top is no whole number of at least 1, the level is not in (0, 1), or every
                theta is known for certain.

        Example:
            >>> import partialpool as pp
            >>> schools = pp.datasets.load("eight_schools")
            >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school", prior="flat")
            >>> fit.ranking().columns()["p_best"].round(5)
            array([0.25168, 0.10177, 0.0836 , 0.0994 , 0.05053, 0.07074, 0.20466,
                   0.1376 ])
        """
        from partialpool.ranking import ranking

        return ranking(self.known, best=best, top=top, level=level)

    def ranks(self, best: str = "high", top: int = 3, level: float | None = None) -> Any:
        """A row a group: expected_rank, median_rank, lower, upper, p_best, p_top; rank 1 is the best.

        Exact up to 1,000 groups, by one-dimensional integrals; beyond, the number of better groups is taken as normal,
        given theta and the population. See `ranking` for the accuracy and for P(rank = r).

        Args:
            best: "high" if the largest theta has rank 1, or "low".
            top: `p_top` is the probability of a rank from 1 to `top`.
            level: probability of the interval of the rank, in (0, 1).

        Returns:
            A table in the data-frame library that the data came in.

        Raises:
            RequestError: as `ranking`.
        """
        return self.ranking(best, top, level).table()

    def rank_columns(self, best: str = "high", top: int = 3, level: float | None = None) -> Columns:
        """The table of ranks as plain columns."""
        return self.ranking(best, top, level).columns()

    # --- comparisons

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
        from partialpool.comparing import compare

        return compare(self.known, one, other, level)

    def pairs(self) -> Any:
        """A row for each two groups: p_greater, mean and sd of the difference, and a bound on the error of p_greater.

        Returns:
            A table in the data-frame library that the data came in; the second group's labels are in columns whose
            names end in "_other".

        Raises:
            RequestError: there are more than two million pairs.
        """
        from partialpool.pairs import all_pairs

        return all_pairs(self.known)

    def pair_columns(self) -> Columns:
        """The table of pairs as plain columns."""
        from partialpool.pairs import pair_columns

        return pair_columns(self.known)

    def probability(
        self,
        above: float | str | None = None,
        below: float | str | None = None,
        between: tuple[float, float] | None = None,
        than: object = None,
    ) -> Exceedance:
        """The probability of each group that its theta is above, below or between given values.

        Args:
            above: a value of theta, or "mean" for the population's mean.
            below: the same from the other side.
            between: two values of theta.
            than: the label of a group: the probability that theta is above that group's.

        Returns:
            An `Exceedance`; its `.table()` has a row a group.

        Raises:
            RequestError: not exactly one criterion, a value that theta cannot have, or no such group.

        Example:
            >>> import partialpool as pp
            >>> rats = pp.datasets.load("rat_tumors")
            >>> fit = pp.proportions(rats, successes="tumors", trials="rats", group="group")
            >>> round(float(fit.probability(above=0.2).probability[-1]), 4)
            0.5036
        """
        from partialpool.exceedance import probability

        return probability(self.known, above=above, below=below, between=between, than=than)

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
            A `Selection`; its `.table()` has a row a group picked, the most probable first.

        Raises:
            RequestError: fdr is not in (0, 1), or as `probability`.
        """
        from partialpool.exceedance import select

        return select(self.known, fdr=fdr, above=above, below=below, between=between, than=than)

    # --- intervals and predictions

    def intervals(self, level: float | None = None, kind: str = "central") -> Intervals:
        """An interval of each group's theta: central, shortest (highest density), or one-sided.

        Args:
            level: probability that an interval holds, in (0, 1).
            kind: "central" leaves the same probability out on either side; "shortest" is the shortest of all; "lower"
                holds all below a value, "upper" all above one.

        Returns:
            `Intervals`; its `.table()` has a row a group.

        Raises:
            RequestError: the level is not in (0, 1), or there is no such kind.

        Example:
            >>> import partialpool as pp
            >>> rats = pp.datasets.load("rat_tumors")
            >>> fit = pp.proportions(rats, successes="tumors", trials="rats", group="group")
            >>> fit.intervals(kind="upper").lower[:2].round(4)
            array([0.0123, 0.0123])
        """
        from partialpool.intervals import intervals

        return intervals(self.known, level, kind)

    def new_group(self, level: float | None = None) -> NewGroup:
        """The theta of the next group from the same population.

        Args:
            level: probability of its interval, in (0, 1).

        Returns:
            A `NewGroup`: mean, sd, median, lower, upper, and `.pdf`, `.cdf` and `.quantile`.

        Raises:
            RequestError: the level is not in (0, 1).

        Example:
            >>> import partialpool as pp
            >>> rats = pp.datasets.load("rat_tumors")
            >>> fit = pp.proportions(rats, successes="tumors", trials="rats", group="group", prior="bda")
            >>> round(fit.new_group().mean, 6)
            0.144297
        """
        from partialpool.new_group import new_group

        return new_group(self.known, level)

    def predict(
        self,
        *,
        trials: Any = None,
        exposure: Any = None,
        n: Any = None,
        se: Any = None,
        groups: Any = "all",
        new: int = 1,
        level: float | None = None,
        total: bool = False,
    ) -> Prediction:
        """Data to come: successes of so many trials, events over an exposure, an estimate, or a mean of measurements.

        Args:
            trials: proportions: how many trials, one number or one a group.
            exposure: rates: the exposure.
            n: measurements: how many rows the mean is of.
            se: estimates: the standard error of the estimate.
            groups: "all" the groups that there are, "new" for groups not seen yet, "both", or the label of one.
            new: how many new groups; given the population they are independent.
            level: probability of the intervals, in (0, 1).
            total: the distribution of the sum over the groups instead of a row for each.

        Returns:
            A `Prediction`: `.table()`, and `.pmf(label)` for counts.

        Raises:
            RequestError: an amount that the family does not take, or out of range, or no such group.

        Example:
            >>> import partialpool as pp
            >>> rats = pp.datasets.load("rat_tumors")
            >>> fit = pp.proportions(rats, successes="tumors", trials="rats", group="group")
            >>> fit.predict(trials=20, groups="new").columns()["upper"]
            array([8])
        """
        from partialpool.prediction import predict

        return predict(
            self.known, trials=trials, exposure=exposure, n=n, se=se, groups=groups, new=new, level=level, total=total
        )

    # --- checks

    def check(self, draws: int = 4000, seed: int = 0, level: float | None = None) -> Check:
        """Whether the model fits the data: predictive statistics, groups that do not fit, and what the prior expected.

        Args:
            draws: how many, for the statistics that have no closed form; their error is stated.
            seed: of these draws.
            level: probability of the intervals, in (0, 1).

        Returns:
            A `Check`; `.statistics()` and `.groups()` are its tables.

        Raises:
            RequestError: an argument is out of range, or the fit's method ignores the uncertainty of the population.

        Example:
            >>> import partialpool as pp
            >>> rats = pp.datasets.load("rat_tumors")
            >>> fit = pp.proportions(rats, successes="tumors", trials="rats", group="group")
            >>> print(repr(fit.check()).splitlines()[0])
            Check of 71 groups with data: binomial data, beta population, prior uniform-shrinkage
        """
        from partialpool.checking import check

        return check(self.known, self.model, draws=draws, seed=seed, level=level)

    def sensitivity(self, priors: Any = None, **options: Any) -> Sensitivity:
        """The same data under a family of priors, and under powers of the prior and of the likelihood.

        Args:
            priors: names or `Prior`s, or a mapping from names to them; left out, the named priors of the family and a
                few more that take their scale from the design.
            options: parameters, powers and level; see `partialpool.sensitivity.sensitivity`.

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
        from partialpool.sensitivity import sensitivity

        return sensitivity(self.known, self.model, priors, **options)

    # --- out of here

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
        from partialpool.posterior_draws import draws

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
        from partialpool.to_scipy import to_scipy

        return to_scipy(self.known, group)

    def to_arviz(self, n: int = 1000, seed: int = 0) -> Any:
        """Draws as a DataTree for ArviZ: posterior, posterior_predictive, log_likelihood, observed_data.

        Args:
            n: how many draws.
            seed: the same seed gives the same draws.

        Raises:
            RequestError: xarray is not installed, or n is no whole number of at least 1.
        """
        from partialpool.to_arviz import to_arviz

        return to_arviz(self.known, n, seed)
