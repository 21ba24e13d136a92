"""Predictions of future data: of the groups of a fit, of new groups, and of totals."""
