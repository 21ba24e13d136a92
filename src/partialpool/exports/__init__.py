"""Out of here: draws, distributions of SciPy, trees of ArviZ."""
