"""What MkDocs needs to make the pages of ``docs/``, README, notebooks and docstrings one site: ``make site``."""
