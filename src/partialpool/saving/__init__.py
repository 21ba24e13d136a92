"""Save a fit to a file and read it again, without pickle, so that a file contains only data and no code."""

from partialpool.saving.fits import check_path, pickled, read, save, unpickled

__all__ = ["check_path", "pickled", "read", "save", "unpickled"]
