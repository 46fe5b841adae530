"""The user's own images, features and series: folders, tables, arrays."""
