"""Rows that an engine adds up: the same totals as those of rows that are read, on every engine, in any order."""

import datetime as dt
import math
import signal
import subprocess
import sys
import time
from fractions import Fraction

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

import partialpool as pp
from partialpool.errors import CellError, DataError, FileError, PartialpoolError, RequestError
from partialpool.io.backends.duckdb import connected
from partialpool.io.backends.frames import series
from partialpool.io.engines import check_memory, opening
from partialpool.io.engines.adding import in_engine
from partialpool.io.engines.opening import Opened
from partialpool.models.data import binomial, measurements, poisson

SIZE = 3000


@pytest.fixture(autouse=True)
def always(monkeypatch):
    """Let engines add up tables of any size."""
    monkeypatch.setattr(opening, "MANY", 0)


def table(seed=0, size=SIZE):
    rng = np.random.default_rng(seed)
    lab = rng.integers(0, 12, size)
    trials = rng.integers(0, 20, size)
    exposure = np.round(10.0 ** rng.uniform(-6.0, 6.0, size), 9)
    return {
        "lab": lab,
        "site": np.array(list("ZabÄé"))[lab % 5],
        "day": np.datetime64("2026-01-01") + (lab % 4),
        "y": rng.binomial(trials, 0.3),
        "n": trials,
        "hit": rng.random(size) < 0.3,
        "events": rng.poisson(np.minimum(exposure, 1e3)),
        "exposure": exposure,
        "value": rng.normal(1e9 + lab, 1e-3 * (1 + lab % 3), size),
    }


FITS = {
    "trials": lambda data, group: pp.proportions(data, successes="y", trials="n", group=group),
    "outcomes": lambda data, group: pp.proportions(data, successes="hit", group=group),
    "exposure": lambda data, group: pp.rates(data, events="events", exposure="exposure", group=group),
    "events": lambda data, group: pp.rates(data, events="events", group=group),
    "value": lambda data, group: pp.measurements(data, value="value", group=group),
}
GROUPS = (["lab"], ["site", "lab"], ["day"])


def of_kind(kind, data, folder):
    frame = pl.DataFrame(data)
    if kind == "relation":
        return duckdb.connect().from_arrow(frame.to_arrow())
    if kind == "polars":
        return frame.lazy()
    half = len(frame) // 3
    frame[:half].write_parquet(folder / "b.parquet")
    frame[half:].write_parquet(folder / "a.parquet")
    if kind == "pattern":
        return str(folder / "*.parquet")
    if kind == "list":
        return [folder / "b.parquet", folder / "a.parquet"]
    frame.write_parquet(folder / "all.parquet")
    return folder / "all.parquet"


def by_label(fit):
    """The statistics by label, whatever the order of the groups."""
    labels = zip(*(column.tolist() for column in fit.data.labels.values()), strict=True)
    return {label: {role: of[i] for role, of in fit.data.statistics.items()} for i, label in enumerate(labels)}


@pytest.mark.parametrize("kind", ["relation", "polars", "file", "pattern", "list"])
@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("group", GROUPS, ids="-".join)
def test_totals_are_those_of_the_rows(kind, name, group, tmp_path):
    data = table()
    fit, whole = FITS[name](of_kind(kind, data, tmp_path), group), FITS[name](data, group)
    assert fit.data.source.rows == SIZE
    assert fit.data.columns == whole.data.columns
    found, expected = by_label(fit), by_label(whole)
    assert found.keys() == expected.keys()
    for label, statistics in expected.items():
        for role, value in statistics.items():
            if role != "rest":
                assert found[label][role] == pytest.approx(value, rel=3e-14, abs=0.0), (label, role)
        if "rest" in statistics:
            apart = (found[label]["mean"] - statistics["mean"]) + (found[label]["rest"] - statistics["rest"])
            assert abs(apart) < 1e-15 * statistics["sd"]
    assert list(found) == sorted(found)


ENGINES = {
    "duckdb": lambda data: nw.from_native(duckdb.connect().from_arrow(data)),
    "polars": lambda data: nw.from_native(pl.from_arrow(data, rechunk=False).lazy()),
    "pandas": lambda data: nw.from_native(data.to_pandas()).lazy(),
    "pyarrow": lambda data: nw.from_native(data).lazy(),
}
SUMS = {
    "trials": (binomial.sums("y", "n", ["lab"]), ["y", "n"]),
    "exposure": (poisson.sums("events", "exposure", ["lab"]), ["events", "exposure"]),
    "value": (measurements.sums("value", ["lab"]), ["value"]),
}


