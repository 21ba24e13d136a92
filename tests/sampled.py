"""Which problems `make test` takes of many that were drawn at random; `make test-all` takes every one."""

import os
import re

ALL = "PARTIALPOOL_LONG" in os.environ
"""Whether to take every one: `make test-all` sets it."""

_DRAWN = re.compile(r"random-(\d+)$")


def sampled(names, every, always=()):
    """The problems made by hand, the drawn ones that are always to be taken, and one of so many of the others."""
    return [name for name in names if ALL or name in always or _taken(name, every)]


def _taken(name, every):
    drawn = _DRAWN.match(name)
    return drawn is None or int(drawn[1]) % every == 0
