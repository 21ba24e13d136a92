"""Answers at given population parameters as a few numbers, and back to the last bit."""

from __future__ import annotations

from collections.abc import Mapping

from partialpool.groups import Groups
from partialpool.inference.proportions import distinct
from partialpool.inference.proportions.fixed import Fixed, given


def stored(answers: Fixed) -> dict[str, float]:
    """Mean and concentration."""
    return {"mean": answers.mean, "concentration": answers.concentration}


def restored(groups: Groups, numbers: Mapping[str, float]) -> Fixed:
    """The answers at these."""
    return given(*distinct(groups.statistics["successes"], groups.statistics["trials"]), numbers)
