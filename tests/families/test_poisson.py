"""Events over exposures: what is added up, and what is refused."""

import numpy as np
import pytest

from merging import merge
from partialpool.errors import CellError
from partialpool.groups.groups import frozen
from partialpool.groups.rows import Rows
from partialpool.io.backends import read
from partialpool.models.data.poisson import STATISTICS, events_over
from partialpool.models.gamma_poisson import RATES
from partialpool.models.registry import FAMILIES


def made(data, exposure="e", group=None, **options):
    values = ["y"] if exposure is None else ["y", exposure]
    labels = [group] if isinstance(group, str) else list(group or ())
    return events_over(read(data, values=values, labels=labels, **options), "y", exposure, group)


def test_declaration():
    assert [statistic.role for statistic in STATISTICS] == ["events", "exposure"]
    assert FAMILIES["rates"] is RATES


def test_rows_of_a_group_are_added_up():
    groups = made({"y": [1, 2, 3], "e": [0.5, 0.25, 2.0], "g": ["b", "a", "b"]}, group="g")
    assert groups.labels["g"].tolist() == ["b", "a"]
    assert groups.statistics["events"].tolist() == [4, 2]
    assert groups.statistics["exposure"].tolist() == [2.5, 0.25]
    assert groups.columns == {"events": "y", "exposure": "e"}
    assert groups.statistics["events"].dtype == np.int64
    assert groups.statistics["exposure"].dtype == np.float64
    assert groups.notes == ()


def test_several_group_columns():
    data = {"y": [1, 2, 3], "e": [4, 5, 6], "a": ["x", "x", "x"], "b": [1, 2, 1]}
    groups = made(data, group=("a", "b"))
    assert groups.statistics["events"].tolist() == [4, 2]
    assert list(groups.labels) == ["a", "b"]


@pytest.mark.parametrize("group", [None, (), []])
def test_each_row_is_a_group(group):
    groups = made({"y": [1, 2], "e": [4, 5]}, group=group)
    assert groups.labels["group"].tolist() == [1, 2]


def test_exposure_left_out_is_one_each():
    groups = made({"y": [1, 0, 2], "g": [1, 1, 2]}, exposure=None, group="g")
    assert groups.statistics["exposure"].tolist() == [2.0, 1.0]
    assert groups.columns["exposure"] == "exposure"
    groups = made({"y": [1, 0], "exposure": ["a", "b"]}, exposure=None, group="exposure")
    assert groups.columns["exposure"] == "exposure_"


def test_the_raw_rates():
    groups = made({"y": [3, 0, 0], "e": [2.0, 4.0, 0.0]})
    np.testing.assert_array_equal(RATES.raw(groups), [1.5, 0.0, np.nan])
    assert list(RATES.shown(groups)) == ["y", "e"]
    assert RATES.raw(made({"y": [3], "e": [1e-320]}))[0] == np.inf


def test_merging_adds_up():
    data = {"y": [1, 2, 3, 4], "e": [1.0, 2.0, 0.5, 8.0], "g": ["a", "b", "a", "c"]}
    one, other = ({name: column[part] for name, column in data.items()} for part in (slice(0, 2), slice(2, 4)))
    both = merge(made(one, group="g"), made(other, group="g"))
    assert both.labels["g"].tolist() == ["a", "b", "c"]
    assert both.statistics["events"].tolist() == [4, 2, 4]
    assert both.statistics["exposure"].tolist() == [1.5, 2.0, 8.0]


# --- refusing


def test_events_without_exposure():
    said = r"^2 rows are refused, events without exposure: row 2: y=3, e=0\.0; row 3: y=1, e=0\.0\. Give the exposure"
    with pytest.raises(CellError, match=said):
        made({"y": [0, 3, 1], "e": [0, 0, 0.0]})
    assert made({"y": [0, 3], "e": [0, 2]}).statistics["exposure"].tolist() == [0.0, 2.0]


def test_a_row_without_exposure_is_refused_though_its_group_has_some():
    with pytest.raises(CellError, match="row 2: y=3, e=0"):
        made({"y": [1, 3], "e": [5.0, 0.0], "g": ["a", "a"]}, group="g")


@pytest.mark.parametrize("value", [-1.0, -1e-300, -2])
def test_negative_exposures(value):
    with pytest.raises(CellError, match=r"^1 row is refused, negative: row 2: e=-.*\. Exposures start at 0\."):
        made({"y": [1, 0], "e": [1.0, value]})


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_exposures_that_are_not_finite(bad):
    """Readers refuse these cells; rows from elsewhere are refused here."""
    rows = Rows(frozen({"y": np.array([1, 2]), "e": np.array([1.0, bad])}), 2, "dict")
    with pytest.raises(CellError, match=rf"1 row is refused, not finite: row 2: e={bad}\. Give the exposure, or drop"):
        events_over(rows, "y", "e", None)


@pytest.mark.parametrize("value", [-1, -1.0])
def test_negative_events(value):
    with pytest.raises(CellError, match=rf"1 row is refused, negative: row 2: y={value}\. Counts start at 0"):
        made({"y": [1, value], "e": [5.0, 6.0]})


def test_fractional_events():
    with pytest.raises(CellError, match=r"1 row is refused, not a whole number: row 1: y=3\.0000000001\."):
        made({"y": [3.0000000001, 4.0], "e": [5, 6]})
    assert made({"y": [3.0, 4.0], "e": [5, 6]}).statistics["events"].tolist() == [3, 4]


def test_rates_are_explained():
    with pytest.raises(CellError, match=r"a rate, not a count: row 1: y=0\.25"):
        made({"y": [0.25, 0.5, 1.0], "e": [4, 6, 8]})


def test_floats_that_lost_digits():
    with pytest.raises(CellError, match=r"a float above 2\^53: row 2: .*give integers"):
        made({"y": [2.0**53, 2.0**53 + 2], "e": [1.0, 1.0]})


def test_first_five_rows_and_the_count():
    with pytest.raises(CellError, match=r"7 rows are refused, negative: row 2: e=-1\.0; .*row 6: .* and 2 more\. Exp"):
        made({"y": [1] * 8, "e": [1.0] + [-1.0] * 7})


def test_totals():
    with pytest.raises(CellError, match="the total of a group exceeds"):
        made({"y": [2**62] * 3, "e": [1.0] * 3, "g": [1] * 3}, group="g")
    with pytest.raises(CellError, match=r"^column 'e': the total of a group is beyond double precision\. Use a larger"):
        made({"y": [1, 1], "e": [1.5e308, 1.5e308], "g": [1, 1]}, group="g")


def test_dropped_rows_are_noted_and_numbered_as_in_the_source():
    data = {"y": [1, None, 9], "e": [2, 3, 0]}
    with pytest.raises(CellError, match="row 3: y=9, e=0"):
        made(data, missing="drop")
    data["e"][2] = 10
    (note,) = made(data, missing="drop").notes
    assert note.startswith("1 row with a missing cell (row 2) was left out of the fit by missing='drop'")
