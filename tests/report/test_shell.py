"""`--report` at the command line."""

import pytest

from shell import partialpool


def test_a_fit_and_a_question_write_a_report(tmp_path):
    done = partialpool(
        "proportions", "--dataset", "surgical", "--report", "fit.html", "--save", "a.fit", folder=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "hospital" in done.stdout
    done = partialpool("ranks", "--fit", "a.fit", "--quiet", "--report", "ranks.html", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "fit.html").read_text()[:15] == "<!DOCTYPE html>"
    assert "Proportions of 12 groups" in (tmp_path / "ranks.html").read_text()


def test_poolings_and_updates_write_a_report(tmp_path):
    (tmp_path / "new.csv").write_text("hospital,deaths,operations\nA,1,20\nZ,2,30\n")
    partialpool("proportions", "--dataset", "surgical", "--save", "a.fit", folder=tmp_path)
    assert partialpool("pooling", "--fit", "a.fit", "--report", "p.html", folder=tmp_path).returncode == 0
    done = partialpool("update", "a.fit", "new.csv", "--report", "u.html", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Proportions of 12 groups" in (tmp_path / "p.html").read_text()
    assert "Proportions of 13 groups" in (tmp_path / "u.html").read_text()


def test_a_transform_of_the_tables_is_that_of_the_report(tmp_path):
    words = ("estimates", "--dataset", "eight_schools", "--transform", "exp", "--report", "s.html")
    assert partialpool(*words, folder=tmp_path).returncode == 0
    assert "exp of effect" in (tmp_path / "s.html").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--report", "a.txt"), "its name must end in one of .html, .htm"),
        (("--report", "-"), "--report takes the name of a file"),
        (("--report", "a.html", "--save", "a.html"), "must each name a file of its own"),
        (("--report", "a.html", "--by", "hospital"), "--report is for one fit"),
    ],
)
def test_impossible_reports_are_refused(tmp_path, words, message):
    done = partialpool("proportions", "--dataset", "surgical", *words, folder=tmp_path)
    assert done.returncode != 0
    assert message in " ".join(done.stderr.split())
    assert list(tmp_path.iterdir()) == []