def collected(frame):
    eager = nw.from_native(frame.collect().to_native(), eager_only=True)
    return {name: series(name, eager[name]) for name in eager.columns}


def summed(engine, name, data):
    sums, values = SUMS[name]
    short = [nw.col(one).alias(f"v{k}") for k, one in enumerate(values)] + [nw.col("lab").alias("l0")]
    frame = ENGINES[engine](data).select(*short)
    return in_engine(Opened(frame, tuple(values), ("lab",), "dict", collected), sums, "refuse")


@pytest.mark.parametrize("name", SUMS)
def test_every_engine_adds_up_the_same_to_the_last_bit(name):
    data = table()
    first, *others = (summed(engine, name, pa.table(data)) for engine in ENGINES)
    for other in others:
        for role, values in first.sums.items():
            assert np.array_equal(values, other.sums[role]), role


@pytest.mark.parametrize("name", SUMS)
def test_the_order_of_rows_and_the_size_of_chunks_make_no_difference(name):
    data = table(size=1200)
    first = summed("duckdb", name, pa.table(data))
    order = np.random.default_rng(5).permutation(1200)
    shuffled = {key: values[order] for key, values in data.items()}
    for chunk in (1, 7, 1000):
        pieces = [pa.table({k: v[i : i + chunk] for k, v in shuffled.items()}) for i in range(0, 1200, chunk)]
        for engine in ("duckdb", "polars", "pyarrow"):
            other = summed(engine, name, pa.concat_tables(pieces))
            for role, values in first.sums.items():
                assert np.array_equal(values, other.sums[role]), role


def test_exposures_of_very_different_size_are_added_without_loss():
    data = {"lab": [0, 0, 0, 1, 1], "events": [0, 1, 0, 0, 2], "exposure": [1e15, 1.0, 2.0**-20, 1e-9, 3e-9]}
    found = summed("duckdb", "exposure", pa.table(data))
    assert found.sums["exposure"].tolist() == [1e15 + 1.0, pytest.approx(4e-9, rel=1e-12)]


