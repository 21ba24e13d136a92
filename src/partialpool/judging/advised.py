"""Suggest a proper prior in place of an improper one, as code, with round numbers on the scale of the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.judging.outcomes import Outcomes
from partialpool.priors import BetaPrior, GammaPrior, Joint, NormalPrior
from partialpool.special import Array

_ROUND = (1.0, 2.0, 5.0, 10.0)
_RARE = 0.1  # if the rarer outcome has a smaller share, the suggested mean is not uniform but of the order of the share
_LEAST, _MOST = 1e-300, 1e300  # range of the parameters of a suggested prior


@dataclass(frozen=True)
class Scale:
    """The scale of the data.

    Attributes:
        pooled: the estimate from all groups pooled completely.
        between: the sd of the groups' own estimates, or a substitute where there is only one value.
        within: the sd within groups, or a typical standard error.
    """

    pooled: float
    between: float
    within: float


EXAMPLES: dict[type[Joint], Scale] = {
    BetaPrior: Scale(0.2, 0.1, 0.1),
    GammaPrior: Scale(1.0, 1.0, 1.0),
    NormalPrior: Scale(0.0, 5.0, 5.0),
}
"""Kind of joint prior -> the scale of an example without data."""


def scale_of(data: Outcomes, pooled: float) -> Scale:
    """The scale of data with this pooled value."""
    raw, within = data.raw[data.where], data.family.scatter(data.size[data.where], data.squares[data.where])
    between = _sd(raw) or within or abs(pooled) or 1.0
    return Scale(pooled, between, within or between)


def proper_example(prior: Joint, scale: Scale | None = None) -> str:
    """Return code of a proper prior of the same family.

    Args:
        prior: the improper prior that it replaces.
        scale: the scale of the data; by default that of an example.
    """
    at = EXAMPLES[type(prior)] if scale is None else scale
    if isinstance(prior, BetaPrior):
        return _of_proportions(at.pooled)
    if isinstance(prior, GammaPrior):
        return f"pp.Prior(mean=pp.Gamma(2, {2.0 / nearest_round(at.pooled):.12g}), shape=pp.Gamma(2, 0.5))"
    sd, mean = nearest_round(at.between), nearest_round(max(abs(at.pooled), 2.0 * at.between))
    sigma = f", sigma=pp.HalfNormal({nearest_round(at.within):g})" if prior.sigma is not None else ""
    return f"pp.Prior(mean=pp.Normal(0, {mean:g}), sd=pp.HalfNormal({sd:g}){sigma})"


def said_of(prior: Joint, scale: Scale) -> str:
    """Describe the scale of the data in words."""
    said = f"on the scale of these data (a pooled value of {scale.pooled:.3g}"
    if isinstance(prior, NormalPrior):
        said += f", an sd of about {scale.between:.2g} between groups"
        said += f" and of about {scale.within:.2g} within" if prior.sigma is not None else ""
    return said + ")"


def nearest_round(value: float) -> float:
    """The number of the form 1, 2 or 5 times a power of ten that is nearest in ratio.

    >>> nearest_round(0.0042), nearest_round(23.0), nearest_round(8.0)
    (0.005, 20.0, 10.0)
    """
    value = min(max(value, _LEAST), _MOST)
    power = int(np.floor(np.log10(value)))
    digits = value / 10.0**power
    nearest = min(_ROUND, key=lambda digit: abs(np.log(digit / digits)))
    return float(f"{nearest:g}e{power}")


def _of_proportions(pooled: float) -> str:
    """A prior whose mean is of the order of the rarer outcome's share, with a concentration of a few such outcomes."""
    rarer = max(min(pooled, 1.0 - pooled), 1e-9)
    share = 10.0 ** round(np.log10(rarer)) if rarer < _RARE else _RARE
    rest = f"{1.0 / share - 1.0:.12g}"
    mean = "1, 1" if rarer >= _RARE else f"1, {rest}" if pooled < 0.5 else f"{rest}, 1"
    return f"pp.Prior(mean=pp.Beta({mean}), concentration=pp.Gamma(2, {share:g}))"


def _sd(values: Array) -> float:
    """The sample sd (divisor n - 1), computed in a unit in which squares do not overflow; 0 for one value."""
    unit = float(np.abs(values).max())
    return unit * float(np.std(values / unit, ddof=1)) if len(values) > 1 and unit > 0.0 else 0.0
