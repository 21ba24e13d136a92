"""The posterior of one group's theta, or of the theta of a new group, as a distribution of scipy.stats."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rv_continuous

from partialpool.analysis.fitted_model import FittedModel, check_apart
from partialpool.analysis.intervals.intervals import off_the_levels
from partialpool.analysis.intervals.new_group import population_moments
from partialpool.engine.conditionals import Conditionals, Singles, settled
from partialpool.engine.mixture import Mixture
from partialpool.engine.results import USUAL_TAIL
from partialpool.errors import RequestError
from partialpool.messages.claims import Claim, cautions
from partialpool.messages.progress import shown
from partialpool.special import Array

_LEVELS = np.array([1e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5])  # tail probabilities at which nodes are compared
_GOAL = 1e-10  # error in probability that ends refinement
_FIRST = 2  # fineness of the first nodes
_UPPER = 0.5  # larger probabilities are computed from the upper tail
_UNNOTICED = 1e-11  # total probability of the nodes that are left out


class ThetaDistribution(rv_continuous):  # type: ignore[misc]  # SciPy ships no types
    """The distribution of a theta, a mixture over nodes of the population's parameters, as a SciPy distribution.

        pdf, logpdf, cdf, logcdf, sf, logsf, ppf, isf, mean, var, std, median, interval, moment, expect, rvs, support

    Attributes:
        mixture: the mixture over nodes of the population's parameters.
        accuracy: estimated error of `cdf` and `sf`, and of `ppf` and `isf` in probability.
        tol: the requested accuracy; None for the default.
        moments: mean and variance, NaN where they do not exist.
    """

    def __init__(
        self,
        mixture: Mixture,
        moments: tuple[float, float],
        accuracy: float,
        tol: float | None = None,
        **options: Any,
    ) -> None:
        low, high = mixture.parts.support
        super().__init__(a=low, b=high, **options)
        self.mixture, self.moments, self.accuracy, self.tol = mixture, moments, accuracy, tol

    @property
    def warnings(self) -> tuple[str, ...]:
        """A warning if the probabilities are less accurate than usual."""
        return cautions([Claim("probabilities", self.accuracy)], self.tol)

    def _updated_ctor_param(self) -> dict[str, Any]:
        """The arguments of a copy, which SciPy asks for when it freezes a distribution."""
        return {
            "mixture": self.mixture,
            "moments": self.moments,
            "accuracy": self.accuracy,
            "tol": self.tol,
            "name": self.name,
            "longname": getattr(self, "longname", None),
        }

    # --- the private methods behind SciPy's public ones: x and p are arrays, and x is inside the support

    def _pdf(self, x: ArrayLike) -> Array:
        with np.errstate(over="ignore"):
            return np.exp(self._logpdf(x))

    def _logpdf(self, x: ArrayLike) -> Array:
        at, parts = np.asarray(x, dtype=float), self.mixture.parts
        z = np.clip(parts.line(at), *parts.limits)
        out = self.mixture.log_density_theta(z.reshape(1, -1)).reshape(at.shape)
        for end, shape in parts.ends:
            out = np.where((at == end) & bool((shape < 1.0).any()), np.inf, out)
            out = np.where((at == end) & bool((shape > 1.0).all()), -np.inf, out)
        return out

    def _cdf(self, x: ArrayLike) -> Array:
        return self._tail(x, upper=False)

    def _sf(self, x: ArrayLike) -> Array:
        return self._tail(x, upper=True)

    def _ppf(self, q: ArrayLike) -> Array:
        p = np.asarray(q, dtype=float)
        return np.where(p > _UPPER, self._quantile(1.0 - p, upper=True), self._quantile(p, upper=False))

    def _isf(self, q: ArrayLike) -> Array:
        p = np.asarray(q, dtype=float)
        return np.where(p > _UPPER, self._quantile(1.0 - p, upper=False), self._quantile(p, upper=True))

    def _stats(self) -> tuple[float, float, None, None]:
        return *self.moments, None, None

    def _rvs(self, size: Any = None, random_state: Any = None) -> Array:
        """Draw a node for each value with the nodes' probabilities, and theta from its conditional."""
        shape = () if size is None else size
        p = self.mixture.probability
        which = random_state.choice(len(p), size=shape, p=p / p.sum())
        return self.mixture.parts.part((0, np.asarray(which))).drawn(random_state)

    def _tail(self, x: ArrayLike, *, upper: bool) -> Array:
        at, parts = np.asarray(x, dtype=float), self.mixture.parts
        z = np.clip(parts.line(at), *parts.limits)
        return np.clip(self.mixture.tails(z.reshape(1, -1), upper=upper).reshape(at.shape), 0.0, 1.0)

    def _quantile(self, p: Array, *, upper: bool) -> Array:
        """Quantiles for p in (0, 1/2]; for any other p the value is arbitrary, and not used."""
        inside = np.where((p > 0.0) & (p <= _UPPER), p, _UPPER)
        z = self.mixture.quantiles(inside.reshape(1, -1), upper=upper)
        return self.mixture.parts.at(z).reshape(p.shape)


