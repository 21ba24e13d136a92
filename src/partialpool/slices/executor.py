"""The part of an executor of Spark in the work on slices: it reads slices, and answers with their pieces of a table.

An executor may have another Python, other libraries or another copy of this package than the process that asks it. Then
it makes no pieces, since their last digits might differ, and answers with a sentence that says so.
"""

from __future__ import annotations

import pickle
import platform
import sys
from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import scipy

from partialpool.slices.work import Piece, Refused
from partialpool.version import __version__

Pieces: TypeAlias = list[Piece | Refused | None]
"""The pieces of some slices, with None for one that only the asking process can compute."""

Answer: TypeAlias = Pieces | str
"""The pieces of some slices, or the reason why an executor cannot make them.

The reason is empty where the task cannot be read, such as a prior with a function that is defined elsewhere.
"""


def versions() -> dict[str, str]:
    """What the last digits of a result depend on: name -> version."""
    return {
        "partialpool": __version__,
        "Python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "processor": platform.machine(),
    }


def answering(task: bytes, wanted: Mapping[str, str]) -> Callable[[bytes], bytes]:
    """Return a function from pickled groups of slices to the pickled answer.

    Args:
        task: the pickled task.
        wanted: the versions of the process that asks.
    """
    found = versions()
    for name, version in wanted.items():
        if found.get(name) != version:
            return _without_pieces(f"the executors of Spark have {name} {found.get(name)}, and this process {version}")
    try:
        of = pickle.loads(task)  # noqa: S301  (from the process that asks)
    except Exception:  # noqa: BLE001  (whatever a prior of the caller's raises)
        return _without_pieces("")

    def answered(packed: bytes) -> bytes:
        made: Pieces = [of.attempt(groups) for groups in pickle.loads(packed)]  # noqa: S301
        return pickle.dumps(made, protocol=pickle.HIGHEST_PROTOCOL)

    return answered


def _without_pieces(reason: str) -> Callable[[bytes], bytes]:
    return lambda _: pickle.dumps(reason)
