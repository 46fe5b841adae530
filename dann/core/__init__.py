"""The contracts: views, alignments, styles, validators, schedules, the registry and errors."""
