"""The population's parameters of a gamma-Poisson model drawn at random, with the conditional of every group."""

from __future__ import annotations

import numpy as np

from partialpool.conditionals import Conditionals, every_second_row
from partialpool.drawn import Drawn, at_one, equal
from partialpool.inference.rates.conditionals import conditionals, given_nodes
from partialpool.inference.rates.fixed import Fixed
from partialpool.inference.rates.integrated import Integrated
from partialpool.integrate.rejection import drawn_over_plane
from partialpool.marginals.gamma_poisson import Pairs


def drawn(answers: Integrated | Fixed, n: int, rng: np.random.Generator) -> Drawn:
    """n draws of mean and shape."""
    if isinstance(answers, Fixed):
        return at_one(conditionals(answers, 0))
    hyper = answers.hyper
    x, y, cut = drawn_over_plane(hyper.log_density, hyper.rule.frame, n, rng)
    points = hyper.chart.at(x, y)

    def given(some: slice) -> Conditionals:
        places = np.arange(n)[some]
        return given_nodes(points.subset(places), equal(len(places)), hyper.pairs, answers.where)

    return Drawn(given, cut)


def lattices(answers: Integrated | Fixed, place: int | None) -> tuple[Conditionals, Conditionals] | None:
    """All nodes of the integration with one group, and every second row of them to judge those by; None at one point.

    place: which group; None: any.
    """
    if isinstance(answers, Fixed):
        return None
    hyper, only = answers.hyper, answers.where[[0 if place is None else place]]
    pair, where = (
        Pairs(hyper.pairs.events[only], hyper.pairs.exposure[only], hyper.pairs.count[only]),
        np.zeros(1, dtype=np.intp),
    )
    weights = hyper.probability, every_second_row(hyper.rule.x, hyper.probability)
    whole, half = (given_nodes(hyper.point, p, pair, where) for p in weights)
    return whole, half
