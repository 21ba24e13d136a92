"""The prior density of each population parameter alone, for those to which a prior gives a density of their own.

The densities of a joint prior are independent, so that each is the marginal prior density of its parameter. Where the
prior of measurements is on the ratio r = sd/sigma, the parameter is icc = r^2/(1 + r^2), with r = (icc/(1 - icc))^(1/2)
and dr/dicc = r/(2 icc (1 - icc)).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.priors.component import Component
from partialpool.priors.density import Density
from partialpool.priors.normal import Normal
from partialpool.priors.on_normal import NormalPrior
from partialpool.priors.propriety.proper import Joint, components, integral, mean_of_proportions
from partialpool.priors.user import Custom
from partialpool.special import Array

Log = Callable[[Array], Array]


@dataclass(frozen=True)
class Alone:
    """The prior density of one parameter.

    Attributes:
        proper: whether the density is normalised; an improper one has an arbitrary constant.
        log_density: function of the values of the parameter, of any shape; minus infinity outside the support.
    """

    proper: bool
    log_density: Log

    def density(self, values: Array) -> Array:
        """The density at values of the parameter, of any shape."""
        with np.errstate(all="ignore"):
            return np.exp(self.log_density(np.asarray(values, dtype=float)))


def alone(prior: Joint) -> dict[str, Alone]:
    """Parameter -> its prior density, for the parameters that have one of their own, the mean first."""
    found: dict[str, Alone] = {}
    of_proportions = mean_of_proportions(prior)
    if isinstance(prior, NormalPrior):
        proper = isinstance(prior.mean, Normal)
        found["mean"] = Alone(proper, prior.mean.log_pdf if isinstance(prior.mean, Normal) else np.zeros_like)
    elif of_proportions is not None:
        found["mean"] = _on_unit(of_proportions)
    for name, component in components(prior):
        if name == "sd/sigma":
            found["icc"] = Alone(_proper(component), _of_icc(component))
        else:
            found[name] = Alone(_proper(component), _positive(component))
    return found


def _proper(component: Component) -> bool:
    return component.at_zero > -1.0 and component.at_infinity > 1.0


def _log_mass(component: Component, *, unit: bool = False) -> float:
    """Log integral of a density, which need not be 0 if the caller gave a function."""
    return integral(component, unit=unit).log if isinstance(component.density, Custom) else 0.0


def _positive(component: Component) -> Log:
    mass = _log_mass(component)
    return lambda x: np.where(x > 0.0, component.log_pdf_anywhere(np.log(np.where(x > 0.0, x, 1.0))) - mass, -np.inf)


def _on_unit(density: Density) -> Alone:
    """The density of the mean of proportions, inside its support."""
    low, high = density.support
    mass = _log_mass(Component(density), unit=True)

    def log_density(x: Array) -> Array:
        inside = (x > low) & (x < high)
        at = np.where(inside, x, 0.5 * (max(low, 0.0) + min(high, 1.0)))
        return np.where(inside, density.log_pdf(np.log(at), np.log1p(-at)) - mass, -np.inf)

    return Alone(density.at_zero > -1.0 and density.at_infinity > -1.0, log_density)


def _of_icc(component: Component) -> Log:
    """The density of icc from that of sd/sigma."""
    of_ratio = _positive(component)

    def log_density(icc: Array) -> Array:
        inside = (icc > 0.0) & (icc < 1.0)
        at = np.where(inside, icc, 0.5)
        ratio = np.sqrt(at / (1.0 - at))
        slope = np.log(ratio) - np.log(2.0 * at) - np.log1p(-at)
        return np.where(inside, of_ratio(ratio) + slope, -np.inf)

    return log_density
