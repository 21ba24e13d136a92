"""The list of all families."""

from __future__ import annotations

from partialpool.models.beta_binomial import PROPORTIONS
from partialpool.models.family import Family
from partialpool.models.gamma_poisson import RATES
from partialpool.models.normal_normal import ESTIMATES
from partialpool.models.normal_unknown import MEASUREMENTS

FAMILIES: dict[str, Family] = {family.name: family for family in (PROPORTIONS, RATES, ESTIMATES, MEASUREMENTS)}
"""Name of the fitting function -> family."""
