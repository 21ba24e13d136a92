"""Answers at given population parameters as a few numbers, and back to the last bit."""

from __future__ import annotations

from collections.abc import Mapping

from partialpool.errors import RequestError
from partialpool.groups import Groups
from partialpool.inference.measurements.fixed import Fixed
from partialpool.inference.measurements.reduction import reduced
from partialpool.marginals.normal_unknown import Centre


def stored(answers: Fixed) -> dict[str, float]:
    """sd, sigma, and what is known of the mean, in the units of the likelihood."""
    centre = answers.centre
    return {"sd": answers.sd, "sigma": answers.sigma, "centre": centre.mean, "centre_sd": centre.sd}


def restored(groups: Groups, numbers: Mapping[str, float]) -> Fixed:
    """The answers at these."""
    sd, sigma, mean, mean_sd = (float(numbers[name]) for name in ("sd", "sigma", "centre", "centre_sd"))
    if not (sd >= 0.0 and sigma > 0.0 and mean_sd >= 0.0):
        raise RequestError(f"sd, sigma and the sd of the mean cannot be {sd!r}, {sigma!r} and {mean_sd!r}.")
    return Fixed(sd, sigma, Centre(mean, mean_sd), reduced(groups), "given")