@shown("a distribution")
def to_scipy(fit: FittedModel, group: object = None) -> Any:
    """Return the posterior of a group's theta, or of the theta of a new group, as a distribution of `scipy.stats`.

    Args:
        fit: the fit.
        group: the label of a group, or its labels as a tuple; by default a new group, which has no data yet.

    Returns:
        A frozen `scipy.stats.rv_continuous`: `found.cdf(0.2)`, `found.interval(0.9)`, `found.rvs(1000,
        random_state=1)`. `found.dist` is a `ThetaDistribution`, and `found.dist.accuracy` is the estimated error of
        every probability. A mean or variance that does not exist is NaN.

    Raises:
        RequestError: there is no such group, its theta is known exactly, or every theta is.

    Example:
        >>> import partialpool as pp
        >>> schools = pp.datasets.load("eight_schools")
        >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school", prior="flat")
        >>> found = to_scipy(fit.known, "A")
        >>> round(float(found.sf(28.0)), 4), [round(float(end), 2) for end in found.interval(0.95)]
        (0.0435, [-2.11, 31.62])
    """
    place = None if group is None else fit.place(group)
    name = "theta of the next group" if group is None else f"theta of {group}"
    moments = _moments(fit, place)
    if moments[1] == 0.0:
        raise RequestError(f"{name} is known exactly, {moments[0]:g}: it has no density.")
    check_apart(fit)
    mixture, error = _best(fit, place)
    accuracy = max(error, fit.results.accuracy.probability)
    return ThetaDistribution(mixture, moments, accuracy, fit.tol, name="theta", longname=name)()


def _moments(fit: FittedModel, place: int | None) -> tuple[float, float]:
    """Mean and variance of a group's theta."""
    if place is None:
        found = population_moments(fit.results)
        return found.mean, found.variance
    groups = fit.results.groups(USUAL_TAIL)
    return float(groups.mean[place]), float(groups.sd[place]) ** 2


def _best(fit: FittedModel, place: int | None) -> tuple[Mixture, float]:
    """The mixture over the nodes that are most accurate for this theta, and the estimated error of its probabilities.

    The nodes are either a thinned set or all nodes of the integration. Two node sets with the same gaps would agree
    with each other, so each is also compared with the quantiles of the group that the fit computed in another way.
    """
    found, error = _settled(fit, place)
    error = max(error, off_the_fit(fit, place, found))
    lattices = fit.results.lattices(place)
    if error > fit.goal(_GOAL) and lattices is not None:
        whole, half = (_noticed(_of(nodes, None if place is None else 0)) for nodes in lattices)
        apart = max(tails_apart(quantiles_of(whole), half), off_the_fit(fit, place, whole)) + _UNNOTICED
        if apart < error:
            return whole, apart
    return found, error


def off_the_fit(fit: FittedModel, place: int | None, of: Mixture) -> float:
    """The largest |F(x) - p| at the quantiles x of the group that the fit reports; 0 for a new group."""
    if place is None:
        return 0.0
    groups = fit.results.groups(USUAL_TAIL)
    x = np.array([[groups.lower[place], groups.median[place], groups.upper[place]]])
    off = off_the_levels(of, x)
    return off if off > fit.results.accuracy.probability else 0.0


def _settled(fit: FittedModel, place: int | None) -> tuple[Mixture, float]:
    """The mixture over nodes that are refined until tail quantiles agree, and the estimated error."""

    def ask(nodes: Singles) -> tuple[Mixture, Array]:
        mixture = _of(nodes, place)
        return mixture, quantiles_of(mixture)

    def apart(one: tuple[Mixture, Array], other: tuple[Mixture, Array]) -> float:
        return tails_apart(one[1], other[0])

    (mixture, _), error = settled(ask, fit.singles, apart, fit.goal(_GOAL), first=_FIRST)
    return mixture, error if np.isfinite(error) else 0.0


def _of(nodes: Singles | Conditionals, place: int | None) -> Mixture:
    """The mixture for the group at a position, or for a new group."""
    parts = nodes.population.part(None) if place is None else nodes.groups.part(nodes.where[[place]])
    return Mixture(nodes.probability / nodes.probability.sum(), parts)


def _noticed(of: Mixture) -> Mixture:
    """Leave out the least probable nodes, up to a total probability of 1e-11."""
    order = np.argsort(of.probability)
    kept = np.sort(order[np.cumsum(of.probability[order]) > _UNNOTICED])
    p = of.probability[kept]
    return Mixture(p / p.sum(), of.parts.part((slice(None), kept)))


def quantiles_of(of: Mixture) -> Array:
    """Quantiles z at the levels, from the lower and the upper tail, shape (2, levels)."""
    return np.stack([of.quantiles(_LEVELS, upper=upper)[0] for upper in (False, True)])


def tails_apart(quantiles: Array, other: Mixture) -> float:
    """The largest difference between the levels and the other mixture's tail probabilities at these quantiles."""
    worst = 0.0
    for upper, z in zip((False, True), quantiles, strict=True):
        off = np.nan_to_num(np.abs(other.tails(z[None], upper=upper)[0] - _LEVELS), nan=np.inf)
        worst = max(worst, float(np.max(np.where(np.isin(z, other.parts.limits), 0.0, off))))
    return worst
