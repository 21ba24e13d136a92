"""What `make test` takes of what is too much for every change; `make test-all` takes everything.

Of problems that were drawn at random, `sampled` takes a fixed share. Of tests that take long, `fewer.toml` says how
many cases `make test` takes, and `conftest.py` leaves the others out: as if they were not there, not as tests that are
skipped.
A test that is asked for by its name, as in `pytest tests/test_fit.py::test_rats`, runs whole.
"""

import math
import os
import re
import tomllib
from collections import Counter
from pathlib import Path

ALL = "PARTIALPOOL_LONG" in os.environ
"""Whether to take every one: `make test-all` sets it."""

FEWER = Path(__file__).with_name("fewer.toml")
_DRAWN = re.compile(r"random-(\d+)$")
_GOLDEN = (math.sqrt(5) - 1) / 2


def sampled(names, every, always=()):
    """Those that are always to be taken, every second of those made by hand, and one of so many of those drawn."""
    by_hand = [name for name in names if not _DRAWN.match(name)]
    taken = {*always, *by_hand[::2], *(name for name in names if _drawn_each(name, every))}
    return [name for name in names if ALL or name in taken]


def _drawn_each(name, every):
    drawn = _DRAWN.match(name)
    return drawn is not None and int(drawn[1]) % every == 0


def fewer():
    """What FEWER says: {file: {test: how many of its cases, or the names of those to take}}."""
    return tomllib.loads(FEWER.read_text(encoding="utf-8"))


def spread(cases, count):
    """So many of the cases of a test, spread over all that there are: first what none of those taken has in common.

    `cases` maps each case to its parts, one for each list of parameters that the test is multiplied by.
    """
    left, seen, taken = _far_apart(list(cases)), Counter(), []
    while left and len(taken) < count:
        one = min(left, key=lambda case: sum(seen[part] for part in enumerate(cases[case])))
        left.remove(one)
        taken.append(one)
        seen.update(enumerate(cases[one]))
    return taken


def _far_apart(cases):
    """The cases in an order whose first few are spread over the list, by multiples of the golden section."""
    order = sorted(range(len(cases)), key=lambda k: k * _GOLDEN % 1)
    at = [0] * len(cases)
    for rank, k in enumerate(order):
        at[k] = rank
    return [cases[rank] for rank in at]
