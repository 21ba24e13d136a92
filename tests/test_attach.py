"""The answers beside a caller's own rows: every kind of table, the same rows, and refusals."""

import copy
import datetime as dt
import decimal
import uuid

import duckdb
import narwhals
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import partialpool as pp

QUICK = {"method": "moments"}
ADDED = [f"posterior_{name}" for name in ("mean", "sd", "median", "lower", "upper", "weight")]
# several rows of a group, not side by side; a row without views; a row without a group
ADS = {
    "ad": ["b", "a", "b", None, "c", "a"],
    "clicks": [3, 4, 5, 9, 1, 2],
    "views": [30, 41, 52, 60, 20, None],
    "day": ["mon", "mon", "tue", "tue", "mon", "tue"],
}


OPEN = []  # DuckDB before 2.0 closes a connection that only a relation refers to


def relation(columns):
    connection = duckdb.connect()
    OPEN.append(connection)
    connection.register("rows", pa.table(columns))
    return connection.sql("SELECT * FROM rows")


def dicts(columns):
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def encoded(cells):
    """Text as an array of PyArrow with a dictionary."""
    array = pa.array(cells)
    return array.dictionary_encode() if pa.types.is_string(array.type) else array


MAKERS = {
    "dict": dict,
    "list of dicts": dicts,
    "pandas": lambda c: pd.DataFrame(c, index=[7, 7, 0, 3, 1, 1]) if len(c["ad"]) == 6 else pd.DataFrame(c),
    "nullable": lambda c: pd.DataFrame(c).convert_dtypes(),
    "arrow-backed": lambda c: pd.DataFrame(c).convert_dtypes(dtype_backend="pyarrow"),
    "categorical": lambda c: pd.DataFrame(c).astype(
        "category" if "views" not in c else {"ad": "category", "day": "category"}
    ),
    "polars": pl.DataFrame,
    "polars categorical": lambda c: pl.DataFrame(c).with_columns(pl.col("ad").cast(pl.Categorical)),
    "lazy": lambda c: pl.DataFrame(c).lazy(),
    "pyarrow": pa.table,
    "dictionary": lambda c: pa.table({name: encoded(cells) for name, cells in c.items()}),
    "duckdb": relation,
    "narwhals": lambda c: nw.from_native(pl.DataFrame(c)),
    "narwhals lazy": lambda c: nw.from_native(pl.DataFrame(c).lazy()),
    "main narwhals": lambda c: narwhals.from_native(pd.DataFrame(c)),
    "narwhals relation": lambda c: nw.from_native(relation(c)),
}


@pytest.fixture(params=MAKERS)
def make(request):
    return MAKERS[request.param]


def rows_of(table):
    """The rows of any table as dicts, NaN as None."""
    table = nw.to_native(table, pass_through=True)
    if isinstance(table, pl.LazyFrame):
        table = table.collect()
    if isinstance(table, duckdb.DuckDBPyRelation):
        table = [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]
    elif isinstance(table, pd.DataFrame):
        table = {name: table[name].astype(object).tolist() for name in table.columns}
    elif isinstance(table, pl.DataFrame):
        table = table.to_dict(as_series=False)
    elif isinstance(table, pa.Table):
        table = table.to_pydict()
    rows = table if isinstance(table, list) else dicts(table)
    return [{key: None if value is pd.NA or value != value else value for key, value in row.items()} for row in rows]


def fitted(data, group="ad", **options):
    return pp.proportions(data, successes="clicks", trials="views", group=group, missing="drop", **QUICK, **options)


def by_label(fit):
    """label(s) -> the six numbers, from the table of groups."""
    columns = fit.group_columns()
    labels = zip(*(columns[name].tolist() for name in fit.data.labels), strict=True)
    values = zip(*(columns[name.removeprefix("posterior_")].tolist() for name in ADDED), strict=True)
    return dict(zip(labels, values, strict=True))


