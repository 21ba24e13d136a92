"""Answers at given population parameters as a few numbers, and back to the last bit."""

from __future__ import annotations

from collections.abc import Mapping

from partialpool.answers import Answers
from partialpool.groups import Groups
from partialpool.inference.estimates.fixed import Fixed, GivenSd, given
from partialpool.marginals.normal_normal import distinct

_PRIOR = ("prior_mean", "prior_sd")


def stored(answers: Fixed | GivenSd) -> dict[str, float]:
    """What was given, and the prior of the mean where that is not flat."""
    prior = dict(zip(_PRIOR, answers.prior or (), strict=False))
    mean = {} if isinstance(answers, GivenSd) else {"mean": answers.mean}
    return {**mean, "sd": answers.sd, **prior}


def restored(groups: Groups, numbers: Mapping[str, float]) -> Answers:
    """The answers at these."""
    estimate, se = (groups.statistics[role].astype(float) for role in ("estimate", "se"))
    known = {name: value for name, value in numbers.items() if name not in _PRIOR}
    prior = (numbers["prior_mean"], numbers["prior_sd"]) if "prior_sd" in numbers else None
    return given(distinct(estimate, se), known, prior)
