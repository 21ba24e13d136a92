"""Make problems.json and answers.json.  Resumable: answers already stored are kept; files are replaced atomically.

python generate.py [--jobs 2] [--only TEXT] [--redo]              answers of what is missing
python generate.py --groups [--jobs 2] [--only TEXT] [--redo]     quantiles of the groups of what is answered
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from beta_binomial import USUAL, Model, Posterior, Precision, answer, working
from groups import quantiles
from problems import hard_problems, random_problems

HERE = Path(__file__).resolve().parent


def load(name: str) -> list[dict[str, Any]]:
    """Return a stored list, empty if there is none yet."""
    path = HERE / name
    return json.loads(path.read_text()) if path.exists() else []


def store(name: str, rows: list[dict[str, Any]]) -> None:
    """Write a list, one row a line, through a temporary file."""
    temporary = HERE / (name + ".part")
    temporary.write_text("[\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]\n")
    os.replace(temporary, HERE / name)


def work(problem: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None, str]:
    """Return the problem, its answer, and the time taken or the reason of failure."""
    return timed(problem, answer)


def work_groups(problem: dict[str, Any]) -> tuple[dict[str, Any], dict[int, list[list[str]]] | None, str]:
    """Return the problem, its groups' quantiles by index, and the time taken or the reason of failure."""
    return timed(problem, group_quantiles)


def timed(problem: dict[str, Any], f: Callable[[dict[str, Any]], Any]) -> tuple[dict[str, Any], Any, str]:
    """Return the problem, f of it or None, and the time taken or the reason of failure."""
    start = time.time()
    try:
        return problem, f(problem), f"{time.time() - start:.1f} s"
    except Exception as e:
        return problem, None, f"{time.time() - start:.1f} s, {type(e).__name__}: {e}"


def group_quantiles(problem: dict[str, Any], effort: Precision = USUAL) -> dict[int, list[list[str]]]:
    """Return {index: [[level, x, density], ...]} of a problem's chosen groups."""
    with working(effort.bits):
        return quantiles(problem, Posterior.of(Model.of(problem), effort))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--redo", action="store_true")
    parser.add_argument("--groups", action="store_true")
    options = parser.parse_args()
    problems = interleave(hard_problems(), random_problems())
    store("problems.json", problems)
    results = {a["id"]: a for a in load("answers.json")}

    def missing(p: dict[str, Any]) -> bool:
        if options.groups:
            return p["id"] in results and (options.redo or results[p["id"]]["groups"][0]["quantiles"] is None)
        return options.redo or p["id"] not in results

    todo = [p for p in problems if options.only in p["id"] and missing(p)]
    todo.sort(key=lambda p: len(set(zip(p["successes"], p["trials"]))))
    with multiprocessing.Pool(options.jobs) as pool:
        for problem, found, note in pool.imap_unordered(work_groups if options.groups else work, todo):
            print(problem["id"], note, flush=True)
            if not found:
                continue
            if options.groups:
                for group in results[problem["id"]]["groups"]:
                    group["quantiles"] = found[group["index"]]
            else:
                results[problem["id"]] = found
            store("answers.json", [results[p["id"]] for p in problems if p["id"] in results])


def interleave(first: list[Any], second: list[Any]) -> list[Any]:
    """Return both lists merged, spread evenly."""
    keyed = [(i / len(first), x) for i, x in enumerate(first)] + [(i / len(second), x) for i, x in enumerate(second)]
    return [x for _, x in sorted(keyed, key=lambda pair: pair[0])]


if __name__ == "__main__":
    main()
