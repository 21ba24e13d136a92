"""Comparisons between groups: ranks, the difference of two, every pair, and who exceeds a limit."""
