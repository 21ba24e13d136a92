"""The command that tells the story of the rats on one screen, every number of it computed while it is told."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

from partialpool import datasets, fit
from partialpool.cli.app import app
from partialpool.cli.bars import drawn_bars
from partialpool.cli.console import Titled, intervals, lines_of, titled_text
from partialpool.cli.streams import show, width
from partialpool.io.output.view import GIVEN, View
from partialpool.posterior import Posterior

_DATA, _PRIOR = "rat_tumors", "bda"
_SHOWN = (1, 71, 67)  # the first experiment without tumours, the latest one, and the largest one
_COLUMNS = ("group", "tumors", "rats", "raw", "mean", "lower", "upper")
_WIDEST = 80  # a story is no easier to read in longer lines

_NEXT: Mapping[str, str] = {
    f"partialpool groups --dataset {_DATA} --prior {_PRIOR}": "# all experiments",
    f"partialpool check --dataset {_DATA} --prior {_PRIOR}": "# does the model fit?",
    "partialpool help": "# all commands",
    "partialpool proportions my.csv --successes y --trials n --group g": "",
}
"""Command to type next -> a comment."""


@app.command
def demo() -> None:
    """Tell the story of 71 groups of rats on one screen, with numbers that are computed as it is told.

    Complete, no and partial pooling of small experiments, what is learned of
    their population, and how far three of them are moved.
    """
    began, room = time.perf_counter(), min(width(), _WIDEST)
    found = fit.proportions(datasets.load(_DATA), **datasets.info(_DATA).arguments, prior=_PRIOR)
    tables = (_three_ways(found), _population(found), _experiments(found))
    told = [lines_of(_question(found), room), *(titled_text(table, room, View(GIVEN)) for table in tables)]
    took = time.perf_counter() - began
    told.append(lines_of(f"Computed in {took:.1f} s, without sampling. Accuracy: {found.accuracy}.", room))
    longest = max(len(command) for command, comment in _NEXT.items() if comment)
    told.append(["What to type next", *(f"  {text:{longest}}  {comment}".rstrip() for text, comment in _NEXT.items())])
    show("\n\n".join("\n".join(lines) for lines in told))


def _question(found: Posterior) -> str:
    """The question and the data."""
    tumors, rats = (found.data.statistics[role] for role in ("successes", "trials"))
    return (
        f"How often do laboratory rats have a tumour, in each of {found.data.size} experiments?\n"
        f"{tumors.sum():.0f} of {rats.sum():.0f} rats had one. Of the experiments, with {rats.min():.0f} to "
        f"{rats.max():.0f} rats, {np.sum(tumors == 0)} saw none."
    )


def _three_ways(found: Posterior) -> Titled:
    """The three poolings: the rates that each says there are, and how well it predicts."""
    groups, sums = found.group_columns(), found.data.statistics
    raw, mean = groups["raw"], groups["mean"]
    rates = [
        f"{sums['successes'].sum() / sums['trials'].sum():.4f}, one rate for all",
        f"{raw.min():.4f} to {raw.max():.4f}, each experiment by itself",
        f"{mean.min():.4f} to {mean.max():.4f}, each leans on all others",
    ]
    table = {
        "pooling": np.array(["complete", "no", "partial"], dtype=object),
        "rates": np.array(rates, dtype=object),
        "log_score": np.asarray(found.pooling().score_columns()["log_score"]),
    }
    return Titled("Three ways to answer; log_score: how well they predict an experiment left out", table)


def _population(found: Posterior) -> Titled:
    """What partial pooling has learned of the population, and so of the next experiment."""
    table, following = found.population_columns(), found.new_group()
    rows = [list(table["parameter"]).index(name) for name in ("mean", "concentration")]
    columns = {"parameter": np.array(["mean", "concentration", "next experiment"], dtype=object)}
    for name in ("mean", "sd", "median", "lower", "upper"):
        columns[name] = np.append(table[name][rows], getattr(following, name))
    return Titled(f"Partial pooling learns the population ({intervals(found)}, prior {_PRIOR})", columns, alike=False)


def _experiments(found: Posterior) -> Titled:
    """Three of the experiments, with bars that show how far they are moved."""
    groups = found.group_columns()
    places = np.array([list(groups["group"]).index(label) for label in _SHOWN])
    columns = {name: groups[name][places] for name in _COLUMNS}
    bars = drawn_bars(found, places=places)
    return Titled("Each experiment leans on the others, a small one more than a large one", columns, bars=bars)
