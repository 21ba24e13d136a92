"""A data set of each family, drawn from its model: what the laws of all families run over.

A family joins by one line in FAMILIES: its function, and how its data are drawn.
"""

import numpy as np

import lifetimes
import partialpool as pp
import toy

GROUPS = 9


def names(rng, rows):
    return np.array([f"g{i}" for i in rng.permutation(GROUPS)])[np.arange(rows) % GROUPS]


def proportions(rng):
    n = rng.integers(1, 30, 2 * GROUPS)
    y = rng.binomial(n, rng.beta(2, 5, 2 * GROUPS))
    return {"g": names(rng, 2 * GROUPS), "y": y, "n": n}, {"successes": "y", "trials": "n", "group": "g"}


def rates(rng):
    e = np.round(rng.uniform(0.5, 40, 2 * GROUPS), 2)
    y = rng.poisson(e * rng.gamma(2, 0.3, 2 * GROUPS))
    return {"g": names(rng, 2 * GROUPS), "y": y, "e": e}, {"events": "y", "exposure": "e", "group": "g"}


def estimates(rng):
    se = np.round(rng.uniform(0.3, 2.0, GROUPS), 2)
    y = np.round(rng.normal(rng.normal(3, 1, GROUPS), se), 3)
    return {"g": names(rng, GROUPS), "y": y, "se": se}, {"estimate": "y", "se": "se", "group": "g"}


def measurements(rng):
    y = np.round(rng.normal(np.tile(rng.normal(10, 2, GROUPS), 4), 1.5), 2)
    return {"g": names(rng, 4 * GROUPS), "y": y}, {"value": "y", "group": "g"}


FAMILIES = {
    "proportions": (pp.proportions, proportions),
    "rates": (pp.rates, rates),
    "estimates": (pp.estimates, estimates),
    "measurements": (pp.measurements, measurements),
    "lifetimes": (lifetimes.fit, lifetimes.draw),
    "toy": (toy.fit, toy.draw),
}

OURS = ("proportions", "rates", "estimates", "measurements")
"""Those of the library."""


def drawn(family, seed=0):
    """The function of a family, data, and the columns of its roles."""
    function, draw = FAMILIES[family]
    data, roles = draw(np.random.default_rng(seed))
    return function, data, roles
