"""Mean and sd of a normal population drawn at random, with the conditional of every group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from partialpool.conditionals import Conditionals
from partialpool.distributions import Normals
from partialpool.drawn import Drawn, equal
from partialpool.inference.estimates.conditionals import given_nodes
from partialpool.inference.estimates.hyper import Hyperposterior
from partialpool.integrate.line import log_stretch
from partialpool.integrate.rejection import drawn as drawn_from
from partialpool.integrate.rejection import on_line
from partialpool.marginals.normal_condensed import Condensed
from partialpool.marginals.normal_normal import Distinct, Sample, Scaled, conditional
from partialpool.special import Array


def drawn(of: Distinct, data: Scaled, sample: Sample | Condensed, log_sd: Array, z: Array, cut: float = 0.0) -> Drawn:
    """Draws of the mean given each draw of the sd: mean | sd, y is normal.

    z: standard normal draws. cut: the share of the sd's posterior that was cut off.
    """

    def given(some: slice) -> Conditionals:
        at = conditional(sample, log_sd[some])
        found = given_nodes(data, of, at.mean + at.mean_sd * z[some], at.sd, equal(len(at.sd)))
        exact = data.se == 0.0
        spread = np.where(exact[:, None], 0.0, found.groups.spread)
        groups = Normals(found.groups.middle, spread, data.centre, float(data.restored(np.array(1.0))))
        return replace(found, groups=groups)

    return Drawn(given, cut)


def drawn_sds(hyper: Hyperposterior, n: int, rng: np.random.Generator) -> tuple[Array, float]:
    """log sd of each draw, and the share that was cut off."""
    rule = hyper.rule

    def log_f(t: Array) -> Array:
        return np.asarray(hyper.log_density(rule.frame.place(t)) + log_stretch(t))

    (t,), cut = drawn_from(on_line(log_f, rule.t), n, rng)
    return hyper.support.value(rule.frame.place(t)), cut
