"""Whether terms pull the way their family says: one kind of family a file."""
