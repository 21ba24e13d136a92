"""Warnings of what the rows of the data seem to be: totals of others, and labels that begin anew."""

import itertools

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import partialpool as pp
from partialpool import datasets
from partialpool.io.backends import read
from partialpool.models.data.totals import totals

PLUGGED = "ignores the uncertainty of the population's parameters"


def said(data, group="g", **roles):
    """The warnings about the data."""
    roles = roles or {"successes": "y", "trials": "n"}
    family = pp.rates if "events" in roles else pp.estimates if "estimate" in roles else pp.proportions
    fit = family(data, group=group, method="moments", missing="drop", **roles)
    others = (PLUGGED, "left out of the fit by missing=")
    return [warning for warning in fit.warnings if not any(other in warning for other in others)]


SUMS = {"g": list("abcde"), "y": [1, 2, 3, 4, 10], "n": [9, 9, 9, 10, 37]}


class TestTotals:
    def test_a_last_row_of_sums(self):
        (warning,) = said(SUMS)
        assert warning == (
            "the last row (row 5, \"e\") holds the sums of all other rows in 'y' and 'n': if it is their total and not "
            "a group of its own, leave it out, in pandas by data[data['g'] != 'e']"
        )
        assert len(said(SUMS, group=None)) == 1

    def test_the_sums_may_stand_in_any_row(self):
        for place, which in ((0, 'the first row (row 1, "e")'), (2, 'a row (row 3, "e")')):
            data = {name: [*cells[:-1][:place], cells[-1], *cells[:-1][place:]] for name, cells in SUMS.items()}
            (warning,) = said(data)
            assert warning.startswith(f"{which} holds the sums of all other rows in 'y' and 'n'")
        (warning,) = said({**data, "g": [1, 2, 3, 4, 5]})
        assert "(row 3, " in warning
        (warning,) = said({"y": [10, 1, 2, 3, 4], "n": [37, 9, 9, 9, 10]}, group=None)
        assert warning.startswith("the first row (row 1) holds")

    def test_two_equal_rows_and_an_empty_one_are_no_sums(self):
        for order in (1, -1):
            y, n = [0, 10_000, 10_000, 0][::order], [1, 20_000, 20_000, 0][::order]
            assert said({"g": list("abcd"), "y": y, "n": n}) == []

    def test_sums_with_and_without_the_rows_that_were_left_out(self):
        data = {"g": list("abcdef"), "y": [1, 2, 3, None, 4, 10], "n": [9, 9, 9, 5, 10, 42]}
        (warning,) = said(data)
        assert 'the last row (row 6, "f") holds the sums' in warning
        assert len(said({**data, "n": [9, 9, 9, 5, 10, 37]})) == 1
        assert said({**data, "n": [9, 9, 9, 5, 10, 41]}) == []
        (warning,) = said({**data, "g": ["a", "b", None, "d", "e", "f"], "y": [1, 2, 3, 0, 4, 10]})
        assert 'row 6, "f"' in warning

    def test_subtotals_of_a_whole_table(self):
        table = {
            "g": ["A", "B", "North", "C", "D", "E", "South"],
            "y": [21, 30, 51, 8, 9, 40, 57],
            "n": [100, 90, 190, 50, 50, 200, 300],
        }
        expected = (
            "some rows (row 3, \"North\"; row 7, \"South\") hold the sums of the rows above them in 'y' and 'n': if "
            "they are subtotals and no groups of their own, leave them out"
        )
        assert said(table) == [expected]
        total = {"g": [*table["g"], "England"], "y": [*table["y"], 108], "n": [*table["n"], 490]}
        assert '; row 7, "South"; row 8, "England") hold the sums' in said(total)[0]
        (warning,) = said({name: cells[::-1] for name, cells in table.items()})
        assert 'some rows (row 1, "South"; row 5, "North") hold the sums of the rows below them' in warning

    def test_subtotals_here_and_there(self):
        """England and Wales have subtotals, and what comes after them has none."""
        table = {
            "g": ["A", "B", "C", "North", "D", "E", "South", "F", "G", "H"],
            "y": [21, 30, 17, 68, 8, 49, 57, 31, 12, 22],
            "n": [117, 93, 88, 298, 51, 212, 263, 140, 77, 91],
        }
        expected = (
            "some rows (row 4, \"North\"; row 7, \"South\") hold the sums of the rows above them in 'y' and 'n': if "
            "they are subtotals and no groups of their own, leave them out"
        )
        assert said(table) == [expected]
        (warning,) = said({name: cells[::-1] for name, cells in table.items()})
        assert 'some rows (row 4, "South"; row 7, "North") hold the sums of the rows below them' in warning
        total = {"g": [*table["g"], "UK"], "y": [*table["y"], 190], "n": [*table["n"], 869]}
        assert '; row 11, "UK") hold the sums of the rows above' in said(total)[0]

    def test_one_subtotal_is_no_accident_if_it_is_large_or_called_so(self):
        large = {"y": [121, 307, 428, 99, 203], "n": [1117, 2993, 4110, 1020, 2041]}
        assert len(said(large, group=None)) == 1
        small = {"g": ["A", "B", "AB", "C", "D"], "y": [1, 1, 2, 3, 2], "n": [10, 10, 20, 30, 11]}
        assert said(small) == []
        for name in ("Total AB", "AB total", "AB (sub-total)", "Subtotal of AB"):
            (warning,) = said({**small, "g": ["A", "B", name, "C", "D"]})
            assert warning.startswith(f'some rows (row 3, "{name}") hold the sums of the rows above them')

    def test_a_total_of_some_rows_just_above_it(self):
        table = {"g": ["X", "A", "B", "Total AB", "C"], "y": [7, 1, 1, 2, 2], "n": [30, 10, 10, 20, 11]}
        assert said(table)[0].startswith('some rows (row 4, "Total AB") hold')
        assert said({**table, "n": [30, 10, 10, 21, 11]}) == []

    def test_totals_of_what_other_labels_are_called(self):
        named = {"g": ["North", "South", "Total north", "C", "D"], "y": [1, 2, 2, 3, 2], "n": [10, 10, 20, 30, 11]}
        assert 'a group is called "Total north" (row 3)' in said(named)[0]
        begun = {**named, "g": ["North 1", "North 2", "North, total", "C", "D"]}
        assert 'a group is called "North, total" (row 3)' in said(begun)[0]
        assert said({**named, "g": ["Shell", "BP", "Total Energies", "C", "D"]}) == []
        assert said({**named, "g": ["Wine Depot", "BP", "Total Wine", "Subtotal Ltd", "Sum 41"]}) == []

    @pytest.mark.parametrize("seed", range(20))
    def test_tables_without_subtotals_say_nothing(self, seed):
        """Small counts and round sizes make sums that are chance, in hundreds of rows."""
        rng = np.random.default_rng(seed)
        for size, sizes in ((12, [10, 20]), (100, [50, 100, 150, 200]), (400, np.arange(1, 30)), (1000, [20])):
            n = rng.choice(sizes, size)
            y = rng.binomial(n, rng.beta(2.0, 8.0, size))
            assert said({"y": y, "n": n}, group=None) == []
            assert said({"y": y, "e": n / 10}, group=None, events="y", exposure="e") == []

    def test_data_sets_of_the_package_say_nothing(self):
        for name in datasets.names():
            info = datasets.info(name)
            if info.family in ("proportions", "rates"):
                fit = getattr(pp, info.family)(datasets.load(name), **info.arguments)
                assert not [warning for warning in fit.warnings if "sum" in warning or "total" in warning]

    def test_sums_of_small_counts_are_accidents(self):
        assert said({"y": [1, 1, 2], "n": [1, 1, 2]}, group=None) == []
        assert said({"y": [1, 1, 2, 0, 3, 1], "n": [101, 103, 204, 99, 98, 102]}, group=None) == []
        assert said({"y": [1, 1, 2] * 5, "n": [10, 10, 20] * 5}, group=None) == []
        assert said({"y": [0, 0, 0] * 5, "n": [10, 10, 20] * 5, "g": list(range(15))}) == []

    def test_subtotals_are_no_accident_only_throughout_and_of_some_size(self):
        small = {"y": [1, 0, 1, 2, 1, 3], "n": [10, 10, 20, 10, 10, 20]}
        assert said(small, group=None) == []
        large = {name: [50 * cell for cell in cells] for name, cells in small.items()}
        assert len(said(large, group=None)) == 1
        assert len(said({"y": [*large["y"], 7], "n": [*large["n"], 70]}, group=None)) == 1
        assert said({name: cells[:3] for name, cells in large.items()}, group=None) == []

    def test_many_subtotals_are_shown_by_the_first(self):
        (warning,) = said({"y": [30, 40, 70] * 7, "n": [100, 100, 200] * 7}, group=None)
        assert warning.startswith("some rows (row 3; row 6; row 9; row 12; row 15 and 2 more) hold")

    def test_the_line_of_a_file_is_named(self, tmp_path):
        path = tmp_path / "x.csv"
        path.write_text("g,y,n\n\na,1,9\nb,2,9\n\nc,3,9\nTotal,6,27\n")
        (warning,) = said(path)
        assert 'last row (line 7, "Total")' in warning

    def test_rounded_exposures(self):
        data = {"g": list("abcd"), "y": [1, 2, 3, 6], "e": [1.3333333, 2.6666667, 3.1, 7.1]}
        assert len(said(data, events="y", exposure="e")) == 1
        assert said({**data, "e": [1.33, 2.67, 3.1, 7.2]}, events="y", exposure="e") == []

    def test_sums_are_no_accident_only_in_both_columns_of_three_rows_or_more(self):
        assert said({**SUMS, "n": [9, 9, 9, 10, 38]}) == []
        assert said({**SUMS, "y": [1, 2, 3, 4, 11]}) == []
        assert said({"g": list("abc"), "y": [1, 2, 3], "n": [10, 20, 30]}) == []
        assert said({"g": list("abcd"), "y": [1, 2, 3, 6]}, events="y") == []

    def test_sums_of_nothing(self):
        rows = read({"y": [0, 0, 0, 0], "n": [1, 2, 3, 6], "z": [0, 0, 0, 0]}, values=["y", "n", "z"], labels=[])
        assert len(list(totals(rows, [], ["y", "n"]))) == 1
        assert list(totals(rows, [], ["y", "z"])) == []

    @pytest.mark.parametrize(
        "label", ["Total", "TOTAL:", " total ", "All", "Overall", "Grand Total", "Gesamt", "(sum)"]
    )
    def test_labels_that_say_total(self, label):
        data = {"g": ["a", label, "c"], "y": [1, 2, 3], "n": [9, 9, 9]}
        (warning,) = said(data)
        assert warning == (
            f'a group is called "{label}" (row 2): if it is the total of others and not a group of its own, '
            f"leave it out, in pandas by data[data['g'] != {label!r}]"
        )

    @pytest.mark.parametrize(
        "label", ["All hospitals", "ALL THE SCHOOLS", "Total, all g", "Studies (total)", "Overall: gs"]
    )
    def test_labels_that_speak_of_all_groups(self, label):
        expected = label != "Total, all g"
        assert len(said({"g": ["a", label, "c"], "y": [1, 2, 3], "n": [9, 9, 9]})) == expected

    def test_the_name_of_the_column_says_what_all_are(self):
        data = {"breed_of_dog": ["a", "All breeds", "c"], "y": [1, 2, 3], "n": [9, 9, 9]}
        assert len(said(data, group="breed_of_dog")) == 1
        assert said({**data, "h": data["breed_of_dog"]}, group="h") == []

    @pytest.mark.parametrize(
        "label",
        [
            "Total Petroleum",
            "Allentown",
            "Summer",
            "",
            "totally",
            "All Saints",
            "All Souls",
            "Total Wine",
            "Hospital 5",
        ],
    )
    def test_labels_that_do_not(self, label):
        assert said({"g": ["a", label, "c"], "y": [1, 2, 3], "n": [9, 9, 9]}) == []

    def test_estimates_and_one_of_several_group_columns(self):
        data = {"a": ["x", "x", "y"], "b": ["p", "Overall", "p"], "t": [1.0, 2.0, 3.0], "s": [1.0, 1.0, 1.0]}
        (warning,) = said(data, group=["a", "b"], estimate="t", se="s")
        assert '"Overall" (row 2)' in warning

    def test_rows_that_were_dropped_are_counted(self):
        data = {"g": ["a", None, "b", "c", "Total"], "y": [1, 5, 2, 3, 6], "n": [9, 9, 9, 9, 27]}
        (warning,) = said(data)
        assert 'row 5, "Total"' in warning

    def test_long_tables_are_looked_at_at_their_ends(self):
        labels = [f"g{i}" for i in range(150_000)]
        labels[-1] = "Total"
        data = {"g": np.array(labels, dtype=object), "y": np.ones(150_000, int), "n": np.full(150_000, 3)}
        (warning,) = said(data)
        assert "row 150,000" in warning or "row 150000" in warning

    def test_the_warning_is_saved_with_the_fit(self, tmp_path):
        fit = pp.proportions(SUMS, successes="y", trials="n", group="g", method="moments")
        fit.save(tmp_path / "x.fit")
        assert pp.load(tmp_path / "x.fit").warnings == fit.warnings