def check(fit, table, original, group=("ad",), added=ADDED):
    """Every row is that of the original, with the numbers of its group."""
    known, before, after = by_label(fit), rows_of(original), rows_of(table)
    assert len(after) == len(before)
    for old, new in zip(before, after, strict=True):
        assert list(new) == [*old, *added]
        assert {name: new[name] for name in old} == old
        expected = known.get(tuple(old[name] for name in group), (None,) * 6)
        assert tuple(new[name] for name in added) == expected


def test_the_same_rows_with_the_numbers_of_their_groups(make):
    data = make(ADS)
    fit = fitted(data)
    table = fit.attach(data)
    assert type(table) is type(data)
    check(fit, table, make(ADS))
    assert [row["posterior_mean"] is None for row in rows_of(table)] == [False, False, False, True, False, False]


def test_the_table_of_the_caller_stays_as_it_is(make):
    data = make(ADS)
    before = copy.deepcopy(rows_of(data))
    fitted(data).attach(data)
    assert rows_of(data) == before


def test_a_fit_of_one_library_attaches_to_another(make):
    fit = fitted(ADS)
    check(fit, fit.attach(make(ADS)), make(ADS))


def test_pipes():
    for frame in (pd.DataFrame(ADS), pl.DataFrame(ADS), pl.DataFrame(ADS).lazy(), nw.from_native(pl.DataFrame(ADS))):
        fit = fitted(frame)
        check(fit, frame.pipe(fit.attach), frame)
        names = [f"p_{name.removeprefix('posterior_')}" for name in ADDED]
        check(fit, frame.pipe(fit.attach, prefix="p_"), frame, added=names)


def test_several_group_columns(make):
    data = make({**ADS, "ad": ["b", "a", "b", "a", "c", "a"]})
    fit = fitted(data, group=["day", "ad"])
    check(fit, fit.attach(data), data, group=("day", "ad"))


def test_unknown_groups_have_null_cells_or_are_refused(make):
    fit = fitted(ADS)
    new = {**ADS, "ad": ["b", "zzz", "a", None, "c", "a"]}
    check(fit, fit.attach(make(new)), make(new))
    lazy = isinstance(nw.to_native(make(new), pass_through=True), (pl.LazyFrame, duckdb.DuckDBPyRelation))
    error = Exception if lazy else pp.DataError  # a lazy table is refused by its own library, when it is run
    with pytest.raises(error, match=r"the fit does not know.*zzz"):
        rows_of(fit.attach(make(new), unknown="refuse"))
    known = {**ADS, "ad": ["b", "a", "b", None, "c", "a"]}
    check(fit, fit.attach(make(known), unknown="refuse"), make(known))


LAZY = ("lazy", "narwhals lazy", "duckdb", "narwhals relation")


@pytest.mark.parametrize("kind", [kind for kind in MAKERS if kind not in LAZY])
def test_a_table_without_any_known_group_is_refused(kind):
    data = MAKERS[kind]({**ADS, "ad": ["B", "A", "B", None, "C", "A"]})
    with pytest.raises(pp.DataError, match=r"no row .* 'ad' is 'B', 'A', 'C' there, and 'b' in the fit\. Name the"):
        fitted(ADS).attach(data)


def test_labels_of_another_kind_are_named():
    numbers = {"ad": [1, 2, 3], "clicks": [1, 2, 3], "views": [9, 9, 9]}
    text = {**numbers, "ad": ["1", "2", "3"]}
    for fit, data, here, there in (
        (fitted(numbers), text, "text", "numbers"),
        (fitted(text), numbers, "numbers", "text"),
    ):
        with pytest.raises(pp.DataError, match=f"The labels are {here} in the table and {there} in the fit"):
            fit.attach(data)
        with pytest.raises(pp.DataError, match=rf"'ad' holds {here}, and the groups of the fit are {there}"):
            fit.attach(relation(data))


def test_groups_may_have_other_names(make):
    fit = fitted(ADS)
    columns = {"advert": ADS["ad"], "ad": list("xyzxyz"), "day": ADS["day"]}
    check(fit, fit.attach(make(columns), group="advert"), make(columns), group=("advert",))


