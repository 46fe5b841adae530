"""What writes the pages of docs/; no part of the installed package."""
