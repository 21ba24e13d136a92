"""Many rows in a Parquet file: from rows to answers beside every row, against what DuckDB takes for the same alone.

    python benchmarks/scale.py --rows 1e5 1e6 1e7 1e8 --groups 1e6 --out benchmarks/scale.json

For each number of rows a file is made, and in a process of its own each:

    bare      SELECT shop, sum(hits), sum(trials) GROUP BY shop, and that joined back to all rows, written as Parquet
    ours      pp.proportions(file), then fit.groups(into=...), then fit.attach(file, into=...)

Seconds are wall time; memory is the largest resident set of the process in GB. With --totals, for numbers of rows that
are too large to be written twice, the join and the answers beside every row are left out.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

import partialpool as pp

MEMORY = "1GB"
NAME = "data.parquet"


def make(file: Path, rows: int, groups: int, *, wide: bool) -> None:
    """Write a file of rows, with further columns if it is wide; rates are near 0.15."""
    more = """,
                    (hash(i * 3 + 2) % 1000) / 10.0 + 0.1 AS exposure,
                    (hash(i * 11) % 2001)::DOUBLE / 300 + hash(hash(i) % 100) % 10 AS value"""
    with duckdb.connect() as con:
        con.execute(f"SET memory_limit = '{MEMORY}'; SET preserve_insertion_order = false")
        con.execute(
            f"""COPY (
                SELECT
                    (hash(i) % {groups})::BIGINT AS shop,
                    (hash(i * 7 + 1) % 20 + 1)::INTEGER AS trials,
                    least(hash(i * 13 + 5) % 4, hash(i * 7 + 1) % 20 + 1)::INTEGER AS hits{more if wide else ""}
                FROM range({rows}) AS t(i)
            ) TO '{file}' (FORMAT parquet)"""
        )


def bare(file: Path, folder: Path, *, rows: bool) -> dict[str, float]:
    """What DuckDB takes alone."""
    times = [time.perf_counter()]
    with duckdb.connect() as con:
        con.execute(f"SET memory_limit = '{MEMORY}'; SET preserve_insertion_order = false")
        totals = f"SELECT shop, sum(hits) AS y, sum(trials) AS n FROM '{file}' GROUP BY shop"
        con.execute(f"CREATE TABLE totals AS {totals}")
        times.append(time.perf_counter())
        if not rows:
            return {"group by": times[1] - times[0], "join": 0.0}
        joined = f"SELECT t.*, y / n AS raw FROM '{file}' AS t LEFT JOIN totals USING (shop)"
        con.execute(f"COPY ({joined}) TO '{folder / 'bare.parquet'}' (FORMAT parquet)")
        times.append(time.perf_counter())
    return {"group by": times[1] - times[0], "join": times[2] - times[1]}


def ours(file: Path, folder: Path, *, rows: bool) -> dict[str, float]:
    """What the fit and its answers take."""
    times = [time.perf_counter()]
    fit = pp.proportions(file, successes="hits", trials="trials", group="shop", memory=MEMORY)
    times.append(time.perf_counter())
    fit.groups(into=folder / "groups.parquet")
    times.append(time.perf_counter())
    if rows:
        fit.attach(file, into=folder / "rows.parquet", memory=MEMORY)
    times.append(time.perf_counter())
    return {"fit": times[1] - times[0], "groups": times[2] - times[1], "attach": times[3] - times[2]}


def alone(what: str, folder: Path, *, rows: bool) -> dict[str, float]:
    """Run one of the two in a process of its own, and return its times and its memory."""
    words = [sys.executable, __file__, "--alone", what, "--folder", str(folder), *([] if rows else ["--totals"])]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print one line per number of rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, nargs="+", default=[1e5, 1e6, 1e7, 1e8])
    parser.add_argument("--groups", type=float, default=1e6)
    parser.add_argument("--folder", type=Path, help="where the files are made; by default a temporary folder")
    parser.add_argument("--totals", action="store_true", help="without the answers beside every row")
    parser.add_argument("--out", type=Path, help="a JSON file to which the measurements are added")
    parser.add_argument("--alone", choices=["bare", "ours"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone is not None:
        found = {"bare": bare, "ours": ours}[options.alone](
            options.folder / NAME, options.folder, rows=not options.totals
        )
        found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps(found))
        return
    print("       rows     groups | group by    join    GB |    fit  groups  attach    GB | ours/bare")
    for rows in map(int, options.rows):
        groups = min(int(options.groups), max(rows // 20, 3))
        with TemporaryDirectory(dir=options.folder) as name:
            folder = Path(name)
            make(folder / NAME, rows, groups, wide=not options.totals)
            one, other = (alone(what, folder, rows=not options.totals) for what in ("bare", "ours"))
        ratio = (other["fit"] + other["groups"] + other["attach"]) / (one["group by"] + one["join"])
        left = f"{one['group by']:8.2f} {one['join']:7.2f} {one['memory']:5.2f}"
        right = f"{other['fit']:6.2f} {other['groups']:7.2f} {other['attach']:7.2f} {other['memory']:5.2f}"
        print(f"{rows:11,} {groups:10,} | {left} | {right} | {ratio:9.2f}", flush=True)
        if options.out is not None:
            before = json.loads(options.out.read_text()) if options.out.exists() else []
            measured = {"rows": rows, "groups": groups, "attached": not options.totals, "bare": one, "ours": other}
            options.out.write_text(json.dumps([*before, measured], indent=1) + "\n")


if __name__ == "__main__":
    main()
