"""Intervals of every kind, the next group, and data to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partialpool.questions.asked import Asked, kept

if TYPE_CHECKING:
    from partialpool.predictions.prediction import NewGroup, Prediction
    from partialpool.thetas.intervals import Intervals


class Predicted(Asked):
    """Intervals of every kind, the next group, and data to come."""

    @kept
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
        from partialpool.thetas.intervals import intervals

        return intervals(self.known, level, kind)

    @kept
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
        from partialpool.thetas.new_group import new_group

        return new_group(self.known, level)

    @kept
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
            trials: proportions: how many trials; one number, one for each group in the order of groups(), or a dict,
                or a pandas Series, by the labels of groups. So are the other three.
            exposure: rates: the exposure.
            n: measurements: how many rows the mean is of.
            se: estimates: the standard error of the estimate.
            groups: "all" the groups that there are, "new" for groups not seen yet, "both", the label of one, or a list
                of labels.
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
        from partialpool.predictions.prediction import predict

        return predict(
            self.known, trials=trials, exposure=exposure, n=n, se=se, groups=groups, new=new, level=level, total=total
        )
