"""Two logs that are cut off: every point is in one piece, there and back, with the right Jacobian."""

import numpy as np
import pytest

from partialpool.distributions.populations.gamma_cut import pieces
from partialpool.quadrature.line import Interval

INF = np.inf
RANDOM = np.random.default_rng(3)
SUPPORTS = [
    ((-1.0, 2.0), (0.5, INF)),
    ((-1.0, 2.0), (0.5, 1.5)),
    ((0.0, INF), (-INF, 3.0)),
    ((-INF, 1.0), (-INF, 0.0)),
    ((0.3, INF), (0.1, INF)),
    ((-2.0, 0.0), (-INF, INF)),
]
MULTIPLES = [(1.0, 1.0), (-0.5, 0.5), (1.0, -1.0), (0.5, -1.0), (-0.5, 1.0)]


def points(support):
    low, high = np.clip(support, -8.0, 8.0)
    return low + (high - low) * RANDOM.uniform(0.02, 0.98, 300)


@pytest.mark.parametrize("multiples", MULTIPLES)
@pytest.mark.parametrize("supports", SUPPORTS)
def test_every_point_is_in_one_piece(supports, multiples):
    u, v = (points(support) for support in supports)
    z, seen = multiples[0] * u + multiples[1] * v, np.zeros(len(u), dtype=int)
    found = list(pieces(multiples, *(Interval(*support) for support in supports)))
    assert [one.z.hi for one in found[:-1]] == [one.z.lo for one in found[1:]]
    for piece in found:
        with np.errstate(all="ignore"):
            x, y = piece.inverse(u, v)
        here = np.isfinite(x) & np.isfinite(y)
        seen += here
        if not here.any():
            continue
        x, y = x[here], y[here]
        back_u, back_v, slope = piece.point(x, y)
        assert back_u == pytest.approx(u[here], abs=1e-9)
        assert back_v == pytest.approx(v[here], abs=1e-9)
        assert piece.z.value(x) == pytest.approx(z[here], abs=1e-9)
        assert slope == pytest.approx(numerical(piece, x, y), abs=1e-4)
    assert (seen == 1).all()


def numerical(piece, x, y, h=1e-5):
    (u1, v1, _), (u0, v0, _) = piece.point(x + h, y), piece.point(x - h, y)
    (u3, v3, _), (u2, v2, _) = piece.point(x, y + h), piece.point(x, y - h)
    return np.log(np.abs((u1 - u0) * (v3 - v2) - (u3 - u2) * (v1 - v0)) / (4 * h * h))
