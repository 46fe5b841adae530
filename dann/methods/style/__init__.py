"""Style transfer from target to source images, one family a file; a file dropped in here is known everywhere."""

from dann.core.style import Style

__all__ = ['Style']
