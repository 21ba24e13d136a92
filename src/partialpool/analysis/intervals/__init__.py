"""Distributions of one theta at a time: mixtures over nodes, intervals of every kind, and a new group."""
