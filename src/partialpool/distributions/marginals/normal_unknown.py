"""The marginal likelihood of normal rows of unknown spread in a normal population.

    y_ij ~ N(theta_j, sigma^2),   theta_j ~ N(mu, tau^2),   r = tau/sigma

With theta_j integrated out, the n rows of a group with mean y and squares S about it have the density

    sigma^-n (1 + n r^2)^(-1/2) exp(-(S + n/(1 + n r^2) (y - mu)^2) / (2 sigma^2))

so that groups of the same size n can be summed. mu has a flat or a normal prior and is integrated out as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.special import Array, Index, log1p_minus, log_sigmoid, row_sums

_FAR = 300.0  # beyond this, log r^2 changes only powers, which are treated separately
_LARGEST = 700.0  # the exponential of anything larger overflows a double
_NEAR = 0.5  # changes of log r^2 up to which sums are differences
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Centre:
    """The prior of the population's mean: N(mean, sd^2), or flat if sd is infinite."""

    mean: float = 0.0
    sd: float = np.inf

    @property
    def flat(self) -> bool:
        return self.sd == np.inf


@dataclass(frozen=True)
class Sample:
    """Sufficient statistics of the groups, in units in which they are near one.

    n: the distinct group sizes; count: number of groups with each; mean, squares: mean of these groups' means, and sum
    of squares of their means about it; within: sum of squares of all rows about their groups' means; degrees: number of
    rows minus number of groups.
    """

    n: Array
    count: Array
    mean: Array
    squares: Array
    within: float
    degrees: float

    @property
    def groups(self) -> float:
        return float(self.count.sum())

    @property
    def typical(self) -> float:
        """The harmonic mean of the group sizes."""
        return self.groups / float(np.sum(self.count / self.n))


@dataclass(frozen=True)
class Given:
    """The likelihood of the population's mean at given r: normal about `mean` with precision `weight`/sigma^2.

    between: sum of n/(1 + n r^2) (y - mean)^2; weight: sum of n/(1 + n r^2); spread: sum of log(1 + n r^2).
    """

    mean: Array
    log_weight: Array
    log_between: Array
    spread: Array

    def at(self, where: Index) -> Given:
        """Select some of the r, with repetition."""
        return Given(self.mean[where], self.log_weight[where], self.log_between[where], self.spread[where])


