"""Measures of heterogeneity in a meta-analysis: Cochran's Q, the typical variance behind I^2 and H^2, and weights.

With v_j = 1/s_j^2 and k groups,

    Q = sum v_j (y_j - sum v_j y_j / sum v_j)^2
    s^2 = (k - 1) sum v_j / ((sum v_j)^2 - sum v_j^2),   I^2 = sd^2/(sd^2 + s^2),   H^2 = 1 + sd^2/s^2

Source: Higgins and Thompson 2002, Statistics in Medicine 21:1539.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special as sc
from scipy.optimize import brentq

from partialpool.engine.results import Summary
from partialpool.groups.groups import Groups
from partialpool.models.inference.estimates.fixed import Fixed
from partialpool.models.inference.normal.integrated import Integrated
from partialpool.special import Array

_CHUNK = 400_000  # groups times nodes at a time
_WIDEST = 1e8  # largest sd of a Q-profile, relative to the scale of the data

EXACT = "not defined: there is one group alone, or a standard error is 0"
_NULL = "no interval: the estimates differ too little for any tau (Q-profile)"


@dataclass(frozen=True)
class Spread:
    """Estimates with standard errors above 0, in a unit equal to the largest of them.

    Attributes:
        estimate: the estimates, minus one of them.
        se: their standard errors.
        unit: the unit, in the caller's units.
    """

    estimate: Array
    se: Array
    unit: float

    @classmethod
    def of(cls, groups: Groups) -> Spread | None:
        """The estimates of the groups; None if there are fewer than two, or a standard error is 0."""
        y, s = (groups.statistics[role].astype(float) for role in ("estimate", "se"))
        if len(s) < 2 or not (s > 0.0).all():
            return None
        unit = float(s.max())
        return cls((y - y[int(np.argmin(s))]) / unit, s / unit, unit)

    def q(self, sd: float = 0.0) -> float:
        """Q of the estimates with sd^2 added to their variances; for sd = 0 this is Cochran's Q."""
        h = np.hypot(self.se, sd)
        w = (h.min() / h) ** 2
        away = self.estimate - w @ self.estimate / w.sum()
        return float(np.sum((away / h) ** 2))

    @property
    def q_probability(self) -> float:
        """P-value of Q if all thetas were equal: its upper tail under chi-squared on k - 1 degrees of freedom."""
        return float(sc.chdtrc(len(self.se) - 1.0, self.q()))

    @property
    def typical_error(self) -> float:
        """The s of I^2 and H^2, in the caller's units."""
        w = np.sort((self.se.min() / self.se) ** 2)
        pairs = 2.0 * float(w[1:] @ np.cumsum(w)[:-1])  # (sum w)^2 - sum w^2, without cancellation
        if pairs == 0.0:
            return float("inf")
        return float(np.sqrt((len(w) - 1.0) * w.sum() / pairs) * self.se.min() * self.unit)

    def profile(self, tail: float) -> tuple[float, float]:
        """The Q-profile interval of the sd, with `tail` on either side: at its ends Q is a quantile of chi-squared.

        NaN if no sd has so large a Q: the estimates differ too little for their standard errors.

        Source: Viechtbauer 2007, Statistics in Medicine 26:37.
        """
        freedom = len(self.se) - 1.0
        if self.q() < sc.chdtri(freedom, 1.0 - tail):
            return np.nan, np.nan
        lower, upper = (self._where(float(sc.chdtri(freedom, p))) for p in (tail, 1.0 - tail))
        return self.unit * lower, self.unit * upper

    def _where(self, q: float) -> float:
        """The sd at which Q, which decreases in the sd, equals q; 0 if it is smaller everywhere."""
        if self.q() <= q:
            return 0.0
        top = 1.0 + float(np.ptp(self.estimate))
        while self.q(top) > q and top < _WIDEST * (1.0 + float(np.ptp(self.estimate))):
            top *= 4.0
        return float(brentq(lambda sd: self.q(sd) - q, 0.0, top, xtol=1e-15, rtol=1e-14))


def shares(results: Integrated[Any] | Fixed) -> Array:
    """Share of each group in the population's mean, averaged over the posterior of the sd.

    Given the sd, the mean is sum w_j y_j / sum w_j with w_j = 1/(s_j^2 + sd^2). Under a normal prior of the mean the
    prior has a share too, and those of the groups sum to less than one.
    prior has a share too, and those of the groups add up to less than one.
    """
    if isinstance(results, Fixed):
        pairs = results.groups_of
        h = np.hypot(pairs.se, results.sd)
        w = np.where(h == h.min(), 1.0, (h.min() / np.where(h > 0.0, h, 1.0)) ** 2)
        return np.asarray((w / (w @ pairs.count))[pairs.where])
    of, nodes = results.hyper.of, results.hyper.nodes
    at, size = nodes.given, max(1, _CHUNK // len(nodes))
    parts = [
        (at.mean_sd / np.hypot(of.se[start : start + size, None], at.sd)) ** 2 @ nodes.probability
        for start in range(0, len(of.se), size)
    ]
    return np.asarray(np.concatenate(parts)[of.where])


def standard_error(results: Fixed) -> float:
    """Standard error of the population's mean for a known sd: 1/sqrt(sum 1/(s_j^2 + sd^2))."""
    data = results.data
    h = np.hypot(data.se, np.ldexp(results.sd, -data.exponent))
    if h[0] == 0.0:
        return 0.0
    return float(data.restored(h[0] / np.sqrt((h[0] / h) ** 2 @ data.count)))


def estimated(results: Fixed, spread: Spread | None, parameter: str, tail: float) -> Summary:
    """Summary of an estimated population parameter, with the interval of frequentist software.

    The interval of the mean is normal, with the sd treated as known; that of the sd, which has no standard error, is
    the Q-profile.

    Args:
        results: the estimates of mean and sd.
        spread: that of the groups.
        parameter: "mean" or "sd".
        tail: probability on either side of the interval.
    """
    if parameter == "mean":
        se, z, mean = standard_error(results), float(sc.ndtri(1.0 - tail)), results.mean
        return Summary(mean, se, mean - z * se, mean, mean + z * se, "interval: normal, the sd taken as known")
    lower, upper = spread.profile(tail) if spread else (np.nan, np.nan)
    note = "interval: Q-profile" if lower <= upper else _NULL if spread else EXACT
    return Summary(results.sd, np.nan, lower, results.sd, upper, note)
