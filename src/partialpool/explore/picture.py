"""The chart of the page: the forest of a report, and in each row the way from the raw estimate to the pooled one."""

from __future__ import annotations

import json
from typing import Any

from partialpool.report.policy import asset


def picture() -> dict[str, Any]:
    """The chart in the language of Vega."""
    found: dict[str, Any] = json.loads(asset("assets", "forest.json"))
    found["description"] = "The interval and the median of each group, its raw estimate, and the way between them."
    found["axes"][0]["titleLimit"] = {"signal": "width"}  # long names of columns must not leave a narrow window
    drawn = found["marks"][0]["marks"]
    intervals = next(place for place, mark in enumerate(drawn) if mark.get("from", {}).get("data") == "groups")
    drawn.insert(intervals + 1, _way())
    return found


def _way() -> dict[str, Any]:
    """A line from the raw estimate to the median after pooling."""
    where = {"y": {"scale": "y", "field": "row"}, "x": {"scale": "x", "field": "raw"}}
    look = {
        "stroke": {"signal": "population"},
        "strokeWidth": {"signal": "clamp(row * 0.25, 0.8, 3.5)"},
        "opacity": {"signal": "datum.raw == null ? 0 : quiet ? 0.3 : 0.9"},
    }
    update = {**where, "x2": {"scale": "x", "field": "median"}, **look}
    return {"type": "rule", "from": {"data": "groups"}, "encode": {"update": update}}
