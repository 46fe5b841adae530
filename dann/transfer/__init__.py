"""What surrounds adaptation: how a deployed network is watched, and how it adapts while it predicts."""
