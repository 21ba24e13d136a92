"""One fit for each slice of a table: their record, the work that processes share, and their tables."""
