"""The models, one per file: p(data | theta) with the population p(theta | phi), behind the interface `Family`."""
