"""Draw how time grows with rows and with groups, from what scale.py and million.py have measured.

python benchmarks/scale.py --rows 1e5 1e6 1e7 1e8 --out benchmarks/scale.json
python benchmarks/scale.py --rows 1e9 --totals --out benchmarks/scale.json
python benchmarks/million.py 1e2 1e3 1e4 1e5 1e6 1e7 --peers --out benchmarks/million.json
python benchmarks/cost.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

HERE = Path(__file__).parent
OURS, OTHER, GREY = "#0b3c6f", "#d07c00", "#767676"


def line(
    axes: Axes, x: list[float], y: list[float], text: str, colour: str, dashed: str = "-", up: float = 0.0
) -> None:
    """One line, with its name at its end, so many points above it."""
    axes.plot(x, y, dashed, color=colour, marker="o", markersize=3, linewidth=1.2)
    axes.annotate(
        text, (x[-1], y[-1]), color=colour, fontsize=8, va="center", xytext=(7, up), textcoords="offset points"
    )


def of_rows(axes: Axes, measured: list[dict[str, Any]]) -> None:
    """Seconds by rows of a Parquet file, in up to a million groups."""
    rows = [one["rows"] for one in measured]
    line(
        axes, rows, [one["ours"]["fit"] + one["ours"]["groups"] for one in measured], "fit and its table", OURS, up=5.0
    )
    line(axes, rows, [one["bare"]["group by"] for one in measured], "GROUP BY alone", GREY, "--", up=-5.0)
    both = [one for one in measured if one["attached"]]
    rows = [one["rows"] for one in both]
    every = [sum(one["ours"][part] for part in ("fit", "groups", "attach")) for one in both]
    axes.plot(rows, every, color=OTHER, marker="o", markersize=3, linewidth=1.2)
    place = {"xytext": (-4, 6), "textcoords": "offset points", "ha": "right"}
    axes.annotate("with the answers beside every row", (rows[-1], every[-1]), color=OTHER, fontsize=8, **place)
    axes.set(title="Rows of a Parquet file", xlabel="rows, in a million groups at the most")


def of_groups(axes: Axes, measured: list[dict[str, Any]]) -> None:
    """Seconds by groups in memory."""
    names = {"partialpool": ("partialpool, both tables", OURS, "-"), "plug-in": ("plug-in by SciPy", GREY, "--")}
    names |= {"GPBoost": ("GPBoost", GREY, ":"), "PyMC": ("PyMC, population only", OTHER, "-")}
    for way, (text, colour, dashed) in names.items():
        of = [one for one in measured if one["way"] == way]
        if of:
            seconds = [one["population"] + one["groups"] for one in of]
            line(axes, [one["number"] for one in of], seconds, text, colour, dashed)
    axes.set(title="Groups in memory", xlabel="groups, of 10 to 1000 trials each")


def draw(folder: Path) -> Path:
    """Write the picture to a folder, and return its path."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 3.6), layout="constrained")
    of_rows(left, json.loads((HERE / "scale.json").read_text()))
    of_groups(right, json.loads((HERE / "million.json").read_text()))
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_ylabel("seconds, two cores")
        axes.spines[["top", "right"]].set_visible(False)
        axes.title.set(fontsize=10.5, horizontalalignment="left", position=(0.0, 1.0))
    left.set_xlim(5e4, 5e10)
    right.set_xlim(50, 8e9)
    path = folder / "cost.png"
    figure.savefig(path, dpi=200)
    return path
