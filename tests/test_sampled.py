"""What `make test` leaves out is there, and what it takes is spread over all that there is."""

import ast
from pathlib import Path

import pytest

from sampled import fewer, spread

ROOT = Path(__file__).parent.parent


def names_in(path):
    """The names of the functions of a file, those of a class after its name."""
    for part in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(part, ast.ClassDef):
            yield from (f"{part.name}::{own.name}" for own in part.body if isinstance(own, ast.FunctionDef))
        elif isinstance(part, ast.FunctionDef):
            yield part.name


@pytest.mark.parametrize("path", fewer())
def test_tests_that_are_run_in_part_are_there(path):
    assert set(fewer()[path]) <= set(names_in(path))
    assert all(isinstance(keep, (int, list)) for keep in fewer()[path].values())


def test_cases_taken_have_little_in_common():
    cases = {(family, kind): (family, kind) for family in "abcd" for kind in range(6)}
    taken = spread(cases, 6)
    assert {kind for _, kind in taken} == set(range(6))
    assert {family for family, _ in taken} == set("abcd")
    assert taken == spread(cases, 6)
    assert taken[:4] == spread(cases, 4)


def test_cases_taken_are_spread_over_a_list():
    taken = sorted(spread({k: (str(k),) for k in range(100)}, 10))
    assert taken[0] == 0
    assert all(later - earlier < 20 for earlier, later in zip(taken, [*taken[1:], 100], strict=True))


@pytest.mark.parametrize("count", [0, 3, 99])
def test_as_many_are_taken_as_there_are(count):
    assert len(spread(dict.fromkeys(range(5), ()), count)) == min(count, 5)
