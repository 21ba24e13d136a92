"""Output: tables in the caller's data-frame library, text for terminals, HTML for notebooks, and files."""
