"""The user's own images: folders, a table, arrays."""
