"""Methods that adapt a deployed network while it predicts, one a file; a class defined here is registered."""
