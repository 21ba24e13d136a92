"""From data to a posterior: one function a family."""

from partialpool.fit.estimates import estimates
from partialpool.fit.measurements import measurements
from partialpool.fit.proportions import proportions
from partialpool.fit.rates import rates

__all__ = ["estimates", "measurements", "proportions", "rates"]
