"""Rows become numbers, means and sds that keep every digit the rows have."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import partialpool as pp
from merging import merge
from partialpool.io.backends import read
from partialpool.models.data.measurements import measurements, summaries
from partialpool.models.normal_unknown import MEASUREMENTS


def grouped(data):
    return measurements(read(data, values=["y"], labels=["g"]), "y", "g")


def exact(rows):
    """Mean and sd, the mean as a fraction and the sd to 28 digits."""
    rows = [Fraction(v) for v in rows]
    mean = sum(rows) / len(rows)
    square = sum((v - mean) ** 2 for v in rows) / max(len(rows) - 1, 1)
    return mean, (Decimal(square.numerator) / Decimal(square.denominator)).sqrt()


def digits(groups, j, rows):
    """Errors of a group's mean and sd, beside its sd."""
    mean, sd = exact(rows)
    found = {role: groups.statistics[role][j].item() for role in ("n", "mean", "rest", "sd")}
    assert found["n"] == len(rows)
    off = Fraction(found["mean"]) + Fraction(found["rest"]) - mean
    size = Fraction(sd) if sd else Fraction(1)
    return abs(float(off / size)), abs(float((Fraction(found["sd"]) - Fraction(sd)) / size))


@pytest.mark.parametrize("constant", [0.0, 1e6, 1e12, -1e15, 1e299])
def test_every_digit_of_the_rows_is_kept(constant):
    unit = 1e284 if constant == 1e299 else 1.0
    rows = [[constant + unit * (0.1 * g + 0.2 * (k % 3) + 7.0) for k in range(21)] for g in range(5)]
    found = grouped({"y": [v for r in rows for v in r], "g": [g for g, r in enumerate(rows) for _ in r]})
    for j, r in enumerate(rows):
        assert max(digits(found, j, r)) < 1e-15


def test_tiny_and_huge_spreads_neither_vanish_nor_overflow():
    rows = [[1e-300, 3e-300, 2e-300], [1e200, -1e200], [0.0, 0.0]]
    found = grouped({"y": [v for r in rows for v in r], "g": [g for g, r in enumerate(rows) for _ in r]})
    assert found.statistics["sd"] == pytest.approx([1e-300, 2**0.5 * 1e200, 0.0], rel=1e-15)


def test_parts_in_any_order_merge_to_the_same_groups():
    rng = np.random.default_rng(3)
    y, g = 1e6 + rng.normal(size=60), rng.integers(0, 4, 60)
    whole = grouped({"y": y, "g": g})
    for cut in (1, 17, 59):
        parts = merge(grouped({"y": y[:cut], "g": g[:cut]}), grouped({"y": y[cut:], "g": g[cut:]}))
        assert list(parts.labels["g"]) == list(whole.labels["g"])
        for role in ("n", "mean"):
            assert (parts.statistics[role] == whole.statistics[role]).all()
        assert parts.statistics["sd"] == pytest.approx(whole.statistics["sd"], rel=1e-14)


def test_rows_in_any_order_are_the_same_bits():
    rng = np.random.default_rng(5)
    y, g = rng.normal(size=50), np.repeat([0, 1], 25)
    order = np.concatenate([rng.permutation(25), 25 + rng.permutation(25)])
    one, other = grouped({"y": y, "g": g}), grouped({"y": y[order], "g": g[order]})
    assert all((one.statistics[role] == other.statistics[role]).all() for role in one.statistics)


def test_summaries_of_groups_are_what_they_say():
    rows = read({"m": [1.5, 2.0], "s": [0.5, 0.0], "n": [3, 1]}, values=["m", "s", "n"], labels=[])
    found = summaries(rows, "m", "s", "n", None)
    assert found.statistics["mean"].tolist() == [1.5, 2.0]
    assert found.statistics["sd"].tolist() == [0.5, 0.0]
    assert list(MEASUREMENTS.shown(found)) == ["n", "s"]


