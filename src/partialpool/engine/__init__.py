"""The general engine: it answers every question about a model that has two positive population parameters."""
