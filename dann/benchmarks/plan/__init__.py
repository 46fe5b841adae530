"""A benchmark's configuration, and the jobs it expands to."""
