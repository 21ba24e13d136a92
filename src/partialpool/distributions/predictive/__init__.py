"""Predictive distributions of future data: p(y | theta) averaged over theta and the nodes of the population."""
