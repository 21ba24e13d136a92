"""Make sparse_answers.json.  Resumable: answers already stored are kept unless their problem has changed.

python sparse_generate.py [--jobs 1] [--only TEXT]
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from typing import Any

from generate import load, store
from sparse_model import answer
from sparse_problems import problems

ANSWERS = "sparse_answers.json"


def work(problem: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The problem with its answer, and the time taken or the reason of failure."""
    start = time.process_time()
    try:
        return problem | {"answer": answer(problem)}, f"{time.process_time() - start:.1f} s"
    except Exception as e:
        return problem, f"{type(e).__name__}: {e}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    every = problems()
    old, found = {row["id"]: row for row in load(ANSWERS)}, {}
    for problem in every:
        stored = old.get(problem["id"])
        if stored and {k: stored[k] for k in problem} == problem:
            found[problem["id"]] = stored
    todo = [p for p in every if options.only in p["id"] and p["id"] not in found]
    with multiprocessing.Pool(options.jobs) as pool:
        for row, note in pool.imap_unordered(work, todo):
            print(row["id"], note, flush=True)
            if "answer" in row:
                found[row["id"]] = row
                store(ANSWERS, [found[p["id"]] for p in every if p["id"] in found])


if __name__ == "__main__":
    main()
