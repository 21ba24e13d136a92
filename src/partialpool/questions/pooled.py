"""Methods that a meta-analyst expects; all but `meta_analysis` are for every family of data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.questions.base import QuestionBase, kept, remembered, stated

if TYPE_CHECKING:
    from partialpool.analysis.meta import MetaAnalysis
    from partialpool.diagnostics.influence import Cumulative, LeaveOneOut


class MetaAnalysed(QuestionBase):
    """Methods that a meta-analyst expects; all but `meta_analysis` are for every family of data."""

    @kept
    def meta_analysis(self, level: float | None = None, transform: str | None = None) -> MetaAnalysis:
        """Summary of a random-effects meta-analysis (estimates only): mu, tau, tau^2, I^2, H^2, Q and weights.

            I^2 = tau^2/(tau^2 + s^2),   H^2 = 1 + tau^2/s^2,   s^2 the typical variance of an estimate

        From a full posterior the intervals are posterior intervals. From point estimates (`method="reml"`,
        "dersimonian-laird", "empirical-bayes") they are those of frequentist software: normal for mu, and the
        Q-profile for tau, I^2 and H^2.

        Args:
            level: probability of the intervals, in (0, 1).
            transform: "exp", "tanh" or "expit" of mu and of the prediction interval, such as odds ratios from log odds
                ratios.

        Returns:
            A `MetaAnalysis`; its `.table()` has one row per quantity, `.groups()` the weights in per cent.

        Raises:
            RequestError: the fit is not of estimates, its parameters are given, or an argument is out of range.

        Example:
            >>> import partialpool as pp
            >>> trials = pp.datasets.load("bcg_vaccine")
            >>> columns = {"estimate": "log_risk_ratio", "variance": "log_risk_ratio_var", "group": "trial"}
            >>> print(pp.estimates(trials, **columns, method="reml").meta_analysis())
            Random-effects meta-analysis of 13 groups
              normal data, normal population, reml
              quantity             estimate      se   lower    upper
              mu                    -0.7145  0.1798  -1.067  -0.3622
              tau                    0.5597       -  0.3460    1.054
              tau^2                  0.3132       -  0.1197    1.111
              I^2 (%)                 92.22       -   81.92    97.68
              H^2                     12.86       -   5.531    43.07
              prediction interval   -0.7145       -  -1.867   0.4376
              Q = 152.2 on 12 degrees of freedom, p < 0.0001
              95% intervals: of mu normal; of tau, I^2 and H^2 by the Q-profile;
              the prediction interval is mu -+ z sqrt(se^2 + tau^2)
              quantiles within 1e-13 in probability (estimated)
              transform="exp" gives risk ratios in place of log_risk_ratio
              warning: method "reml" ignores the uncertainty of the population's parameters
              .table() and .groups() are the tables

        Source: Higgins and Thompson 2002, Statistics in Medicine 21:1539; Röver 2020, Journal of Statistical Software
        93(6); Viechtbauer 2007, Statistics in Medicine 26:37.
        """
        from partialpool.analysis.meta import meta_analysis

        return meta_analysis(self.known, self.model, level, transform, self.notes)

    def prediction_interval(self, level: float | None = None, transform: str | None = None) -> tuple[float, float]:
        """Central interval that contains the theta of a new group with a given probability (every family).

        From a full posterior it includes the uncertainty of the population's mean and sd, as `fit.new_group()` does.
        For estimates with a plug-in method it is mean -+ z sqrt(se^2 + sd^2), as in `fit.meta_analysis()`.

        Args:
            level: the probability, in (0, 1).
            transform: for estimates and measurements: "exp", "tanh" or "expit" of theta.

        Returns:
            The lower and the upper end.

        Raises:
            RequestError: an argument is out of range.

        Example:
            >>> import partialpool as pp
            >>> schools = pp.datasets.load("eight_schools")
            >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school", prior="flat")
            >>> lower, upper = fit.prediction_interval()
            >>> print(f"{lower:.2f} to {upper:.2f}")
            -12.41 to 28.86
        """
        from partialpool.analysis.meta import prediction_interval

        return prediction_interval(self.known, self.model, level, transform)

    @remembered
    def leave_one_out(
        self, which: Sequence[Any] | None = None, level: float | None = None, transform: str | None = None
    ) -> LeaveOneOut:
        """Refit without each group in turn: the population's parameters and the other groups (every family).

        The model is fitted again without each group, only once for groups with the same data, under the prior of this
        fit; a scale that the prior takes from the design stays that of all groups. At most 500 different groups can be
        left out; a refit takes milliseconds to tenths of a second.

        Args:
            which: the labels of the groups to leave out; by default all groups.
            level: probability of the intervals, in (0, 1).
            transform: for estimates and measurements: "exp", "tanh" or "expit" of theta and of the population's mean,
                such as odds ratios from log odds ratios; medians, intervals and `change` are transformed, means and sds
                are left empty, and `influence` stays as it is.

        Returns:
            A `LeaveOneOut`. Its `.table()` has one row for each group left out and each parameter, with the change of
            the median, and the `influence` of the group, which is this change in units of the sd in this fit;
            `.groups()` has the estimates of the other groups.

        Raises:
            RequestError: there is no such group or transform, there are more than 500 different groups, the
                population's parameters are given, or the level is not in (0, 1).

        Example:
            >>> import partialpool as pp
            >>> schools = pp.datasets.load("eight_schools")
            >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school", prior="flat")
            >>> found = fit.leave_one_out(["A", "E"]).columns()
            >>> print(found["parameter"], found["median"].round(3), found["influence"].round(3))
            ['mean' 'sd' 'mean' 'sd'] [6.073 4.984 9.948 5.647] [-0.374 -0.052  0.422  0.083]

        Source: Viechtbauer and Cheung 2010, Research Synthesis Methods 1:112.
        """
        from partialpool.diagnostics.influence import leave_one_out

        return leave_one_out(self.known, self.model, which, level, transform)

    @remembered
    def cumulative(
        self, order: str | Sequence[Any] | None = None, level: float | None = None, transform: str | None = None
    ) -> Cumulative:
        """Cumulative analysis: the population's parameters from the first k groups, k = 1, 2, ... (every family).

        The prior is that of this fit throughout; a scale that it takes from the design stays that of all groups.

        Args:
            order: what to sort the groups by: a column of `fit.groups()`, such as a label or "se"; another column of
                the table that was fitted, such as a year, with one value per group; or a sequence with one value per
                group. By default, and among ties, groups keep their order. Other columns are not available after the
                fit was saved, or if the table in memory had more than 10,000 rows.
            level: probability of the intervals, in (0, 1).
            transform: for estimates and measurements: "exp", "tanh" or "expit" of the population's mean, such as an
                odds ratio from a log odds ratio; its median and interval are transformed, and its mean and sd are left
                empty.

        Returns:
            A `Cumulative`; its `.table()` has one row for each number of groups and each parameter.

        Raises:
            RequestError: there is no such column or transform, the population's parameters are given, there are more
                than 500 groups, or the level is not in (0, 1).
            DataError: a column of the table does not have one value for each group.

        Example:
            >>> import partialpool as pp
            >>> trials = pp.datasets.load("bcg_vaccine")
            >>> columns = {"estimate": "log_risk_ratio", "variance": "log_risk_ratio_var", "group": ["author", "year"]}
            >>> found = pp.estimates(trials, **columns, method="reml").cumulative("year").columns()
            >>> print(found["year"][2:8:2], found["median"][2:8:2].round(4))
            [1949 1953 1960] [-1.325  -0.9721 -1.0011]

        Source: Lau et al. 1992, New England Journal of Medicine 327:248.
        """
        from partialpool.diagnostics.influence import cumulative

        found = cumulative(self.known, self.model, order, level, transform)
        if found.by:  # a pickle of this fit does not contain that column
            places = np.argsort(found.order)
            stated(found, self, "cumulative", (places, level, transform), {}, by=found.by)
        return found
