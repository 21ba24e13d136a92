"""Refits of some of the groups: without each group in turn, and cumulatively, with one group after the other added."""

from partialpool.diagnostics.influence.cumulating import Cumulative, cumulative
from partialpool.diagnostics.influence.leaving_out import LeaveOneOut, leave_one_out

__all__ = ["Cumulative", "LeaveOneOut", "cumulative", "leave_one_out"]
