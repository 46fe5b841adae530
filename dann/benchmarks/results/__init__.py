"""What a benchmark leaves behind, read back: records, selection, and the opened run folder."""
