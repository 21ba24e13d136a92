"""The posterior of the population's parameters along lines of constant x, the first coordinate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.inference.rates.hyper import Hyperposterior
from partialpool.integrate.gauss import thinned
from partialpool.integrate.line import log_stretch
from partialpool.integrate.rows import Rows, rows
from partialpool.special import Array, log_sigmoid

_APART = (0.24, 0.18, 0.135, 0.1, 0.072, 0.052, 0.037, 0.026)  # of lines in t
_LINES = (0.2, 0.15, 0.11, 0.08, 0.08, 0.08, 0.08, 0.08)  # of points on them in u
_THIN = 0.15
_NEGLIGIBLE = 1e-16
_ALIKE, _TAIL = 30.0, 24  # times all events or exposures, from where lines differ little; how many stand for them

FINEST = len(_APART) - 1


@dataclass(frozen=True)
class Lines:
    """Some lines: their probabilities, and the distribution of y on each."""

    probability: Array
    rows: Rows


def every_line(hyper: Hyperposterior, index: int) -> Lines:
    """Lines at equal distances, the smaller the larger the index, up to FINEST."""
    own, step = hyper.rule.marginal, _APART[index]
    t = np.arange(np.floor(own.t[0] / step), np.ceil(own.t[-1] / step) + 1.0) * step
    mass = own.pdf_t(t)
    t = t[mass > _NEGLIGIBLE * mass.max()]
    sampled = rows(hyper.log_density, own.place(t), hyper.rule.frame.near, _LINES[index])
    weight = np.exp(sampled.log_mass - hyper.rule.log_total + log_stretch(t)) * own.scale * step
    return Lines(weight / weight.sum(), sampled)


def lines_for_groups(hyper: Hyperposterior, lines: Lines) -> Lines:
    """The same lines, but few where the first parameter is far above all events, or exposures.

    There the conditionals of groups change only with its inverse, so that a Gauss rule in that serves.
    """
    some = hyper.pairs.informative
    total = float(some.count @ (some.exposure if hyper.chart.on[0] == "rate" else some.events + 1.0))
    limit, log_first = np.log(_ALIKE * total), hyper.chart.xs.value(lines.rows.x)
    far = log_first > limit
    if np.count_nonzero(far) <= _TAIL:
        return lines
    inverse, weight = thinned(np.exp(limit - log_first[far]), lines.probability[far], _TAIL)
    at = hyper.chart.xs.coordinate(limit - np.log(np.maximum(inverse, 1e-300)))
    x = np.append(lines.rows.x[~far], np.clip(at, lines.rows.x[0], lines.rows.x[-1]))
    sampled = rows(hyper.log_density, x, hyper.rule.frame.near, lines.rows.step)
    return Lines(np.append(lines.probability[~far], weight), sampled)


def few_lines(hyper: Hyperposterior, size: int) -> Lines:
    """Lines at the Gauss nodes of the first parameter's posterior, in the shrinkage that belongs to it."""
    own = hyper.rule.marginal
    x, mass = own.place(own.t), own.density * own.step
    log_first = hyper.chart.xs.value(x)
    middle = float(np.interp(0.5, np.cumsum(mass), log_first))
    share, weight = thinned(np.exp(log_sigmoid(log_first - middle)), mass, size)
    share = np.clip(share, 1e-300, 1.0 - 1e-16)
    at = np.clip(hyper.chart.xs.coordinate(np.log(share) - np.log1p(-share) + middle), x[0], x[-1])
    keep = weight > _NEGLIGIBLE
    sampled = rows(hyper.log_density, at[keep], hyper.rule.frame.near, _THIN)
    return Lines(weight[keep] / weight[keep].sum(), sampled)
