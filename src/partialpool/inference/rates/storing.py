"""Answers at given population parameters as a few numbers, and back to the last bit."""

from __future__ import annotations

from collections.abc import Mapping

from partialpool.groups import Groups
from partialpool.inference.rates import distinct
from partialpool.inference.rates.fixed import Fixed, given


def stored(answers: Fixed) -> dict[str, float]:
    """Mean and shape."""
    return {"mean": answers.mean, "shape": answers.shape}


def restored(groups: Groups, numbers: Mapping[str, float]) -> Fixed:
    """The answers at these."""
    return given(*distinct(groups.statistics["events"], groups.statistics["exposure"]), numbers)
