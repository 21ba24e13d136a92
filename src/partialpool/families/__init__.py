"""Families: p(data given theta), one file each; what they add up and what they refuse."""
