"""The option --by of the commands that fit."""

import json

import polars as pl
import pytest

import partialpool as pp
from shell import partialpool
from sliced import FAMILIES, fitted, table


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sales.csv"
    pl.DataFrame({name: column.tolist() for name, column in table().items()}).write_csv(path)
    return path


def options(family):
    return [word for role, name in FAMILIES[family].items() for word in (f"--{role}", name)]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_command_prints_one_row_per_slice_and_writes_whole_tables(family, file, tmp_path):
    out = tmp_path / "groups.parquet"
    done = partialpool(family, file, *options(family), "--by", "country", "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    fits = fitted(family, str(file), by="country")
    assert done.stdout.startswith("3 slices by country, 15 groups\n\nPopulation, median and 95% interval")
    for key, lower in zip(fits, fits.overview()[0]["lower"], strict=True):
        row = next(line for line in done.stdout.splitlines() if line.startswith(key))
        assert float(row.split()[2]) == pytest.approx(lower, rel=1e-3)
    written = pl.read_parquet(out)
    assert written.columns == list(fits.group_columns())
    assert written["median"].to_list() == fits.group_columns()["median"].tolist()


def test_one_json_document_has_all_tables(file):
    done = partialpool("proportions", file, *options("proportions"), "--by", "country", "--json", "--level", "0.8")
    document = json.loads(done.stdout)
    fits = fitted("proportions", str(file), by="country", level=0.8)
    assert [row["lower"] for row in document["population"]] == fits.population_columns()["lower"].tolist()
    assert [row["upper"] for row in document["groups"]] == fits.group_columns()["upper"].tolist()
    assert [row["groups"] for row in document["slices"]] == [5, 5, 5]
    assert document["model"]["by"] == ["country"]


def test_several_columns_and_a_transform(file):
    words = [*options("estimates"), "--by", "country", "--by", "n", "--transform", "exp", "--top", "2"]
    done = partialpool("estimates", file, *words)
    assert done.returncode == 0
    size = len(fitted("estimates", str(file), by=["country", "n"]))
    assert done.stdout.startswith(f"{size} slices by country and n, ")
    assert "(exp)" in done.stdout.replace("\n", " ")
    assert f"(the first 2 of {size} slices: --all shows all, --out and --json write all)" in done.stdout
    assert "more warnings of slices; --json has all of them" in done.stderr


def test_bad_slices_are_said_on_standard_error(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("c,g,y,n\nx,a,1,9\nx,b,2,9\ny,a,30,9\ny,b,1,9\n,a,1,9\n")
    words = ["proportions", path, "--successes", "y", "--trials", "n", "--group", "g", "--by", "c"]
    done = partialpool(*words)
    assert done.returncode == 2
    assert "column 'c' has no value in line 6" in done.stderr
    done = partialpool(*words, "--missing", "drop")
    assert done.returncode == 0
    assert (
        "partialpool: c y: has no fit: 1 row is refused, more successes than trials: line 4: y=30, n=9." in done.stderr
    )
    assert "1 row without a label in --by belongs to no slice, and --missing drop leaves them out" in done.stderr
    assert next(line for line in done.stdout.splitlines() if line.startswith("y")).split() == ["y", *"----"]


def test_the_exit_code_is_that_of_an_error_if_no_slice_has_a_fit(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("c,g,y,n\nx,a,10,9\nx,b,2,9\ny,a,30,9\ny,b,1,9\n")
    done = partialpool("proportions", path, "--successes", "y", "--trials", "n", "--group", "g", "--by", "c")
    assert (done.returncode, done.stdout) == (2, "")
    assert "line 2: y=10, n=9" in done.stderr
    assert "None of the 2 slices has a fit; this is the error of c x." in done.stderr


def test_rows_are_excluded_before_the_table_is_cut(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("c,g,y,n\nx,a,1,9\nx,b,2,9\nx,Total,3,18\ny,a,3,9\ny,b,1,9\n,Total,4,18\n")
    words = ["proportions", path, "--successes", "y", "--trials", "n", "--group", "g", "--by", "c", "--exclude"]
    done = partialpool(*words, "Total", "--json")
    assert done.returncode == 0
    assert [row["g"] for row in json.loads(done.stdout)["groups"]] == ["a", "b", "a", "b"]
    assert "There is no label 'Sum' to exclude." in partialpool(*words, "Sum").stderr


@pytest.mark.parametrize(
    "words",
    [("--save", "x.fit"), ("--given", "mean=1"), ("--plot", "forest", "x.png"), ("--sort", "y"), ("--reverse",)],
)
def test_options_of_one_fit_are_refused(words, file):
    done = partialpool("proportions", file, *options("proportions"), "--by", "country", *words)
    assert done.returncode == 2
    assert f"{words[0]} is for one fit, and --by makes several" in done.stderr


def test_a_column_that_does_not_exist(file):
    done = partialpool("proportions", file, *options("proportions"), "--by", "kountry")
    assert done.returncode == 2
    assert "Did you mean 'country'?" in done.stderr
    done = partialpool("proportions", file, *options("proportions"), "--by", "country,store")
    assert "An option names one column: --by country --by store" in done.stderr


def test_the_record_is_shown_in_a_notebook_and_pickled():
    import copy
    import pickle

    columns = table()
    columns["y"][columns["country"] == "IT"] = -1
    fits = fitted("proportions", columns, by="country")
    assert "<table" in fits._repr_html_()
    assert "has no fit" in fits._repr_html_()
    for again in (pickle.loads(pickle.dumps(fits)), copy.deepcopy(fits)):
        assert isinstance(again, pp.Fits)
        assert repr(again) == repr(fits)
        assert again.failed == fits.failed