def fit(missing="refuse", **columns):
    return pp.measurements(columns, mean="m", sd="s", n="n", missing=missing)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"m": [1.0, 2.0], "s": [1.0, 1.0], "n": [3, 0]}, r"1 row is refused, no measurement: row 2: n=0"),
        ({"m": [1.0, 2.0], "s": [1.0, 1.0], "n": [3.0, 2.5]}, r"not a whole number: row 2: n=2.5"),
        (
            {"m": [1.0, 2.0], "s": [1.0, -1.0], "n": [3, 2]},
            r"negative: row 2: s=-1.0. A standard deviation is 0 or more",
        ),
        (
            {"m": [1.0, 2.0], "s": [1.0, 1.0], "n": [3, 1]},
            r"an sd of one measurement: row 2: n=1, s=1.0. One .* write 0",
        ),
        ({"m": [1.0, 2e301], "s": [1.0, 1.0], "n": [3, 2]}, r"beyond 1e\+300 in size: row 2"),
        ({"m": [1, 2**53 + 1], "s": [1.0, 1.0], "n": [3, 2]}, r"an integer above 2\^53: row 2.* subtract a constant"),
        ({"m": [1.0, np.inf], "s": [1.0, 1.0], "n": [3, 2]}, r"not finite"),
        ({"m": [1.0, np.nan], "s": [1.0, 1.0], "n": [3, 2]}, r"no value in row 2"),
    ],
)
def test_what_is_no_summary_is_refused(columns, message):
    with pytest.raises(pp.CellError, match=message):
        fit(**columns)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"value": "y"}, "Name the column of the groups"),
        ({"value": "y", "group": "g", "mean": "m"}, "not both"),
        ({"group": "g", "mean": "m"}, "all of mean=, sd= and n="),
        ({"value": "y", "group": "g", "sigma": "per-group"}, r"pp.estimates\(data, estimate=<mean>"),
        ({"value": "y", "group": "g", "sigma": "other"}, 'must be "shared"'),
    ],
)
def test_what_is_no_request_is_refused(arguments, message):
    with pytest.raises(pp.RequestError, match=message):
        pp.measurements({"y": [1.0, 2.0], "g": [1, 1], "m": [1, 1]}, **arguments)


def test_the_sd_of_a_single_row_is_missing():
    rows = pp.measurements({"g": list("aabbc"), "y": [1.0, 2.0, 4.0, 3.0, 2.5]}, value="y", group="g")
    assert rows.group_columns()["y_sd"][:2] == pytest.approx([0.5**0.5] * 2)
    assert np.isnan(rows.group_columns()["y_sd"][2])
    assert np.isnan(fit(m=[1.0, 2.0, 4.0], s=[1.0, 0.0, 1.2], n=[3, 1, 4]).group_columns()["s"][1])
    assert rows.data.statistics["sd"][2] == 0.0  # what the sums of squares are made of


@pytest.mark.parametrize("empty", [np.nan, None])
def test_the_sd_of_one_measurement_plays_no_part(empty, tmp_path):
    columns = {"m": [1.0, 2.0, 4.0, 3.5], "n": [3, 1, 4, 1]}
    zero, missing = (fit(**columns, s=[1.0, gap, 1.2, gap]) for gap in (0.0, empty))
    path = tmp_path / "summaries.csv"
    path.write_text("m,s,n\n1,1,3\n2,,1\n4,1.2,4\n3.5,,1\n", encoding="utf-8")
    dropped = fit(**columns, s=[1.0, empty, 1.2, empty], missing="drop")
    for other in (missing, dropped, pp.measurements(path, mean="m", sd="s", n="n")):
        for table, wanted in (
            (other.group_columns(), zero.group_columns()),
            (other.population_columns(), zero.population_columns()),
        ):
            for name in ("mean", "sd", "median", "lower", "upper"):
                assert np.array_equal(table[name], wanted[name], equal_nan=True), name


def test_a_missing_sd_of_more_measurements_is_refused():
    with pytest.raises(pp.CellError, match="column 's' has no value in row 1"):
        fit(m=[1.0, 2.0, 4.0], s=[np.nan, np.nan, 1.2], n=[3, 1, 4])
    with pytest.raises(pp.CellError, match="column 's' has no value in row 2"):
        fit(m=[1.0, 2.0, 4.0], s=[1.0, np.nan, 1.2], n=[3, np.nan, 4])
