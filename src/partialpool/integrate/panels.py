"""A smooth function of one variable, replaced by polynomials on panels of width one.

Where a function is analytic within pi of the real line (as sums of log(e^x + i) are), its Chebyshev series on a panel
of width one falls by a factor of 12 a term, so that a few terms are exact to the last digits of a double.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from partialpool.special import Array, Index

_TERMS = 16


def _series() -> tuple[Array, Array]:
    """Chebyshev points of (-1, 1), and the matrix from values there to Chebyshev coefficients."""
    angles = np.pi * (np.arange(_TERMS) + 0.5) / _TERMS
    matrix = 2.0 / _TERMS * np.cos(np.outer(np.arange(_TERMS), angles))
    matrix[0] *= 0.5
    return np.cos(angles), matrix


@dataclass(frozen=True)
class Panels:
    """`function` on [lowest, highest], both whole numbers; beyond them it has the value of the nearer end.

    A panel is filled when it is first asked for, and its values depend on nothing else. The function is then evaluated
    in extended precision (where the machine has it), so that it must keep the type of its argument.
    """

    function: Callable[[NDArray[np.floating]], NDArray[np.floating]]
    lowest: int
    highest: int
    _table: Array = field(init=False, repr=False, compare=False)
    _whole: Array = field(init=False, repr=False, compare=False)
    _known: Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        count = self.highest - self.lowest
        object.__setattr__(self, "_table", np.zeros((_TERMS, count)))
        object.__setattr__(self, "_whole", np.zeros(count))
        object.__setattr__(self, "_known", np.zeros(count, dtype=bool))

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """The function, elementwise, as a whole number (exact in sums) and the rest."""
        inside = np.fmin(np.fmax(x, float(self.lowest)), float(self.highest))
        left = np.minimum(np.floor(inside), self.highest - 1.0)
        panel = left.astype(np.intp) - self.lowest
        self._fill(panel)
        z = 2.0 * (inside - left) - 1.0
        twice, last, out = 2.0 * z, np.zeros(z.shape), self._table[-1].take(panel)
        for coefficients in self._table[-2:0:-1]:  # Clenshaw's recurrence
            last, out = out, coefficients.take(panel) + (twice * out - last)
        return self._whole.take(panel), self._table[0].take(panel) + (z * out - last)

    def _fill(self, panel: Index) -> None:
        if not panel.size or self._known[panel.min() : panel.max() + 1].all():
            return
        wanted = np.unique(panel)
        wanted = wanted[~self._known[wanted]]
        points, matrix = _MATRIX
        values = self.function(np.longdouble(self.lowest + wanted[:, None]) + 0.5 * (points + 1.0)).T
        middle = values[len(points) // 2]
        self._table[:, wanted] = matrix @ (values - middle).astype(float)  # small numbers, so that rounding is small
        whole = np.rint(middle)
        self._table[0, wanted] += (middle - whole).astype(float)
        self._whole[wanted] = whole.astype(float)
        self._known[wanted] = True


_MATRIX = _series()
