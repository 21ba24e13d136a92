"""Safety factors, all in one place: an error is claimed to be this many times the difference that was observed.

An error is observed as the difference of two answers to the same question, over nodes or lattices of which one is
better. How much of the error such a difference may hide was measured where a line says so; the other factors were
chosen, and the tests check them against exact answers (`tests/oracle`): they fail where a claim is below the true
error.
"""

from __future__ import annotations

# --- two lattices of one integral, which may agree by accident

TWINS = 10.0
"""Factor for a leave-one-out score, an integral along a line, or a tail beyond the points of a survey."""

TWINS_OF_A_MOMENT = 4.0
"""Factor for a moment that is computed as an integral of its own."""

TWINS_OF_NORMALS = 2.0
"""Factor for the moments of measurements."""

TWINS_OF_TWO_PARAMETERS = 8.0
"""Factor for the moments of a gamma-Poisson model, and for those of the general engine."""

BARELY_TWINS = 2.5
"""Additional factor on `TWINS_OF_TWO_PARAMETERS` or `TWINS_OF_A_TAIL` where a moment barely exists."""

TWINS_OF_A_TAIL = 150.0
"""Factor for moments whose error is above 1e-6: it comes from a tail without end, which two lattices hardly show."""

EVERY_SECOND_ROW = 3.0
"""Factor for a new group's distribution, from every second row of a lattice. For 28 data sets, sparse, identical and
giant ones among them, the error was up to 1.0 times the observed difference.
"""

# --- distribution functions, refined until they agree

ALONG_A_COORDINATE = 4.0
"""Factor for a population parameter; for 540 random distributions the error was up to 3.2 times the difference."""

BETWEEN_NODES = 3.0
"""Factor for an answer whose error falls by at least a factor with each fineness of nodes. For the quantiles of all
groups of 48 random fits, over nodes for one group at a time, the error was up to 0.6 times the difference between the
two coarsest finenesses, and 1.3 times that between the next two. An error that fine nodes share, up to 2e-6, does not
show in their difference, but `beside_the_fit` finds it.
"""

BETWEEN_LATTICES = 10.0, 1.2, 2.0
"""a, p and b of max(a m^p, b m), with m the last change: halving the step squares an exponentially small error."""

BETWEEN_LATTICES_OF_A_PAIR = 10.0, 1.2, 0.2
"""a, p and b for comparisons of two groups, of the third lattice with the first and of each later one with the one
before. For 77 random fits the error was up to 3.1 m^1.2, or 0.1 m.
"""

LEAST_SHARE = 0.01
"""Least share of a change that the next change counts as, since two answers may agree by accident: the ranks of two
groups that were 3e-8 and 4e-8 off, on two lattices, followed a change of 4e-6.
"""

TAIL_BETWEEN_RULES = 20.0
"""Factor for a parameter of a gamma population whose error is above 1e-6."""

# --- groups other than those for which an error was observed

OTHER_PROPORTIONS = 5.0
"""Factor for the quantiles of all groups' proportions, from those of a few typical groups; for 21 random fits of 3 to
80 groups the error was up to 2.5 times that of these.
"""

OTHER_RATES = 10.0
"""Factor for the quantiles of all groups' rates, from those of a few typical groups; for 19 random fits of 3 to 80
groups the error was up to 1.3 times that of these.
"""

OTHER_NORMALS = 5.0
"""Factor for the quantiles of all groups' estimates or measurements, and of their population's parameters."""

OTHER_CONTRASTS = 10.0
"""Factor for comparisons of all groups over thinned nodes, from those of a few groups. For every two groups of 21
random fits of 15 to 45 groups, the error was up to 8.2 times that of eight of them.
"""

OTHER_RANKS = 6.0
"""Factor for all ranks of many groups, from some ranks of up to 600 groups: the largest change of all was up to 5.5
times theirs for 9 problems of 1,100 to 1,400 groups; of 48 groups out of 62 to 140 it was up to 22 times.
"""

INTERPOLATED_PAIRS = 3.0
"""Factor for quantiles interpolated between Chebyshev points, from those of 64 groups, half of them at the edges; the
error was up to 1.1 times theirs for 17 designs of 900 to 20,000 groups.
"""

INTERPOLATED_KINDS = 4.0
"""Factor for ranks interpolated between Chebyshev points, from those of 64 groups; the claim held for all of 27 designs
of 6,000 groups.
"""

LATTICES_OF_A_FEW = 1.6e-8
"""Error in the ranks of a few groups that lattices of different steps may share; for 198 of 200 sparse problems it was
at most 1.6e-8, and 3.7e-8 and 1.4e-5 (claimed as 1e-5) for the others.
"""
