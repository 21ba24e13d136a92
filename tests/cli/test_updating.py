"""The command `partialpool update`: a saved fit and a table in, the fit of all rows out."""

import json

import numpy as np
import pytest

import partialpool as pp
from shell import partialpool

ROLES = ["--successes", "clicks", "--trials", "views", "--group", "ad"]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "one.csv").write_text("ad,clicks,views\nA,3,30\nB,4,41\nC,0,12\n")
    (tmp_path / "other.csv").write_text("ad,clicks,views\nA,3,30\nD,4,41\n")
    (tmp_path / "both.csv").write_text("ad,clicks,views\nA,3,30\nB,4,41\nC,0,12\nA,3,30\nD,4,41\n")
    done = partialpool("proportions", "one.csv", *ROLES, "--save", "one.fit", "--quiet", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_the_new_fit_is_that_of_all_rows(folder):
    done = partialpool("update", "one.fit", "other.csv", "--out", "new.fit", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    first, _, groups, *rest = done.stdout.splitlines()
    assert first == "Added to one.fit: 2 rows, with 1 new group and more data of 1 group that it had."
    assert groups == "4 groups: 14 clicks of 154 views"
    assert rest[-1] == "Saved as new.fit."
    whole = pp.proportions(folder / "both.csv", successes="clicks", trials="views", group="ad")
    new = pp.load(folder / "new.fit")
    for table in ("group_columns", "population_columns"):
        for name, column in getattr(whole, table)().items():
            np.testing.assert_array_equal(getattr(new, table)()[name], column)


def test_a_fit_grows_in_its_own_file(folder):
    for _ in range(2):
        done = partialpool("update", "one.fit", "other.csv", "--out", "one.fit", "--quiet", folder=folder)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert pp.load(folder / "one.fit").group_columns()["views"].tolist() == [90, 41, 12, 82]


def test_json_and_other_names_of_columns(folder):
    (folder / "third.csv").write_text("campaign;n;clicks\nA;10;\nB;5;1\n")
    words = ["--column", "trials=n", "--group", "campaign", "--missing", "drop", "--json"]
    done = partialpool("update", "one.fit", "third.csv", *words, folder=folder)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["added"] == {"rows": 2, "new_groups": 0, "groups_with_more_data": 1}
    assert [row["parameter"] for row in found["population"]] == ["mean", "concentration", "alpha", "beta", "sd"]
    assert "left out of the fit by --missing drop" in done.stderr
    text = partialpool("update", "one.fit", "third.csv", *words[:-1], folder=folder).stdout
    assert text.splitlines()[-1] == "Nothing is saved: --out names the file for the new fit."


def test_effects_take_two_columns_of_a_role(folder):
    (folder / "trials.csv").write_text("a,b,n\n3,5,50\n2,8,60\n1,1,20\n")
    (folder / "more.csv").write_text("x,y,n\n4,9,70\n")
    roles = ["--effect", "OR", "--events", "a", "--events", "b", "--sizes", "n", "--sizes", "n"]
    partialpool("estimates", "trials.csv", *roles, "--save", "trials.fit", "--quiet", folder=folder)
    words = ["--column", "events=x", "--column", "events=y", "--out", "new.fit"]
    done = partialpool("update", "trials.fit", "more.csv", *words, folder=folder)
    assert done.returncode == 0, done.stderr
    data = {"a": [3, 2, 1, 4], "b": [5, 8, 1, 9], "n": [50, 60, 20, 70]}
    whole = pp.estimates(data, effect="OR", events=("a", "b"), sizes=("n", "n")).group_columns()["mean"]
    np.testing.assert_array_equal(pp.load(folder / "new.fit").group_columns()["mean"], whole)


@pytest.mark.parametrize(("words", "said"), [
    (["one.csv", "one.fit"], "'one.csv' is no saved fit"),
    (["one.fit", "nothing.csv"], "there is no file 'nothing.csv'"),
    (["one.fit", "other.csv", "--out", "other.csv"], "it is the file that the data come from"),
    (["one.fit", "other.csv", "--out", "new.csv"], "the name of a table; call it new.fit"),
    (["one.fit", "other.csv", "--column", "trials"], "--column takes ROLE=NAME"),
    (["one.fit", "other.csv", "--column", "trials=n"], "no column 'n'. The columns are 'ad', 'clicks', 'views'. If it"),
    (["one.fit", "other.csv", "--column", "rows=n"], "rows= cannot be taken with those of the fit"),
])  # fmt: skip
def test_what_is_refused(folder, words, said):
    before = (folder / "one.fit").read_bytes()
    done = partialpool("update", *words, folder=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert (folder / "one.fit").read_bytes() == before
    assert not (folder / "new.csv").exists()


@pytest.mark.parametrize("words", [["--table", "today"], ["--query", "SELECT * FROM today"]])
def test_the_new_rows_are_in_a_database(folder, words):
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE other AS SELECT 1 AS x")
        connection.execute(
            "CREATE TABLE today AS SELECT * FROM (VALUES ('A', 3, 30), ('D', 4, 41)) t(ad, clicks, views)"
        )
    done = partialpool("update", "one.fit", "shop.duckdb", *words, "--out", "new.fit", "--quiet", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    whole = pp.proportions(folder / "both.csv", successes="clicks", trials="views", group="ad")
    np.testing.assert_array_equal(pp.load(folder / "new.fit").group_columns()["mean"], whole.group_columns()["mean"])


def test_a_database_with_several_tables_is_asked_for_one(folder):
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE a AS SELECT 1 AS x; CREATE TABLE b AS SELECT 1 AS x")
    done = partialpool("update", "one.fit", "shop.duckdb", folder=folder)
    assert done.returncode != 0
    assert "Name it by --table. Its tables are 'a', 'b'." in done.stderr
