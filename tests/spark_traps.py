"""Themes of tests/backends/test_spark.py: what Spark does otherwise than others, and what is refused."""

import math

import pytest

import partialpool as pp
from partialpool.errors import CellError, ColumnError, DataError, PartialpoolError, RequestError
from spark_fits import by_label


def fitted(frame, group="g", **more):
    return pp.proportions(frame, successes="y", trials="n", group=group, **more)


def refused(error, frame, group="g", **more):
    with pytest.raises(error) as found:
        fitted(frame, group, **more)
    return str(found.value)


def theme_missing_cells(sessions):
    """Spark takes NaN for equal to itself and for larger than all numbers; a cast of it fails or is 0."""
    session, nan = sessions["classic"], math.nan
    table = [(3.0, 5.0, "a", 1.0), (None, 5.0, "a", 1.0), (nan, 5.0, "a", 1.0), (2.0, nan, "b", 2.0)]
    table += [(2.0, 9.0, None, 1.0), (2.0, 9.0, "b", nan), (2.0, 9.0, "b", None), (1.0, 9.0, "b", 2.0)]
    frame = session.createDataFrame(table, "y double, n float, g string, h double").repartition(4)
    for ansi in ("true", "false"):
        session.conf.set("spark.sql.ansi.enabled", ansi)
        fit = fitted(frame, ["g", "h"], missing="drop")
        assert by_label(fit) == {
            ("a", 1): {"successes": 3, "trials": 5},
            ("b", 2): {"successes": 1, "trials": 9},
        }
        assert fit.data.source.rows == 8
        assert "6 rows with missing cells were left out" in fit.warnings[0]
    assert "column 'y' has no value in 2 of 8 rows" in refused(CellError, frame, ["g", "h"])
    means = pp.measurements(frame, value="n", group="h", missing="drop")
    assert by_label(means)[1,]["mean"] == pytest.approx((5 + 5 + 5 + 9) / 4)
    session.conf.set("spark.sql.ansi.enabled", "true")
    none = session.createDataFrame([(None, 3, "a")], "y int, n int, g string")
    assert "each of the 1 rows has a missing cell" in refused(DataError, none, missing="drop")


def theme_whole_numbers_at_the_limits(sessions):
    """A sum of 64-bit integers fails in one mode of Spark and is wrong, silently, in the other."""
    session = sessions["classic"]
    huge = session.createDataFrame([(0, 2**61, "a")] * 3 + [(1, 5, "b")], "y int, n bigint, g string")
    least = session.createDataFrame([(-(2**63), 5, "a"), (1, 5, "b")], "y bigint, n int, g string")
    odd = session.createDataFrame([(2**53 + 1, "a"), (1, "a"), (1, "b")], "x bigint, g string")
    for ansi in ("true", "false"):
        session.conf.set("spark.sql.ansi.enabled", ansi)
        assert "the total of a group exceeds 2^62" in refused(CellError, huge)
        assert "negative: a row of 'a': y=-9223372036854775808" in refused(CellError, least)
    session.conf.set("spark.sql.ansi.enabled", "true")
    with pytest.raises(CellError, match=r"an integer above 2\^53: a row of 'a': x=9007199254740993"):
        pp.measurements(odd, value="x", group="g")
    exact = session.createDataFrame([(2**60, 2**60 + 1, "a"), (1, 2, "a"), (0, 3, "b")], "y bigint, n bigint, g string")
    with pytest.raises(PartialpoolError) as error:
        fitted(exact)
    assert "2^62" not in str(error.value)


def theme_names_of_columns(sessions):
    """Dots, backticks and names that differ in upper and lower case, or not at all, mean nothing to a position."""
    frame = sessions["classic"].sql(
        "SELECT 1 AS `a.b`, 2 AS `n``k`, 'x' AS Lab, 'y' AS lab, 7 AS twice, 8 AS twice UNION ALL "
        "SELECT 0, 3, 'z', 'w', 1, 1"
    )
    fit = pp.proportions(frame, successes="a.b", trials="n`k", group="lab")
    assert by_label(fit) == {("w",): {"successes": 0, "trials": 3}, ("y",): {"successes": 1, "trials": 2}}
    attached = fit.attach(frame)
    assert attached.columns[:6] == frame.columns
    with pytest.raises(ColumnError, match="'twice' is there 2 times"):
        pp.proportions(frame, successes="a.b", trials="n`k", group="twice")
    with pytest.raises(ColumnError, match="no column 'LAB'"):
        pp.proportions(frame, successes="a.b", trials="n`k", group="LAB")


def theme_text_is_compared_by_its_signs(sessions):
    """A collation of Spark 4 without upper and lower case would make one group of two."""
    session = sessions["classic"]
    if int(session.version.split(".")[0]) < 4:
        return
    frame = session.sql("SELECT collate(g, 'UTF8_LCASE') AS g, 1 AS y, n FROM VALUES ('a', 2), ('A', 3) AS t(g, n)")
    fit = fitted(frame)
    assert by_label(fit) == {("A",): {"successes": 1, "trials": 3}, ("a",): {"successes": 1, "trials": 2}}
    means = dict(zip(fit.data.labels["g"].tolist(), fit.groups()["mean"].tolist(), strict=True))
    assert {row.g: row.posterior_mean for row in fit.attach(frame).collect()} == means


def theme_refused_frames(sessions):
    session = sessions["classic"]
    assert "the data have no rows" in refused(DataError, session.createDataFrame([], "y int, n int, g string"))
    nested = session.createDataFrame([(1, 3, [1])], "y int, n int, g array<int>")
    assert "group column 'g' holds List(" in refused(CellError, nested)
    failing = session.sql("SELECT 1 / (id - 1) AS y, 2 AS n, 'x' AS g FROM range(3)")
    assert "[DIVIDE_BY_ZERO] Division by zero" in refused(DataError, failing)
    stream = session.readStream.format("rate").load()
    with pytest.raises(DataError, match="streaming"):
        pp.rates(stream, events="value", group="timestamp")
    bad = session.createDataFrame([(9, 5, "a"), (1, 5, "b")], "y int, n int, g string")
    assert "more successes than trials: a row of 'a': y=9, n=5. Correct" in refused(CellError, bad)
    assert "'q' is unknown" in refused(RequestError, bad, missing="q")
    for session in sessions.values():
        frame = session.createDataFrame([(1, 5, "b")], "y int, n int, g string")
        assert "pyspark have no order, so they have no numbers" in refused(DataError, frame, None)
        assert "a column beside it cannot be matched" in refused(DataError, frame, ["a"] * 3)
        assert "is not text. Name columns by text" in refused(RequestError, frame, frame.g)


def theme_rows_that_change(sessions):
    """Each task of a frame may run once more, and so may the frame: then it must give the same rows."""
    once = "java_method('java.lang.System', 'nanoTime')"
    frame = sessions["classic"].range(3000).selectExpr("id % 3 AS g", "1 AS y", f"CAST({once} AS BIGINT) % 7 AS r")
    with pytest.raises(DataError, match="rows when they were checked and"):
        pp.proportions(frame.where("r < 3"), successes="y", group="g")
