"""Nodes made finer until answers settle."""

import pytest

from partialpool.engine.conditionals import settled


def test_an_answer_that_finer_nodes_contradict_is_given_up():
    results = (0.0, 1e-12, 1.0, 1.0 + 1e-6, 1.0 + 1e-6 + 1e-12, 1.0, 1.0)
    found, error = settled(results.__getitem__, lambda fineness: fineness, lambda a, b: abs(a - b), goal=1e-30)
    assert found == pytest.approx(1.0, abs=error + 1e-6)
    assert settled(results.__getitem__, lambda fineness: fineness, lambda a, b: abs(a - b), goal=0.0, first=2)[1] < 1e-5
