"""Distributions of groups: their conditionals, averaged over nodes of the population's parameters."""
