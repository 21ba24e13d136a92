"""Arrays of every kind become plain Python values."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from partialpool.io.output.cells import plain


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        (np.array([1.5, np.nan, np.inf]), [1.5, None, float("inf")]),
        (np.array([1, 2], dtype=np.uint8), [1, 2]),
        (np.array([True]), [True]),
        (np.array(["a", ""]), ["a", ""]),
        (np.array(["2020-01-31", "NaT"], dtype="datetime64[ns]"), ["2020-01-31T00:00:00.000000000", None]),
        (np.array([dt.datetime(2020, 1, 31, 12), Decimal("1.50")], dtype=object), ["2020-01-31T12:00:00", "1.50"]),
        (np.array([np.int64(3), np.float32(0.5), np.str_("x"), np.nan, None], dtype=object), [3, 0.5, "x", None, None]),
        (np.array([True, 1, "1"], dtype=object), [True, 1, "1"]),
        (np.array([pd.Timestamp("2020-01-31"), pd.NaT], dtype=object), ["2020-01-31T00:00:00", None]),
        (np.array([], dtype=object), []),
    ],
)
def test_plain(column, cells):
    result = plain(column)
    assert result == cells
    assert [type(value) for value in result] == [type(value) for value in cells]
