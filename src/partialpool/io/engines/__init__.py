"""Add up the rows of each group where the rows are: in DuckDB, in a lazy frame of Polars, on a Spark cluster.

Only the totals of groups are read into Python. All engines run the same expressions, through narwhals, and sums are
added up in whole numbers (see `exact`), so that the result does not depend on the order of the rows, on the number of
threads or on the engine.
"""

from partialpool.io.engines.adding import added_up
from partialpool.io.engines.apart import Apart, added_up_apart
from partialpool.io.engines.memory import check_memory
from partialpool.io.engines.reading import read_rows

__all__ = ["Apart", "added_up", "added_up_apart", "check_memory", "read_rows"]
