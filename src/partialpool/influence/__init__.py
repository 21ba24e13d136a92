"""Fits of some of the groups: without each in turn, and with one after the other added."""

from partialpool.influence.cumulating import Cumulative, cumulative
from partialpool.influence.leaving_out import LeaveOneOut, leave_one_out

__all__ = ["Cumulative", "LeaveOneOut", "cumulative", "leave_one_out"]
