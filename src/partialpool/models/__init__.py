"""The models: p(data | theta) with the population that goes with it, one file each, behind one interface."""