@pytest.mark.parametrize("name", ["failed", "Survived", "not cured", "n_failures", "non-events"])
def test_trials_that_are_called_failures(name, tmp_path):
    data = {"g": list("abc"), "y": [1, 2, 3], name: [9, 8, 7]}
    (warning,) = said(data, successes="y", trials=name)
    assert warning.startswith(f"the trials are the column {name!r}, which may count failures alone")
    assert said({**data, "n": [10, 10, 10]}, successes=name, trials="n") == []
    relation = duckdb.from_arrow(pa.table(data))
    assert said(relation, successes="y", trials=name) == [warning]


@pytest.mark.parametrize("name", ["n", "trials", "no. of notes", "surviving_cohort", "missions"])
def test_trials_that_are_called_trials(name):
    assert said({"g": list("abc"), "y": [1, 2, 3], name: [9, 8, 7]}, successes="y", trials=name) == []


@pytest.mark.parametrize("name", datasets.names())
def test_the_data_sets_of_the_package_are_beyond_suspicion(name):
    info = datasets.info(name)
    fit = getattr(pp, info.family)(datasets.load(name), **info.roles, group=list(info.group), method="moments")
    assert [warning for warning in fit.warnings if "leave it out" in warning or "begin anew" in warning] == []


def table(values, labels, *, other="plant", first=True):
    """A row for each value of the other column and label in it; labels: of all values, or of each."""
    labels = labels if isinstance(labels[0], list) else [labels] * len(values)
    rows = [(value, label) for value, of in zip(values, labels, strict=True) for label in of]
    columns = {other: [value for value, _ in rows], "machine": [label for _, label in rows]}
    columns = columns if first else dict(reversed(columns.items()))
    return {**columns, "y": [i % 3 for i in range(len(rows))], "n": [9 + i for i in range(len(rows))]}


