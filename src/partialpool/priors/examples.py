"""The scale of data, and round numbers on it, for examples of proper priors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_ROUND = (1.0, 2.0, 5.0, 10.0)
_LEAST, _MOST = 1e-300, 1e300  # range of the parameters of an example


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

    def described(self, uses: tuple[str, ...]) -> str:
        """Describe some of the attributes in words."""
        words = {
            "pooled": f"a pooled value of {self.pooled:.3g}",
            "between": f", an sd of about {self.between:.2g} between groups",
            "within": f" and of about {self.within:.2g} within",
        }
        return "on the scale of these data (" + "".join(words[name] for name in uses) + ")"


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
