"""The safety factors: how much larger than what is seen of an error it is taken to be, all in one place.

An error is seen as the difference of two answers to the same question, over nodes or lattices of which one is better.
How much of it such a difference may hide was measured where a line says so; the other factors were chosen, and are held
against exact answers by the tests (`tests/oracle`), which fail where a claim is below the true error.
"""

from __future__ import annotations

# --- two lattices of one integral, which may be alike by accident

TWINS = 10.0
"""Of a leave-one-out score, an integral along a line, or a tail beyond the points of a survey."""

TWINS_OF_A_MOMENT = 4.0
"""Of a moment that is an integral of its own."""

TWINS_OF_NORMALS = 2.0
"""Of the moments of measurements."""

TWINS_OF_TWO_PARAMETERS = 8.0
"""Of the moments of a gamma-Poisson model, and of those of the general engine."""

BARELY_TWINS = 2.5
"""Times the last where a moment hardly exists."""

TWINS_OF_A_TAIL = 150.0
"""Of moments whose error is above 1e-6, since that is the error of a tail without end, of which twins show little."""

EVERY_SECOND_ROW = 3.0
"""Of the next group's distribution, by every second row of a lattice; of 28 data sets, sparse, identical and giant ones
among them, the error was up to 1.0 times what was seen."""

# --- distribution functions, refined until they stand

ALONG_A_COORDINATE = 4.0
"""Of a parameter of the population; of 540 random distributions none was off by more than 3.2 times what was seen."""

BETWEEN_NODES = 3.0
"""Of an answer that falls at least by a factor from one fineness of nodes to the next. Of the quantiles of all groups
of 48 random fits, over nodes for one group at a time, the error was up to 0.6 times what was seen between the two
coarsest finenesses, and 1.3 times between the next two. What fine nodes share, up to 2e-6, they do not show, but
`thetas.intervals.beside_the_fit` does. Nodes at which groups are independent share more, up to 7e-5, for estimates and
measurements of groups that hardly differ, since they hold at most 80 values of the population's mean."""

BETWEEN_LATTICES = 10.0, 1.2, 2.0
"""a, p and b of max(a m^p, b m), m what a refinement moved: halving a step squares an exponentially small error."""

BETWEEN_LATTICES_OF_A_PAIR = 10.0, 1.2, 0.2
"""The same of two groups, the third lattice beside the first, and each later one beside the one before; of 77 random
fits the error was up to 3.1 m^1.2, or 0.1 m."""

TAIL_BETWEEN_RULES = 20.0
"""Of a parameter of a gamma population whose error is above 1e-6."""

# --- groups other than those that an error was seen of

OTHER_PROPORTIONS = 5.0
"""Quantiles of groups, by those of a few typical ones."""

OTHER_RATES = 10.0
"""The same of rates."""

OTHER_NORMALS = 5.0
"""The same of estimates and measurements, and of the parameters of their population."""

OTHER_CONTRASTS = 10.0
"""What groups are to one another over thinned nodes, by a few of the groups; of every two groups of 21 random fits of
15 to 45 groups the error was up to 8.2 times what was seen of eight of them."""

OTHER_RANKS = 3.0
"""Ranks of many groups, by those of a few."""

INTERPOLATED_PAIRS = 3.0
"""Quantiles between Chebyshev points, by 64 of the groups."""

INTERPOLATED_KINDS = 4.0
"""Ranks between Chebyshev points, by 64 of the groups; of 27 designs of 6,000 groups the claim was never below."""
