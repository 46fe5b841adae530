"""Notation of numbers, Markdown tables, colours, and files that are written whole."""
