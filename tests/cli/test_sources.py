"""Several files as one table, and tables of a DuckDB database, at the shell."""

import json

import duckdb
import pytest

from shell import partialpool

ROWS = {"a": "lab,y,n\nA,1,9\nB,3,8\n", "b": "lab,y,n\nA,2,7\nC,0,5\n", "c": "lab,y,n\nD,4,6\n"}
COLUMNS = ("--successes", "y", "--trials", "n", "--group", "lab")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in ROWS.items():
        (tmp_path / f"{name}.csv").write_text(text)
    lines = [line for text in ROWS.values() for line in text.splitlines()[1:]]
    (tmp_path / "all.txt").write_text("\n".join(["lab,y,n", *lines]) + "\n")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as con:
        con.execute("CREATE TABLE sales AS FROM read_csv('all.txt')")
        con.execute("CREATE VIEW larger AS FROM sales WHERE n > 5")
        con.execute('CREATE TABLE "my ""odd"" table" AS FROM sales')
    with duckdb.connect(str(tmp_path / "one.duckdb")) as con:
        con.execute("CREATE TABLE sales AS FROM read_csv('all.txt')")
    return tmp_path


def document(*words):
    done = partialpool(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


SOURCES = [
    ("a.csv", "b.csv", "c.csv"),
    ("*.csv",),
    ("shop.duckdb", "--table", "sales"),
    ("shop.duckdb", "--table", 'my "odd" table'),
    ("shop.duckdb", "--query", "SELECT * FROM sales"),
    ("one.duckdb",),
    ("--query", "FROM read_csv('all.txt')"),
]


@pytest.mark.parametrize("source", SOURCES, ids=" ".join)
def test_every_source_gives_the_same_fit(folder, source):
    expected = document("proportions", "all.txt", *COLUMNS)
    found = document("proportions", *source, *COLUMNS)
    assert found["population"] == expected["population"]
    assert sorted(found["groups"], key=lambda row: row["lab"]) == sorted(expected["groups"], key=lambda row: row["lab"])


def test_other_commands_take_them_too(folder):
    for source in (("a.csv", "b.csv", "c.csv"), ("shop.duckdb", "--table", "larger")):
        assert partialpool("ranks", *source, *COLUMNS).returncode == 0
        assert partialpool("check", *source, *COLUMNS).returncode == 0
    assert partialpool("proportions", "*.csv", *COLUMNS, "--save", "x.fit", "--out", "groups.parquet").returncode == 0
    assert partialpool("groups", "--fit", "x.fit").returncode == 0


REFUSED = [
    (("shop.duckdb",), "which table of 'shop.duckdb'? Name it by --table. Its tables are 'larger', 'my"),
    (("shop.duckdb", "--table", "nothing"), "there is no table 'nothing' in the database. Its tables are"),
    (("shop.duckdb", "--table", "sales", "--query", "SELECT 1"), "give --table or --query, not both"),
    (("--table", "sales"), "give its FILE too"),
    (("none.duckdb", "--table", "sales"), "there is no file 'none.duckdb'"),
    (("shop.duckdb", "--query", "SELEC 1"), "--query cannot be run"),
    (("shop.duckdb", "--query", "DROP TABLE sales"), "--query"),
    (("--dataset", "rat_tumors", "--query", "SELECT 1"), "leave out --dataset"),
    (("fake.db", "--table", "sales"), "cannot be opened as a DuckDB database"),
    (("*.tsv",), "no file matches '*.tsv'"),
    (("a.csv", "nothing.csv"), "there is no file 'nothing.csv'"),
    (("a.csv", "--memory", "lots"), "--memory lots is not an amount of memory"),
]


@pytest.mark.parametrize(("source", "said"), REFUSED, ids=[" ".join(source) for source, _ in REFUSED])
def test_what_cannot_be_read_is_refused_with_a_cure(folder, source, said):
    (folder / "fake.db").write_text("this is no database, although it is named like one" * 100)
    done = partialpool("proportions", *source, *COLUMNS)
    assert done.returncode != 0
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    with duckdb.connect(str(folder / "shop.duckdb"), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM sales").fetchall() == [(5,)]


def test_memory_is_for_rows_that_are_added_up(folder):
    done = partialpool("estimates", "--dataset", "eight_schools", "--memory", "2GB")
    assert done.returncode != 0
    assert "--memory is for rows that are added up" in " ".join(done.stderr.split())


def test_the_columns_of_a_table_are_listed_if_none_is_named(folder):
    done = partialpool("proportions", "shop.duckdb", "--table", "sales")
    assert "The columns are 'lab', 'y', 'n'." in " ".join(done.stderr.split())


@pytest.mark.parametrize("source", [("a.csv", "b.csv"), ("*.csv",)], ids=" ".join)
def test_a_file_among_several_is_not_written_over(folder, source):
    done = partialpool("proportions", *source, *COLUMNS, "--out", "b.csv")
    assert done.returncode != 0
    assert "it is the file that the data come from" in " ".join(done.stderr.split())
    assert (folder / "b.csv").read_text() == ROWS["b"]


@pytest.fixture
def fitted(folder):
    done = partialpool("proportions", "a.csv", *COLUMNS, "--save", "a.fit", "--quiet")
    assert done.returncode == 0
    return folder


@pytest.mark.parametrize("source", [source for source in SOURCES if source[0][-3:] != "csv"], ids=" ".join)
def test_answers_of_a_saved_fit_are_attached_to_every_source(fitted, source):
    expected = document("attach", "all.txt", "--fit", "a.fit")["rows"]
    found = document("attach", *source, "--fit", "a.fit")["rows"]
    assert [row["posterior_mean"] for row in found] == [row["posterior_mean"] for row in expected]
    assert {row["lab"] for row in found if row["posterior_mean"] is not None} == {"A", "B"}


def test_answers_of_a_saved_fit_go_back_to_the_database_of_the_rows(fitted):
    words = ("attach", "shop.duckdb", "--table", "sales", "--fit", "a.fit", "--quiet", "--out", "shop.duckdb")
    done = partialpool(*words, "--out-table", "answers")
    assert (done.returncode, done.stdout) == (0, "")
    with duckdb.connect("shop.duckdb") as con:
        assert con.execute("SELECT count(*), count(posterior_mean) FROM answers").fetchone() == (5, 3)
    done = partialpool(*words, "--out-table", "sales")
    assert done.returncode == 2
    assert "the data come from it" in done.stderr


def test_amounts_beside_a_saved_fit_may_be_in_a_database(fitted):
    query = ("--query", "SELECT lab, 2 * n AS m FROM sales WHERE n > 7")
    found = document("predict", "shop.duckdb", *query, "--fit", "a.fit", "--amount-column", "m")["rows"]
    assert [row["trials"] for row in found] == [18, 16]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("attach", "shop.duckdb"), "which table of 'shop.duckdb'? Name it by --table."),
        (("attach", "shop.duckdb", "--table", "nothing"), "there is no table 'nothing' in the database."),
        (("attach", "--table", "sales"), "give the FILE that the answers are to be attached to"),
        (("attach", "none.duckdb"), "there is no file 'none.duckdb'"),
        (("groups", "--table", "sales"), "a saved fit is what it is: leave out --table"),
    ],
)
def test_what_is_wrong_with_a_database_beside_a_saved_fit(fitted, words, message):
    done = partialpool(*words, "--fit", "a.fit")
    assert done.returncode == 2
    assert message in done.stderr


@pytest.mark.parametrize("words", [("--into", "b.parquet"), ("--into=b.parquet",)])
def test_into_is_another_name_of_out(folder, words):
    first = ("proportions", "all.txt", *COLUMNS, "--quiet")
    assert partialpool(*first, *words).returncode == 0
    assert partialpool(*first, "--out", "a.parquet").returncode == 0
    assert (folder / "b.parquet").read_bytes() == (folder / "a.parquet").read_bytes()
    assert partialpool(*first, "--into", "-").stdout == partialpool(*first, "--out", "-").stdout != ""
