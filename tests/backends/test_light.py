"""Reading a CSV file loads no data-frame library."""

import subprocess
import sys

from partialpool import datasets

CODE = """
import sys
from partialpool.io.backends import read
from partialpool.models.data import binomial
rows = read(sys.argv[1], values=["tumors", "rats"], labels=["group"])
assert binomial.counts(rows, "tumors", "rats", "group").size == 71
heavy = {"pandas", "polars", "pyarrow", "duckdb", "narwhals", "rich"} & set(sys.modules)
sys.exit(f"loaded {heavy}" if heavy else 0)
"""


def test_csv_needs_no_heavy_library():
    command = [sys.executable, "-c", CODE, str(datasets.path("rat_tumors"))]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert done.returncode == 0, done.stderr
