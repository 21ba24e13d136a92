"""Many groups in memory: trials log-uniform from 10 to 1000, theta ~ Beta(2, 14), seed 1.

    python benchmarks/million.py 1e4 1e5 1e6 1e7 --peers --out benchmarks/million.json

For each number of groups, and in a process of its own each: the fit with its table of the population, and the table of
all groups with 95 % intervals. With --peers other ways to the same table run too, those whose packages are installed:

    plug-in    what ebbr does, by hand: alpha and beta of maximum likelihood by scipy.optimize, then quantiles of each
               Beta(y + alpha, n - y + beta) by scipy.special, for the distinct pairs of y and n
    GPBoost    a logit-normal population by Laplace's approximation and maximum likelihood, then the groups' means
    PyMC       theta integrated out, with distinct pairs of y and n counted: 1,000 draws of alpha and beta after 1,000
               of tuning by NUTS, in one chain, without the groups' answers

Only the first table averages over what is not known about the population. Seconds are wall time, memory is the largest
resident set of the process in GB.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


def counts(groups: int) -> tuple[Counts, Counts]:
    """Successes and trials of each group."""
    random = np.random.default_rng(1)
    trials = np.exp(random.uniform(np.log(10.0), np.log(1000.0), groups)).round().astype(np.int64)
    return random.binomial(trials, random.beta(2.0, 14.0, groups)), trials


def distinct(y: Counts, n: Counts) -> tuple[Counts, Counts, Counts]:
    """The distinct pairs, and how many groups have each."""
    pairs, sizes = np.unique(n * 10_000 + y, return_counts=True)
    return pairs % 10_000, pairs // 10_000, sizes


def ours(y: Counts, n: Counts) -> list[float]:
    """The times before, between and after the two tables; a small fit before has loaded all modules."""
    import partialpool as pp

    pp.proportions({"y": y[:3], "n": n[:3]}, successes="y", trials="n").group_columns()
    times = [time.perf_counter()]
    fit = pp.proportions({"y": y, "n": n}, successes="y", trials="n")
    fit.population_columns()
    times.append(time.perf_counter())
    fit.group_columns()
    return [*times, time.perf_counter()]


def plug_in(y: Counts, n: Counts) -> list[float]:
    """The same of the plug-in method by SciPy."""
    from scipy.optimize import minimize
    from scipy.special import betaincinv, betaln

    times = [time.perf_counter()]
    y, n, sizes = distinct(y, n)

    def loss(logs: NDArray[np.float64]) -> float:
        a, b = np.exp(logs)
        return -float(sizes @ (betaln(y + a, n - y + b) - betaln(a, b)))

    a, b = np.exp(minimize(loss, np.log([1.0, 5.0]), method="Nelder-Mead").x)
    times.append(time.perf_counter())
    for level in (0.025, 0.5, 0.975):
        betaincinv(y + a, n - y + b, level)
    return [*times, time.perf_counter()]


def gpboost(y: Counts, n: Counts) -> list[float]:
    """The same of GPBoost."""
    from gpboost import GPModel

    times = [time.perf_counter()]
    model = GPModel(group_data=np.arange(len(y)), likelihood="binomial_logit", weights=n)
    model.fit(y=y / n, X=np.ones((len(y), 1)))
    times.append(time.perf_counter())
    model.predict_training_data_random_effects()
    return [*times, time.perf_counter()]


def pymc(y: Counts, n: Counts) -> list[float]:
    """The same of PyMC, without the groups."""
    import pymc as pm

    times = [time.perf_counter()]
    y, n, sizes = distinct(y, n)
    with pm.Model():
        mean = pm.Uniform("mean", 0.0, 1.0)
        size = pm.HalfCauchy("size", 20.0)
        a, b = mean * size, (1.0 - mean) * size
        logs = pm.logp(pm.BetaBinomial.dist(alpha=a, beta=b, n=n), y)
        pm.Potential("data", (sizes * logs).sum())
        pm.sample(1000, tune=1000, chains=1, random_seed=1, progressbar=False)
    return [*times, time.perf_counter(), time.perf_counter()]


WAYS: dict[str, Callable[[Counts, Counts], list[float]]] = {
    "partialpool": ours,
    "plug-in": plug_in,
    "GPBoost": gpboost,
    "PyMC": pymc,
}
PEERS = {"plug-in": "scipy", "GPBoost": "gpboost", "PyMC": "pymc"}


def alone(way: str, groups: int, patience: float) -> dict[str, float] | None:
    """Run one way in a process of its own; None if it failed or took more than `patience` seconds."""
    words = [sys.executable, "-W", "ignore", __file__, str(groups), "--alone", way]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=patience)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print one line for each number of groups and each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", type=float, nargs="*", default=[1e6], help="numbers of groups")
    parser.add_argument("--peers", action="store_true", help="run the other ways too")
    parser.add_argument("--patience", type=float, default=600.0, help="seconds after which a way is given up")
    parser.add_argument("--out", type=Path, help="a JSON file for the measurements")
    parser.add_argument("--alone", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone is not None:
        times = WAYS[options.alone](*counts(int(options.groups[0])))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps({"population": times[1] - times[0], "groups": times[2] - times[1], "memory": memory}))
        return
    chosen = ["partialpool", *(way for way, name in PEERS.items() if options.peers and find_spec(name))]
    measured = []
    print("     groups  way           population   groups    GB")
    for groups in map(int, options.groups):
        for way in list(chosen):
            found = alone(way, groups, options.patience)
            if found is None:
                print(f"{groups:11,}  {way:12}  failed, or took more than {options.patience:g} s", flush=True)
                chosen.remove(way)
                continue
            shown = f"{found['population']:8.2f} s {found['groups']:6.2f} s {found['memory']:5.2f}"
            print(f"{groups:11,}  {way:12}  {shown}", flush=True)
            measured.append({"number": groups, "way": way, **found})
    if options.out is not None:
        options.out.write_text(json.dumps(measured, indent=1) + "\n")


if __name__ == "__main__":
    main()
