"""Does the model fit, and does the prior matter."""
