"""Methods that need a training step of their own, one a file; a file dropped in here is known everywhere."""
