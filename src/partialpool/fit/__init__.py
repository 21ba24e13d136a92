"""The public fitting functions, one per family of data: each takes a table and returns a `Posterior`."""

from partialpool.fit.estimates import estimates
from partialpool.fit.measurements import measurements
from partialpool.fit.proportions import proportions
from partialpool.fit.rates import rates

__all__ = ["estimates", "measurements", "proportions", "rates"]
