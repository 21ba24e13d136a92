"""The population's parameters of a beta-binomial model drawn at random, with the conditional of every group."""

from __future__ import annotations

import numpy as np

from partialpool.averaging.moments import Nodes
from partialpool.conditionals import Conditionals, every_second_row
from partialpool.drawn import Drawn, at_one, equal
from partialpool.inference.proportions.conditionals import conditionals, given_nodes
from partialpool.inference.proportions.fixed import Fixed
from partialpool.inference.proportions.integrated import Integrated
from partialpool.integrate.rejection import drawn_over_plane


def drawn(answers: Integrated | Fixed, n: int, rng: np.random.Generator) -> Drawn:
    """n draws of mean and concentration."""
    if isinstance(answers, Fixed):
        return at_one(conditionals(answers, 0))
    hyper = answers.hyper
    x, y, cut = drawn_over_plane(hyper.log_density, hyper.rule.frame, n, rng)
    points = hyper.chart.at(x, y)

    def given(some: slice) -> Conditionals:
        places = np.arange(n)[some]
        nodes = Nodes(points, np.ones(n)).subset(places)
        return given_nodes(Nodes(nodes.point, equal(len(places))), hyper.pairs, answers.where, flipped=hyper.flipped)

    return Drawn(given, cut)


def lattices(answers: Integrated | Fixed, place: int | None) -> tuple[Conditionals, Conditionals] | None:
    """All nodes of the integration with one group, and every second row of them to judge those by; None at one point.

    place: which group; None: any.
    """
    if isinstance(answers, Fixed):
        return None
    hyper, only = answers.hyper, answers.where[[0 if place is None else place]]
    pair, where = hyper.pairs.subset(only), np.zeros(1, dtype=np.intp)
    weights = hyper.nodes.probability, every_second_row(hyper.rule.x, hyper.nodes.probability)
    whole, half = (given_nodes(Nodes(hyper.nodes.point, p), pair, where, flipped=hyper.flipped) for p in weights)
    return whole, half
