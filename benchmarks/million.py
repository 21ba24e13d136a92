"""A million groups in memory: trials log-uniform from 10 to 1000, theta ~ Beta(2, 14), seed 1."""

from __future__ import annotations

import resource
import time

import numpy as np

import partialpool as pp

GROUPS = 1_000_000


def main() -> None:
    """Print the times, the peak of the memory and the accuracy."""
    random = np.random.default_rng(1)
    trials = np.exp(random.uniform(np.log(10.0), np.log(1000.0), GROUPS)).round().astype(np.int64)
    successes = random.binomial(trials, random.beta(2.0, 14.0, GROUPS))
    data = {"y": successes, "n": trials}
    times = [time.perf_counter()]
    fit = pp.proportions(data, successes="y", trials="n")
    times.append(time.perf_counter())
    population = fit.population_columns()
    times.append(time.perf_counter())
    fit.group_columns()
    times.append(time.perf_counter())
    for name, took in zip(("fit", "population()", "groups()"), np.diff(times), strict=True):
        print(f"{name:14}{took:8.2f} s")
    print(f"{'memory':14}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:8.2f} GiB at the most")
    print(fit.accuracy)
    print({name: float(value) for name, value in zip(population["parameter"], population["median"], strict=True)})


if __name__ == "__main__":
    main()
