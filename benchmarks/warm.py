"""Fits, warm: the rat tumours with the population's table and the groups', and a small data set of every family."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import partialpool as pp

RUNS = 30
RATS = pp.datasets.load("rat_tumors")


def milliseconds(work: Callable[[], object]) -> tuple[float, float]:
    """Best and median of the runs, after a few that do not count."""
    for _ in range(3):
        work()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - start))
    return min(times), statistics.median(times)


def population(prior: str) -> None:
    """Fit, and the table of the population."""
    pp.proportions(RATS, successes="tumors", trials="rats", group="group", prior=prior).population_columns()


def everything(prior: str) -> None:
    """Fit, and both tables."""
    fit = pp.proportions(RATS, successes="tumors", trials="rats", group="group", prior=prior)
    fit.population_columns()
    fit.group_columns()


def pymc_seconds() -> float:
    """PyMC's sampler on the same model with its default settings: 4 chains of 1000 draws after 1000 for tuning."""
    import numpy as np
    import pymc as pm
    import pytensor.tensor as pt

    with pm.Model():
        mean = pm.Uniform("mean", 0.0, 1.0)
        log_kappa = pm.Flat("log_kappa")
        kappa = pt.exp(log_kappa)
        pm.Potential("prior", -0.5 * log_kappa)  # kappa^(-3/2), with respect to log kappa
        pm.BetaBinomial("y", alpha=mean * kappa, beta=(1 - mean) * kappa, n=RATS["rats"], observed=RATS["tumors"])
        start = time.perf_counter()
        pm.sample(progressbar=False, random_seed=np.random.default_rng(1))
        return time.perf_counter() - start


def others() -> dict[str, Callable[[], object]]:
    """A fit of each of the other families."""
    schools, blood, pumps = (pp.datasets.load(name) for name in ("eight_schools", "coagulation", "pump_failures"))
    return {
        "eight schools: fit": lambda: pp.estimates(schools, estimate="effect", se="se", group="school"),
        "coagulation: fit": lambda: pp.measurements(blood, value="time_seconds", group="diet"),
        "pumps: fit": lambda: pp.rates(pumps, events="failures", exposure="time_thousand_hours", group="pump"),
    }


def main() -> None:
    """Print the table."""
    print(f"{'':50}{'best ms':>10}{'median ms':>12}")
    works: dict[str, Callable[[], object]] = {}
    for prior in ("bda", "uniform-shrinkage"):
        works[f"rats, {prior}: fit and population()"] = partial(population, prior)
        works[f"rats, {prior}: fit, population() and groups()"] = partial(everything, prior)
    times = {}
    for name, work in (works | others()).items():
        times[name] = milliseconds(work)
        print(f"{name:50}{times[name][0]:10.1f}{times[name][1]:12.1f}")
    if find_spec("pymc"):
        spent = 1e3 * pymc_seconds()
        ratio = spent / times["rats, bda: fit and population()"][1]
        print(f"{'rats, PyMC, the population only':50}{spent:10.0f}   {ratio:.0f} times as long")


if __name__ == "__main__":
    main()
