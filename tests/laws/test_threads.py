"""The same data give the same numbers to the last bit, however many threads the linear algebra works with."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import numpy as np
import partialpool as pp

rng = np.random.default_rng(1)
size = 3000
theta, n = rng.beta(2, 14, size), rng.integers(5, 500, size)
exposure, group = rng.uniform(0.5, 50.0, size), np.repeat(np.arange(size), 5)
fits = [
    pp.proportions({"y": rng.binomial(n, theta), "n": n}, successes="y", trials="n"),
    pp.rates({"y": rng.poisson(exposure * theta), "e": exposure}, events="y", exposure="e"),
    pp.estimates({"y": theta + 0.1 * rng.normal(size=size), "s": np.full(size, 0.1)}, estimate="y", se="s"),
    pp.measurements({"y": theta[group] + 0.1 * rng.normal(size=5 * size), "g": group}, value="y", group="g"),
]
for fit in fits:
    for columns in (fit.population_columns(), fit.group_columns()):
        for name, column in columns.items():
            if column.dtype == float:
                print(fit.family.name, name, column.tobytes().hex())
"""


def said(threads):
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **dict.fromkeys(names, str(threads))},
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("threads", [2, 4])
def test_the_number_of_threads_changes_no_bit(threads):
    one = said(1)
    assert len(one) > 50
    assert said(threads) == one
