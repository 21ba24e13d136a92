"""The marginal likelihood of normal estimates with known errors and a normal population, its mean integrated out.

    y_j | theta_j ~ N(theta_j, s_j^2),    theta_j | mean, sd ~ N(mean, sd^2),    mean ~ flat or N(m, r^2)

Given the population's sd, y_j ~ N(mean, h_j^2) with h_j^2 = s_j^2 + sd^2, so that all is normal:

    mean | sd, y     ~ N(sum w_j y_j / sum w_j, 1 / sum w_j),   w_j = 1/h_j^2, and the prior as one more w = 1/r^2

Only ratios of h's are squared, so that nothing overflows or underflows: sd and s_j may be 0 or anything from 1e-300 to
1e300 (not both 0). Numbers are in units in which the size of the data is of order one (`Scaled`).
Source: Gelman et al., Bayesian Data Analysis (3rd ed.), equations 5.17 to 5.21.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.distributions.marginals.normal_condensed import Condensed, condensed, worthwhile
from partialpool.distributions.marginals.normal_given import Given
from partialpool.special import HALF_LOG_2PI, LARGEST_LOG, Array, Index, row_sums

_EPSILON = 2.3e-16  # spacing of doubles at 1
_NOTHING = -10_000  # an exponent far below that of every double, which stands for 0


@dataclass(frozen=True)
class Distinct:
    """Distinct estimates with their standard errors, ordered by se, then by estimate; `where`: each group's pair."""

    estimate: Array
    se: Array
    count: Array
    where: Index


@dataclass(frozen=True)
class Scaled:
    """Distinct pairs and prior as (value - centre) / 2^exponent, with centre and value in the caller's units.

    prior: mean and sd of the normal prior of the mean, in these units; None: flat.
    """

    estimate: Array
    se: Array
    count: Array
    centre: float
    exponent: int
    prior: tuple[float, float] | None

    @property
    def log_unit(self) -> float:
        """Log of the unit."""
        return float(self.exponent * np.log(2.0))

    @property
    def smallest_scale(self) -> float:
        """The smallest nonzero scale in the data; 1 if there is none."""
        sizes = self.se if self.se[-1] > 0.0 else np.abs(self.estimate)
        return float(np.min(sizes[sizes > 0.0], initial=1.0))

    def subset(self, places: Index) -> Scaled:
        """Select some of the pairs."""
        estimate, se, count = (part[places] for part in (self.estimate, self.se, self.count))
        return Scaled(estimate, se, count, self.centre, self.exponent, self.prior)

    @property
    def stated(self) -> tuple[float, float] | None:
        """Mean and sd of the normal prior of the mean, in the caller's units; None: flat."""
        if self.prior is None:
            return None
        mean, sd = self.restored(np.array(self.prior)).tolist()
        return self.centre + mean, sd

    def restored(self, value: Array) -> Array:
        """A difference or a scale in the caller's units."""
        return np.ldexp(value, self.exponent)


@dataclass(frozen=True)
class Sample:
    """Sufficient statistics: for each distinct s, in order, the count, mean and scatter of the estimates.

    scatter: root mean square about the mean; first: count times mean; prior: mean and sd of the normal prior of the
    mean.
    """

    se: Array
    count: Array
    first: Array
    mean: Array
    scatter: Array
    prior: tuple[float, float] | None

    def squares(self, mean: Array, h: Array) -> Array:
        """Return sum_j (y_j - mean)^2 / h_j^2, at each (mean, h)."""
        return row_sums(((self.mean - mean[:, None]) / h) ** 2 + (self.scatter / h) ** 2, self.count)

    def sizes(self, mean: Array, h: Array) -> Array:
        """Sum of the terms of `squares` as if y_j - mean did not cancel, for its rounding error."""
        away, most = np.abs(self.mean - mean[:, None]) / h, (np.abs(self.mean) + np.abs(mean[:, None])) / h
        return row_sums(away * most + (self.scatter / h) ** 2, self.count)


@dataclass(frozen=True)
class Conditional(Given):
    """The population at each sd, with log p(y | sd)."""

    log_likelihood: Array


def distinct(estimate: Array, se: Array) -> Distinct:
    """Find the distinct pairs (estimate, se) of the groups."""
    order = np.lexsort((estimate, se))
    y, s = estimate[order] + 0.0, se[order] + 0.0
    new = np.concatenate([[True], (s[1:] != s[:-1]) | (y[1:] != y[:-1])])
    where = np.empty(len(order), dtype=np.intp)
    where[order] = np.cumsum(new) - 1
    count = np.diff(np.append(np.flatnonzero(new), len(order))).astype(float)
    return Distinct(y[new], s[new], count, where)


