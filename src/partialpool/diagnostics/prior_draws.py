"""Draws of the population's parameters from a proper prior."""

from __future__ import annotations

import numpy as np

from partialpool.errors import PriorError
from partialpool.priors import Joint
from partialpool.priors.propriety.proper import improper
from partialpool.special import Array


def prior_parameters(prior: Joint, size: int, rng: np.random.Generator) -> dict[str, Array]:
    """Draw the population's parameters: name -> array of shape (size,).

    Args:
        prior: a proper prior, with its scale from the design filled in.
        size: number of draws.
        rng: the random number generator.

    Raises:
        PriorError: the prior is improper.
    """
    check_proper(prior)
    return prior.drawn(size, rng)


def check_proper(prior: Joint) -> None:
    """Refuse a prior that is no probability distribution.

    Raises:
        PriorError: the prior is improper.
    """
    reason = improper(prior)
    if reason:
        raise PriorError(
            f"Parameters are to be drawn from the prior, but {reason}: it is no distribution to draw from. Give a "
            f"proper prior on the scale of your data, such as {prior.example()}."
        )
