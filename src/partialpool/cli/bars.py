"""The bars that stand beside a table of groups on a terminal, and show how far each group is moved."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from partialpool.cli.streams import is_terminal, is_unicode
from partialpool.effects.scales import scale
from partialpool.io.output.bars import ASCII, UNICODE, Bars
from partialpool.posterior import Posterior

_SCALED: Mapping[str | None, str] = {
    None: "",
    "exp": "on a logarithmic scale",
    "tanh": "on the scale of the estimates",
    "expit": "on the scale of the estimates",
}
"""Transform of the table -> what the legend says of the scale of the bars, which is that of theta."""


def bars_of(fit: Posterior, transform: str | None) -> Bars | None:
    """The bars of all groups; None where standard output is no terminal."""
    return drawn_bars(fit, transform) if is_terminal() else None


def drawn_bars(fit: Posterior, transform: str | None = None, places: NDArray[np.intp] | None = None) -> Bars:
    """The bars of all groups, or of those at some places.

    The middle is the posterior mean, which the table has too; or the median, where a transform leaves means empty.
    """
    every = np.arange(fit.data.size) if places is None else places
    groups = {name: np.asarray(values)[every] for name, values in fit.group_columns().items()}
    called = "mean" if transform is None else "median"
    centre = fit.population_columns()
    row = list(centre["parameter"]).index("mean")
    known = [float(centre[name][row]) for name in (called, "median")]
    return Bars(
        raw=np.asarray(groups["raw"], dtype=float),
        middle=np.asarray(groups[called], dtype=float),
        lower=np.asarray(groups["lower"], dtype=float),
        upper=np.asarray(groups["upper"], dtype=float),
        centre=known[0] if np.isfinite(known[0]) else known[1],
        called=called,
        level=fit.level,
        signs=UNICODE if is_unicode() else ASCII,
        shown=scale(transform).forward,
        scaled=_SCALED[transform],
    )
