"""Mean and sd of a normal population drawn at random, with the conditional of every group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from partialpool.conditionals import Conditionals
from partialpool.distributions import Normals
from partialpool.drawn import Drawn, at_one, equal
from partialpool.inference.estimates.conditionals import check_apart, conditionals, given_nodes
from partialpool.inference.estimates.fixed import Fixed, GivenSd
from partialpool.inference.estimates.integrated import Integrated
from partialpool.integrate.line import log_stretch
from partialpool.integrate.rejection import drawn as drawn_from
from partialpool.integrate.rejection import on_line
from partialpool.marginals.normal_condensed import Condensed
from partialpool.marginals.normal_normal import Sample, Scaled, conditional
from partialpool.special import Array


def drawn(answers: Integrated | GivenSd | Fixed, n: int, rng: np.random.Generator) -> Drawn:
    """n draws of the sd, and of the mean given each: mean | sd, y is normal."""
    if isinstance(answers, Fixed):
        return at_one(conditionals(answers, 0))
    data, sample, log_sd, cut = _sds(answers, n, rng)
    z = rng.standard_normal(n)

    def given(some: slice) -> Conditionals:
        at = conditional(sample, log_sd[some])
        found = given_nodes(data, answers.groups_of, at.mean + at.mean_sd * z[some], at.sd, equal(len(at.sd)))
        exact = data.se == 0.0
        spread = np.where(exact[:, None], 0.0, found.groups.spread)
        groups = Normals(found.groups.middle, spread, data.centre, float(data.restored(np.array(1.0))))
        return replace(found, groups=groups)

    return Drawn(given, cut)


def _sds(
    answers: Integrated | GivenSd, n: int, rng: np.random.Generator
) -> tuple[Scaled, Sample | Condensed, Array, float]:
    """The data, what the likelihood is worked out from, log sd of each draw, and the share that was cut off."""
    if isinstance(answers, GivenSd):
        check_apart(answers.sd)
        return answers.data, answers.sample, np.full(n, answers.log_sd[0]), 0.0
    hyper, rule = answers.hyper, answers.hyper.rule

    def log_f(t: Array) -> Array:
        return np.asarray(hyper.log_density(rule.frame.place(t)) + log_stretch(t))

    (t,), cut = drawn_from(on_line(log_f, rule.t), n, rng)
    return hyper.data, hyper.sample, hyper.support.value(rule.frame.place(t)), cut
