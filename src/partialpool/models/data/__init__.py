"""From rows to groups: checks of the rows and sufficient statistics of the groups, one file per family."""