def test_spaces_around_names_are_forgiven(make):
    fit = fitted({"clicks": ADS["clicks"], "views": ADS["views"], " ad": ADS["ad"]}, group=" ad")
    check(fit, fit.attach(make(ADS)), make(ADS))


class TestRowsAreGroups:
    """Fits without a group column attach by position."""

    def test_by_position(self, make):
        data = make(ADS)
        fit = fitted(data, group=None)
        assert fit.data.labels["group"].tolist() == [1, 2, 3, 4, 5]
        rows = rows_of(fit.attach(data))
        known = [*by_label(fit).values(), (None,) * 6]
        assert [tuple(row[name] for name in ADDED) for row in rows] == known

    def test_dropped_rows_in_the_middle(self, make):
        columns = {**ADS, "views": [None, 30, 41, None, 52, 60]}
        data = make(columns)
        fit = fitted(data, group=None)
        assert fit.data.labels["group"].tolist() == [2, 3, 5, 6]
        rows = rows_of(fit.attach(data))
        assert [row["posterior_mean"] is None for row in rows] == [True, False, False, True, False, False]
        assert rows[4]["posterior_mean"] == fit.group_columns()["mean"][2]

    def test_another_number_of_rows_is_refused(self, make):
        fit = fitted(ADS, group=None)
        data = make({name: cells[:5] for name, cells in ADS.items()})
        with pytest.raises(Exception, match=r"has 6 rows, and the (table|relation) has 5"):
            rows_of(fit.attach(data))

    @pytest.mark.parametrize("kind", ["dict", "pandas", "polars", "pyarrow", "list of dicts"])
    def test_rows_in_another_order_are_refused(self, kind):
        fit = fitted(ADS, group=None)
        turned = {name: [*cells[4::-1], cells[5]] for name, cells in ADS.items()}
        with pytest.raises(
            pp.DataError, match=r"row 1 of the table has clicks=1, and the data .* clicks=3 there: rows"
        ):
            fit.attach(MAKERS[kind](turned))
        others = MAKERS[kind]({"ad": ADS["ad"], "day": ADS["day"], "place": list("uvwxyz")})
        assert [row["posterior_mean"] is None for row in rows_of(fit.attach(others))] == [False] * 5 + [True]

    def test_every_family_knows_its_rows(self):
        made = {
            "t": [1.5, 2.25, 4.0],
            "s": [1.0, 1.0, 0.5],
            "v": [1.0, 1.0, 0.25],
            "n": [3, 4, 5],
            "e": [1.5, 2.5, 9.0],
        }
        turned = {name: cells[::-1] for name, cells in made.items()}
        for fit in (
            pp.estimates(made, estimate="t", se="s", **QUICK),
            pp.estimates(made, estimate="t", variance="v", **QUICK),
            pp.measurements(made, mean="t", sd="s", n="n", **QUICK),
            pp.rates(made, events="n", exposure="e", **QUICK),
            pp.rates(made, events="n", **QUICK),
        ):
            assert (
                fit.attach({"exposure": [1, 2, 3], "se": [9, 9, 9], **made})["posterior_mean"].tolist()
                == fit.group_columns()["mean"].tolist()
            )
            with pytest.raises(pp.DataError, match="in its order, or fit with group="):
                fit.attach(turned)

    def test_group_is_refused(self):
        with pytest.raises(pp.RequestError, match=r"matched by position\. Leave out group="):
            fitted(ADS, group=None).attach(ADS, group="ad")

    def test_saved_fits_know_their_rows(self, tmp_path):
        fitted(ADS, group=None).save(tmp_path / "ads.fit")
        fit = pp.load(tmp_path / "ads.fit")
        assert [row["posterior_mean"] is None for row in rows_of(fit.attach(ADS))] == [False] * 5 + [True]
        with pytest.raises(pp.DataError, match="has 6 rows"):
            fit.attach({name: cells[:5] for name, cells in ADS.items()})


