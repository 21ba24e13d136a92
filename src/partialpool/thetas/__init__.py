"""One theta at a time: mixtures over nodes, intervals of every kind, and the next group."""
