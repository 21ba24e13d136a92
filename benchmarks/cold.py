"""Whole processes, from nothing to the end: as ratios to importing NumPy, and NumPy with scipy.special, alone."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 25
COMMANDS = {
    "import numpy": ["-c", "import numpy"],
    "import numpy, scipy.special": ["-c", "import numpy, scipy.special"],
    "partialpool --version": ["-m", "partialpool", "--version"],
    "partialpool --help": ["-m", "partialpool", "--help"],
    "partialpool.proportions is loaded": ["-c", "import partialpool; partialpool.proportions"],
    "partialpool proportions --dataset rat_tumors": ["-m", "partialpool", "proportions", "--dataset", "rat_tumors"],
}


def seconds(arguments: list[str]) -> float:
    """One run."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Print the table; the commands take turns, so that a slow moment hits all of them."""
    for arguments in COMMANDS.values():
        seconds(arguments)
    rounds = [[seconds(arguments) for arguments in COMMANDS.values()] for _ in range(RUNS)]
    medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
    print(f"{'':46}{'median':>10}{'/ numpy':>10}{'/ both':>10}")
    for name, middle in zip(COMMANDS, medians, strict=True):
        print(f"{name:46}{middle:8.3f} s{middle / medians[0]:10.2f}{middle / medians[1]:10.2f}")


if __name__ == "__main__":
    main()
