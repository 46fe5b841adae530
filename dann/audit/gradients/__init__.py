"""Whether terms pull in the direction that their family says: one kind of family a file."""
