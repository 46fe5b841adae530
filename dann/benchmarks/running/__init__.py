"""One job from configuration to records, and what is missing of a grid."""
