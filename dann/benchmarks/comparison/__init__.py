"""How selection rules are judged, which differences are significant, and ranks across benchmarks."""
