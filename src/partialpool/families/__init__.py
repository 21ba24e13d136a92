"""p(data | theta): what was measured, one file a family, and the list of them."""

from __future__ import annotations

from partialpool.families.binomial import PROPORTIONS
from partialpool.families.family import Family
from partialpool.families.measurements import MEASUREMENTS
from partialpool.families.normal import ESTIMATES
from partialpool.families.poisson import RATES

FAMILIES: dict[str, Family] = {family.name: family for family in (PROPORTIONS, RATES, ESTIMATES, MEASUREMENTS)}