def scaled(
    of: Distinct, prior: tuple[float, float] | None, centre: float | None = None, exponent: int | None = None
) -> Scaled:
    """Express data and prior as differences from a centre, in a unit of the order of the largest of all scales.

    By default the centre is what is known best: the estimate with the smallest standard error, or the prior's mean.
    """
    if centre is None:
        best = of.estimate[of.se == of.se[0]]
        centre = float(best[(len(best) - 1) // 2]) if prior is None or of.se[0] <= prior[1] else prior[0]
    values = of.estimate if prior is None else np.append(of.estimate, prior[0])
    scales = of.se if prior is None else np.append(of.se, prior[1])
    top = max(_exponent(values), _exponent(np.array(centre)))
    away = np.ldexp(values, -top) - np.ldexp(centre, -top)
    if exponent is None:
        exponent = max(_exponent(away) + top, _exponent(scales))
        exponent = max(exponent, -1000) if 2 * exponent > _NOTHING else 0
    away, scales = np.ldexp(away, top - exponent), np.ldexp(scales, -exponent)
    if prior is None:
        return Scaled(away, scales, of.count, centre, exponent, None)
    return Scaled(away[:-1], scales[:-1], of.count, centre, exponent, (float(away[-1]), float(scales[-1])))


def _exponent(x: Array) -> int:
    """The e with 2^(e-1) <= max |x| < 2^e; far below every double if all x are 0."""
    largest = float(np.max(np.abs(x)))
    return int(np.frexp(largest)[1]) if largest > 0.0 else _NOTHING


def sample(of: Scaled) -> Sample | Condensed:
    """Merge the pairs of each distinct s."""
    new = np.concatenate([[True], of.se[1:] != of.se[:-1]])
    starts = np.flatnonzero(new)
    if worthwhile(of.se[starts]):
        return condensed(of.estimate, of.se, of.count, of.prior)
    count = np.add.reduceat(of.count, starts)
    mean = np.add.reduceat(of.count * of.estimate, starts) / count
    away = of.estimate - mean[np.cumsum(new) - 1]
    scatter = np.sqrt(np.add.reduceat(of.count * away**2, starts) / count)
    return Sample(of.se[starts], count, count * mean, mean, scatter, of.prior)


def conditional(of: Sample | Condensed, log_sd: Array) -> Conditional:
    """The likelihood and the population's mean at each log sd, a one-dimensional array."""
    sd = np.exp(np.clip(log_sd, -LARGEST_LOG, LARGEST_LOG))  # not 0, since an estimate may be exact
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        h = np.hypot(of.se, sd[:, None])
        least = h[:, 0] if of.prior is None else np.minimum(h[:, 0], of.prior[1])  # se are in order
        ratio = (least[:, None] / h) ** 2
        weight, total = row_sums(ratio, of.count), row_sums(ratio, of.first)
        if of.prior is not None:
            extra = (least / of.prior[1]) ** 2
            weight, total = weight + extra, total + extra * of.prior[0]
        mean = total / weight
        deviance = of.squares(mean, h) + 2.0 * row_sums(np.log(h), of.count)
        mean_sd = least / np.sqrt(weight)  # 1/sqrt(sum of 1/h^2)
        if of.prior is not None:
            deviance = deviance + ((of.prior[0] - mean) / of.prior[1]) ** 2 + 2.0 * np.log(of.prior[1])
        constant = HALF_LOG_2PI * (float(of.count.sum()) - (of.prior is None))
        log_likelihood = np.log(mean_sd) - 0.5 * deviance - constant
    log_likelihood = np.where(np.isnan(log_likelihood), -np.inf, log_likelihood)
    return Conditional(sd, mean, mean_sd, np.ones(len(sd)), log_likelihood)


def noise(of: Sample | Condensed, given: Given) -> Array:
    """Estimate the rounding error of log p at each sd."""
    h = np.hypot(of.se, given.sd[:, None])
    with np.errstate(over="ignore"):
        total = 2.0 * of.sizes(given.mean, h) + row_sums(np.abs(np.log(h)), np.abs(of.count))
        if of.prior is not None:
            total = total + ((of.prior[0] - given.mean) / of.prior[1]) ** 2
    return np.asarray(_EPSILON * (2.0 + np.sqrt(np.sum(of.count**2)) + total))
