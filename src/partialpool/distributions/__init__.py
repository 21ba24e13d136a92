"""Arrays of distributions of one group's parameter theta, mapped to the whole real line."""

from partialpool.distributions.betas import Betas
from partialpool.distributions.conjugate import conjugate_betas, conjugate_gammas, conjugate_normals
from partialpool.distributions.each import Distribution, ExponentialFamily
from partialpool.distributions.gammas import Gammas
from partialpool.distributions.normals import Normals
from partialpool.distributions.quantity import Quantity

__all__ = [
    "Betas",
    "Distribution",
    "ExponentialFamily",
    "Gammas",
    "Normals",
    "Quantity",
    "conjugate_betas",
    "conjugate_gammas",
    "conjugate_normals",
]
