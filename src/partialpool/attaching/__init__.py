"""Attach answers about groups to a caller's own table: the same rows, each with the answer for its group."""

from partialpool.attaching.addition import Addition, addition
from partialpool.attaching.attaching import attach

__all__ = ["Addition", "addition", "attach"]
