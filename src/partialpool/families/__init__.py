"""p(data | theta): what was measured, one file a family, and the list of them."""

from __future__ import annotations

from partialpool.families.binomial import PROPORTIONS
from partialpool.families.family import Family

FAMILIES: dict[str, Family] = {family.name: family for family in (PROPORTIONS,)}
