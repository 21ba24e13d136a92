"""What is written: cells, tables in the libraries of callers, text for terminals, files whole or not at all."""
