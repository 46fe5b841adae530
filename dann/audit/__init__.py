"""Short trainings that show whether a method does what it claims: one check a file, for any class that trains here."""
