"""The population's parameters of a beta-binomial model drawn at random, with the conditional of every group."""

from __future__ import annotations

import numpy as np

from partialpool.averaging.source import Nodes
from partialpool.conditionals import Conditionals, every_second_row
from partialpool.drawn import Drawn, equal
from partialpool.inference.proportions.conditionals import given_nodes
from partialpool.inference.proportions.hyper import Hyperposterior
from partialpool.integrate.rejection import drawn_over_plane
from partialpool.special import Index


def drawn(hyper: Hyperposterior, where: Index, n: int, rng: np.random.Generator) -> Drawn:
    """n draws of mean and concentration."""
    x, y, cut = drawn_over_plane(hyper.log_density, hyper.rule.frame, n, rng)
    points = hyper.chart.at(x, y)

    def given(some: slice) -> Conditionals:
        places = np.arange(n)[some]
        nodes = Nodes(points, np.ones(n)).subset(places)
        return given_nodes(Nodes(nodes.point, equal(len(places))), hyper.pairs, where, flipped=hyper.flipped)

    return Drawn(given, cut)


def lattices(hyper: Hyperposterior, pair: int) -> tuple[Conditionals, Conditionals]:
    """All nodes of the integration with one of the distinct pairs, and every second row to judge those by."""
    only, where = hyper.pairs.subset(np.array([pair])), np.zeros(1, dtype=np.intp)
    weights = hyper.nodes.probability, every_second_row(hyper.rule.x, hyper.nodes.probability)
    whole, half = (given_nodes(Nodes(hyper.nodes.point, p), only, where, flipped=hyper.flipped) for p in weights)
    return whole, half
