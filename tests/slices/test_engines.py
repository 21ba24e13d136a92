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


def test_a_bad_row_names_its_slice_and_group():
    data = table()
    data["y"][7] = 99
    with pytest.raises(CellError, match="more successes than trials") as error:
        pp.proportions(pl.DataFrame(data).lazy(), successes="y", trials="n", group="store", by="country")
    assert str(data["country"][7]) in str(error.value)
