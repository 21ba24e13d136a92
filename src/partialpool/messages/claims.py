"""Claims about errors, and the warning for numbers that are less accurate than they should be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from partialpool.errors import RequestError
from partialpool.messages.wording import joined

UNNOTICED = 1e-6
"""The largest claim without a warning unless `tol=` asks for less: relative for means and sds, else in probability."""

LARGEST = 0.1
"""The largest `tol`: an answer with a larger error is no answer."""

PRIOR = "a prior with lighter tails, or more groups, would tell more"
FEWER = "fewer groups are known better: ask for those that matter, such as those that select() finds"


@dataclass(frozen=True)
class Claim:
    """An estimate of how far some numbers can be off.

    Attributes:
        what: the numbers, a noun in the plural.
        error: the claimed error; not finite where nothing is known.
        unit: what the error is relative to or measured in, such as "of their size"; empty for a probability.
    """

    what: str
    error: float
    unit: str = ""

    def __str__(self) -> str:
        if not math.isfinite(self.error):
            return f"{self.what} of no known accuracy"
        return f"{self.what} within {upwards(self.error):.0e} {self.unit}".rstrip()


def check_tol(tol: object) -> float | None:
    """Refuse a requested accuracy that is not above 0 and at most 0.1."""
    if tol is None:
        return None
    if isinstance(tol, (int, float)) and not isinstance(tol, bool) and 0.0 < tol <= LARGEST:
        return float(tol)
    raise RequestError(f"tol must be a number above 0 and at most {LARGEST:g}, such as 1e-6, not {tol!r}.")


def goal(tol: float | None, usual: float) -> float:
    """Largest allowed difference of the answers over two sets of nodes: `tol`, or else `usual`."""
    return usual if tol is None else tol


def cautions(claims: Iterable[Claim], tol: float | None = None, cure: str = PRIOR) -> tuple[str, ...]:
    """Return a warning about the claims that are too large, if any: which numbers, how far off, and what can be done.

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
    """Say which tol, a power of ten, would accept the error; an empty string if none may."""
    enough = 10.0 ** math.ceil(math.log10(error) - 1e-9) if 0.0 < error <= LARGEST else math.inf
    return f", and tol={enough:.0e} says that this is enough" if enough <= LARGEST else ""


def upwards(error: float) -> float:
    """Round an error up to one digit.

    >>> upwards(2.1e-5), upwards(3e-7), upwards(0.0)
    (3e-05, 3e-07, 0.0)
    """
    if error <= 0.0:
        return 0.0
    rounded = float(f"{error:.0e}")
    return rounded if rounded >= error else float(f"{error + 0.5 * 10.0 ** math.floor(math.log10(error)):.0e}")


def worst_of(claims: Iterable[Sequence[Claim]]) -> list[Claim]:
    """The largest claim of each kind among those of several answers."""
    return [max(each, key=lambda claim: claim.error) for each in zip(*claims, strict=True)]
