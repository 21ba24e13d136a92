"""Populations p(theta | phi): the distributions from which the thetas of groups come."""
