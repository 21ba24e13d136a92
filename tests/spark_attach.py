"""Themes of tests/backends/test_spark.py: answers beside the rows of a Spark frame."""

import math
from decimal import Decimal

import numpy as np
import pytest

import partialpool as pp
from partialpool.errors import ColumnError, DataError
from spark_fits import BY_COUNTS, framed, in_memory, rows

NEW = ["posterior_mean", "posterior_sd", "posterior_median", "posterior_lower", "posterior_upper", "posterior_weight"]


def answers(fit, table, group):
    """The new cells of each row, from the same rows in memory."""
    attached = fit.attach(in_memory(table))
    return sorted(zip(*(attached[name] for name in [*group, *NEW]), strict=True))


def theme_attached_answers(sessions):
    table = rows(size=80)
    for kind, group in (("classic", ["g"]), ("classic", ["i", "m", "d", "b"]), ("connect", ["k", "u", "f"])):
        fit = BY_COUNTS["trials"](in_memory(table), group)
        attached = fit.attach(framed(sessions[kind], table))
        assert attached.columns[-6:] == NEW
        found = [tuple(row) for row in attached.select(*group, *NEW).collect()]
        assert sorted(found) == answers(fit, table, group)
    fit = BY_COUNTS["trials"](framed(sessions["classic"], table), ["t", "g"])
    attached = fit.attach(framed(sessions["classic"], table))
    assert attached.where("posterior_mean IS NULL").count() == 0
    assert attached.count() == 80


def numbered(values, kind="bigint"):
    return {"y": [1] * len(values), "n": [3] * len(values), "g": values}, f"g {kind}"


def theme_labels_of_other_types(sessions):
    """A label and a cell are the same if they are equal as Python objects, whatever their types."""
    session = sessions["classic"]
    fits = {
        "whole": pp.proportions({"y": [1, 0], "n": [3, 3], "g": [1, 300]}, successes="y", trials="n", group="g"),
        "float": pp.proportions({"y": [1, 0], "n": [3, 3], "g": [1.5, 0.1]}, successes="y", trials="n", group="g"),
    }
    cases = [
        ("whole", "tinyint", [1, 2], [True, False]),
        ("whole", "double", [1.0, 300.0, 1.5, math.nan], [True, True, False, False]),
        ("whole", "decimal(38,2)", [Decimal("300.00"), Decimal("1.01")], [True, False]),
        ("float", "float", [1.5, float(np.float32(0.1))], [True, False]),
        ("float", "decimal(3,1)", [Decimal("1.5"), Decimal("0.1")], [True, False]),
    ]
    for name, kind, cells, there in cases:
        frame = session.createDataFrame([(cell,) for cell in cells], f"g {kind}").coalesce(1)
        found = [row.posterior_mean is not None for row in fits[name].attach(frame).collect()]
        assert found == there, (name, kind)
    for kind, cell in (("string", "1"), ("date", None), ("boolean", True), ("timestamp", None), ("array<int>", [1])):
        with pytest.raises(DataError, match=r"'g' holds cells of the type .* fit are numbers: no row"):
            fits["whole"].attach(session.createDataFrame([(cell,)], f"g {kind}"))


def theme_unknown_groups(sessions):
    data = {"y": [1, 0], "n": [3, 3], "g": ["a", "b"], "h": [1.0, 2.0]}
    fit = pp.proportions(data, successes="y", trials="n", group=["g", "h"])
    table = [("a", 1.0), ("q", 1.0), (None, 1.0), ("a", math.nan)]
    for session in sessions.values():
        frame = session.createDataFrame(table, "G string, H double").coalesce(1)
        attached = fit.attach(frame, group=["G", "H"], prefix="p_")
        assert [row.p_mean is not None for row in attached.collect()] == [True, False, False, False]
        lazy = fit.attach(frame, group=["G", "H"], unknown="refuse")
        assert lazy.where("G = 'a'").count() == 2
        with pytest.raises(Exception, match=r"the fit does not know the group q, 1\.0"):
            lazy.collect()
        with pytest.raises(ColumnError, match="the table already has a column 'p_mean'"):
            fit.attach(frame.withColumnRenamed("H", "P_MEAN"), group=["G", "P_MEAN"], prefix="p_")
        with pytest.raises(ColumnError, match="no column 'g'"):
            fit.attach(frame)
    alone = pp.proportions({"y": [1, 0], "n": [3, 3]}, successes="y", trials="n")
    with pytest.raises(DataError, match="those of a Spark frame have no order"):
        alone.attach(sessions["classic"].range(2))


def theme_a_frame_of_narwhals_stays_one(sessions):
    import narwhals as nw

    fit = pp.proportions({"y": [1, 0], "n": [3, 3], "id": [0, 1]}, successes="y", trials="n", group="id")
    attached = fit.attach(nw.from_native(sessions["classic"].range(3)))
    assert isinstance(attached, nw.LazyFrame)
    assert attached.collect_schema().names() == ["id", *NEW]
