"""From groups and a prior to answers: one package per family, each with a function `solve`."""
