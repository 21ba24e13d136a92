"""Cumulative fits in the order of a column of the table that was fitted."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import partialpool as pp

TRIALS = {"trial": ["A", "B", "C"], "y": [0.5, 1.5, 0.2], "s": [1.0, 1.0, 2.0], "year": [2003, 1999, 2001]}
COLUMNS = {"estimate": "y", "se": "s"}


def added(fit, order):
    """The groups in the order in which they are added."""
    (label,) = fit.data.labels
    return fit.cumulative(order).columns()[label][::2].tolist()


def written(tmp_path, table):
    path = tmp_path / "trials.csv"
    pd.DataFrame(table).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    "make", [dict, pd.DataFrame, pl.DataFrame, lambda t: pl.DataFrame(t).lazy(), pa.table, written]
)
@pytest.mark.parametrize(("group", "found"), [("trial", ["B", "C", "A"]), (None, [2, 3, 1])])
def test_a_column_that_is_no_label(tmp_path, make, group, found):
    table = written(tmp_path, TRIALS) if make is written else make(TRIALS)
    fit = pp.estimates(table, **COLUMNS, group=group)
    assert added(fit, "year") == found
    assert (
        fit.cumulative("year").columns()["median"].tolist()
        == fit.cumulative(TRIALS["year"]).columns()["median"].tolist()
    )


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["9.5", "10.25", "-3"], ["C", "A", "B"]),
        (["2003-01-02", "1999-12-31", "2001-05-05"], ["B", "C", "A"]),
        (["b", "c", "a"], ["C", "A", "B"]),
        (np.array(["2003-01-02", "1999-12-31", "2001-05-05"], "M8[D]"), ["B", "C", "A"]),
        ([True, False, True], ["B", "A", "C"]),
    ],
)
def test_numbers_are_in_order_as_numbers_and_names_as_names(cells, found):
    assert added(pp.estimates({**TRIALS, "when": cells}, **COLUMNS, group="trial"), "when") == found


def test_rows_of_a_group_agree():
    twice = {name: [*cells, cells[0]] for name, cells in TRIALS.items()}
    assert added(pp.estimates(twice, **COLUMNS, group="trial"), "year") == ["B", "C", "A"]
    twice["year"][3] = 1990
    fit = pp.estimates(twice, **COLUMNS, group="trial")
    with pytest.raises(pp.DataError, match=r"'year' has several values for 'A', such as 2003 and 1990\. Give one for"):
        fit.cumulative("year")


def test_a_group_without_a_cell_is_named():
    fit = pp.estimates({**TRIALS, "year": [2003, None, None]}, **COLUMNS, group="trial")
    with pytest.raises(pp.DataError, match=r"'year' has no value for each group: 2 groups \(B, C\) have none\. Fill"):
        fit.cumulative("year")


def test_text_beside_numbers_is_refused():
    fit = pp.estimates({**TRIALS, "year": ["2003", "1999", "about 2001"]}, **COLUMNS, group="trial")
    with pytest.raises(pp.DataError, match=r"'year': 1 cell \(row 3: 'about 2001'\) is not accepted as a number"):
        fit.cumulative("year")


def test_rows_that_were_left_out_have_no_say():
    table = {name: [*cells, None if name == "s" else cells[0]] for name, cells in TRIALS.items()}
    assert added(pp.estimates(table, **COLUMNS, missing="drop"), "year") == [2, 3, 1]
    trials = {"a": [0, 3, 4], "n": [9, 10, 12], "c": [0, 3, 5], "m": [8, 9, 11], "year": [2005, 2004, 2003]}
    fit = pp.estimates(trials, effect="OR", events=("a", "c"), sizes=("n", "m"), double_zero="drop")
    assert added(fit, "year") == [3, 2]


def test_a_column_that_is_nowhere():
    fit = pp.estimates(TRIALS, **COLUMNS, group="trial")
    with pytest.raises(
        pp.RequestError, match=r"no column 'yeer' of groups; there are trial, y, s\. In the table there is no"
    ):
        fit.cumulative("yeer")


def test_a_table_in_memory_that_has_changed():
    table = {name: list(cells) for name, cells in TRIALS.items()}
    fit, by_row = pp.estimates(table, **COLUMNS, group="trial"), pp.estimates(table, **COLUMNS)
    for cells in table.values():
        cells.reverse()
    assert added(fit, "year") == ["B", "C", "A"]
    with pytest.raises(
        pp.DataError, match=r"row 1 of the table has y=0\.2, and the data of the fit have y=0\.5"
    ) as caught:
        by_row.cumulative("year")
    assert str(caught.value).endswith("unchanged: fit it again as it is now, or fit with group=.")
    for cells in table.values():
        cells.append(cells[0])
    with pytest.raises(pp.DataError, match=r"matched by position\. A column is taken from the table that was fitted"):
        by_row.cumulative("year")


def test_a_fit_that_does_not_know_its_table(tmp_path):
    fit = pp.estimates(TRIALS, **COLUMNS, group="trial")
    fit.save(tmp_path / "a.fit")
    many = {name: [*cells] * 4000 for name, cells in TRIALS.items()}
    arrays = pp.estimates(estimate=TRIALS["y"], se=TRIALS["s"], group=np.array(TRIALS["trial"]))
    for other in (pp.load(tmp_path / "a.fit"), pp.estimates(many, **COLUMNS, group="trial"), arrays):
        assert other.data.source.table is None
        with pytest.raises(
            pp.RequestError, match=r"The fit does not know its table.*a value for each group, or make the"
        ):
            other.cumulative("year")
        assert added(other, TRIALS["year"]) == ["B", "C", "A"]


def test_the_column_stands_behind_the_labels():
    found = pp.estimates(TRIALS, **COLUMNS, group="trial").cumulative("year")
    columns = found.columns()
    assert list(columns)[:4] == ["trial", "year", "groups", "parameter"]
    assert columns["year"][::2].tolist() == [1999, 2001, 2003]
    assert "1999" in repr(found)
    fit = pp.estimates({**TRIALS, "lower": TRIALS["year"]}, **COLUMNS, group="trial")
    assert added(fit, "lower") == ["B", "C", "A"]
    assert list(fit.cumulative("s").columns())[:2] == ["trial", "groups"]
