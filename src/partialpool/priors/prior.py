"""The prior as a user writes it: densities of parameters by name, for any family that has these parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, overload

from partialpool.errors import PriorError
from partialpool.io.output.content import Stated
from partialpool.priors.code import code_of
from partialpool.priors.component import Given, as_density
from partialpool.priors.density import Density, Line, Positive
from partialpool.priors.halves import HalfCauchy
from partialpool.priors.on_beta import BetaPrior
from partialpool.priors.on_gamma import GammaPrior
from partialpool.priors.on_normal import NormalPrior
from partialpool.priors.taken import TAKEN, Joint
from partialpool.priors.unit import Beta
from partialpool.priors.words import PARAMETERS, meant


@dataclass(frozen=True, init=False)
class Prior(Stated):
    """A prior p(phi) of the population's parameters: one density per parameter, independent of each other.

        proportions    mean and concentration, or alpha and beta      theta ~ Beta(alpha, beta)
        rates          mean and rate, shape and rate, mean and shape  theta ~ Gamma(shape, rate), mean = shape/rate
        estimates      mean and sd                                    theta ~ Normal(mean, sd)
        measurements   mean, sd and sigma                             theta ~ Normal(mean, sd), y ~ Normal(theta, sigma)

    A parameter that is left out keeps the family's default. mu, kappa and tau may be written for mean, concentration
    and sd. A plain function of an array is taken as a density of the parameter. A density may be stated on another
    scale of its parameter: for a concentration, `HalfCauchy(1, on="sd")` is the density of concentration^(-1/2), to
    which the population's sd is proportional. The sd of a normal population can also have on="variance" or
    on="precision", and for measurements on="ratio", which is sd/sigma, or on="squared-ratio".

    `repr` is code that creates the prior, and `print` shows its formula.

    Args:
        mean: density of the population's mean.
        concentration: density of alpha + beta (proportions).
        alpha: density of the first parameter of the beta population, together with `beta`.
        beta: density of its second parameter.
        rate: density of the rate (inverse scale) of the gamma population (rates).
        shape: density of its shape.
        sd: density of the sd of the normal population (estimates, measurements).
        sigma: density of the sd within groups (measurements).
        name: a name to show; optional.
        mu: another word for `mean`.
        kappa: another word for `concentration`.
        tau: another word for `sd`.

    Raises:
        PriorError: no family takes these components, or a density does not fit its parameter.

    Example:
        >>> from partialpool.priors import HalfCauchy, Normal
        >>> print(Prior(mean=Normal(0, 5), sd=HalfCauchy(5)))
        prior
          p(mean, sd)  ~  exp(-(mean/5)^2 / 2) 1/(1 + (sd/5)^2)
          mean: vanishes at both ends
          sd: ^0 at 0, ^-2 at infinity
    """

    mean: Given = None
    concentration: Given = None
    alpha: Given = None
    beta: Given = None
    rate: Given = None
    shape: Given = None
    sd: Given = None
    sigma: Given = None
    name: str = ""

    def __init__(
        self,
        mean: Given = None,
        concentration: Given = None,
        alpha: Given = None,
        beta: Given = None,
        rate: Given = None,
        shape: Given = None,
        sd: Given = None,
        sigma: Given = None,
        name: str = "",
        *,
        mu: Given = None,
        kappa: Given = None,
        tau: Given = None,
    ) -> None:
        values = (mean, concentration, alpha, beta, rate, shape, sd, sigma)
        given = dict(zip(PARAMETERS, values, strict=True)) | {"mu": mu, "kappa": kappa, "tau": tau}
        try:
            densities = meant({word: density for word, density in given.items() if density is not None})
        except ValueError as error:
            raise PriorError(str(error)) from None
        for parameter in PARAMETERS:
            density = densities.get(parameter)
            own = density if parameter == "mean" else as_density(density, parameter)
            object.__setattr__(self, parameter, own)
        object.__setattr__(self, "name", name)
        self._first()

    @property
    def given(self) -> tuple[str, ...]:
        """The parameters that have a density."""
        return tuple(parameter for parameter in PARAMETERS if getattr(self, parameter) is not None)

    @overload
    def joint(self, family: Literal["proportions"]) -> BetaPrior: ...
    @overload
    def joint(self, family: Literal["rates"]) -> GammaPrior: ...
    @overload
    def joint(self, family: Literal["estimates", "measurements"]) -> NormalPrior: ...
    @overload
    def joint(self, family: str) -> Joint: ...
    def joint(self, family: str) -> Joint:
        """The joint prior of a family, with the family's defaults for the parameters left out.

        Raises:
            PriorError: the family does not take these components, or a density does not fit its parameter.
        """
        if family not in TAKEN:
            raise PriorError(f"There is no family {family!r}; there are {', '.join(TAKEN)}.")
        takes = TAKEN[family]
        if "concentration" in takes.parameters and set(self.given) <= {"mean", "sd"} and self.sd is not None:
            raise PriorError(_sd_of_proportions(self.sd))
        strange = [parameter for parameter in self.given if parameter not in takes.parameters]
        if strange:
            raise PriorError(f"This prior is on {' and '.join(strange)}; {takes.said}.")
        return takes.joint(self)

    def _first(self) -> Joint:
        """The joint prior of the first family that takes this prior."""
        given = self.given
        families = [family for family, takes in TAKEN.items() if set(given) <= set(takes.parameters)]
        if not families:
            raise PriorError(_no_family(given))
        if "sd" in given and isinstance(self.mean, Beta):  # a mean between 0 and 1 is that of proportions
            raise PriorError(_sd_of_proportions(self.sd))
        refusals = []
        for family in families:
            try:
                return self.joint(family)
            except PriorError as refused:
                refusals.append(refused)
        on_line = isinstance(self.mean, Line) and "estimates" in families
        raise refusals[families.index("estimates") if on_line else 0]

    def __repr__(self) -> str:
        return code_of(self)

    def __str__(self) -> str:
        return str(self._first())


def _sd_of_proportions(sd: Given) -> str:
    """The message that proportions take no prior of the sd, and how to state it on the concentration."""
    density: Density = HalfCauchy(1.0, on="sd")
    if isinstance(sd, Positive) and sd.on in (None, "sd", "variance"):
        density = replace(sd, on=sd.on or "sd")
    return (
        f"This prior is on sd; {TAKEN['proportions'].said}. A density of how far proportions spread is one of the "
        f'concentration on another scale, and on="sd" is concentration^(-1/2): "concentration ~ {density!r}". '
        "The sd of the population's table is sqrt(mean (1-mean)/(concentration+1)), half of that or less."
    )


def _no_family(given: tuple[str, ...]) -> str:
    if set(given) <= set(TAKEN["proportions"].parameters):
        return "A prior takes mean and concentration, or alpha and beta, not a mixture of both."
    return f"No family takes a prior on {' and '.join(given)}: {'; '.join(takes.said for takes in TAKEN.values())}."
