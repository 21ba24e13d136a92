"""From rows to groups: what each kind of data is checked for, and what is added up, one file a family."""
