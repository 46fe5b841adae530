"""How numbers, families and tables are written, and files put in place whole."""
