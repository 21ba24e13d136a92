"""Populations p(theta | phi): how groups differ."""
