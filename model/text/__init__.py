"""A text as it is read: Unicode letters, or words."""