class TestPandas:
    def test_index_and_columns_of_every_kind_are_kept(self):
        index = pd.MultiIndex.from_tuples([("x", 1), ("x", 1), ("y", 2), ("y", 2), ("z", 1), ("z", 2)], names=["k", 0])
        frame = pd.DataFrame(ADS, index=index)
        frame[3] = range(6)
        frame["when"] = pd.Timestamp("2024-01-01", tz="Europe/Berlin")
        frame["kind"] = pd.Categorical(list("aabbcc"), categories=list("abcd"), ordered=True)
        frame.attrs["source"] = "me"
        before = frame.copy()
        out = fitted(frame).attach(frame)
        pd.testing.assert_frame_equal(out.drop(columns=ADDED), before)
        pd.testing.assert_frame_equal(frame, before)
        assert out.index is frame.index or out.index.equals(index)
        assert out.attrs == {"source": "me"}

    def test_changes_of_the_result_do_not_reach_the_table(self):
        frame = pd.DataFrame(ADS)
        out = fitted(frame).attach(frame)
        out.loc[0, "clicks"] = 99
        assert frame.loc[0, "clicks"] == 3

    def test_columns_of_one_name_are_no_obstacle_elsewhere(self):
        frame = pd.DataFrame([["a", 1, 5, 0, 0], ["b", 2, 6, 0, 0]], columns=["ad", "clicks", "views", "x", "x"])
        out = fitted(frame).attach(frame)
        assert list(out.columns) == ["ad", "clicks", "views", "x", "x", *ADDED]

    def test_groups_in_the_index(self):
        frame = pd.DataFrame(ADS).dropna().set_index("ad")
        for group in ("ad", frame.index):
            fit = fitted(frame, group=group)
            out = fit.attach(frame)
            assert out.index.equals(frame.index)
            known = by_label(fit)
            assert [known[label,][0] for label in frame.index] == out["posterior_mean"].tolist()

    def test_columns_of_one_name_in_pyarrow(self):
        columns = [pa.array(["a", "b"]), pa.array([1, 2]), pa.array([3, 4])]
        table = fitted(ADS).attach(pa.table(columns, names=["ad", "x", "x"]))
        assert table.column_names == ["ad", "x", "x", *ADDED]

    def test_subclasses_stay(self):
        class Mine(pd.DataFrame):
            @property
            def _constructor(self):
                return Mine

        frame = Mine(ADS)
        assert type(fitted(frame).attach(frame)) is Mine