M = ["M1", "M2", "M3"]
LETTERS = {
    "dict": dict,
    "list of dicts": lambda c: [dict(zip(c, row, strict=True)) for row in zip(*c.values(), strict=True)],
    "arrays": lambda c: {name: np.array(cells) for name, cells in c.items()},
    "pandas": lambda c: pd.DataFrame(c, index=[4] * len(c["y"])),
    "nullable": lambda c: pd.DataFrame(c).convert_dtypes(),
    "categorical": lambda c: pd.DataFrame(c).astype({"plant": "category", "machine": "category"}),
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
}


class TestLabelsThatBeginAnew:
    @pytest.mark.parametrize("kind", LETTERS)
    def test_machines_of_plants(self, kind):
        (warning,) = said(LETTERS[kind](table("PQR", M)), group="machine")
        assert warning == (
            'the labels of "machine" ("M1", ...) begin anew in each value of "plant" ("P", "Q", ...), and rows with '
            "the same label are one group here: if they are different groups, name both columns, "
            'group=["plant", "machine"]'
        )

    @pytest.mark.parametrize("packed", [False, True])
    def test_files(self, tmp_path, packed):
        path = tmp_path / ("x.csv.gz" if packed else "x.csv")
        pd.DataFrame(table("PQR", M)).to_csv(path, index=False, sep=";")
        assert len(said(path, group="machine")) == 1

    def test_both_columns_named(self):
        assert said(table("PQR", M), group=["plant", "machine"]) == []

    @pytest.mark.parametrize(
        "labels",
        [
            ["1", "2", "3"],
            [1, 2, 3],
            [0, 1, 2],
            ["A", "B", "C"],
            ["a", "b"],
            ["ward 01", "ward 02"],
            ["M1", "M3", "M2"],
        ],
    )
    def test_labels_in_sequence(self, labels):
        assert len(said(table("PQR", labels), group="machine")) == 1

    @pytest.mark.parametrize(
        "labels", [["Mercy", "Anna"], ["M1", "M3"], ["M1", "N2"], [17, 18], ["2021", "2022"], ["M1", "x"]]
    )
    def test_labels_that_are_names(self, labels):
        assert said(table("PQR", labels), group="machine") == []

    @pytest.mark.parametrize("other", ["day", "Sex", "visit_date", "treatment arm", "Device", "YEAR", "shift"])
    def test_columns_that_cut_across(self, other):
        assert said(table("PQR", M, other=other), group="machine") == []
        assert said(table("PQR", [M, M[:2], M], other=other), group="machine") == []

    @pytest.mark.parametrize("other", ["village", "farm", "site", "clinic_name", "Werk"])
    def test_names_are_compared_by_words(self, other):
        assert len(said(table("PQR", M, other=other), group="machine")) == 1

    def test_a_column_to_the_right_holds_groups_if_it_is_called_so_or_their_numbers_differ(self):
        assert said(table("PQR", M, other="brand", first=False), group="machine") == []
        assert len(said(table("PQR", [M, M[:2], M[:1]], other="brand", first=False), group="machine")) == 1
        assert len(said(table("PQR", M, other="plant", first=False), group="machine")) == 1
        assert len(said(table("PQR", M, other="School_Name", first=False), group="machine")) == 1

    def test_groups_that_do_not_begin_anew(self):
        assert said(table("PQR", [["M1"], ["M2"], ["M3"]]), group="machine") == []
        assert said(table("PQR", [["M1", "M2"], ["M2", "M3"], ["M1"]]), group="machine") == []

    def test_numbers_are_no_text(self):
        assert said(table(["1", "2", "3"], M), group="machine") == []
        assert said(table([1, 2, 3], M), group="machine") == []

    def test_many_values_are_no_container(self):
        assert said(table([f"P{i}" for i in range(51)], M), group="machine") == []

    def test_a_value_that_is_missing(self):
        assert said(table(["P", None, "R"], M), group="machine") == []

    def test_dropped_rows(self):
        data = table("PQR", M)
        data["n"][2] = None
        assert len(said(data, group="machine")) == 1

    def test_rows_in_any_order(self):
        data = table("PQRS", [M, M[:2], M, M[:1]])
        order = np.random.default_rng(3).permutation(len(data["y"]))
        assert len(said({name: [cells[i] for i in order] for name, cells in data.items()}, group="machine")) == 1

    def test_lazy_tables_are_not_run_once_more(self):
        runs = itertools.count()

        def counted(frame):
            next(runs)
            return frame

        frame = pl.DataFrame(table("PQR", M)).lazy()
        assert said(frame.map_batches(counted, schema=frame.collect_schema()), group="machine") == []
        assert next(runs) == 1
        connection = duckdb.connect()
        connection.register("rows", pa.table(table("PQR", M)))
        assert said(connection.sql("SELECT * FROM rows"), group="machine") == []

    def test_tables_of_every_shape_are_survived(self):
        odd = table("PQR", M)
        odd |= {
            3: [1] * 9,
            "list": [[1]] * 9,
            "array": np.zeros((9, 2)),
            "none": [None] * 9,
            "scalar": 7,
            "short": ["x"],
        }
        assert len(said(odd, group="machine")) == 1
        frame = pd.DataFrame(table("PQR", M))
        frame[("a", "b")] = [{"x": 1}] * 9
        frame[7] = pd.Categorical(["x"] * 9)
        frame["mixed"] = [1, "x", None, 2.5, True, b"y", "z", (1,), pd.NaT]
        assert len(said(frame, group="machine")) == 1

    def test_arrays_have_no_columns_beside_them(self):
        data = table("PQR", M)
        assert said(data, group=np.array(data["machine"])) == []
