"""Posterior quantiles of groups, and the rule over the hyperparameters that is fine enough for them."""

from __future__ import annotations

import numpy as np

from partialpool.averaging.curves import Curves, curves
from partialpool.averaging.rule import Rule, Source, smaller_rule
from partialpool.integrate.invert import HALLEY, invert
from partialpool.integrate.line import stretched
from partialpool.marginals.beta_binomial import Pairs
from partialpool.special import Array

_CHUNK = 1 << 17
_LOWEST = 700.0  # logits beyond this are 0 or 1 in double precision
_PATIENT = 1e-10  # narrow rows have no exact second derivative
_SIZES = (6, 9, 13, 19, 28, 40, 56)
_GOAL = 2e-10


def quantiles(rule: Rule, pairs: Pairs, levels: Array) -> Array:
    """Logits of the quantiles at the levels: (levels, pairs)."""
    out = np.empty((len(levels), len(pairs.count)))
    order = np.argsort(pairs.trials, kind="stable")
    size = max(1, _CHUNK // max(1, len(rule.nodes)))
    for i in range(0, len(order), size):
        part = order[i : i + size]
        few = Pairs(pairs.successes[part], pairs.failures[part], pairs.count[part])
        out[:, part] = _invert(curves(rule, few), levels)
    return out


def _invert(curve: Curves, levels: Array) -> Array:
    count = len(curve.pairs.count)
    which = np.tile(np.arange(count), len(levels))
    start = np.concatenate([_start(curve, level) for level in levels])
    near = _PATIENT if curve.rule.narrow else HALLEY
    p = np.repeat(levels, count)
    logit = invert(lambda x, i: curve.at(x, which[i]), p, start, -_LOWEST, _LOWEST, near)
    return logit.reshape(len(levels), count)


def _start(curve: Curves, level: float) -> Array:
    """Where the layer with the most probability has the level's share below it."""
    if not curve.layers:
        return np.zeros(len(curve.pairs.count))
    main = max(curve.layers, key=lambda layer: float(np.sum(layer.density[0])))
    running = np.cumsum(main.density, axis=1) - 0.5 * main.density
    share = running / np.maximum(running[:, -1:], 1e-300)
    t = np.array([np.interp(level, row, main.t) for row in share])
    return main.centre + main.scale * stretched(t)


def fitted_rule(source: Source, typical: Pairs, levels: Array, start: int = 0) -> tuple[Rule, float]:
    """The smallest rule whose quantiles for a few typical pairs the next finer rule confirms.

    Returns the rule and the largest |F(quantile) - level| by that finer rule.
    """
    error = np.inf
    rule = smaller_rule(source, _SIZES[start], typical)
    which = np.tile(np.arange(len(typical.count)), len(levels))
    for size in _SIZES[start + 1 :]:
        finer = smaller_rule(source, size, typical)
        value = curves(finer, typical).at(quantiles(rule, typical, levels).ravel(), which)[0]
        error = float(np.max(np.abs(value - np.repeat(levels, len(typical.count)))))
        if error < _GOAL:
            break
        rule = finer
    return rule, error