class TestLazy:
    def test_a_lazy_frame_is_not_run(self):
        def bomb(frame):
            raise AssertionError("it was run")

        fit = fitted(ADS)
        frame = pl.DataFrame(ADS).lazy()
        trap = frame.map_batches(bomb, schema=frame.collect_schema())
        out = fit.attach(trap)
        assert isinstance(out, pl.LazyFrame)
        assert out.collect_schema().names() == [*ADS, *ADDED]
        with pytest.raises(AssertionError, match="it was run"):
            out.collect()

    def test_filters_and_slices_of_a_lazy_frame(self):
        fit = fitted(ADS)
        out = fit.attach(pl.DataFrame(ADS).lazy())
        whole = out.collect()
        assert out.filter(pl.col("ad") == "c").collect().equals(whole.filter(pl.col("ad") == "c"))
        assert (
            out.filter(pl.col("posterior_mean") > 0.09).collect().equals(whole.filter(pl.col("posterior_mean") > 0.09))
        )
        assert out.head(4).tail(1).collect().equals(whole[3:4])
        assert out.select("posterior_sd").collect().equals(whole.select("posterior_sd"))
        assert out.collect(engine="streaming").equals(whole)

    def test_a_relation_is_not_run(self):
        connection = duckdb.connect()
        fit = fitted(ADS)
        trap = connection.sql("SELECT 'a' AS ad, error('it was run') AS x")
        out = fit.attach(trap)
        assert isinstance(out, duckdb.DuckDBPyRelation)
        with pytest.raises(duckdb.Error, match="it was run"):
            out.fetchall()

    def test_a_relation_keeps_the_order_of_its_rows(self):
        connection = duckdb.connect()
        rows = connection.sql(
            "SELECT i, 'g' || (i * 7919) % 5000 AS ad, 1 AS clicks, 2 AS views FROM range(300000) t(i) ORDER BY hash(i)"
        )
        before = rows.fetchnumpy()["i"]
        fit = fitted(rows)
        out = fit.attach(rows)
        found = out.fetchnumpy()
        assert (found["i"] == before).all()
        assert fit.attach(rows.limit(3)).fetchnumpy()["posterior_mean"].tolist() == found["posterior_mean"][:3].tolist()
        assert not np.ma.getmaskarray(found["posterior_mean"]).any()

    def test_relations_with_awkward_names(self):
        connection = duckdb.connect()
        rows = connection.sql(
            """SELECT 'a' AS "a""d", 1 AS "g", 2 AS "l0", 3 AS "t", 4 AS "partialpool_key", 5 AS "select", 6 AS "v0" """
        )
        fit = fitted({'a"d': ["a", "b"], "clicks": [1, 2], "views": [9, 9]}, group='a"d')
        out = fit.attach(rows)
        assert out.columns == [*rows.columns, *ADDED]
        assert out.fetchall()[0][:7] == ("a", 1, 2, 3, 4, 5, 6)
        with pytest.raises(pp.ColumnError, match="already has a column 'POSTERIOR_mean'"):
            fit.attach(connection.sql('SELECT \'a\' AS "a""d", 1 AS posterior_MEAN'), prefix="POSTERIOR_")

    def test_labels_of_a_relation_are_compared_by_their_characters(self):
        connection = duckdb.connect()
        connection.execute(
            "CREATE TABLE t (ad VARCHAR COLLATE NOCASE); INSERT INTO t VALUES ('a'), ('A'), ('b'), ('é')"
        )
        fit = fitted({"ad": ["a", "A", "é"], "clicks": [1, 2, 3], "views": [9, 9, 9]})
        means = fit.group_columns()["mean"].tolist()
        found = fit.attach(connection.table("t")).fetchall()
        assert [row[:2] for row in found] == [("a", means[0]), ("A", means[1]), ("b", None), ("é", means[2])]

    def test_labels_that_are_the_same_text_are_refused(self):
        fit = fitted({"ad": [1, "1", "x"], "clicks": [1, 2, 3], "views": [9, 9, 9]})
        with pytest.raises(pp.DataError, match="two groups of the fit have the same label as text"):
            fit.attach(relation({"ad": ["1", "x"]}))

    def test_a_connection_that_does_not_see_arrays_is_refused(self):
        connection = duckdb.connect()
        connection.execute("SET python_enable_replacements = false")
        with pytest.raises(pp.DataError, match="SET python_enable_replacements = true"):
            fitted(ADS).attach(connection.sql("SELECT 'a' AS ad"))

    def test_a_lazy_frame_without_a_schema_is_refused(self):
        with pytest.raises(pp.DataError, match="cannot be collected"):
            fitted(ADS).attach(pl.DataFrame(ADS).lazy().select(pl.col("nothing")))


LABELS = {
    "whole numbers": [3, 1, 2],
    "fractions": [0.5, -1.0, 2.25],
    "truth values": [True, False, True],
    "dates": [dt.date(2024, 1, 31), dt.date(2023, 1, 1), dt.date(1900, 2, 3)],
    "moments": [dt.datetime(2024, 1, 31, 12, 30, 15, 123456), dt.datetime(2023, 1, 1), dt.datetime(1900, 2, 3)],
    "moments in a zone": [dt.datetime(2024, 1, 31, 12, tzinfo=dt.UTC), dt.datetime(2023, 1, 1, tzinfo=dt.UTC)],
    "decimals": [decimal.Decimal("1.50"), decimal.Decimal("2.25"), decimal.Decimal("-3.00")],
    "odd text": ["", "NaN", "é", "e\u0301", "a\u200bb", "None", "=1+1", "'; DROP TABLE x; --", "\\", '"', " a", "a"],
    "large numbers": [2**62, 2**62 + 1, -(2**62)],
}


