"""The general engine: from a model with two positive parameters of its population to all that a fit can be asked."""