@dataclass(frozen=True)
class Likelihood:
    """Log p(data | r, sigma) up to a constant, measured from a point so that it is of order one for any number of rows.

    log_sigma: approximate log sigma of the rows; log_square: approximate log r^2.
    """

    sample: Sample
    centre: Centre
    log_sigma: float
    log_square: float

    def __call__(self, log_r: Array, log_sigma: Array) -> Array:
        """Log likelihood at log r and log sigma, which broadcast."""
        at = self.given(log_r)
        z = log_sigma - self.log_sigma
        precise = at.log_weight - 2.0 * log_sigma
        value = self._within(z) - 0.5 * np.exp(at.log_between - 2.0 * log_sigma) - 0.5 * at.spread
        groups = self.sample.groups
        if self.centre.flat:
            return value - (groups - 1.0) * z - 0.5 * at.log_weight
        loose = np.logaddexp(0.0, precise + 2.0 * np.log(self.centre.sd))
        off = (at.mean - self.centre.mean) ** 2
        return value - groups * z - 0.5 * loose - 0.5 * off * np.exp(precise - loose)

    def _within(self, z: Array) -> Array:
        """Contribution of scatter within groups: -degrees (z + (e^(-2z) - 1)/2), without cancellation near z = 0."""
        if self.sample.within == 0.0:
            return -self.sample.degrees * z
        near = np.abs(z) < 1.0
        shrunk = np.expm1(-2.0 * z)
        close = 0.5 * log1p_minus(np.where(near, shrunk, 0.0))
        return self.sample.degrees * np.where(near, close, -z - 0.5 * shrunk)

    def given(self, log_r: Array) -> Given:
        """Sums over the groups at each r."""
        flat = np.ravel(log_r)
        size = max(1, _CHUNK // len(self.sample.n))
        parts = [self._sums(flat[i : i + size]) for i in range(0, len(flat), size)]
        return Given(*(np.concatenate(part).reshape(np.shape(log_r)) for part in zip(*parts, strict=True)))

    def _sums(self, log_r: Array) -> tuple[Array, Array, Array, Array]:
        """The fields of Given. u = n (1 + t r^2)/(1 + n r^2), with t the typical n, stays between n and t."""
        of, typical = self.sample, self.sample.typical
        u = relative_weights(of.n, typical, log_r)
        total = row_sums(u, of.count)
        mean = row_sums(u, of.count * of.mean) / total
        between = row_sums(u, of.squares) + np.sum(u * of.count * (of.mean - mean[:, None]) ** 2, axis=1)
        log_typical = np.logaddexp(0.0, np.log(typical) + 2.0 * log_r)
        with np.errstate(divide="ignore"):
            return mean, np.log(total) - log_typical, np.log(between) - log_typical, self._spread(log_r)

    def _spread(self, log_r: Array) -> Array:
        """Sum of log(1 + n r^2) minus its value at `log_square`, summed as a difference where the two are near."""
        n, count = self.sample.n, self.sample.count
        log_n, at = np.log(n), self.log_square
        move = 2.0 * log_r - at
        near = np.abs(move) < _NEAR
        out = np.empty(len(log_r))
        share = np.exp(log_sigmoid(log_n + at))  # n r^2/(1 + n r^2) there
        out[near] = row_sums(np.log1p(np.expm1(move[near, None]) * share), count)
        away = np.logaddexp(0.0, log_n + 2.0 * log_r[~near, None]) - np.logaddexp(0.0, log_n + at)
        out[~near] = row_sums(away, count)
        return out


def relative_weights(n: Array, typical: float, log_r: Array) -> Array:
    """Return n (1 + t r^2)/(1 + n r^2) for each r (rows) and n (columns), with t the typical n."""
    square = np.exp(np.clip(2.0 * log_r, -_FAR, _FAR))[:, None]
    inverse = 1.0 / square
    low, high = n * (1.0 + typical * square) / (1.0 + n * square), n * (inverse + typical) / (inverse + n)
    return np.where(square <= 1.0, low, high)


def likelihood(sample: Sample, centre: Centre) -> Likelihood:
    """Construct the likelihood, centred on rough estimates of sigma and of r."""
    pooled = sample.within / sample.degrees if sample.degrees > 0 else 0.0
    middle = float(np.average(sample.mean, weights=sample.count))
    between = float(sample.squares.sum() + sample.count @ (sample.mean - middle) ** 2) / max(sample.groups - 1.0, 1.0)
    if not pooled > 0.0:
        pooled = between if between > 0.0 else 1.0
    square = max(between / pooled - 1.0 / sample.typical, 0.1 / sample.typical)
    return Likelihood(sample, centre, 0.5 * float(np.log(pooled)), float(np.log(square)))


@dataclass(frozen=True)
class Population:
    """The conditional of mu given (r, sigma), which is normal."""

    mean: Array
    log_variance: Array

    @property
    def variance(self) -> Array:
        return np.exp(np.minimum(self.log_variance, _LARGEST))


def population(model: Likelihood, log_r: Array, log_sigma: Array) -> Population:
    """The conditional of mu at each node."""
    distinct, where = np.unique(log_r, return_inverse=True)
    at, centre = model.given(distinct).at(where), model.centre
    log_own = 2.0 * log_sigma - at.log_weight
    if centre.flat:
        return Population(at.mean, log_own)
    share = centre.sd**2 / (centre.sd**2 + np.exp(np.minimum(log_own, _LARGEST)))  # the groups' share
    with np.errstate(divide="ignore"):
        return Population(centre.mean + share * (at.mean - centre.mean), log_own + np.log(share))
