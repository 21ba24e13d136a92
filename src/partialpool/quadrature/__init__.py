"""Quadrature: numbers in, numbers out. Nothing here knows any statistics."""
