"""Reading tables from files and data frames, and writing tables of results."""
