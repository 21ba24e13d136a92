"""Attach answers about groups to a caller's own table: the same rows, each with the answer for its group."""

from partialpool.attaching.attaching import attach

__all__ = ["attach"]
