"""Conditional posteriors of groups, averaged over the nodes of the hyperparameters."""
