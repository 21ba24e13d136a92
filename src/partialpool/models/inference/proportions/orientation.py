"""The choice of what counts as success, such that exchanging successes and failures mirrors the answer to the last bit.

All computation is in the orientation in which failures outnumber successes. A problem that is its own mirror image has
no such orientation; its answers are averaged with their mirror images.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions.marginals.beta_binomial import BinomialCells
from partialpool.distributions.populations.beta import Chart
from partialpool.priors.on_beta import BetaPrior
from partialpool.priors.unit import Beta, Uniform
from partialpool.quadrature.line import Interval
from partialpool.special import Array


def swapped(pairs: BinomialCells) -> BinomialCells:
    """The pairs with successes and failures exchanged."""
    return BinomialCells(pairs.failures, pairs.successes, pairs.count)


def faces_down(pairs: BinomialCells, prior: BetaPrior) -> bool:
    """Whether to exchange successes and failures inside; the mirrored problem makes the opposite choice."""
    total = float(pairs.successes @ pairs.count) - float(pairs.failures @ pairs.count)
    if total != 0.0:
        return total > 0.0
    one, other = _sorted(pairs), _sorted(swapped(pairs))
    apart = np.nonzero(one != other)
    if len(apart[0]):
        return bool(one[apart][0] > other[apart][0])
    if prior.on_alpha_beta:
        return repr(prior.alpha) > repr(prior.beta)
    low, high = prior.mean_exponents
    return low > high


def own_mirror(pairs: BinomialCells, prior: BetaPrior) -> NDArray[np.intp] | None:
    """For data and a prior that are their own mirror image, the index of each pair's mirror image; else None."""
    if not (_symmetric(prior) and np.array_equal(_sorted(pairs), _sorted(swapped(pairs)))):
        return None
    there = np.lexsort((pairs.failures, pairs.successes))
    back = np.lexsort((pairs.successes, pairs.failures))
    mirror = np.empty(len(pairs.count), dtype=np.intp)
    mirror[there] = back
    return mirror


def chart_of(prior: BetaPrior, *, flipped: bool) -> Chart:
    """The chart on the prior's supports of logit(mean) and log(concentration)."""
    (low, high), kappas = prior.supports
    if flipped:
        low, high = 1.0 - high, 1.0 - low
    with np.errstate(divide="ignore"):
        logits = np.log([low, high]) - np.log1p([-low, -high])
        log_kappas = np.log(kappas)
    return Chart(Interval(*map(float, logits)), Interval(*map(float, log_kappas)))


def _symmetric(prior: BetaPrior) -> bool:
    if prior.on_alpha_beta:
        return prior.alpha == prior.beta
    mean = prior.mean
    return (isinstance(mean, Beta) and mean.a == mean.b) or (isinstance(mean, Uniform) and mean.lo == 1.0 - mean.hi)


def _sorted(pairs: BinomialCells) -> Array:
    order = np.lexsort((pairs.failures, pairs.successes))
    return np.stack([pairs.successes[order], pairs.failures[order], pairs.count[order]], axis=1)
