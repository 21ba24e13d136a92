"""What read() refuses before it reads, and that it changes nothing."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from partialpool.errors import DataError, RequestError
from partialpool.io.backends import read

COLUMNS = {"y": [0, 3, 5], "n": [4, 6, 5], "lab": ["B", "A", "B"], "other": [1.5, None, 2.5]}


def test_nothing_is_changed():
    arrays = {"y": np.array([1.0, np.nan, 3.0]), "g": np.array(["a", None, "c"], dtype=object)}
    before = {name: cells.copy() for name, cells in arrays.items()}
    read(arrays, values=["y"], labels=["g"], missing="drop")
    assert np.array_equal(arrays["y"], before["y"], equal_nan=True)
    assert arrays["g"].tolist() == before["g"].tolist()
    assert arrays["y"].flags.writeable


def test_requests():
    with pytest.raises(RequestError, match="missing='skip' is unknown"):
        read(COLUMNS, values=["y"], labels=[], missing="skip")
    with pytest.raises(RequestError, match="'y' is asked for in two roles"):
        read(COLUMNS, values=["y", "y"], labels=[])
    with pytest.raises(RequestError, match="'y' is asked for in two roles"):
        read(COLUMNS, values=["y"], labels=["y"])
    with pytest.raises(RequestError, match="no column is asked for"):
        read(COLUMNS, values=[], labels=[])
    with pytest.raises(RequestError, match="column name 3 is not text"):
        read(COLUMNS, values=[3], labels=[])  # type: ignore[list-item]


@pytest.mark.parametrize("data", [3, [1, 2], np.zeros((2, 2)), pd.Series([1]), [{"y": 1}, 2], duckdb, {1, 2}])
def test_other_data_are_refused(data):
    with pytest.raises(DataError, match=r"which is not read here. Give a pandas"):
        read(data, values=["y"], labels=[])
