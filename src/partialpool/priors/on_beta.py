"""The joint prior of proportions: densities of mean and concentration, or of alpha and beta, of a beta population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from partialpool.errors import PriorError
from partialpool.io.output.content import Stated
from partialpool.priors.code import code_of_joint
from partialpool.priors.component import SCALES, Component, Given, Typical, as_density, stated
from partialpool.priors.density import INF, Density, Line, Positive, number, product
from partialpool.priors.drawing import bounded_exp, drawn_on_unit, log_drawn
from partialpool.priors.examples import Scale
from partialpool.priors.powers import Flat
from partialpool.priors.shrinkage import UniformShrinkage
from partialpool.priors.unit import Beta, Uniform
from partialpool.special import Array, safe_log

EXAMPLE = Scale(0.2, 0.1, 0.1)
_RARE = 0.1  # if the rarer outcome has a smaller share, the mean of an example is not uniform but of its order
_TYPICAL = Typical("n0")


@dataclass(frozen=True)
class BetaPrior(Stated):
    """The joint prior of proportions: two independent densities, of mean and concentration or of alpha and beta.

    The parameters are related by mean = alpha/(alpha+beta) and concentration = alpha+beta. By default the mean is
    uniform on (0, 1), and the concentration has the uniform-shrinkage density, proportional to 1/(n0 + concentration)^2
    with n0 the harmonic mean of the groups' trials.

    A density on the concentration may be stated on another scale: `HalfCauchy(1, on="sd")` is half-Cauchy on
    concentration^(-1/2), to which the population's sd is proportional, and on="variance" means 1/concentration.

    Example:
        >>> from partialpool.priors import Power
        >>> print(BetaPrior(concentration=Power(-1.5)).formula_alpha_beta)
        (alpha+beta)^(-5/2)
    """

    mean: Given = None
    concentration: Given = None
    alpha: Given = None
    beta: Given = None
    name: str = ""

    family: ClassVar[str] = "proportions"

    def __post_init__(self) -> None:
        natural = self.alpha is not None, self.beta is not None
        if any(natural) and (self.mean is not None or self.concentration is not None):
            raise PriorError("A prior takes mean and concentration, or alpha and beta, not a mixture of both.")
        if any(natural) and not all(natural):
            raise PriorError("A prior on alpha needs one on beta too (and the reverse): give both.")
        if any(natural):
            self._set("alpha", stated(self.alpha, "alpha").density)
            self._set("beta", stated(self.beta, "beta").density)
            return
        self._set("mean", _on_unit(self.mean))
        given = UniformShrinkage() if self.concentration is None else self.concentration
        self._set("concentration", stated(given, "concentration", SCALES["concentration"], _TYPICAL).density)

    def _set(self, parameter: str, density: Density) -> None:
        object.__setattr__(self, parameter, density)

    @property
    def on_alpha_beta(self) -> bool:
        """Whether the densities are those of alpha and beta, rather than of mean and concentration."""
        return self.alpha is not None

    def part(self, parameter: str) -> Component:
        """The density of one parameter as a component."""
        density = getattr(self, parameter)
        if parameter != "concentration":
            return Component(density)
        scale = density.on if isinstance(density, Positive) and density.on else parameter
        return Component(density, SCALES[parameter][scale], _TYPICAL)

    @property
    def mean_exponents(self) -> tuple[float, float]:
        """The exponents a, b for which the density of the mean ~ mean^a at 0 and ~ (1 - mean)^b at 1."""
        assert isinstance(self.mean, Density)
        return self.mean.at_zero, self.mean.at_infinity

    @property
    def supports(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The supports of the mean and of the concentration.

        Raises:
            PriorError: the support of alpha or beta is not (0, infinity), which does not bound mean or concentration.
        """
        if self.on_alpha_beta:
            for parameter in ("alpha", "beta"):
                _check_uncut(self.part(parameter), parameter)
            return (0.0, 1.0), (0.0, INF)
        assert isinstance(self.mean, Density)
        return self.mean.support, self.part("concentration").support

    @property
    def cautions(self) -> tuple[str, ...]:
        """Warnings for readers of results under this prior."""
        densities = (self.mean, self.concentration, self.alpha, self.beta)
        return tuple(d.caution for d in densities if isinstance(d, Density) and d.caution)

    def for_design(self, typical_trials: float) -> BetaPrior:
        """The prior with its scale filled in: n0, the harmonic mean of the groups' trials."""
        if self.on_alpha_beta:
            return self
        return replace(self, concentration=self.part("concentration").for_design(typical_trials).density)

    def log_density_of(self, phi: Mapping[str, Array]) -> Array:
        """Log joint density with respect to d mean d concentration, at parameters by name."""
        log_alpha, log_beta = safe_log(phi["alpha"]), safe_log(phi["beta"])
        log_kappa = np.logaddexp(log_alpha, log_beta)
        return self.log_density(log_alpha - log_kappa, log_beta - log_kappa, log_kappa)

    def drawn(self, size: int, rng: np.random.Generator) -> dict[str, Array]:
        """Draw the population's parameters from the prior, which must be proper: name -> (size,)."""
        if self.on_alpha_beta:
            alpha, beta = (bounded_exp(log_drawn(self.part(name), size, rng)) for name in ("alpha", "beta"))
            kappa = alpha + beta
            mean = alpha / kappa
        else:
            assert isinstance(self.mean, Density)
            mean = drawn_on_unit(self.mean, size, rng)
            kappa = bounded_exp(log_drawn(self.part("concentration"), size, rng))
            alpha, beta = mean * kappa, (1.0 - mean) * kappa
        sd = np.sqrt(mean * (1.0 - mean) / (kappa + 1.0))
        return {"mean": mean, "concentration": kappa, "alpha": alpha, "beta": beta, "sd": sd}

    @property
    def example_uses(self) -> tuple[str, ...]:
        """The attributes of a `Scale` on which the example depends."""
        return ("pooled",)

    def example(self, scale: Scale = EXAMPLE) -> str:
        """Code of a proper prior whose mean is of the order of the rarer outcome's share in the data.

        The concentration is that of a few such outcomes.
        """
        rarer = max(min(scale.pooled, 1.0 - scale.pooled), 1e-9)
        share = 10.0 ** round(np.log10(rarer)) if rarer < _RARE else _RARE
        rest = f"{1.0 / share - 1.0:.12g}"
        mean = "1, 1" if rarer >= _RARE else f"1, {rest}" if scale.pooled < 0.5 else f"{rest}, 1"
        return f"pp.Prior(mean=pp.Beta({mean}), concentration=pp.Gamma(2, {share:g}))"

    def log_density(self, log_mean: Array, log_other: Array, log_kappa: Array) -> Array:
        """Log joint density with respect to d mean d concentration, at log mean, log(1 - mean), log concentration."""
        if self.on_alpha_beta:
            on_alpha = self.part("alpha").log_pdf_anywhere(log_mean + log_kappa)
            return on_alpha + self.part("beta").log_pdf_anywhere(log_other + log_kappa) + log_kappa
        assert isinstance(self.mean, Density)
        return self.mean.log_pdf(log_mean, log_other) + self.part("concentration").log_pdf(log_kappa)

    @property
    def formula_alpha_beta(self) -> str:
        """The joint density with respect to d alpha d beta, without its constant."""
        if self.on_alpha_beta:
            return product(self.part("alpha").formula("alpha"), self.part("beta").formula("beta"))
        whole, concentration = "(alpha+beta)", self.part("concentration")
        if concentration.is_power and _is_flat(self.mean):
            return f"{whole}^({number(concentration.at_zero - 1.0)})"
        return product(_formula(self.mean, "alpha/(alpha+beta)"), concentration.formula(whole), f"{whole}^(-1)")

    @property
    def formula_mean_concentration(self) -> str:
        """The joint density with respect to d mean d concentration, without its constant."""
        if not self.on_alpha_beta:
            return product(_formula(self.mean, "mean"), self.part("concentration").formula("concentration"))
        alpha = self.part("alpha").formula("(mean concentration)")
        beta = self.part("beta").formula("((1-mean) concentration)")
        return product(alpha, beta, "concentration")

    def __repr__(self) -> str:
        parts = {"mean": self.mean, "concentration": self.concentration, "alpha": self.alpha, "beta": self.beta}
        return code_of_joint(self.family, parts, self.name)

    def __str__(self) -> str:
        title = f"prior {self.name}" if self.name else "prior"
        lines = [
            title,
            f"  p(alpha, beta)          ~  {self.formula_alpha_beta}",
            f"  p(mean, concentration)  ~  {self.formula_mean_concentration}",
        ]
        if self.on_alpha_beta:
            ends = [f"{p}: {self.part(p).ends}" for p in ("alpha", "beta")]
        else:
            low, high = self.mean_exponents
            ends = [f"mean: {_end('mean', low)} at 0, {_end('(1-mean)', high)} at 1"]
            ends.append(f"concentration: {self.part('concentration').ends}")
        return "\n".join([*lines, *(f"  {line}" for line in ends)])


