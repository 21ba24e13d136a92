"""The population's parameters of a gamma-Poisson model drawn at random, with the conditional of every group."""

from __future__ import annotations

import numpy as np

from partialpool.averaging.source import Nodes
from partialpool.conditionals import Conditionals, every_second_row
from partialpool.drawn import Drawn, equal
from partialpool.inference.rates.conditionals import given_nodes
from partialpool.inference.rates.hyper import Hyperposterior
from partialpool.integrate.rejection import drawn_over_plane
from partialpool.marginals.gamma_poisson import Pairs
from partialpool.special import Index


def drawn(hyper: Hyperposterior, where: Index, n: int, rng: np.random.Generator) -> Drawn:
    """n draws of mean and shape."""
    x, y, cut = drawn_over_plane(hyper.log_density, hyper.rule.frame, n, rng)
    points = hyper.chart.at(x, y)

    def given(some: slice) -> Conditionals:
        places = np.arange(n)[some]
        return given_nodes(Nodes(points.subset(places), equal(len(places))), hyper.pairs, where)

    return Drawn(given, cut)


def lattices(hyper: Hyperposterior, pair: int) -> tuple[Conditionals, Conditionals]:
    """All nodes of the integration with one of the distinct pairs, and every second row to judge those by."""
    of, where = hyper.pairs, np.zeros(1, dtype=np.intp)
    only = Pairs(*(part[[pair]] for part in (of.events, of.exposure, of.count)))
    weights = hyper.probability, every_second_row(hyper.rule.x, hyper.probability)
    whole, half = (given_nodes(Nodes(hyper.point, p), only, where) for p in weights)
    return whole, half
