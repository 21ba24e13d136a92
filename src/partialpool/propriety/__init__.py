"""Is the posterior proper, and which moments does it have: decided before integrating, one file a family."""
