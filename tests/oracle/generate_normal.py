"""Make normal_answers.json.  Resumable: answers already stored are kept unless their problem has changed.

python generate_normal.py [--jobs 1] [--only TEXT] [--redo]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from pathlib import Path

from normal import answer
from normal_problems import hard_problems, random_problems

PLACE = Path(__file__).resolve().parent / "normal_answers.json"


def load():
    return {row["id"]: row for row in json.loads(PLACE.read_text())} if PLACE.exists() else {}


def store(rows):
    temporary = PLACE.with_suffix(".part")
    temporary.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
    os.replace(temporary, PLACE)


def work(problem):
    """The problem with its answer, and the time taken or the reason of failure."""
    start = time.time()
    try:
        return problem | {"answer": answer(problem)}, f"{time.time() - start:.1f} s"
    except Exception as e:
        return problem, f"{time.time() - start:.1f} s, {type(e).__name__}: {e}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--redo", action="store_true")
    options = parser.parse_args()
    problems = hard_problems() + random_problems()
    old, found = load(), {}
    for problem in problems:
        stored = old.get(problem["id"])
        if stored and {k: stored[k] for k in problem if k in stored} == problem:
            found[problem["id"]] = stored
    todo = [p for p in problems if options.only in p["id"] and (options.redo or p["id"] not in found)]
    last = time.time()
    with multiprocessing.Pool(options.jobs) as pool:
        for row, note in pool.imap_unordered(work, todo):
            print(row["id"], note, flush=True)
            if "answer" in row:
                found[row["id"]] = row
            if time.time() - last > 10:
                last = time.time()
                store([found[p["id"]] for p in problems if p["id"] in found])
    store([found[p["id"]] for p in problems if p["id"] in found])


if __name__ == "__main__":
    main()
