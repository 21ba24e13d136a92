"""Answers at given population parameters as a few numbers, and back to the last bit."""

from __future__ import annotations

from collections.abc import Mapping

from partialpool.groups import Groups
from partialpool.inference.estimates.fixed import Fixed, given
from partialpool.marginals.normal_normal import distinct


def stored(answers: Fixed) -> dict[str, float]:
    """Mean and sd."""
    return {"mean": answers.mean, "sd": answers.sd}


def restored(groups: Groups, numbers: Mapping[str, float]) -> Fixed:
    """The answers at these."""
    estimate, se = (groups.statistics[role].astype(float) for role in ("estimate", "se"))
    return given(distinct(estimate, se), numbers)
