"""A prior on the population of proportions: densities on (mean, concentration) or on (alpha, beta)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from partialpool.errors import PriorError
from partialpool.priors.density import INF, Density, Positive, number, product
from partialpool.priors.powers import Flat
from partialpool.priors.shrinkage import UniformShrinkage
from partialpool.priors.unit import Beta, Uniform
from partialpool.priors.user import Custom
from partialpool.special import Array

Given = Density | Callable[[object], object] | None

# the scales that a concentration may be stated on, each a power of it
SCALES = {"concentration": 1.0, "sd": -0.5, "variance": -1.0}
_SYMBOLS = {"concentration": "concentration", "sd": "concentration^(-1/2)", "variance": "concentration^(-1)"}


@dataclass(frozen=True)
class Component:
    """A density stated on x^power, as a density of x > 0 itself."""

    density: Density
    power: float = 1.0

    @property
    def support(self) -> tuple[float, float]:
        lo, hi = (np.float64(end) for end in self.density.support)
        with np.errstate(divide="ignore"):
            ends = sorted((float(lo ** (1 / self.power)), float(hi ** (1 / self.power))))
        return ends[0], ends[1]

    @property
    def at_zero(self) -> float:
        r = self.power
        inner = self.density.at_zero if r > 0 else -self.density.at_infinity
        return r * inner + r - 1.0

    @property
    def at_infinity(self) -> float:
        r = self.power
        inner = self.density.at_infinity if r > 0 else -self.density.at_zero
        return r * inner - r + 1.0

    def log_pdf(self, log_x: Array) -> Array:
        inner = self.density.log_pdf(self.power * log_x, log_x)
        if self.power == 1.0:
            return inner
        return inner + np.log(abs(self.power)) + (self.power - 1.0) * log_x


@dataclass(frozen=True)
class Prior:
    """The prior p(phi), a density for each of two population parameters, independent of one another.

    Either `mean` and `concentration`, or `alpha` and `beta`; mean = alpha/(alpha+beta), concentration = alpha+beta.
    `mean` left out is uniform on (0, 1); `concentration` left out is uniform shrinkage, 1/(n0 + concentration)^2
    with n0 the harmonic mean of the groups' trials. A plain function of an array is taken as a density.

    A density on the concentration may be stated on another scale: `HalfCauchy(1, on="sd")` is half-Cauchy on
    concentration^(-1/2), to which the population's sd is proportional, and on="variance" means 1/concentration.

    Example:
        >>> from partialpool.priors import Power
        >>> print(Prior(concentration=Power(-1.5)).formula_alpha_beta)
        (alpha+beta)^(-5/2)
    """

    mean: Given = None
    concentration: Given = None
    alpha: Given = None
    beta: Given = None
    name: str = ""

    def __post_init__(self) -> None:
        for parameter in ("mean", "concentration", "alpha", "beta"):
            given = getattr(self, parameter)
            density = _density(given, parameter)
            object.__setattr__(self, parameter, density)
        self._check_pairing()

    def _check_pairing(self) -> None:
        natural = self.alpha is not None, self.beta is not None
        if any(natural) and (self.mean is not None or self.concentration is not None):
            raise PriorError("A prior takes mean and concentration, or alpha and beta, not a mixture of both.")
        if any(natural) and not all(natural):
            raise PriorError("A prior on alpha needs one on beta too (and the reverse): give both.")
        if self.mean is None and not any(natural):
            object.__setattr__(self, "mean", Beta(1.0, 1.0))
        if self.concentration is None and not any(natural):
            object.__setattr__(self, "concentration", UniformShrinkage())

    @property
    def on_alpha_beta(self) -> bool:
        """Whether the densities are stated on (alpha, beta) rather than (mean, concentration)."""
        return self.alpha is not None

    def part(self, parameter: str) -> Component:
        """The density of one parameter, on its own scale."""
        density = getattr(self, parameter)
        scale = density.on if isinstance(density, Positive) and density.on else parameter
        return Component(density, SCALES.get(scale, 1.0))

    @property
    def mean_exponents(self) -> tuple[float, float]:
        """Exponents of the mean's density at 0 and, in 1 - mean, at 1."""
        assert isinstance(self.mean, Density)
        return self.mean.at_zero, self.mean.at_infinity

    @property
    def supports(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Where the mean and the concentration can lie."""
        if self.on_alpha_beta:
            return (0.0, 1.0), (0.0, INF)
        assert isinstance(self.mean, Density)
        return self.mean.support, self.part("concentration").support

    def for_design(self, typical_trials: float) -> Prior:
        """The same prior with what it takes from the design filled in: n0, the harmonic mean of the trials."""
        if isinstance(self.concentration, UniformShrinkage) and self.concentration.scale is None:
            return replace(self, concentration=replace(self.concentration, scale=float(typical_trials)))
        return self

    def log_density(self, log_mean: Array, log_other: Array, log_kappa: Array) -> Array:
        """log p with respect to d mean d concentration, at log mean, log(1 - mean), log concentration."""
        if self.on_alpha_beta:
            on_alpha = self.part("alpha").log_pdf(log_mean + log_kappa)
            return on_alpha + self.part("beta").log_pdf(log_other + log_kappa) + log_kappa
        assert isinstance(self.mean, Density)
        return self.mean.log_pdf(log_mean, log_other) + self.part("concentration").log_pdf(log_kappa)

    @property
    def formula_alpha_beta(self) -> str:
        """The joint density with respect to d alpha d beta, without its constant."""
        if self.on_alpha_beta:
            return product(_term(self.alpha, "alpha"), _term(self.beta, "beta"))
        whole = "(alpha+beta)"
        if _is_power_prior(self):
            exponent = self.part("concentration").at_zero - 1.0
            return f"{whole}^({number(exponent)})"
        return product(_term(self.mean, "alpha/(alpha+beta)"), _term(self.concentration, whole), f"{whole}^(-1)")

    @property
    def formula_mean_concentration(self) -> str:
        """The joint density with respect to d mean d concentration, without its constant."""
        if not self.on_alpha_beta:
            return product(_term(self.mean, "mean"), _term(self.concentration, "concentration"))
        alpha, beta = _term(self.alpha, "(mean concentration)"), _term(self.beta, "((1-mean) concentration)")
        return product(alpha, beta, "concentration")

    def __str__(self) -> str:
        title = f"prior {self.name}" if self.name else "prior"
        lines = [
            title,
            f"  p(alpha, beta)          ~  {self.formula_alpha_beta}",
            f"  p(mean, concentration)  ~  {self.formula_mean_concentration}",
        ]
        if self.on_alpha_beta:
            ends = [f"{p}: {_ends(self.part(p))}" for p in ("alpha", "beta")]
        else:
            assert isinstance(self.mean, Density)
            low, high = self.mean.at_zero, self.mean.at_infinity
            ends = [f"mean: {_end('mean', low)} at 0, {_end('(1-mean)', high)} at 1"]
            ends.append(f"concentration: {_ends(self.part('concentration'))}")
        return "\n".join([*lines, *(f"  {line}" for line in ends)])


def _density(given: object, parameter: str) -> Density | None:
    """What the caller gave for a parameter, as a density whose support and scale fit that parameter."""
    if given is None or isinstance(given, Density):
        density = given
    elif callable(given):
        density = Custom(given, (0.0, 1.0)) if parameter == "mean" else Custom(given)
    else:
        raise PriorError(f"The prior of {parameter} must be a density such as Gamma(2, 0.1), not {given!r}.")
    if density is None:
        return None
    return _for_mean(density) if parameter == "mean" else _for_positive(density, parameter)


def _for_mean(density: Density) -> Density:
    if isinstance(density, Flat):
        return Beta(1.0, 1.0)
    if density.support[1] > 1.0:
        raise PriorError(f"{density} does not fit the mean of proportions, which lies in (0, 1); Beta(a, b) does.")
    return density


def _for_positive(density: Density, parameter: str) -> Density:
    if not isinstance(density, Positive):
        raise PriorError(f"{density} lies in (0, 1) and does not fit {parameter}; Gamma, Pareto or HalfCauchy do.")
    allowed = SCALES if parameter == "concentration" else {parameter: 1.0}
    if density.on is not None and density.on not in allowed:
        raise PriorError(f'{density}: a prior on {parameter} can be on {", ".join(allowed)}, not "{density.on}".')
    return density


def _is_power_prior(prior: Prior) -> bool:
    component = prior.part("concentration")
    flat = prior.mean == Beta(1.0, 1.0) or prior.mean == Uniform(0.0, 1.0)
    return flat and component.at_zero == -component.at_infinity and abs(component.at_zero) < INF


def _term(density: Given, symbol: str) -> str:
    assert isinstance(density, Density)
    scale = density.on if isinstance(density, Positive) and density.on else None
    if scale is None or scale == symbol:
        text = density.formula(symbol)
        return "" if text == "1" else text
    jacobian = f"{symbol}^({number(SCALES[scale] - 1.0)})"
    return product(density.formula(f"{symbol}^({number(SCALES[scale])})"), jacobian)


def _end(x: str, exponent: float) -> str:
    return "vanishes" if exponent == INF else f"{x}^{number(exponent)}"


def _ends(part: Component) -> str:
    low = "vanishes" if part.at_zero == INF else f"^{number(part.at_zero)}"
    high = "vanishes" if part.at_infinity == INF else f"^{number(-part.at_infinity)}"
    return f"{low} at 0, {high} at infinity"
