"""`partialpool demo`: a story on one screen, whose numbers are those of published and independent computations."""

import re
import shlex

import pytest

from partialpool.cli import demo
from shell import on_terminal, partialpool

GROUPS = {  # mean, 2.5% and 97.5% by quadrature in extended precision, prior (alpha + beta)^(-5/2)
    (0, 20): (0.0635695778602, 0.00693489, 0.16393819),
    (4, 14): (0.2108568397586, 0.08652930, 0.37840809),
    (16, 52): (0.268739, 0.170080, 0.382580),
}


@pytest.fixture(scope="module")
def told():
    done = partialpool("demo")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def row(text, *first):
    """The numbers of the first line that begins with these words, after them."""
    found = re.search(rf"^ *{' +'.join(first)} +(.*)$", text, re.MULTILINE)
    assert found, first
    return [float(word) for word in found[1].split() if re.fullmatch(r"-?\d+\.\d+", word)]


def test_it_is_one_screen(told):
    lines = told.splitlines()
    assert 24 <= len(lines) <= 40
    assert max(map(len, lines)) <= 80


def test_three_experiments_are_those_of_the_book(told):
    for (tumors, rats), numbers in GROUPS.items():
        raw, mean, lower, upper = row(told, r"\d+", str(tumors), str(rats))
        assert raw == pytest.approx(tumors / rats, abs=5e-5)
        assert (mean, lower, upper) == pytest.approx(numbers, abs=5.1e-5)


def test_the_population_is_that_of_the_book(told):
    assert row(told, "mean")[0] == pytest.approx(0.1442973055, abs=5e-5)
    assert row(told, "concentration") == pytest.approx([15.530512, 8.296740, 32.1230], rel=1e-3)
    assert row(told, "next experiment")[:2] == pytest.approx([0.144297, 0.089102], abs=5e-5)
    assert "population mean 0.1443" in told


def test_the_data_and_the_three_poolings_are_counted(told):
    assert "267 of 1739 rats" in told
    assert "14 saw none" in told
    assert f"complete  {267 / 1739:.4f}, one rate for all" in told
    assert f"no        0.0000 to {9 / 24:.4f}" in told
    score = {name: row(told, name, ".*")[-1] for name in ("complete", "no", "partial")}
    assert score == {"complete": -173.6, "no": -225.0, "partial": -158.5}
    assert re.search(r"Computed in \d+\.\d s, without sampling\. Accuracy: means within \de-\d\d", told)


def test_what_to_type_next_can_be_typed():
    for command in demo._NEXT:
        first, *words = shlex.split(command)
        assert first == "partialpool"
        if "my.csv" not in words:
            assert partialpool(*words).returncode == 0


def test_it_fits_a_narrow_terminal_and_has_plain_signs_where_others_cannot_be_shown():
    assert max(map(len, partialpool("demo", COLUMNS="50").stdout.splitlines()[:-4])) <= 50
    shown = on_terminal("demo", columns=200, PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert shown.isascii()
    assert "o raw value, * posterior mean" in shown
    assert max(map(len, shown.splitlines())) <= 80
