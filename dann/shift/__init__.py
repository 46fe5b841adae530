"""How far apart two domains are: one distance a file, each a function of two feature matrices."""
