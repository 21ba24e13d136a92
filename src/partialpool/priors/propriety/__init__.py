"""Decide before integrating whether the posterior is proper and which moments it has; one file per family."""
