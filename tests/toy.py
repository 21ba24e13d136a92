"""A family in one file, as small as can be: y_j ~ Normal(theta_j, 1), theta_j ~ Normal(0, 1), nothing unknown above.

It shows what a new family has to bring: its statistics, how rows become groups, a `solve`, and a function.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.engine.results import EXACT, Accuracy, Brief, GroupSummary, Solved, Summary
from partialpool.fit.columns import wanted
from partialpool.fit.fitting import request
from partialpool.groups.groups import Groups, Statistic, collapse
from partialpool.models.family import Family

STATISTICS = (Statistic("total", "s", "sum of the values", "any"), Statistic("n", "n", "how many", "1, 2, ..."))


@dataclass(frozen=True)
class Results(Brief):
    data: Groups
    parameters = ("mean", "sd")
    accuracy = Accuracy(EXACT, EXACT, EXACT, "closed forms")

    def population(self, parameter, tail):
        value = {"mean": 0.0, "sd": 1.0}[parameter]
        return Summary(value, 0.0, value, value, value, "known")

    def groups(self, tail):
        precision = self.data.statistics["n"] + 1.0
        mean, sd = self.data.statistics["total"] / precision, 1.0 / np.sqrt(precision)
        lower, median, upper = (mean + sd * sc.ndtri(p) for p in (tail, 0.5, 1.0 - tail))
        return GroupSummary(mean, sd, lower, median, upper, 1.0 - 1.0 / precision)

    def quantiles_of(self, tail, places):
        return self.groups(tail).quantiles(places)

    def given(self, values):
        return self


@dataclass(frozen=True)
class Prior:
    name: str


class Toy(Family):
    name, data, population, statistics, observed = "toy", "normal", "standard normal", STATISTICS, "total"

    def resolve(self, prior):
        return Prior(prior)

    def solve(self, groups, prior, method):
        return Solved(Results(groups), prior)

    def raw(self, groups):
        return groups.statistics["total"] / groups.statistics["n"]

    def totals(self, groups):
        return f"{groups.statistics['n'].sum()} values"


TOY = Toy()


def fit(data, *, value, group, level=0.95, prior="none", missing="refuse"):
    asked = request(TOY, prior, "full", level)
    columns = wanted(data, {"value": value}, group)
    rows = columns.rows(missing)
    y = rows.columns[value].astype(float)
    labels = {name: rows.columns[name] for name in columns.group}
    statistics, shown = {"total": y, "n": np.ones(len(y), dtype=np.int64)}, {"total": value, "n": "n"}
    return asked.fitted(collapse(labels, statistics, shown, rows.library))


def draw(rng):
    y = np.round(rng.normal(np.repeat(rng.normal(0, 1, 5), 3), 1.0), 3)
    return {"g": np.repeat(list("abcde"), 3), "y": y}, {"value": "y", "group": "g"}
