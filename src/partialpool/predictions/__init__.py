"""Data to come, of groups old and new, and of their total."""
