"""Nodes of the sd of a normal population, for estimates, and the groups in the same units."""

from __future__ import annotations

from partialpool.distributions.marginals.normal_condensed import Condensed
from partialpool.distributions.marginals.normal_given import Nodes
from partialpool.distributions.marginals.normal_normal import Distinct, Sample, Scaled, conditional
from partialpool.models.inference.normal.rescaled import Rescaled
from partialpool.special import Array


def nodes_at(of: Sample | Condensed, log_sd: Array, log_p: Array) -> Nodes:
    """Nodes at values of log sd, with log probabilities."""
    return Nodes(log_p, {"sd": log_sd}, conditional(of, log_sd))


def rescaled(of: Distinct, data: Scaled) -> Rescaled:
    """The distinct groups in the units of `data`, with the map back to the caller's units."""
    return Rescaled(data.estimate, data.se, of.estimate, of.where, data.centre, 0.0, data.exponent)
