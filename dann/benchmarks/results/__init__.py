"""The results of a benchmark: its records, the rules that select from them, and the opened run folder."""
