"""Totals of independent counts, node by node, by Fourier transforms."""

from __future__ import annotations

import numpy as np
from scipy import fft

from partialpool.distributions import Betas, Gammas
from partialpool.errors import RequestError
from partialpool.predictions.predictive import beta_binomial
from partialpool.special import Array

_WORK = 3e9
_CELLS = 1 << 21
_LEFT = 1e-13
_ALLOWED = 1e-7
_LONGEST = 1 << 18


def total_of_successes(probability: Array, parts: Betas, trials: Array, times: Array) -> Array:
    """P(total = 0, 1, ...) of `times` groups of each row: parts (rows, nodes)."""
    most = int(trials @ times)
    length = int(fft.next_fast_len(most + 1, real=True))
    rows, nodes = parts.shape
    if rows * nodes * float(length) * np.log2(length + 1.0) > _WORK:
        raise RequestError(
            f"The total of {int(times.sum()):,} groups of {most:,} trials in all is too much work; ask for fewer "
            "trials, or for one group at a time."
        )
    out = np.zeros(most + 1)
    step = max(1, _CELLS // length)
    for k in range(0, nodes, step):
        some = slice(k, k + step)
        product = np.ones((length // 2 + 1, len(probability[some])), dtype=complex)
        for j in range(rows):
            each = beta_binomial(int(trials[j]), parts.a[j, some], parts.b[j, some])
            product *= fft.rfft(each, length, axis=0) ** int(times[j])
        out += fft.irfft(product @ probability[some], length)[: most + 1]
    return _cleaned(out)


def total_of_events(probability: Array, parts: Gammas, exposure: Array, times: Array) -> tuple[Array, float]:
    """P(total = 0, 1, ...) of `times` groups of each row, and how much lies beyond: parts (rows, nodes).

    The generating function of a node is the product of ((1 - q)/(1 - q x))^(a times), q = exposure/(s + exposure). On
    the unit circle it gives the probabilities; for real x > 1 it bounds what lies beyond (Chernoff).
    """
    log_odds = np.log(exposure)[:, None] - parts.log_s
    power = parts.a * times[:, None]
    length, most = 64, int(min(_LONGEST, _WORK / 200.0 / power.size))
    beyond = _beyond(probability, power, log_odds, length)
    while beyond > _LEFT and 2 * length <= most:
        length *= 2
        beyond = _beyond(probability, power, log_odds, length)
    if beyond > _ALLOWED:
        raise RequestError(
            f"The total has a tail too long to be worked out: a probability of {beyond:.1g} may lie beyond {length:,} "
            "events. Ask for less exposure, or for one group at a time."
        )
    angle = 2.0 * np.pi * np.arange(length // 2 + 1) / length
    gap = 1.0 - np.exp(-1j * angle)
    averaged = np.zeros(len(gap), dtype=complex)
    for k in range(len(probability)):
        log_each = -np.log1p(np.exp(np.minimum(log_odds[:, k], 600.0))[:, None] * gap)
        averaged += probability[k] * np.exp(power[:, k] @ log_each)
    return _cleaned(fft.irfft(averaged, length)), beyond


def _beyond(probability: Array, power: Array, log_odds: Array, length: int) -> float:
    """A bound on P(total >= length)."""
    rate = np.log1p(np.exp(-log_odds)).min(axis=0)  # q e^rate = 1 for the largest q
    share = np.concatenate([np.linspace(0.02, 0.9, 23), 1.0 - np.geomspace(0.08, 1e-4, 12)])
    at = share[:, None] * rate
    odds = np.exp(np.minimum(log_odds, 600.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = np.log1p(-np.minimum(odds[:, None, :] * np.expm1(at), 1.0))
        log_bound = -np.einsum("jk,jsk->sk", power, inner) - at * length
    log_bound = np.where(np.isnan(log_bound), np.inf, log_bound).min(axis=0)
    return float(probability @ np.exp(np.minimum(log_bound, 0.0)))


def _cleaned(p: Array) -> Array:
    """Without the rounding of the transform: nothing negative, adding up to 1."""
    p = np.maximum(p, 0.0)
    return np.asarray(p / p.sum())
