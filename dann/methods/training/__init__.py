"""Methods with their own training step, one a file; a class defined here is registered everywhere."""
