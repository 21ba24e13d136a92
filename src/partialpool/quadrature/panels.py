"""Piecewise polynomials on panels of width one that replace smooth functions of one variable.

Where a function is analytic within pi of the real line (as sums of log(e^x + i) are), its Chebyshev series on a panel
of width one falls by a factor of 12 per term, so that a few terms are exact to the last digits of a double. The
coefficients fall so fast that plain powers of the coordinate lose no digits, and they are the quickest to evaluate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy import polynomial
from numpy.typing import NDArray

from partialpool.special import Array, Index

_TERMS = 14
_BLOCK = 8  # number of panels that are filled together


def _series() -> tuple[Array, Array, Array]:
    """Chebyshev points of (-1, 1), the matrix from values there to a Chebyshev series, and from series to powers.

    The two matrices stay apart: the entries of their product are large, and rounding would grow with values of any
    size.
    """
    angles = np.pi * (np.arange(_TERMS) + 0.5) / _TERMS
    chebyshev = 2.0 / _TERMS * np.cos(np.outer(np.arange(_TERMS), angles))
    chebyshev[0] *= 0.5
    powers = np.zeros((_TERMS, _TERMS))
    for k in range(_TERMS):
        powers[: k + 1, k] = polynomial.chebyshev.cheb2poly(np.eye(_TERMS)[k])[: k + 1]
    return np.cos(angles), chebyshev, powers


@dataclass(frozen=True)
class Panels:
    """Tabulated functions on [lowest, highest], both whole numbers; beyond them they keep the values of the nearer end.

    function(x): the values, (functions, *x.shape), in the precision of x, which is extended where the machine has it.
    change(by, centre): function(centre + by) - function(centre), computed without the rounding of a difference.
    functions: how many functions there are.

    A panel is filled when it is first asked for, and its values do not depend on which others are filled.
    """

    function: Callable[[Any], Any]
    change: Callable[[Array, Array], Array]
    lowest: int
    highest: int
    functions: int = 1
    _table: Array = field(init=False, repr=False, compare=False)
    _whole: Array = field(init=False, repr=False, compare=False)
    _known: NDArray[np.bool_] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        count = self.highest - self.lowest
        object.__setattr__(self, "_table", np.zeros((_TERMS, self.functions, count)))
        object.__setattr__(self, "_whole", np.zeros((self.functions, count)))
        object.__setattr__(self, "_known", np.zeros(count, dtype=bool))

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """The functions, elementwise, as whole numbers (exact in sums) plus remainders: both (functions, *x.shape)."""
        inside = np.fmin(np.fmax(x, float(self.lowest)), float(self.highest)).ravel()
        left = np.minimum(np.floor(inside), self.highest - 1.0)
        panel = left.astype(np.intp) - self.lowest
        self._fill(panel)
        z = 2.0 * (inside - left) - 1.0
        if self.functions > 1:  # one function after the other: plain arrays are the quickest
            panel = np.concatenate([panel + k * len(self._known) for k in range(self.functions)])
            z = np.concatenate([z] * self.functions)
        out = self._table[-1].take(panel)
        term = np.empty_like(out)
        for coefficients in self._table[-2::-1]:
            out *= z
            out += coefficients.take(panel, out=term, mode="clip")  # "clip" avoids the copy that other modes make
        shape = (self.functions, *np.shape(x))
        return self._whole.take(panel).reshape(shape), out.reshape(shape)

    def _fill(self, panel: Index) -> None:
        if self._known.take(panel).all():
            return
        for block in np.flatnonzero(np.bincount(panel[~self._known[panel]] // _BLOCK)):
            self._fill_block(slice(block * _BLOCK, min((block + 1) * _BLOCK, len(self._known))))

    def _fill_block(self, wanted: slice) -> None:
        points, series, powers = _SERIES
        centre = self.lowest + 0.5 + np.arange(wanted.start, wanted.stop)
        value: Any = self.function(centre.astype(np.longdouble))
        whole = np.rint(value)
        self._whole[:, wanted] = whole.astype(float)
        change: Array = self.change(_OFFSETS, centre[:, None])
        slope = (change[..., :1] - change[..., -1:]) / (points[0] - points[-1])  # taken out: the rest loses less
        table = (powers @ (series @ (change - slope * points).swapaxes(1, 2))).swapaxes(0, 1)
        table[0] += (value - whole).astype(float)
        table[1] += slope[..., 0]
        self._table[..., wanted] = table
        self._known[wanted] = True


_SERIES = _series()
_OFFSETS = 0.5 * _SERIES[0]
