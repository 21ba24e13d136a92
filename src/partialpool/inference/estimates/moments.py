"""Means and sds over nodes of the population's sd, and what each node contributes to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.marginals.normal_normal import Conditional, Shrunk
from partialpool.special import Array, row_sums


@dataclass(frozen=True)
class Moments:
    """Mean and sd of the population's sd and of its mean, NaN where they do not exist.

    contributions: of each node to every one of them, divided by its size: (nodes, numbers).
    """

    sd: tuple[float, float]
    mean: tuple[float, float]
    contributions: Array


def population(log_sd: Array, log_p: Array, given: Conditional, sd_below: float, mean_below: float) -> Moments:
    """The moments that exist, in logs because nodes may reach far.

    sd_below, mean_below: E[sd^m] and E[|mean|^m] are finite for m less than these.
    """
    of_sd, parts = _of_sd(log_sd, log_p, sd_below)
    p = np.exp(log_p)
    centre = float(p @ given.mean)
    with np.errstate(divide="ignore"):
        log_square, part = _log_average(log_p, 2.0 * np.log(np.hypot(given.mean_sd, given.mean - centre)))
    if mean_below > 2.0:
        parts.append(part)
        size = float(np.exp(0.5 * log_square))
    else:
        size = float(np.exp(p @ np.log(given.mean_sd)))
    parts.append(p * (given.mean - centre) / size)
    of_mean = centre if mean_below > 1.0 else np.nan, size if mean_below > 2.0 else np.nan
    return Moments(of_sd, of_mean, np.stack(parts, axis=1))


def _of_sd(log_sd: Array, log_p: Array, below: float) -> tuple[tuple[float, float], list[Array]]:
    if below <= 1.0:
        return (np.nan, np.nan), []
    log_mean, first = _log_average(log_p, log_sd)
    mean = float(np.exp(log_mean))
    if below <= 2.0:
        return (mean, np.nan), [first]
    log_variance, second = _log_average(log_p, 2.0 * _log_away(log_sd - log_mean))
    return (mean, mean * float(np.exp(0.5 * log_variance))), [first, second]


def _log_average(log_p: Array, log_value: Array) -> tuple[float, Array]:
    """log of the expectation of a positive quantity, and each node's share of it."""
    terms = log_p + log_value
    top = float(np.max(terms))
    log_mean = top + float(np.log(np.sum(np.exp(terms - top))))
    return log_mean, np.exp(terms - log_mean)


def _log_away(gap: Array) -> Array:
    """log |e^gap - 1|."""
    with np.errstate(divide="ignore"):
        return np.where(gap > 40.0, gap, np.log(np.abs(np.expm1(np.minimum(gap, 41.0)))))


@dataclass(frozen=True)
class GroupMoments:
    """Moments of each group's theta, less its pivot, and of its weight."""

    mean: Array
    sd: Array
    weight: Array


def groups(of: Shrunk, p: Array) -> GroupMoments:
    """Averages over the nodes, whose probabilities are p."""
    mean = row_sums(of.mean, p)
    sd = np.sqrt(row_sums(of.sd**2 + (of.mean - mean[:, None]) ** 2, p))
    small = row_sums(of.weight, p)
    return GroupMoments(mean, sd, np.where(small > 0.5, 1.0 - row_sums(1.0 - of.weight, p), small))


def contributions(of: Shrunk, found: GroupMoments, p: Array) -> Array:
    """What each node adds to the moments of groups, each divided by its size: (nodes, numbers)."""
    size, away = found.sd[:, None], of.mean - found.mean[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = away / size, (np.hypot(of.sd, away) / size) ** 2, of.weight / found.weight[:, None]
    return np.nan_to_num(np.concatenate(parts)).T * p[:, None]
