"""Make measurements_problems.json and measurements_answers.json.  Resumable: answers already stored are kept.

python measurements_generate.py [--jobs 2] [--only TEXT] [--redo] [--most NUMBER]
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from typing import Any

from generate import interleave, load, store
from measurements_answers import answer
from measurements_model import Model
from measurements_problems import hard_problems, random_problems

PROBLEMS, ANSWERS = "measurements_problems.json", "measurements_answers.json"


def work(problem: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None, str]:
    """Return the problem, its answer, and the time taken or the reason of failure."""
    start = time.time()
    try:
        return problem, answer(problem), f"{time.time() - start:.1f} s"
    except Exception as e:
        return problem, None, f"{time.time() - start:.1f} s, {type(e).__name__}: {e}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--redo", action="store_true")
    parser.add_argument("--most", type=int, default=10**6)
    options = parser.parse_args()
    problems = interleave(hard_problems(), random_problems())
    store(PROBLEMS, problems)
    results = {a["id"]: a for a in load(ANSWERS)}
    todo = [p for p in problems if options.only in p["id"] and (options.redo or p["id"] not in results)]
    todo.sort(key=lambda p: Model(p).power is None)  # the quick ones first
    with multiprocessing.Pool(options.jobs) as pool:
        for problem, found, note in pool.imap_unordered(work, todo[: options.most]):
            print(problem["id"], note, flush=True)
            if found:
                results[problem["id"]] = found
                store(ANSWERS, [results[p["id"]] for p in problems if p["id"] in results])


if __name__ == "__main__":
    main()
