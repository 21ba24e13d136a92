"""Labels that look the same are two groups, and the fit says so."""

import re

import numpy as np
import pytest

import partialpool as pp
from partialpool.models.data.alike import alike


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["M4", "M3", "M4 "], "'M4' and 'M4 ' are different groups, though .* blanks at their ends .strip them.;"),
        (["M3", "m3"], "'M3' and 'm3' are .* only in case .rename them.;"),
        (["a", " A"], "blanks at their ends .strip them. or case .rename them."),
        ([f"{letter}{blank}" for blank in ("", " ") for letter in "abcde"], "'c' and 'c '; 2 more are different"),
    ],
)
def test_labels_that_look_the_same_are_named(labels, said):
    data = {"part": labels, "y": np.arange(len(labels)), "n": np.full(len(labels), 20)}
    warnings = pp.proportions(data, successes="y", trials="n", group="part").warnings
    (found,) = (warning for warning in warnings if "different groups" in warning)
    assert re.search(said, found)


def test_labels_from_a_file_are_compared_too(tmp_path):
    (tmp_path / "parts.csv").write_text("part,y,n\nM4,1,9\nM4 ,3,9\nM5,2,9\n")
    fit = pp.proportions(tmp_path / "parts.csv", successes="y", trials="n", group="part")
    assert "'M4' and 'M4 '" in " ".join(fit.warnings)


@pytest.mark.parametrize("labels", [["a", "b"], [1, 2], ["1", 1], ["a b", "ab"]])
def test_other_labels_are_not_remarked_on(labels):
    assert alike({"part": np.array(labels, dtype=object)}) == ()


def test_several_columns_are_compared_together():
    author, year = np.array(["Ng", "ng", "Ng"], dtype=object), np.array([2001, 2002, 2002])
    assert alike({"author": author[:2], "year": year[:2]}) == ()
    assert "('ng', 2002) and ('Ng', 2002)" in alike({"author": author, "year": year})[0]
