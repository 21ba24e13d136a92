"""Mean and sd of a normal population drawn at random, with the conditional of every group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from partialpool.conditionals import Conditionals
from partialpool.distributions import Normals
from partialpool.drawn import Drawn, at_one, equal
from partialpool.inference.estimates.conditionals import conditionals, given_nodes
from partialpool.inference.estimates.fixed import Fixed
from partialpool.inference.estimates.integrated import Integrated
from partialpool.integrate.line import log_stretch
from partialpool.integrate.rejection import drawn as drawn_from
from partialpool.integrate.rejection import on_line
from partialpool.marginals.normal_normal import conditional
from partialpool.special import Array


def drawn(answers: Integrated | Fixed, n: int, rng: np.random.Generator) -> Drawn:
    """n draws of the sd, and of the mean given each: mean | sd, y is normal."""
    if isinstance(answers, Fixed):
        return at_one(conditionals(answers, 0))
    hyper, of = answers.hyper, answers.groups_of
    rule = hyper.rule

    def log_f(t: Array) -> Array:
        return np.asarray(hyper.log_density(rule.frame.place(t)) + log_stretch(t))

    (t,), cut = drawn_from(on_line(log_f, rule.t), n, rng)
    log_sd, z = hyper.support.value(rule.frame.place(t)), rng.standard_normal(n)

    def given(some: slice) -> Conditionals:
        at = conditional(hyper.sample, log_sd[some])
        found = given_nodes(hyper.data, of, at.mean + at.mean_sd * z[some], at.sd, equal(len(at.sd)))
        exact = hyper.data.se == 0.0
        spread = np.where(exact[:, None], 0.0, found.groups.spread)
        groups = Normals(found.groups.middle, spread, hyper.data.centre, float(hyper.data.restored(np.array(1.0))))
        return replace(found, groups=groups)

    return Drawn(given, cut)
