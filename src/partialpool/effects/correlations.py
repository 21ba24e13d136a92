"""Fisher's z of correlations, a scale on which the standard error does not depend on the correlation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from partialpool.effects.checks import USUAL, Naming, counts, numbers
from partialpool.effects.record import Effects, uncorrected
from partialpool.messages.calling import checked


@checked
def fisher_z(correlation: ArrayLike, n: ArrayLike) -> Effects:
    """Compute Fisher's z of correlations.

        estimate = atanh(r),   se^2 = 1/(n - 3)

    Args:
        correlation: the correlations r, strictly between -1 and 1, shape (groups,).
        n: the numbers of pairs, at least 4, shape (groups,).

    Returns:
        `Effects`; tanh of an estimate is the correlation.

    Raises:
        CellError: a number is missing or out of range.
        DataError: the arrays do not have one length.

    Example:
        >>> studies = fisher_z([0.187, 0.34], [109, 55])
        >>> print(studies.estimate.round(4), (studies.se**2).round(4))
        [0.1892 0.3541] [0.0094 0.0192]

    Source: Fisher 1921, Metron 1:3; Viechtbauer 2010, Journal of Statistical Software 36(3).
    """
    return transformed({"correlation": correlation, "n": n}, USUAL)


def transformed(given: Mapping[str, ArrayLike], naming: Naming) -> Effects:
    """Fisher's z from a mapping of arguments."""
    found = numbers({**given, **counts({"n": given["n"]}, naming)}, naming)
    r, n = found["correlation"], found["n"]
    own = {"correlation": r}
    naming.refuse(np.abs(r) > 1.0, own, "not a correlation", "A correlation lies between -1 and 1.")
    cure = "Its z is infinite: leave these rows out, or give the correlation with more digits."
    naming.refuse(np.abs(r) == 1.0, own, "a perfect correlation", cure)
    cure = "The standard error of Fisher's z takes 4 pairs or more: leave these rows out."
    naming.refuse(n < 4.0, {"n": n}, "too few pairs", cure)
    return uncorrected(np.arctanh(r), 1.0 / np.sqrt(n - 3.0))
