"""Make problems.json and answers.json.  Resumable: answers already stored are kept; files are replaced atomically.

python generate.py [--jobs 2] [--only TEXT] [--redo]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

from beta_binomial import answer
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
    start = time.time()
    try:
        return problem, answer(problem), f"{time.time() - start:.1f} s"
    except Exception as e:
        return problem, None, f"{type(e).__name__}: {e}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--redo", action="store_true")
    options = parser.parse_args()
    problems = interleave(hard_problems(), random_problems())
    store("problems.json", problems)
    answers = {a["id"]: a for a in load("answers.json")}
    todo = [p for p in problems if options.only in p["id"] and (options.redo or p["id"] not in answers)]
    todo.sort(key=lambda p: len(set(zip(p["successes"], p["trials"]))))
    with multiprocessing.Pool(options.jobs) as pool:
        for problem, found, note in pool.imap_unordered(work, todo):
            print(problem["id"], note, found and found["agreement"], flush=True)
            if found:
                answers[found["id"]] = found
                store("answers.json", [answers[p["id"]] for p in problems if p["id"] in answers])


def interleave(first: list[Any], second: list[Any]) -> list[Any]:
    """Return both lists merged, spread evenly."""
    keyed = [(i / len(first), x) for i, x in enumerate(first)] + [(i / len(second), x) for i, x in enumerate(second)]
    return [x for _, x in sorted(keyed, key=lambda pair: pair[0])]


if __name__ == "__main__":
    main()
