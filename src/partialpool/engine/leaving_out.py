"""Leave-one-out predictive probabilities of parts of the data (groups or rows), given all other data.

    p(part | rest)  =  1 / E[1 / p(part | the rest of its group, phi)]  =  p(all data) / p(rest)

The expectation is over the posterior given all data: a sum over its nodes, reweighted by 1/p. The difference between
two
interleaved lattices estimates its error, and the outermost nodes show how much lies beyond them: the integrand reaches
as far as the posterior given the rest, which is wider. Where the error is too large, as for a group that outweighs the
others, and where parts are few, the posterior without the part is integrated, and the ratio of normalising constants
taken.

Source: Geisser and Eddy 1979, Journal of the American Statistical Association 74:153; Gelfand, Dey and Chang 1992,
Bayesian Statistics 4:147.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from partialpool.engine.scores import Score, missing, summed
from partialpool.errors import ImproperPosteriorError
from partialpool.priors.propriety.proper import Joint, Mass, improper
from partialpool.quadrature.frame import DROP
from partialpool.quadrature.plane import Rule, resampled
from partialpool.quadrature.ridge import LogDensity
from partialpool.safety import TWINS
from partialpool.special import Array, Index

GOAL = 1e-9
"""Absolute error of a log probability above which the posterior without the part is integrated."""

_FEW = 10  # up to so many distinct parts, each is left out by an integration of its own
_MOST_AGAIN = 100  # most integrations without a part, of up to a second each
_FINER = 0.7  # step of the lattices, as a multiple of that of the integration
_MANY = 10_000_000  # parts times nodes above which the integration's own step must do
_LAST = 4.0  # nodes in the last e-folds of the tails: the mass there is nearly all that lies beyond
_WORST = 1e-4  # a larger error cannot be estimated from the nodes
_CELLS = 1 << 21  # parts times nodes at a time

Inverse: TypeAlias = Callable[[Index, Array, Array], Array]
"""The function (parts, x, y) -> log 1/p(part | the rest of its group, node): (parts, nodes)."""


class Design(Protocol):
    """The properties of the data on which propriety of the posterior depends."""

    @property
    def groups(self) -> int:
        """The number of groups with data."""


AnyDesign = TypeVar("AnyDesign", bound=Design)
AnyPrior = TypeVar("AnyPrior", bound=Joint)


@dataclass(frozen=True)
class Predicted:
    """Log p(part | rest) of each distinct part, with an estimate of its error: (parts,) each."""

    value: Array
    error: Array


@dataclass(frozen=True)
class Parts:
    """Distinct parts of the data, to be left out one at a time.

    Attributes:
        count: number of times that each distinct part occurs.
        improper: message if the posterior without one of the parts is improper; empty if it never is.
        together: function that predicts all parts by averages over nodes.
        whole: function that returns log p(all data).
        without: function that returns log p of the data without one of the parts.
        goal: error of `together` above which a part is left out by integration.
    """

    count: Array
    improper: str
    together: Callable[[], Predicted]
    whole: Callable[[], Mass]
    without: Callable[[int], Mass]
    goal: float = GOAL


def left_out(parts: Parts) -> Score:
    """Sum of log p(part | rest) over all parts."""
    if parts.improper:
        return missing(parts.improper)
    found = predicted(parts)
    return summed(found.value, parts.count, found.error)


def predicted(parts: Parts) -> Predicted:
    """Predict each distinct part from the rest of the data; the posterior without the part must be proper."""
    if len(parts.count) <= _FEW:
        return one_by_one(parts, np.arange(len(parts.count)))
    found = parts.together()
    bad = np.flatnonzero(~(found.error < parts.goal))
    bad = bad[np.argsort(-np.nan_to_num(found.error[bad], nan=np.inf), kind="stable")[:_MOST_AGAIN]]
    if not len(bad):
        return found
    again = one_by_one(parts, bad)
    value, error = found.value.copy(), found.error.copy()
    better = ~(error[bad] <= again.error)
    value[bad[better]], error[bad[better]] = again.value[better], again.error[better]
    return Predicted(value, error)


def one_by_one(parts: Parts, which: Index) -> Predicted:
    """Predict some parts by integrating the posterior without each of them."""
    whole, rest = parts.whole(), [parts.without(k) for k in which.tolist()]
    logs, errors = (np.array([getattr(mass, name) for mass in rest]) for name in ("log", "error"))
    return Predicted(whole.log - logs, whole.error + errors)


def averaged(log_density: LogDensity, rule: Rule, inverse: Inverse, noise: Array) -> Predicted:
    """Predict all parts by averages over nodes of a rule in the plane, whose lattices are made a little finer.

    noise: rounding error of each part.
    """
    x, y, p = resampled(log_density, rule, _FINER if len(noise) * len(rule.x) < _MANY else 1.0)
    second = np.unique(x, return_inverse=True)[1] % 2 == 1
    with np.errstate(divide="ignore"):
        return reweighted(np.log(p), second, float(rule.outside[0]), lambda some: inverse(some, x, y), noise)


def reweighted(
    log_p: Array, second: NDArray[np.bool_], outside: float, inverse: Callable[[Index], Array], noise: Array
) -> Predicted:
    """Predict parts by reweighting nodes.

    log_p: log probability of each node. second: mask of the nodes on the second lattice. outside: share of the
    posterior beyond all nodes.
    """
    last = log_p < log_p.max() - DROP + _LAST
    value, error = np.empty(len(noise)), np.empty(len(noise))
    halves = [(half, np.exp(log_p[half]).sum()) for half in (second, ~second)]
    step = max(1, _CELLS // len(log_p))
    for start in range(0, len(noise), step):
        some = np.arange(start, min(start + step, len(noise)))
        log_f = inverse(some)
        value[some] = np.logaddexp.reduce(log_f + log_p, axis=1)
        with np.errstate(over="ignore", invalid="ignore"):
            w = np.exp(log_f + log_p - value[some, None])
            one, other = (w[:, half].sum(axis=1) / share for half, share in halves)
            beyond = w[:, last].sum(axis=1) + outside * np.exp(log_f.max(axis=1) - value[some])
            error[some] = np.abs(one - other) / (one + other) + beyond
    return Predicted(-value, np.where(error < _WORST, TWINS * error + noise, np.inf))


def improper_without(
    what: str, prior: AnyPrior, designs: Iterable[AnyDesign], check: Callable[[AnyPrior, AnyDesign], object]
) -> str:
    """Return a message if the posterior without one of the parts is improper; empty if it never is.

    what: the parts, a plural noun. designs: the data without each of them. check: raises if the posterior is improper.
    """
    said = f"without one of {what} the posterior is improper"
    for design in set(designs):
        if not design.groups:
            if improper(prior):
                return said
            continue
        try:
            check(prior, design)
        except ImproperPosteriorError:
            return said
    return ""