def _on_unit(given: Given) -> Density:
    """Turn a caller's density of the mean into a density on (0, 1); None and Flat become uniform."""
    density = as_density(given, "mean", (0.0, 1.0))
    if density is None or isinstance(density, Flat):
        return Beta(1.0, 1.0)
    if isinstance(density, Line) or density.support[1] > 1.0:
        raise PriorError(f"{density} does not fit the mean of proportions, which lies in (0, 1); Beta(a, b) does.")
    if isinstance(density, Positive) and density.on not in (None, "mean"):
        raise PriorError(f'{density}: a prior on mean can be on mean, not "{density.on}".')
    return density


def _check_uncut(component: Component, parameter: str) -> None:
    if component.support != (0.0, INF):
        raise PriorError(
            f"{component.density} is cut off, and the prior of {parameter} must reach from 0 to infinity: Gamma, "
            "LogNormal or HalfCauchy do. A prior on mean and concentration may be cut off."
        )


def _is_flat(mean: object) -> bool:
    return mean in (Beta(1.0, 1.0), Uniform(0.0, 1.0))


def _formula(mean: object, symbol: str) -> str:
    assert isinstance(mean, Density)
    text = mean.formula(symbol)
    return "" if text == "1" else text


def _end(x: str, exponent: float) -> str:
    return "vanishes" if exponent == INF else f"{x}^{number(exponent)}"
