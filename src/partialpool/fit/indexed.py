"""A warning where each row is a group, although the table has a named index that may name the groups."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from partialpool.fit.columns import Wanted


def indexed(wanted: Wanted) -> Iterator[str]:
    """Yield at most one warning, for a pandas table with a named index where the caller gave no group column."""
    pandas = sys.modules.get("pandas")
    if wanted.group or pandas is None or not isinstance(wanted.data, pandas.DataFrame):
        return
    used = set(wanted.roles.values())
    levels = [name for name in wanted.data.index.names if isinstance(name, str) and name not in used]
    if levels:
        named = repr(levels[0]) if len(levels) == 1 else f"[{', '.join(map(repr, levels))}]"
        yield (
            f"each row is a group, called by its number: the index of the table ({', '.join(levels)}) is not used; "
            f"if it names the groups, give group={named}"
        )
