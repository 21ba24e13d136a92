"""Exports for other libraries: posterior draws, distributions of SciPy and data trees for ArviZ."""
