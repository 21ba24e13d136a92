"""Few nodes along a line of the hyperposterior that serve as well as all, where the conditionals of groups are wide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.inference.rates.hyper import Hyperposterior
from partialpool.integrate.gauss import thinned_rows
from partialpool.marginals.gamma_poisson import Pairs
from partialpool.populations.gamma import Point
from partialpool.special import Array, log_sigmoid, row_sums

DIGITS = 26.0
"""Minus the natural log of the accuracy along a line that one group at a time asks for."""

_LARGEST = 690.0
_UNSEEN = 1e-16


def few_for(at: Point, mass: Array, pairs: Pairs, digits: float, least: int) -> int:
    """How many Gauss nodes the conditionals of these pairs ask for along a line."""
    shape, rate = (np.exp(np.clip(log, -_LARGEST, _LARGEST)) for log in (at.log_shape, at.log_rate))
    a, s = pairs.events[:, None] + shape, pairs.exposure[:, None] + rate
    centre = row_sums(a / s, mass)
    with np.errstate(all="ignore"):
        sd = np.sqrt(row_sums((a / s - centre[:, None]) ** 2, mass))
        ratios = np.nan_to_num(sd / np.sqrt(row_sums(a / s**2, mass)), nan=np.inf)
    ratio = float(np.clip(np.max(ratios), 1e-6, 1e6))
    return int(np.clip(np.ceil(digits / np.log1p(1.0 / ratio**2)), least, 60))


@dataclass(frozen=True)
class Wide:
    """Points along a line whose conditionals are wide, on the share s = mean/(mean + e^middle), or 1 - s.

    Integrands are smooth in the share, however far the mean reaches.
    """

    first: float  # log of the first parameter of the chart
    middle: float
    side: float  # 1 for the share s, -1 for 1 - s
    share: Array
    mass: Array
    probability: float  # of the line
    size: int  # as many nodes are to stand for them


def wide(hyper: Hyperposterior, x: float, at: Point, mass: Array, probability: float, size: int) -> Wide:
    """The line at x, which has this probability and points with these masses."""
    first, seen = float(hyper.chart.xs.value(np.array(x))), mass > _UNSEEN
    exposure = hyper.pairs.informative.exposure
    if hyper.chart.on[0] == "rate" or not len(exposure):
        middle = float(np.interp(0.5, *_running(at.log_mean[seen], mass[seen])))
    else:  # where the rate is that of a typical exposure
        middle = first - float(np.mean(np.log(exposure)))
    away = at.log_mean[seen] - middle
    side = -1.0 if float(mass[seen] @ away) > 0.0 else 1.0
    return Wide(first, middle, side, np.exp(log_sigmoid(side * away)), mass[seen], probability, size)


def thinned(hyper: Hyperposterior, lines: list[Wide]) -> list[tuple[Point, Array]]:
    """The Gauss nodes of the means of lines, with their probabilities."""
    if not lines:
        return []
    most = max(len(line.mass) for line in lines)
    shares, masses = (
        np.stack([np.pad(getattr(line, name), (0, most - len(line.mass))) for line in lines])
        for name in ("share", "mass")
    )
    parts = []
    rules = thinned_rows(shares, masses, np.array([line.size for line in lines]))
    for line, (share, weight) in zip(lines, rules, strict=True):
        inside = np.clip(share, 1e-300, 1.0 - 1e-16)
        log_mean = line.middle + line.side * (np.log(inside) - np.log1p(-inside))
        log_rate = np.full(len(share), line.first) if hyper.chart.on[0] == "rate" else line.first - log_mean
        parts.append((Point(log_mean, log_rate, log_mean + log_rate).limited, line.probability * weight / weight.sum()))
    return parts


def _running(values: Array, mass: Array) -> tuple[Array, Array]:
    """The share of the mass up to each value, and the values, in order."""
    order = np.argsort(values)
    running = np.cumsum(mass[order])
    return running / running[-1], values[order]
