"""Slices of tables that an engine adds up: the fits of the rows that are read, from one pass over all slices."""

import duckdb
import numpy as np
import polars as pl
import pytest

import partialpool as pp
from partialpool.errors import CellError
from partialpool.io.engines import opening

SIZE = 2000


@pytest.fixture(autouse=True)
def always(monkeypatch):
    """Let engines add up tables of any size, except dicts, which are read."""
    monkeypatch.setattr(opening, "MANY", 0)


def table():
    rng = np.random.default_rng(4)
    trials = rng.integers(1, 9, SIZE)
    return {
        "country": np.array(["DE", "FR", "IT"])[rng.integers(0, 3, SIZE)],
        "product": rng.integers(0, 2, SIZE),
        "store": rng.integers(0, 12, SIZE),
        "y": rng.binomial(trials, 0.3),
        "n": trials,
        "value": rng.normal(size=SIZE),
    }


def sources(data, folder):
    frame = pl.DataFrame(data)
    frame.write_parquet(folder / "sales.parquet")
    return [frame.lazy(), folder / "sales.parquet", duckdb.connect().from_arrow(frame.to_arrow())]


@pytest.mark.parametrize("by", ["country", ["country", "product"]])
def test_every_slice_is_the_fit_of_its_rows(by, tmp_path):
    data = table()
    expected = pp.proportions(data, successes="y", trials="n", group="store", by=by)
    for source in sources(data, tmp_path):
        found = pp.proportions(source, successes="y", trials="n", group="store", by=by)
        assert list(found) == sorted(expected)
        sizes = dict(zip(expected.keys(), expected.slices()["rows"], strict=True))
        assert list(found.slices()["rows"]) == [sizes[key] for key in found]
        for key, fit in found.items():
            columns, other = fit.population_columns(), expected[key].population_columns()
            assert all(np.array_equal(columns[name], other[name]) for name in ("median", "lower", "upper"))
            assert fit.warnings == expected[key].warnings
            assert fit.data.source.rows == sizes[key]


def test_measurements():
    data = table()
    expected = pp.measurements(data, value="value", group="store", by="country")
    found = pp.measurements(pl.DataFrame(data).lazy(), value="value", group="store", by="country")
    for key, fit in found.items():
        medians = fit.population_columns()["median"], expected[key].population_columns()["median"]
        assert np.allclose(*medians, rtol=1e-11, atol=0.0)


def test_a_group_column_may_also_cut():
    data = table()
    found = pp.proportions(
        pl.DataFrame(data).lazy(), successes="y", trials="n", group=["country", "store"], by="country"
    )
    assert list(found["DE"].data.labels) == ["country", "store"]
    assert set(found["DE"].data.labels["country"]) == {"DE"}


BAD = {
    "c": ["DE"] * 4 + ["FR"] * 4 + ["IT"] * 2 + ["ES"] * 3 + ["PT"] * 2,
    "s": list("abcdabcdababcab"),
    "y": [1, 2, 3, 4, 9, 1, 2, 3, None, 1, 1, 0, 2, 7, 6],
    "n": [5] * 15,
}


def fits(data, **options):
    return pp.proportions(data, successes="y", trials="n", group="s", by="c", **options)


@pytest.mark.parametrize("missing", ["refuse", "drop"])
def test_a_slice_with_refused_rows_does_not_stop_the_others(missing, tmp_path):
    expected = fits(BAD, missing=missing)
    for source in sources(BAD, tmp_path):
        found = fits(source, missing=missing)
        assert list(found) == sorted(expected)
        assert (
            found.failed.keys() == expected.failed.keys() == ({"FR", "PT"} | ({"IT"} if missing == "refuse" else set()))
        )
        assert "more successes than trials: a row of 'FR', 'a': y=9, n=5. Correct" in found.failed["FR"]
        assert "did you swap" in found.failed["PT"]
        if missing == "refuse":
            assert "column 'y' has no value in 1 of 2 rows" in found.failed["IT"]
        rows = dict(zip(expected.keys(), expected.slices()["rows"], strict=True))
        assert next(iter(found.slices()["rows"])) == rows["DE"]
        medians = found["DE"].population_columns()["median"], expected["DE"].population_columns()["median"]
        assert np.array_equal(*medians)
        with pytest.raises(CellError, match="more successes"):
            found["FR"]


def test_every_slice_may_be_refused():
    data = {"c": [1, 1, 2, 2], "s": list("abab"), "y": [7, 1, 8, 9], "n": [5] * 4}
    found = fits(pl.DataFrame(data).lazy())
    assert list(found) == [1, 2]
    assert set(found.failed) == {1, 2}


def test_a_row_without_a_slice_is_refused_at_once():
    data = BAD | {"c": [None, *BAD["c"][1:]]}
    with pytest.raises(CellError, match="column 'c' has no value in 1 of"):
        fits(pl.DataFrame(data).lazy())
    assert "DE" in fits(pl.DataFrame(data).lazy(), missing="drop")


def test_of_many_refused_slices_the_first_are_looked_at():
    size = 120
    data = {
        "c": np.repeat(np.arange(size), 2),
        "s": np.tile(["a", "b"], size),
        "y": np.tile([9, 1], size),
        "n": np.full(2 * size, 5),
    }
    found = fits(pl.DataFrame(data).lazy())
    assert len(found.failed) == size
    assert "more successes than trials" in found.failed[0]
    assert "Fit the slice alone" in found.failed[size - 1]
