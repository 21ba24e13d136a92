"""Ten thousand slices of 50 groups: fits with the table of their populations, and then the table of all groups."""

from __future__ import annotations

import sys
import time

import numpy as np

import partialpool as pp
from partialpool.slices.processes import usable

SLICES, GROUPS = 10_000, 50


def table(slices: int) -> dict[str, np.ndarray]:
    """Slices of 50 groups with 10 to 100 trials each."""
    rng = np.random.default_rng(1)
    size = slices * GROUPS
    trials = rng.integers(10, 101, size)
    return {
        "slice": np.repeat(np.arange(slices), GROUPS),
        "group": np.tile(np.arange(GROUPS), slices),
        "successes": rng.binomial(trials, rng.beta(2.0, 8.0, size)),
        "trials": trials,
    }


def main(slices: int = SLICES) -> None:
    """Print the seconds of each step."""
    print(f"{slices:,} slices of {GROUPS} groups, {usable()} processes", flush=True)
    data = table(slices)
    start = time.perf_counter()
    fits = pp.proportions(data, successes="successes", trials="trials", group="group", by="slice")
    fits.population()
    fitted = time.perf_counter()
    print(f"{'fits and population()':30}{fitted - start:10.1f} s", flush=True)
    fits.groups()
    print(f"{'groups()':30}{time.perf_counter() - fitted:10.1f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
