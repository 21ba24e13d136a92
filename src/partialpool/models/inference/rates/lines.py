"""The posterior of the population's parameters on lines of constant x, the first coordinate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.models.inference.rates.hyper import Hyperposterior
from partialpool.quadrature.line import log_stretch
from partialpool.quadrature.rows import Rows, rows
from partialpool.special import Array

_APART = (0.24, 0.18, 0.135, 0.1, 0.072, 0.052, 0.037, 0.026)  # distance of lines in t, by index
_LINES = (0.2, 0.15, 0.11, 0.08, 0.08, 0.08, 0.08, 0.08)  # distance of points on a line in u, by index
_NEGLIGIBLE = 1e-16

FINEST = len(_APART) - 1


@dataclass(frozen=True)
class Lines:
    """Lines with their probabilities, and the distribution of y on each."""

    probability: Array
    rows: Rows


def every_line(hyper: Hyperposterior, index: int) -> Lines:
    """Equally spaced lines, denser for a larger index, which is at most FINEST."""
    own, step = hyper.rule.marginal, _APART[index]
    t = np.arange(np.floor(own.t[0] / step), np.ceil(own.t[-1] / step) + 1.0) * step
    mass = own.pdf_t(t)
    t = t[mass > _NEGLIGIBLE * mass.max()]
    sampled = rows(hyper.log_density, own.place(t), hyper.rule.frame.near, _LINES[index])
    weight = np.exp(sampled.log_mass - hyper.rule.log_total + log_stretch(t)) * own.scale * step
    return Lines(weight / weight.sum(), sampled)
