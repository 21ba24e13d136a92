"""Adding rows up and merging parts."""

import time

import numpy as np
import pytest

from merging import merge
from partialpool.errors import CellError
from partialpool.groups.adding import LARGEST_TOTAL
from partialpool.groups.groups import collapse


def groups(labels, y, **options):
    return collapse({"g": np.asarray(labels)}, {"successes": np.asarray(y)}, {"successes": "y"}, **options)


def as_dict(g):
    return dict(
        zip(zip(*(x.tolist() for x in g.labels.values()), strict=True), g.statistics["successes"].tolist(), strict=True)
    )


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["b", "a", "b"], ["b", "a"]),
        ([7, 3, 7], [7, 3]),
        ([2**60, -(2**60), 2**60], [2**60, -(2**60)]),
        (np.array([2**64 - 1, 2**64 - 2, 2**64 - 1], dtype=np.uint64), [2**64 - 1, 2**64 - 2]),
        (np.array([127, -128, 127], dtype=np.int8), [127, -128]),
        ([0.5, -1.5, 0.5], [0.5, -1.5]),
        ([True, False, True], [True, False]),
        (np.array(["b", "a", "b"], dtype=object), ["b", "a"]),
        (np.array(["2020-02-01", "2020-01-01", "2020-02-01"], dtype="M8[D]"), None),
        (np.array([1, True, 1], dtype=object), [1, True]),
        (np.array(["007", "7", "007"], dtype=object), ["007", "7"]),
        (np.array(["1", 1, "1"], dtype=object), ["1", 1]),
    ],
)
def test_order_of_first_appearance(labels, expected):
    result = groups(labels, [1, 2, 3])
    assert result.statistics["successes"].tolist() == [4, 2]
    assert result.size == 2
    if expected is not None:
        assert result.labels["g"].tolist() == expected
        assert list(map(type, result.labels["g"].tolist())) == list(map(type, expected))


def test_distinct_combinations():
    a, b, c = np.array(["x", "x", "y", "x"], dtype=object), np.array([1, 2, 1, 1]), np.array([0.5, 0.5, 0.5, 0.5])
    result = collapse({"a": a, "b": b, "c": c}, {"successes": np.array([1, 2, 3, 4])}, {"successes": "y"})
    assert result.labels["a"].tolist() == ["x", "x", "y"]
    assert result.labels["b"].tolist() == [1, 2, 1]
    assert result.statistics["successes"].tolist() == [5, 2, 3]


def test_without_labels_each_row_is_a_group():
    y = np.array([5, 6])
    result = collapse(None, {"successes": y}, {"successes": "y"})
    assert result.labels["group"].tolist() == [1, 2]
    assert result.statistics["successes"].tolist() == [5, 6]
    assert result.numbered
    assert y.flags.writeable
    assert list(collapse(None, {"successes": y}, {"successes": "group"}).labels) == ["group_"]


def test_float_totals():
    assert groups([1, 2, 1], [0.5, 1.0, 0.25]).statistics["successes"].tolist() == [0.75, 1.0]


def test_results_are_frozen():
    result = groups([1, 2, 1], [1, 2, 3])
    with pytest.raises(ValueError, match="read-only"):
        result.statistics["successes"][0] = 9
    with pytest.raises(TypeError):
        result.labels["h"] = np.zeros(2)


def test_totals_are_exact_or_refused():
    big = 2**53 + 1
    assert groups([1, 1], [big, big]).statistics["successes"].tolist() == [2 * big]
    assert groups([1, 1], [LARGEST_TOTAL - 1, 1]).statistics["successes"].tolist() == [LARGEST_TOTAL]
    for y in ([LARGEST_TOTAL, 1], [2**62] * 4, [2**63 - 1] * 3, [2**62] * 8):
        with pytest.raises(CellError, match="column 'y': the total of a group exceeds"):
            groups([1] * len(y), y)
    with pytest.raises(CellError):
        merge(groups([1], [2**62]), groups([1], [2**62]))


def test_merge_adds_up():
    merged = merge(groups(["a", "b"], [1, 2], notes=("x",)), groups(["c", "a"], [3, 4], notes=("x", "y")))
    assert as_dict(merged) == {("a",): 5, ("b",): 2, ("c",): 3}
    assert merged.notes == ("x", "y")


@pytest.mark.parametrize(
    "other", [np.array([1.0]), np.array(["1"], dtype=object), np.array([True]), np.array([1], np.uint64)]
)
def test_merge_of_other_kinds_of_labels(other):
    merged = merge(groups([2**53 + 1], [1]), groups(other, [2]))
    assert merged.labels["g"].tolist() == [2**53 + 1, *other.tolist()]
    assert merged.size == 2


def test_neutral_element():
    nothing = groups(np.array([], dtype=float), np.array([], dtype=np.int64))
    some = groups(["a", "b"], [1, 2], library="polars")
    assert nothing.size == 0
    for merged in (merge(nothing, some), merge(some, nothing)):
        assert as_dict(merged) == as_dict(some)
        assert merged.library == "polars"
    assert merge(nothing, nothing).size == 0


def test_merge_of_numbered_groups():
    a, b = (collapse(None, {"successes": np.array(y)}, {"successes": "y"}) for y in ([1, 2], [3]))
    merged = merge(a, b)
    assert merged.labels["group"].tolist() == [1, 2, 3]
    assert merged.statistics["successes"].tolist() == [1, 2, 3]


def test_a_million_rows_are_quick():
    labels = np.random.default_rng(1).integers(0, 50_000, 10**6)
    started = time.process_time()
    result = collapse({"g": labels}, {"successes": labels, "trials": labels}, {"successes": "y", "trials": "n"})
    assert time.process_time() - started < 0.5
    assert result.statistics["trials"].sum() == labels.sum()
