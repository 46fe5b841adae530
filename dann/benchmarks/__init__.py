"""From a grid of methods and seeds to records, tables and a report."""
