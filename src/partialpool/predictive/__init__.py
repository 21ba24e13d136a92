"""Distributions of data to come: what is seen of theta, averaged over nodes of the population's parameters."""
