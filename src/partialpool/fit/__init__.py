"""From data to a posterior: one function a family."""

from partialpool.fit.proportions import proportions

__all__ = ["proportions"]
