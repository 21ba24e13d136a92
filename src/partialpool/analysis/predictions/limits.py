"""Limits within which a new group's raw value lies, for many amounts of data: the limits of a funnel plot.

For counts, which are discrete, a limit is interpolated between two counts. With r the smallest count for which
F(r) = P(Y <= r) is at least p, it is

    (r - a) / n,    a = (F(r) - p) / (F(r) - F(r - 1)),

and upper limits are the same in the upper tail. Source: Spiegelhalter 2005, Statistics in Medicine 24:1185, appendix.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from partialpool.analysis.fitted_model import FittedModel
from partialpool.analysis.predictions.amounts import NEW
from partialpool.analysis.predictions.forecasts import forecast
from partialpool.analysis.predictions.wanted import Wanted
from partialpool.distributions.predictive.counts import Counts, quantile
from partialpool.engine.results import tail_of
from partialpool.messages.progress import shown
from partialpool.special import Array, Index


@shown("limits of new groups")
def limits(fit: FittedModel, size: Array, levels: Sequence[float]) -> Array:
    """Central intervals of the raw value of a new group, shape (levels, 2, sizes).

    Args:
        fit: the fit.
        size: amounts of data in the range of the family's amount, each of them once, shape (sizes,).
        levels: probabilities of the intervals, each in (0, 1).
    """
    amount, tails = fit.family.amount, [tail_of(level) for level in levels]
    of = Wanted(amount, np.full(len(size), NEW), size, {}, None)
    found = forecast(fit, of, min(tails))
    unit = size if amount.adds else np.ones(len(size))
    if found.counts is not None:
        ends = [[_between(found.counts, found.row, tail, upper=upper) for upper in (False, True)] for tail in tails]
    else:
        assert found.mixture is not None
        parts, p = found.mixture.parts, np.array(tails)
        z = [found.mixture.quantiles(p, upper=upper)[found.row].T for upper in (False, True)]
        ends = list(np.stack([parts.at(side) for side in z], axis=1))
    return np.array(ends) / unit


def _between(of: Counts, row: Index, tail: float, *, upper: bool) -> Array:
    """The limit beyond which there is this probability, interpolated between two counts; at least 0."""
    last = quantile(of, row, np.full(len(row), tail), upper=upper)
    here, less = of.tails(row, last, upper=upper), of.tails(row, np.maximum(last - 1.0, 0.0), upper=upper)
    before = np.where(last > 0.0, less, float(upper))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (here - tail) / (here - before)
    return np.maximum(last - np.clip(np.nan_to_num(share), 0.0, 1.0), 0.0)
