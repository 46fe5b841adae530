"""``python -m dann``."""

import sys

from dann.cli import main

if __name__ == '__main__':
    sys.exit(main())
