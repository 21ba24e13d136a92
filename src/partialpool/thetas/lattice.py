"""All nodes of an integration, where few do not serve.

The distribution of the next theta is harder on few nodes than those of groups with data: a population that is nearly
certain, or nearly all 0 and 1, is rare, but it is the one that fills the tails. It is averaged over the whole lattice,
and so are groups where few nodes disagree with the fit; the error is judged by every second row of the lattice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.answers import USUAL_TAIL
from partialpool.conditionals import Conditionals
from partialpool.distributions import Betas, Each, Gammas
from partialpool.inference.estimates.conditionals import every_node as every_node_of_estimates
from partialpool.inference.estimates.integrated import Integrated as Estimates
from partialpool.inference.measurements.conditionals import every_node as every_node_of_measurements
from partialpool.inference.measurements.integrated import Integrated as Measurements
from partialpool.inference.proportions.integrated import Integrated as Proportions
from partialpool.inference.rates.integrated import Integrated as Rates
from partialpool.known import Known
from partialpool.special import LARGEST_LOG, Array, Index

_NEGLIGIBLE = 1e-20
_MOST = 4_000_000  # groups times nodes


@dataclass(frozen=True)
class Lattice:
    """The nodes, the distributions at them, their probabilities, and those of every second row alone.

    phi: log of the two parameters that are added to a group's data, (2, nodes); None where theta is normal.
    """

    population: Each
    probability: Array
    every_second: Array
    phi: Array | None = None


def lattice(known: Known) -> Lattice | None:
    """The lattice; None where the population is fixed. Of normal populations the mean is integrated out."""
    answers = known.answers
    if isinstance(answers, Estimates):
        return Lattice(*every_node_of_estimates(answers.hyper))
    if isinstance(answers, Measurements):
        return Lattice(*every_node_of_measurements(answers.hyper, answers.data))
    if isinstance(answers, Proportions):
        at, p = answers.hyper.nodes.point, answers.hyper.nodes.probability
        phi = np.stack([at.log_beta, at.log_alpha] if answers.hyper.flipped else [at.log_alpha, at.log_beta])
        return _kept(np.minimum(phi, LARGEST_LOG - 9.0), Betas, p, answers.hyper.rule.x)
    if isinstance(answers, Rates):
        point, p = answers.hyper.point.limited, answers.hyper.probability
        phi = np.stack([point.log_shape, point.log_rate])
        return _kept(phi, Gammas, p, answers.hyper.rule.x)
    return None


def everywhere(known: Known) -> tuple[Conditionals, Conditionals] | None:
    """All groups at all nodes, and at those of every second row; None where there are no such nodes, or too many."""
    every, few = lattice(known), known.conditionals(0)
    if every is None or every.phi is None or every.phi.shape[1] * few.groups.shape[0] > _MOST:
        return None
    first = np.unique(few.where, return_index=True)[1]
    data = known.data.statistics
    if "successes" in data:
        y, n = (data[role][first].astype(float)[:, None] for role in ("successes", "trials"))
        groups: Each = Betas(y + np.exp(every.phi[0]), n - y + np.exp(every.phi[1]))
    else:
        y, e = (data[role][first].astype(float)[:, None] for role in ("events", "exposure"))
        with np.errstate(divide="ignore"):
            groups = Gammas(y + np.exp(every.phi[0]), np.logaddexp(np.log(e), every.phi[1]))
    one, other = (
        Conditionals(p, groups, few.where, every.population, {}) for p in (every.probability, every.every_second)
    )
    return one, other


def usual_quantiles(known: Known, places: Index) -> Array | None:
    """The quantiles of some groups at the usual levels, (groups, levels); None where they only come with all others."""
    answers = known.answers
    return answers.quantiles_of(USUAL_TAIL, places) if isinstance(answers, Proportions) else None


def _kept(phi: Array, kind: type[Betas | Gammas], probability: Array, x: Array) -> Lattice:
    """Without the nodes that do not count."""
    second = np.where(np.unique(x, return_inverse=True)[1] % 2 == 0, probability, 0.0)
    keep = probability > _NEGLIGIBLE
    probability, second, phi = probability[keep] / probability.sum(), second[keep] / second.sum(), phi[:, keep]
    population: Each = Betas(*np.exp(phi)) if kind is Betas else Gammas(np.exp(phi[0]), phi[1])
    return Lattice(population, probability, second, phi)
