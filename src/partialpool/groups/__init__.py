"""The groups of a fit: their labels, their data, and the lines of the file they came from."""
