"""What surrounds one adaptation: whether it is worth it, from where, for whom, and whether it still holds.

``monitoring`` tells, after deployment, whether new samples still look like those that a model was adapted to;
``online`` adapts a deployed network while it predicts.
"""
