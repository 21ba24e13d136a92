"""Claims: how far numbers can be off, and the warning that goes with those that are known worse than they should be."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from partialpool.errors import RequestError
from partialpool.wording import joined

UNNOTICED = 1e-6
"""The claim up to which nothing is said unless `tol=` asks for less: relative of means and sds, else in probability."""

LARGEST = 0.1
"""The largest `tol`: an answer that may be further off is none."""

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


def check_tol(tol: object) -> float | None:
    """Refuse an accuracy to be asked for that is not above 0 and at most 0.1."""
    if tol is None:
        return None
    if isinstance(tol, (int, float)) and not isinstance(tol, bool) and 0.0 < tol <= LARGEST:
        return float(tol)
    raise RequestError(f"tol must be a number above 0 and at most {LARGEST:g}, such as 1e-6, not {tol!r}.")


def goal(tol: float | None, usual: float) -> float:
    """How near the answers over two sets of nodes must come before no finer ones are asked."""
    return usual if tol is None else tol


def cautions(claims: Iterable[Claim], tol: float | None = None, cure: str = PRIOR) -> tuple[str, ...]:
    """A warning of those claims that are too large, if any is: of what, by how much, and what can be done.

    Args:
        claims: all that is claimed of an answer.
        tol: the accuracy that was asked for, None for the usual one.
        cure: what would make them smaller, a clause.

    >>> cautions([Claim("means", 2.1e-5, "of their size"), Claim("probabilities", 1e-9)])[0].split(";")[0]
    'the usual accuracy of 1e-06 was not reached: means are within 3e-05 of their size'
    >>> cautions([Claim("probabilities", 1e-9)])
    ()
    """
    far = [claim for claim in claims if not claim.error <= (UNNOTICED if tol is None else tol)]
    if not far:
        return ()
    asked = (
        f"the usual accuracy of {UNNOTICED:.0e}" if tol is None else f"the accuracy that was asked for, tol={tol:g},"
    )
    said = joined(map(str, far)).replace(far[0].what, f"{far[0].what} are", 1)
    return (f"{asked} was not reached: {said}; {cure}{_accepting(max(claim.error for claim in far))}",)


def _accepting(error: float) -> str:
    """How a fit is told that so much is enough, a power of ten; nothing where no tol is so large."""
    enough = 10.0 ** math.ceil(math.log10(error) - 1e-9) if 0.0 < error <= LARGEST else math.inf
    return f", and tol={enough:.0e} says that this is enough" if enough <= LARGEST else ""


def upwards(error: float) -> float:
    """An error with one digit, which is never less than it.

    >>> upwards(2.1e-5), upwards(3e-7), upwards(0.0)
    (3e-05, 3e-07, 0.0)
    """
    if error <= 0.0:
        return 0.0
    rounded = float(f"{error:.0e}")
    return rounded if rounded >= error else float(f"{error + 0.5 * 10.0 ** math.floor(math.log10(error)):.0e}")
