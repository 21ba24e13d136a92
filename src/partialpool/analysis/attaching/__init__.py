"""Attach answers about groups to a caller's own table: its rows stay, and each gets the answers for its group."""

from partialpool.analysis.attaching.addition import Addition, addition
from partialpool.analysis.attaching.attaching import attach

__all__ = ["Addition", "addition", "attach"]
