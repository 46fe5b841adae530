"""Style transfer from target to source images, one family a file; a class defined here is registered everywhere."""

from dann.core.style import Style

__all__ = ['Style']
