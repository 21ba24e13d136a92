"""Load a saved fit."""

from __future__ import annotations

import os

from partialpool.messages.calling import checked
from partialpool.messages.progress import shown
from partialpool.posterior import Posterior
from partialpool.saving import read


@checked
@shown("a saved fit")
def load(path: str | os.PathLike[str]) -> Posterior:
    """Load a fit that was saved to a file.

    Args:
        path: a file that `fit.save` wrote.

    Returns:
        A `Posterior`. With the versions of partialpool, NumPy and SciPy that saved it, it is bit-identical; with others
        its numbers agree with the saved ones within the accuracy of both.

    Raises:
        FileError: the file cannot be read, is not a saved fit, is damaged, was written by a newer partialpool, or the
            answers computed from it do not agree with those that were saved.
    """
    return Posterior(*read(path))
