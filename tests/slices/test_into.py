"""Tables of all slices, written to files and databases by the rules of the tables of one fit."""

import copy
import pickle

import duckdb
import pandas as pd
import polars as pl
import pytest

import partialpool as pp
from sliced import fitted, same, table

TABLES = {"population": "population_columns", "groups": "group_columns"}


@pytest.fixture(scope="module")
def fits():
    columns = table()
    columns["y"][columns["country"] == "IT"] = -1  # a slice without a fit
    return fitted("proportions", columns, by="country")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "sales.csv"
    pl.DataFrame({name: column.tolist() for name, column in table().items()}).write_csv(path)
    return path


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("ending", [".csv", ".parquet", ".json"])
def test_a_file_has_every_slice_and_its_path_is_returned(fits, tmp_path, name, ending):
    path = tmp_path / f"out{ending}"
    assert getattr(fits, name)(0.8, into=str(path)) == path
    read = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".json": pd.read_json}[ending](path)
    wanted = getattr(fits, TABLES[name])(0.8)
    assert list(read.columns) == list(wanted)
    assert read["country"].tolist() == wanted["country"].tolist()
    assert read["lower"].to_numpy() == pytest.approx(wanted["lower"].astype(float), rel=1e-15, nan_ok=True)
    assert read["note"].notna().sum() >= 1


def test_a_database_has_one_table_of_each(fits, tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE other AS SELECT 1 AS a")
    assert fits.groups(into=path) == path
    assert fits.groups(into=path) == path  # again, in place of the first
    fits.population(into=path, table="my population")
    with duckdb.connect(str(path)) as connection:
        names = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
        assert names == [("groups",), ("my population",), ("other",)]
        rows = connection.execute('SELECT count(*) FROM "my population"').fetchone()
    assert rows == (len(fits.population_columns()["parameter"]),)


def test_what_is_refused_is_refused_in_the_words_of_one_fit(fits, tmp_path):
    one = fits["DE"]
    for name in TABLES:
        for wrong in ({"into": tmp_path / "a.xlsx"}, {"into": tmp_path / "no" / "a.csv"}, {"table": "answers"}):
            with pytest.raises(pp.PartialpoolError) as ours:
                getattr(fits, name)(**wrong)
            with pytest.raises(type(ours.value)) as theirs:
                getattr(one, name)(**wrong)
            assert str(ours.value) == str(theirs.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["path", "text", "pattern", "list"])
def test_the_file_that_the_rows_come_from_is_never_replaced(source, kind):
    data = {"path": source, "text": str(source), "pattern": str(source.parent / "sa*.csv"), "list": [source]}[kind]
    before = source.read_bytes()
    found = fitted("rates", data, by="country")
    for made in (found, pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        with pytest.raises(pp.OutputError, match="the file that the data come from"):
            made.groups(into=source)
    assert source.read_bytes() == before


def test_a_relation_of_the_same_database_is_written_by_its_own_connection(source, tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE sales AS FROM '{source}'")
        found = fitted("proportions", connection.table("sales"), by="country")
        assert found.groups(into=path, table="answers") == path
        with pytest.raises(pp.OutputError, match="the data come from it"):
            found.groups(into=path, table="sales")
        assert connection.execute("SELECT count(*) FROM answers").fetchone() == (15,)
        again = pickle.loads(pickle.dumps(found))  # a copy in another process cannot have the connection
        assert again.origin.tables == ()
        same(again.group_columns(), found.group_columns())
