"""The query for a database that is not reached: its table gives the fit of the rows themselves."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import partialpool as pp
from partialpool.errors import RequestError

rng = np.random.default_rng(3)
SIZE = 400
TRIALS = rng.integers(1, 20, SIZE)
ROWS = {
    "the lab": rng.integers(0, 8, SIZE),
    'si"te': np.array(list("xyzw"))[rng.integers(0, 4, SIZE)],
    "y": rng.binomial(TRIALS, 0.3),
    "n": TRIALS,
    "hit": rng.integers(0, 2, SIZE),
    "exposure": np.round(rng.uniform(0.1, 9.0, SIZE), 3),
    "value": rng.normal(20.0, 3.0, SIZE),
    "se": rng.uniform(0.5, 2.0, SIZE),
}
GROUP = ["the lab", 'si"te']
CALLS = [
    ("proportions", {"successes": "y", "trials": "n"}),
    ("proportions", {"successes": "hit"}),
    ("rates", {"events": "y", "exposure": "exposure"}),
    ("rates", {"events": "y"}),
    ("measurements", {"value": "value"}),
    ("estimates", {"estimate": "value", "se": "se"}),
]


def run(query, rows=ROWS):
    con = duckdb.connect()
    con.register("visits", pa.table(rows))
    return con.sql(query).to_arrow_table()


@pytest.mark.parametrize(("family", "columns"), CALLS)
def test_the_table_of_the_query_gives_the_fit_of_the_rows(family, columns):
    query = pp.sql(family, "visits", group=GROUP, **columns)
    table = run(query)
    assert not any(table["refused_rows"].to_pylist())
    called = query.splitlines()[0]
    assert called.startswith(f"-- one row per group, for pp.{family}(..., ")
    arguments = dict(part.split("=") for part in called.split("(..., ")[1].split(", group=")[0].split(", "))
    roles = {role: name.strip('"') for role, name in arguments.items()}
    found, expected = (
        getattr(pp, family)(table, group=GROUP, **roles),
        getattr(pp, family)(ROWS, group=GROUP, **columns),
    )
    for name in ("mean", "sd", "median", "lower", "upper"):
        ours, theirs = found.population_columns()[name], expected.population_columns()[name]
        assert np.allclose(ours, theirs, rtol=1e-9, atol=0.0, equal_nan=True)


BAD = [
    ("proportions", {"successes": "y", "trials": "n"}, {"y": [1, -1, 6, None, 2], "n": [5, 5, 5, 5, None]}, 4),
    ("proportions", {"successes": "y"}, {"y": [1, 0, 2, None, -1]}, 3),
    ("rates", {"events": "y", "exposure": "e"}, {"y": [1, 0, 1, -1, 2], "e": [1.0, 0.0, 0.0, 1.0, None]}, 3),
    ("measurements", {"value": "v"}, {"v": [1.0, None, 2.0, None, 0.0]}, 2),
    ("estimates", {"estimate": "v", "se": "s"}, {"v": [1.0, None, 2.0, 3.0, 0.0], "s": [1.0, 1.0, 0.0, -1.0, None]}, 4),
]


@pytest.mark.parametrize(("family", "columns", "rows", "refused"), BAD)
def test_refused_rows_are_counted(family, columns, rows, refused):
    table = run(pp.sql(family, "visits", group="g", **columns), {"g": ["a"] * 5, **rows})
    assert table["refused_rows"].to_pylist() == [refused]


def test_other_quotes():
    query = pp.sql("rates", "shop.visits", group="a`b", events="y", quote="`")
    assert "`a``b`" in query
    assert "FROM shop.visits" in query


@pytest.mark.parametrize(
    ("family", "columns", "said"),
    [
        ("binomial", {"successes": "y"}, "family must be one of 'proportions'"),
        ("proportions", {"trials": "n"}, "name the column, successes="),
        ("rates", {"events": "y", "trials": "n"}, "trials= is not a column of rates"),
        ("rates", {"events": "y", "quote": ""}, "is not one sign"),
    ],
)
def test_what_is_refused(family, columns, said):
    with pytest.raises(RequestError, match=said):
        pp.sql(family, "visits", group="g", **columns)
