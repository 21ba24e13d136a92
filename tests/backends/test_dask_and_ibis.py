"""Frames of Dask and tables of Ibis: their totals, fits and attached answers are those of the same rows in memory."""

import numpy as np
import pandas as pd
import pytest

import partialpool as pp
from partialpool.errors import CellError, ColumnError, DataError

pytestmark = [
    pytest.mark.filterwarnings("ignore:Dask support is moving"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of pandas and DuckDB, in Ibis and Dask
]
dask = pytest.importorskip("dask.dataframe")
ibis = pytest.importorskip("ibis")

SIZE = 600
FITS = {
    "trials": lambda data, group: pp.proportions(data, successes="y", trials="n", group=group),
    "outcomes": lambda data, group: pp.proportions(data, successes="hit", group=group),
    "exposure": lambda data, group: pp.rates(data, events="y", exposure="exposure", group=group),
    "value": lambda data, group: pp.measurements(data, value="value", group=group),
}


def rows(seed=0):
    rng = np.random.default_rng(seed)
    lab = rng.integers(0, 6, SIZE)
    trials = rng.integers(0, 20, SIZE)
    return pd.DataFrame(
        {
            "lab": lab,
            "site": np.array(list("ZabÄé "))[lab],
            "day": np.datetime64("2026-01-01") + (lab % 4),
            "y": rng.binomial(trials, 0.3),
            "n": trials,
            "hit": rng.random(SIZE) < 0.3,
            "exposure": 10.0 ** rng.uniform(-6.0, 6.0, SIZE),
            "value": rng.normal(1e9 + lab, 1e-3 * (1 + lab % 3), SIZE),
        }
    )


def to_ibis(data, folder):
    data.to_parquet(folder / "rows.parquet")
    return ibis.duckdb.connect().read_parquet(folder / "rows.parquet")


KINDS = {"dask": lambda data, _: dask.from_pandas(data, npartitions=5), "ibis": to_ibis}


@pytest.fixture(params=KINDS)
def lazy(request, tmp_path):
    """A function that makes the lazy frame of a frame of pandas."""
    return lambda data: KINDS[request.param](data, tmp_path)


def in_memory(frame):
    return frame.compute() if hasattr(frame, "compute") else frame.to_pandas()


def by_label(fit):
    labels = zip(*(column.tolist() for column in fit.data.labels.values()), strict=True)
    return {label: {role: of[i] for role, of in fit.data.statistics.items()} for i, label in enumerate(labels)}


@pytest.mark.parametrize("name", FITS)
def test_totals_are_those_of_the_rows(lazy, name):
    data, group = rows(), ["site", "day"]
    found, expected = by_label(FITS[name](lazy(data), group)), by_label(FITS[name](data, group))
    assert found.keys() == expected.keys()
    assert list(found) == sorted(found)
    for label, statistics in expected.items():
        for role, value in statistics.items():
            if role != "rest":
                assert found[label][role] == pytest.approx(value, rel=1e-14, abs=0.0)


def test_slices_and_bad_rows(lazy):
    data = rows()
    data.loc[data["site"] == "a", "y"] += 100
    fits = pp.proportions(lazy(data), successes="y", trials="n", group="day", by="site")
    expected = pp.proportions(data[data["site"] == "b"], successes="y", trials="n", group="day")
    assert list(fits.failed) == ["a"]
    np.testing.assert_array_equal(fits["b"].population_columns()["mean"], expected.population_columns()["mean"])
    with pytest.raises(CellError, match="more successes than trials: a row of 'a'"):
        FITS["trials"](lazy(data), "site")


@pytest.mark.parametrize("group", [["lab"], ["site", "day"]], ids="-".join)
def test_answers_are_attached_lazily(lazy, group):
    data = rows()
    fit = FITS["trials"](data[data["lab"] != 3], group)
    frame = lazy(data)
    found = fit.attach(frame)
    assert type(found) is type(frame)
    expected, found = fit.attach(data), in_memory(found)
    assert list(found.columns) == list(expected.columns)
    order = list(data.columns)
    pd.testing.assert_frame_equal(
        found.sort_values(order, ignore_index=True),
        expected.sort_values(order, ignore_index=True),
        check_dtype=False,
        check_exact=True,
    )
    assert expected["posterior_mean"].isna().any()


def test_labels_that_are_missing_have_no_answer(lazy):
    data = rows()
    data["site"] = data["site"].where(data["lab"] != 2, None)
    fit = pp.proportions(data, successes="y", trials="n", group="site", missing="drop")
    found = in_memory(fit.attach(lazy(data)))
    assert (found["posterior_mean"].isna() == found["site"].isna()).all()


def test_what_cannot_be_attached_is_refused(lazy):
    data = rows()
    fit = FITS["trials"](data, "lab")
    with pytest.raises(ColumnError, match="'lab'"):
        fit.attach(lazy(data.drop(columns="lab")))
    with pytest.raises(ColumnError, match="already has columns"):
        fit.attach(fit.attach(lazy(data)))
    with pytest.raises(DataError, match="each row is its own group"):
        pp.proportions(data[:9], successes="y", trials="n").attach(lazy(data[:9]))
    strange = FITS["trials"](data[data["lab"] != 3], "lab")
    with pytest.raises(DataError, match="a group that the fit does not know: 'lab' is 3"):
        in_memory(strange.attach(lazy(data), unknown="refuse"))