@pytest.mark.parametrize("kind", ["dict", "pandas", "polars", "lazy", "pyarrow", "duckdb", "list of dicts"])
@pytest.mark.parametrize("labels", LABELS)
def test_labels_of_every_kind(kind, labels):
    cells = LABELS[labels] * 2
    columns = {"ad": cells, "clicks": [i % 4 for i in range(len(cells))], "views": [9 + i for i in range(len(cells))]}
    data = (pd.DataFrame if kind == "pandas" else MAKERS[kind])(columns)
    fit = fitted(data)
    assert fit.data.size == len(set(cells))
    means = [row["posterior_mean"] for row in rows_of(fit.attach(data))]
    half = len(cells) // 2
    assert means[:half] == means[half:]
    assert dict(zip(cells, means, strict=True)) == dict(zip(cells, dict_means(columns), strict=True))


def dict_means(columns):
    return fitted(columns).attach(columns)["posterior_mean"].tolist()


def test_uuids_and_mixed_objects():
    labels = [uuid.UUID(int=1), "1", 1, 2.5, None, True, uuid.UUID(int=1)]
    data = {"ad": labels, "clicks": [1, 2, 3, 4, 5, 6, 7], "views": [9, 9, 9, 9, 9, 9, 9]}
    means = fitted(data).attach(data)["posterior_mean"]
    assert means[0] == means[6]
    assert len(set(means[[0, 1, 2, 3, 5]])) == 5  # five groups, of which the label 1 is not the label True
    assert np.isnan(means[4])


def test_numbers_are_numbers_in_every_width():
    fit = fitted({"ad": [1, 2, 3], "clicks": [1, 2, 3], "views": [9, 9, 9]})
    for cells in (np.array([3, 1], "u1"), np.array([3, 1], "i2"), np.array([3.0, 1.0]), np.array([3, 1], "u8"), [3, 1]):
        for make in (pd.DataFrame, pl.DataFrame, dict, relation):
            rows = rows_of(fit.attach(make({"ad": cells})))
            assert [row["posterior_mean"] for row in rows] == fit.group_columns()["mean"][[2, 0]].tolist()


def test_dates_are_dates_in_every_library():
    days = [dt.date(2024, 1, 2), dt.date(2024, 1, 1), None]
    moments = [day and dt.datetime(day.year, day.month, day.day) for day in days]
    made = {"ad": days[::-1], "clicks": [1, 2, 3], "views": [9, 9, 9]}
    for frame in (pd.DataFrame(made).assign(ad=pd.to_datetime(days[::-1])), pl.DataFrame(made), relation(made), made):
        fit = fitted(frame)
        expected = [*fit.group_columns()["mean"][::-1], None]
        for cells in (days, moments):
            for make in (pd.DataFrame, pl.DataFrame, dict, relation, lambda c: pl.DataFrame(c).lazy()):
                if frame is made and cells is moments and make in (dict, pd.DataFrame):
                    continue  # a date of Python is not a moment of Python
                found = [row["posterior_mean"] for row in rows_of(fit.attach(make({"ad": cells})))]
                assert found == expected


