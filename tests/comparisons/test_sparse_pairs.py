"""Two thetas of which one or both may be all but 0 or all but 1."""

import numpy as np
import pytest

import partialpool as pp
from partialpool.analysis.comparisons.joint import Side
from partialpool.distributions import Betas
from partialpool.distributions.panels import panels, read_in_probability

SHAPES = [(0.05, 8), (0.3, 7), (0.05, 0.05), (4, 0.05), (30, 0.4), (3, 9), (0.3, 0.3), (1.4, 1e5), (100, 0.7), (12, 30)]


def compared(y, n):
    data = {"g": [f"g{i}" for i in range(len(y))], "y": y, "n": n}
    return pp.proportions(data, successes="y", trials="n", group="g").compare("g0", "g1")


@pytest.mark.parametrize(("y", "n"), [([10, 10], [10, 10]), ([1, 1], [1, 1])])
def test_ratios_of_thetas_that_are_all_but_one(y, n):
    """The log of such a ratio piles up at 0, about which its median is to be found on the scale of its own log."""
    found = compared(y, n)
    assert found.accuracy < 2e-8
    row = {name: column[1] for name, column in found.columns().items()}
    assert row["quantity"] == "ratio"
    assert np.log(row["lower"]) == pytest.approx(-np.log(row["upper"]), rel=1e-7)
    assert row["median"] == pytest.approx(1.0, abs=1e-12)


def test_a_symmetric_ratio_of_small_thetas_has_its_median_at_one():
    """Here it does not pile up there, though both thetas are often all but 0."""
    found = compared([0, 0], [50, 50])
    assert found.accuracy < 2e-8
    assert found.columns()["median"][1] == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_distribution_functions_are_read_from_panels(a, b):
    of = Betas(np.array([float(a)]), np.array([float(b)]))
    at = panels(of, 400, read_in_probability)
    assert at is not None
    side = Side.of(np.ones(1), of, at)
    low, high = (np.clip(float(end[0]), -600.0, 600.0) for end in of.reach)
    z = np.linspace(low, high, 301)
    off = [side.upto(x)[0] - of.cdf(np.array([x]))[0] for x in z]
    assert np.max(np.abs(off)) < 3e-10
