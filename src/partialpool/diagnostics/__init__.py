"""Diagnostics: checks of whether the model fits the data, and of how much the prior matters."""
