"""Claims: how far numbers can be off, and the warning that goes with those that are known worse than they should be."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from partialpool.wording import joined

UNNOTICED = 1e-6
"""The claim up to which nothing is said: relative of means and sds, in probability of everything else."""

PRIOR = "a prior with lighter tails, or more groups, would tell more"
FEWER = "fewer groups are known better: ask for those that matter, such as those that select() finds"


@dataclass(frozen=True)
class Claim:
    """How far some numbers can be off.

    Attributes:
        what: the numbers, a noun in the plural.
        error: what is claimed, not finite where nothing is known.
        unit: what the error is of or in, such as "of their size"; empty for a probability.
    """

    what: str
    error: float
    unit: str = ""

    def __str__(self) -> str:
        if not math.isfinite(self.error):
            return f"{self.what} of no known accuracy"
        return f"{self.what} within {upwards(self.error):.0e} {self.unit}".rstrip()


def cautions(claims: Iterable[Claim], cure: str = PRIOR) -> tuple[str, ...]:
    """A warning of those claims that are too large, if any is: of what, by how much, and what can be done.

    Args:
        claims: all that is claimed of an answer.
        cure: what would make them smaller, a clause.

    >>> cautions([Claim("means", 2.1e-5, "of their size"), Claim("probabilities", 1e-9)])[0].split(";")[0]
    'the usual accuracy of 1e-06 was not reached: means are within 3e-05 of their size'
    >>> cautions([Claim("probabilities", 1e-9)])
    ()
    """
    far = [claim for claim in claims if not claim.error <= UNNOTICED]
    if not far:
        return ()
    said = joined(map(str, far)).replace(far[0].what, f"{far[0].what} are", 1)
    return (f"the usual accuracy of {UNNOTICED:.0e} was not reached: {said}; {cure}",)


def upwards(error: float) -> float:
    """An error with one digit, which is never less than it.

    >>> upwards(2.1e-5), upwards(3e-7), upwards(0.0)
    (3e-05, 3e-07, 0.0)
    """
    if error <= 0.0:
        return 0.0
    rounded = float(f"{error:.0e}")
    return rounded if rounded >= error else float(f"{error + 0.5 * 10.0 ** math.floor(math.log10(error)):.0e}")
