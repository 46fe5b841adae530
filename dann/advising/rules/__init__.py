"""The rules of advice, one a file; each says of itself how it is judged."""
