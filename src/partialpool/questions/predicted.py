"""Methods that give intervals of theta, the theta of a new group, and predictions of future data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partialpool.questions.base import QuestionBase, kept

if TYPE_CHECKING:
    from partialpool.analysis.intervals.intervals import Intervals
    from partialpool.analysis.predictions.prediction import NewGroup, Prediction


class Predicted(QuestionBase):
    """Methods that give intervals of theta, the theta of a new group, and predictions of future data."""

    @kept
    def intervals(self, level: float | None = None, kind: str = "central") -> Intervals:
        """An interval for each group's theta: central, shortest (highest density), or one-sided.

        Args:
            level: posterior probability of the interval, in (0, 1).
            kind: "central" leaves the same probability out on either side; "shortest" is the shortest interval; "lower"
                contains all values below a bound, "upper" all values above one.

        Returns:
            `Intervals`; its `.table()` has one row per group.

        Raises:
            RequestError: the level is not in (0, 1), or there is no such kind.

        Example:
            >>> import partialpool as pp
            >>> rats = pp.datasets.load("rat_tumors")
            >>> fit = pp.proportions(rats, successes="tumors", trials="rats", group="group")
            >>> fit.intervals(kind="upper").lower[:2].round(4)
            array([0.0123, 0.0123])
        """
        from partialpool.analysis.intervals.intervals import intervals

        return intervals(self.known, level, kind)

    @kept
    def new_group(self, level: float | None = None) -> NewGroup:
        """The posterior predictive distribution of the theta of a new group from the same population.

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
        from partialpool.analysis.intervals.new_group import new_group

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
        """Predict future data: successes in n trials, events over an exposure, an estimate, or a mean of measurements.

        Args:
            trials: for proportions: the number of future trials. It may be one number, one number per group in the
                order of groups(), or a dict or a pandas Series from labels to numbers. The next three may be so, too.
            exposure: for rates: the future exposure.
            n: for measurements: the number of measurements whose mean is predicted.
            se: for estimates: the standard error of the future estimate.
            groups: "all" for the groups of the fit, "new" for groups not seen yet, "both" for both, the label of one
                group, or a list of labels.
            new: with groups="new", the number of new groups, whose sum is predicted if there are several; given the
                population's parameters they are independent.
            level: probability of the intervals, in (0, 1).
            total: predict the sum over the groups instead of one row per group.

        Returns:
            A `Prediction`, with `.table()`, and `.pmf(label)` for counts.

        Raises:
            RequestError: the family does not take such an amount, an amount is out of range, or there is no such group.

        Example:
            >>> import partialpool as pp
            >>> rats = pp.datasets.load("rat_tumors")
            >>> fit = pp.proportions(rats, successes="tumors", trials="rats", group="group")
            >>> fit.predict(trials=20, groups="new").columns()["upper"]
            array([8])
        """
        from partialpool.analysis.predictions.prediction import predict

        return predict(
            self.known, trials=trials, exposure=exposure, n=n, se=se, groups=groups, new=new, level=level, total=total
        )
