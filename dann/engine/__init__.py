"""The module that every method trains through, the evaluator, and one run from its configuration."""
