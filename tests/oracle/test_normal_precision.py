"""The oracle of estimates against itself at thirty more digits: what is stored does not depend on the effort."""

import json
from pathlib import Path

import pytest
from flint import arb
from normal import HIGHER, answer, working

ROWS = {row["id"]: row for row in json.loads((Path(__file__).parent / "normal_answers.json").read_text())}
FEW = ("schools-Flat", "three-schools", "exact-one-flat", "ratio-1e18", "shift-1e12", "two-modes-far", "random-003")


def apart(x, y):
    """Difference relative to size."""
    return float(abs(arb(x) - arb(y)) / max(abs(arb(y)), arb(10) ** -60))


@pytest.mark.parametrize("name", FEW)
def test_thirty_more_digits_change_nothing(name):
    stored, higher = ROWS[name]["answer"], answer(ROWS[name], HIGHER)
    with working(HIGHER.bits):
        pairs = [(stored["population"][p], higher["population"][p]) for p in ("mean", "sd")]
        for x, y in pairs + list(zip(stored["groups"], higher["groups"])):
            for moment in {"mean", "sd", "weight"} & x.keys():
                assert x[moment] == y[moment] or apart(x[moment], y[moment]) < 1e-22, moment
            for (level, at, slope), (_, again, steep) in zip(x["quantiles"], y["quantiles"]):
                off = 0.0 if at == again else float(abs(arb(at) - arb(again)) * arb(steep))
                assert off < 1e-20, level
                assert slope == steep or apart(slope, steep) < 1e-12