class TestRefusals:
    @pytest.mark.parametrize("data", [None, 3, object(), pd.Series([1]), np.zeros(3), [1, 2], {1, 2}, pl.Series([1])])
    def test_what_is_no_table(self, data):
        with pytest.raises(pp.DataError, match="which is not read here"):
            fitted(ADS).attach(data)

    def test_clashes(self, make):
        fit = fitted(ADS)
        data = make({**ADS, "posterior_sd": [1] * 6, "posterior_mean": [1] * 6})
        with pytest.raises(
            pp.ColumnError, match=r"already has columns 'posterior_mean', 'posterior_sd'\. Give another"
        ):
            fit.attach(data)
        assert len(rows_of(fit.attach(data, prefix="fit_"))[0]) == 12

    def test_attaching_twice(self, make):
        fit = fitted(ADS)
        once = fit.attach(make(ADS))
        with pytest.raises(pp.ColumnError, match="already has columns 'posterior_mean'"):
            fit.attach(once)
        twice = rows_of(fit.attach(once, prefix="wide_", level=0.99))
        assert len(twice[0]) == 16
        columns = {name: fit.group_columns(level)["upper"] for name, level in (("posterior", 0.95), ("wide", 0.99))}
        for name, upper in columns.items():
            assert [row[f"{name}_upper"] for row in twice] == [*upper[[0, 1, 0]], None, *upper[[2, 1]]]

    def test_no_group_column(self, make):
        with pytest.raises(pp.ColumnError, match=r"no column 'advert'\. .*columns are 'ad', 'clicks'"):
            fitted(ADS).attach(make(ADS), group="advert")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"prefix": 3}, "prefix=3 is not text"),
            ({"unknown": "drop"}, "unknown='drop' is unknown"),
            ({"level": 95}, "level must be a probability.*0.95"),
            ({"group": ["ad", "day"]}, "group names 2 columns, and the groups of the fit have 1: 'ad'"),
            ({"group": 3}, "is not text"),
            ({"group": ["ad", "ad"]}, "two roles"),
        ],
    )
    def test_arguments(self, options, message):
        with pytest.raises(pp.RequestError, match=message):
            fitted(ADS).attach(ADS, **options)


@pytest.mark.parametrize("kind", [kind for kind in MAKERS if kind != "list of dicts"])
def test_a_table_without_rows(kind):
    empty = MAKERS[kind]({"ad": pd.Series([], dtype=str) if "polars" not in kind else [], "x": []})
    table = fitted(ADS).attach(empty)
    assert rows_of(table) == []
    assert (
        list(nw.from_native(table, pass_through=True) if kind == "dict" else nw.from_native(table).columns)[2:] == ADDED
    )


def test_an_empty_list():
    assert fitted(ADS).attach([]) == []


def test_structured_arrays():
    dtype = [("ad", "U3"), ("clicks", int), ("views", float), ("place", float, 2)]
    data = np.array([("b", 3, 30, (0, 1)), ("a", 4, 41, (2, 3)), ("b", 5, 52, (4, 5))], dtype=dtype)
    fit = fitted(data)
    for table in (data, data.view(np.recarray), np.ma.array(data, mask=False)):
        out = fit.attach(table)
        assert type(out) is type(table)
        assert out.dtype.names == (*data.dtype.names, *ADDED)
        assert (out["place"] == data["place"]).all()
        assert out["posterior_mean"].tolist() == fit.group_columns()["mean"][[0, 1, 0]].tolist()


def test_level_and_prefix():
    fit = pp.estimates(pp.datasets.load("eight_schools"), estimate="effect", se="se", group="school")
    data = {"school": ["H", "A"]}
    out = fit.attach(data, prefix="", level=0.5)
    expected = fit.group_columns(0.5)
    assert out["upper"].tolist() == expected["upper"][[7, 0]].tolist()
    assert list(out)[1:] == ["mean", "sd", "median", "lower", "upper", "weight"]


def test_many_rows_are_quick():
    rng = np.random.default_rng(1)
    labels = np.array([f"group {i}" for i in range(20_000)], dtype=object)[rng.integers(0, 20_000, 500_000)]
    data = {"ad": labels, "clicks": rng.integers(0, 5, 500_000), "views": np.full(500_000, 9)}
    fit = fitted(data)
    out = fit.attach(data)
    columns = fit.group_columns()
    means = dict(zip(columns["ad"], columns["mean"], strict=True))
    assert out["posterior_mean"].tolist() == [means[label] for label in labels]
