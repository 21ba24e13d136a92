"""From groups and a prior to answers: one package or module a family, each with a function `solve`."""
