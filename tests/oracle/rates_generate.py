"""Make rates_answers.json.  Resumable: answers already stored are kept unless their problem has changed.

python rates_generate.py [--jobs 1] [--only TEXT] [--redo] [--most NUMBER]
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from typing import Any

from generate import interleave, load, store
from rates_answers import answer
from rates_problems import hard_problems, random_problems

ANSWERS = "rates_answers.json"


def work(problem: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The problem with its answer, and the time taken or the reason of failure."""
    start = time.time()
    try:
        return problem | {"answer": answer(problem)}, f"{time.time() - start:.1f} s"
    except Exception as e:
        return problem, f"{time.time() - start:.1f} s, {type(e).__name__}: {e}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--redo", action="store_true")
    parser.add_argument("--most", type=int, default=10**6)
    options = parser.parse_args()
    problems = interleave(hard_problems(), random_problems())
    old, found = {row["id"]: row for row in load(ANSWERS)}, {}
    for problem in problems:
        stored = old.get(problem["id"])
        if stored and {k: stored[k] for k in problem} == problem:
            found[problem["id"]] = stored
    todo = [p for p in problems if options.only in p["id"] and (options.redo or p["id"] not in found)]
    with multiprocessing.Pool(options.jobs) as pool:
        for row, note in pool.imap_unordered(work, todo[: options.most]):
            print(row["id"], note, flush=True)
            if "answer" in row:
                found[row["id"]] = row
                store(ANSWERS, [found[p["id"]] for p in problems if p["id"] in found])


if __name__ == "__main__":
    main()