SCALES = {
    "far apart": [1e15, 1e15 + 1, 1e15 + 2, 0.001, 0.002, 0.004],
    "in the middle": [-1e16, 1e16, 3.0, 1e-3, 2e-3, 5e-3],
    "giants": [1e300, -1e300, 2e299, 1.0, 2.0, 4.0],
    "tiny": [1e-200, 2e-200, 5e-200, 1.0, 2.0, 4.0],
    "identical": [0.1, 0.1, 0.1, 7.0, 7.0, 9.0],
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("values", SCALES.values(), ids=SCALES)
def test_groups_of_every_scale_keep_their_means_and_sds(engine, values):
    found = summed(engine, "value", pa.table({"lab": [1, 1, 1, 2, 2, 2], "value": values}))
    for k in (0, 1):
        of = [Fraction(value) for value in values[3 * k : 3 * k + 3]]
        mean = sum(of) / 3
        square = sum((value - mean) ** 2 for value in of) / 2
        spread = max(of) - min(of)
        sd = float(spread) * math.sqrt(square / spread**2) if spread else 0.0
        assert found.sums["sd"][k] == pytest.approx(sd, rel=1e-13, abs=0.0)
        total = Fraction(found.sums["mean"][k]) + Fraction(found.sums["rest"][k])
        assert abs(total - mean) <= abs(mean) * Fraction(1, 2**52) + spread * Fraction(1, 2**51)


def test_exposures_that_differ_by_thirty_orders_are_added_up():
    data = {"lab": [0, 0, 1, 1], "events": [0, 1, 0, 1], "exposure": [1e15, 2e15, 1e-15, 3e-15]}
    found = summed("duckdb", "exposure", pa.table(data))
    assert found.sums["exposure"].tolist() == [3e15, pytest.approx(4e-15, rel=4e-16, abs=0.0)]


BAD = [
    ({"y": [3, -1, 2], "n": [5, 5, 5], "g": list("abc")}, "negative: a row of 'b': y=-1"),
    ({"y": [3, 6, 2], "n": [5, 5, 5], "g": list("abc")}, "more successes than trials: a row of 'b': y=6, n=5. Correct"),
    ({"y": [9, 8, 7], "n": [5, 5, 5], "g": list("abc")}, "did you swap successes= and trials="),
    ({"y": [3, 0.5, 2], "n": [5, 5, 5], "g": list("abc")}, "not a whole number: a row of 'b'"),
    ({"y": [0.3, 0.5, 0.2], "n": [5, 5, 5], "g": list("abc")}, "a rate, not a count"),
    ({"y": [3.0, 2.0**60, 2.0], "n": [5.0, 2.0**61, 5.0], "g": list("abc")}, "a float above 2^53"),
    ({"y": [3, None, 2], "n": [5, 5, 5], "g": list("abc")}, "column 'y' has no value in 1 of 3 rows"),
    ({"y": [3, 1, 2], "n": [5, 5, 5], "g": ["a", None, "c"]}, "column 'g' has no value in 1 of 3 rows"),
    ({"y": [3.0, float("nan"), 2.0], "n": [5, 5, 5], "g": list("abc")}, "column 'y' has no value in 1 of 3 rows"),
]


@pytest.mark.parametrize(("data", "said"), BAD)
@pytest.mark.parametrize("kind", ["relation", "polars", "file"])
def test_a_bad_row_is_refused_with_its_group(data, said, kind, tmp_path):
    source = of_kind(kind, pl.DataFrame(data, strict=False).to_dict(), tmp_path)
    with pytest.raises(CellError) as error:
        pp.proportions(source, successes="y", trials="n", group="g")
    assert said in str(error.value)


def test_thousands_of_bad_rows_are_counted():
    data = {"y": [-1] * 2500 + [1], "n": [5] * 2501, "g": ["a"] * 2501}
    with pytest.raises(CellError, match=r"^2,500 rows are refused\. Of the first 1,000: .*negative"):
        pp.proportions(pl.DataFrame(data).lazy(), successes="y", trials="n", group="g")


def test_rows_with_missing_cells_are_dropped_and_counted():
    data = {"y": [3.0, None, 2.0, 4.0, float("nan")], "n": [5, 5, 5, 9, 3], "g": ["a", "q", None, "b", "z"]}
    fit = pp.proportions(pl.DataFrame(data).lazy(), successes="y", trials="n", group="g", missing="drop")
    assert fit.data.labels["g"].tolist() == ["a", "b"]
    assert fit.data.source.rows == 5
    assert fit.warnings[0].startswith("3 rows with missing cells were left out")
    gone = pl.DataFrame({"y": [None, 1.0], "n": [5, None], "g": ["a", "b"]}).lazy()
    with pytest.raises(DataError, match="each of the 2 rows has a missing cell"):
        pp.proportions(gone, successes="y", trials="n", group="g", missing="drop")


def test_totals_beyond_64_bits_are_refused():
    huge = 2**61
    data = {"y": [0, 0, 0], "n": [huge, huge, huge], "g": ["a", "a", "a"]}
    with pytest.raises(CellError, match="exceeds 2"):
        pp.proportions(pl.DataFrame(data).lazy(), successes="y", trials="n", group="g")
    apart = data | {"g": ["a", "b", "c"]}
    with pytest.raises(PartialpoolError) as error:
        pp.proportions(pl.DataFrame(apart).lazy(), successes="y", trials="n", group="g")
    assert "2^62" not in str(error.value)


def test_numbers_written_as_text_are_read_row_by_row():
    data = {"y": ["3", "1"], "n": ["5", "5"], "g": ["a", "b"]}
    fit = pp.proportions(pl.DataFrame(data).lazy(), successes="y", trials="n", group="g")
    assert fit.data.statistics["successes"].tolist() == [3, 1]


def test_labels_keep_their_type():
    day = dt.date(2026, 3, 1)
    data = {"y": [1, 2, 0], "n": [5, 5, 5], "g": [day, day, day + dt.timedelta(1)]}
    for source in (pl.DataFrame(data).lazy(), duckdb.connect().from_arrow(pa.table(data))):
        fit = pp.proportions(source, successes="y", trials="n", group="g")
        assert fit.data.labels["g"].dtype.kind == "M"
        assert fit.data.labels["g"].astype("M8[D]").astype(object).tolist() == [day, day + dt.timedelta(1)]


def test_a_damaged_file_and_a_missing_one(tmp_path):
    place = tmp_path / "a.parquet"
    pl.DataFrame(table()).write_parquet(place)
    content = place.read_bytes()
    (tmp_path / "b.parquet").write_bytes(content[: len(content) // 2])
    with pytest.raises(FileError, match="cannot be read as Parquet"):
        pp.proportions(tmp_path / "*.parquet", successes="y", trials="n", group="lab")
    with pytest.raises(FileError, match="no file matches"):
        pp.proportions(tmp_path / "*.pq", successes="y", trials="n", group="lab")
    (tmp_path / "c.csv").write_text("lab,y,n\nA,1,2\n")
    with pytest.raises(FileError, match="different kinds"):
        pp.proportions([place, tmp_path / "c.csv"], successes="y", trials="n", group="lab")


def test_a_small_file_that_unpacks_to_more_than_the_memory_is_refused(tmp_path):
    """2 MB of a million groups with long names need 400 MB, of which not even a quarter is allowed."""
    place = tmp_path / "long.parquet"
    names = "SELECT repeat('x', 300) || i::VARCHAR AS g, 1 AS y, 2 AS n FROM range(1000000) AS t(i)"
    duckdb.connect().execute(f"COPY ({names}) TO '{place}' (FORMAT parquet, COMPRESSION zstd)")
    assert place.stat().st_size < 2**22
    with pytest.raises(FileError, match="the memory is not enough to add up the rows"):
        pp.proportions(place, successes="y", trials="n", group="g", memory="100MB")


def test_the_error_of_a_text_file_among_several_names_the_file(tmp_path):
    (tmp_path / "a.csv").write_text("lab,y,n\nA,1,2\n")
    (tmp_path / "b.csv").write_text("lab,y,n\nB,1,2\nC,3,2\n")
    with pytest.raises(CellError, match=r"line 3 of '.*b\.csv': y=3, n=2"):
        pp.proportions(tmp_path / "*.csv", successes="y", trials="n", group="lab")
    (tmp_path / "b.csv").write_text("lab,y,n\nB,1,2\nC,,2\n")
    with pytest.raises(CellError, match=r"no value in line 3 of '.*b\.csv'"):
        pp.proportions(tmp_path / "*.csv", successes="y", trials="n", group="lab")


@pytest.mark.parametrize(
    ("memory", "size"), [("2GB", 2 * 10**9), ("1.5 GiB", 3 * 2**29), (10**9, 10**9), ("300mb", 3e8)]
)
def test_memory_is_an_amount(memory, size):
    assert check_memory(memory) == size


@pytest.mark.parametrize("memory", ["lots", "5", 0, -1, True, float("nan"), "10MB", [1]])
def test_memory_that_is_none_is_refused(memory):
    with pytest.raises(RequestError, match="memory="):
        pp.proportions({"y": [1, 2], "n": [3, 4]}, successes="y", trials="n", memory=memory)


@pytest.mark.parametrize("name", [name for name in FITS if name != "value"])
def test_a_fit_is_updated_with_rows_that_an_engine_adds_up(name):
    first, second = table(1), table(2)
    whole = {key: np.concatenate([first[key], second[key]]) for key in first}
    fit = FITS[name](first, ["site", "lab"]).update(pl.DataFrame(second).lazy())
    expected = FITS[name](whole, ["site", "lab"])
    assert fit.data.source.rows == 2 * SIZE
    for label, statistics in by_label(expected).items():
        for role, value in statistics.items():
            assert by_label(fit)[label][role] == pytest.approx(value, rel=3e-14, abs=0.0)


LONG = """
import duckdb, partialpool as pp
numbers = "SELECT i % 10 AS g, i % 2 AS y FROM range({}) AS t(i)"
rows = [duckdb.connect().sql(numbers.format(size)) for size in (100, 100_000_000_000)]
pp.proportions(rows[0], successes="y", group="g")  # loads what is needed
try:
    print("ready", flush=True)
    pp.proportions(rows[1], successes="y", group="g")
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_an_interrupt_ends_a_long_sum():
    with subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            time.sleep(1.0)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    assert "interrupted" in out


def test_nothing_is_printed_while_files_are_added_up():
    """DuckDB draws a progress bar of its own where a query takes two seconds."""
    with connected("a file") as connection:
        assert connection.sql("SELECT current_setting('enable_progress_bar')").fetchall() == [(False,)]
