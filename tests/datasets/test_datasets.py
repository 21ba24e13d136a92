"""The shipped data sets: totals, sources, and every library."""

import hashlib
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from partialpool import datasets
from partialpool.backends import read
from partialpool.errors import MissingDependencyError, RequestError
from partialpool.families.binomial import counts

TOTALS = {
    "rat_tumors": (71, 267, 1739),
    "surgical": (12, 208, 2814),
    "baseball_1970": (18, 215, 18 * 45),
    "toxoplasmosis": (34, 356, 697),
    "orange_juice_cans": (54, 347 + 133, 54 * 50),
    "hospital_cabg": (31, 446, 16028),
}


def test_names():
    assert datasets.names() == tuple(TOTALS)


@pytest.mark.parametrize("name", TOTALS)
def test_published_totals(name):
    about = datasets.info(name)
    values = [about.successes, about.trials]
    rows = read(datasets.load(name), values=values, labels=about.group)
    groups = counts(rows, about.successes, about.trials, about.group)
    totals = (groups.size, *(int(x.sum()) for x in groups.statistics.values()))
    assert totals == TOTALS[name]
    assert about.rows == totals[0]
    assert set(values) | set(about.group) <= set(about.columns)
    assert about.family == "proportions"
    assert about.source
    assert about.licence
    assert about.name == name


@pytest.mark.parametrize("name", TOTALS)
def test_file_and_arrays_agree(name):
    about = datasets.info(name)
    from_file = read(datasets.path(name), values=[about.trials], labels=about.group)
    arrays = datasets.load(name)
    assert list(arrays) == list(about.columns)
    for column, cells in from_file.columns.items():
        assert np.array_equal(cells, arrays[column])
        assert cells.dtype == arrays[column].dtype


@pytest.mark.parametrize(
    ("library", "frame"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("pyarrow", pa.Table)]
)
def test_frames(library, frame):
    table = datasets.load("baseball_1970", library)
    assert isinstance(table, frame)
    rows = read(table, values=["hits"], labels=["last_name"])
    assert rows.library == library
    assert rows.columns["last_name"][0] == "Clemente"


def test_types():
    columns = datasets.load("hospital_cabg")
    assert columns["y"].dtype == np.float64
    assert columns["deaths"].dtype == np.int64
    assert datasets.load("surgical")["hospital"].dtype == object


def test_each_load_is_a_new_copy():
    first = datasets.load("surgical")
    first["deaths"][:] = 0
    assert datasets.load("surgical")["deaths"].sum() == 208


def test_unknown_name():
    with pytest.raises(RequestError, match=r"no data set 'rats_tumor'. Did you mean 'rat_tumors'\? The data sets are"):
        datasets.load("rats_tumor")
    with pytest.raises(RequestError, match=r"no data set '\.\./secret'\. The data sets are"):
        datasets.path("../secret")


def test_unknown_library():
    with pytest.raises(RequestError, match="library='excel' is unknown"):
        datasets.load("surgical", "excel")


def test_library_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingDependencyError, match="pip install polars"):
        datasets.load("surgical", "polars")


def test_files_are_the_published_bytes():
    digest = hashlib.sha256(datasets.path("rat_tumors").read_bytes()).hexdigest()
    assert digest == "63374d5ec75b70d23e9daf18ae4b82a77eee0cf28e240f6426459fe554aa4efd"
