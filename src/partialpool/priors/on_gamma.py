"""The joint prior of rates: densities of two of mean, shape and rate of a gamma population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from partialpool.errors import PriorError
from partialpool.io.output.content import Stated
from partialpool.priors.code import code_of_joint
from partialpool.priors.component import Component, Given, Typical, stated
from partialpool.priors.density import INF, power, product
from partialpool.priors.drawing import bounded_exp, log_drawn
from partialpool.priors.examples import Scale, nearest_round
from partialpool.priors.powers import Power
from partialpool.priors.shrinkage import UniformShrinkage
from partialpool.special import Array, safe_log

EXAMPLE = Scale(1.0, 1.0, 1.0)
_TYPICAL = Typical("e0")


@dataclass(frozen=True)
class GammaPrior(Stated):
    """The joint prior of rates: independent densities of two of mean, shape and rate.

    theta ~ Gamma(shape, rate) and mean = shape/rate; exactly one of the three components is None. By default the joint
    density is mean^(-1) / (e0 + rate)^2 with respect to d mean d rate, with e0 the harmonic mean of the exposures, so
    that the shrinkage rate/(rate + e0) of a typical group is uniform on (0, 1).

    Example:
        >>> from partialpool.priors import Exponential, Gamma
        >>> print(GammaPrior.of(shape=Exponential(1), rate=Gamma(0.5, 2)).formula_mean_rate)
        exp(-1 (mean rate)) rate^(-1/2) exp(-2 rate) rate
    """

    mean: Component | None
    rate: Component | None
    shape: Component | None
    name: str = ""

    family: ClassVar[str] = "rates"

    @classmethod
    def of(cls, mean: Given = None, rate: Given = None, shape: Given = None, name: str = "") -> GammaPrior:
        """Build the prior from the given densities, with defaults for those left out.

        Raises:
            PriorError: a density does not fit its parameter, or all three are given.
        """
        if mean is not None and rate is not None and shape is not None:
            raise PriorError("A prior of rates takes two of mean, rate and shape; the third follows from them.")
        if mean is None and (rate is None or shape is None):
            mean = Power(-1.0)
        if rate is None and shape is None:
            rate = UniformShrinkage()
        return cls(
            None if mean is None else stated(mean, "mean of rates", {"mean": 1.0}),
            None if rate is None else stated(rate, "rate", None, _TYPICAL),
            None if shape is None else stated(shape, "shape"),
            name,
        )

    def part(self, parameter: str) -> Component:
        """The component of a parameter that has a density."""
        component = getattr(self, parameter)
        assert isinstance(component, Component), parameter
        return component

    @property
    def parts(self) -> dict[str, Component]:
        """Parameter -> component, for the two parameters that have a density."""
        named = {"mean": self.mean, "shape": self.shape, "rate": self.rate}
        return {parameter: component for parameter, component in named.items() if component is not None}

    @property
    def supports(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The supports of the mean and of the rate, (0, infinity) for one without a density of its own."""
        mean, rate = (component.support if component else (0.0, INF) for component in (self.mean, self.rate))
        return mean, rate

    @property
    def cautions(self) -> tuple[str, ...]:
        """Warnings for readers of results under this prior."""
        return tuple(c.density.caution for c in self.parts.values() if c.density.caution)

    def for_design(self, typical_exposure: float) -> GammaPrior:
        """The prior with its scale filled in: e0, the harmonic mean of the groups' exposures."""
        return self if self.rate is None else replace(self, rate=self.rate.for_design(typical_exposure))

    def log_density(self, log_mean: Array, log_rate: Array) -> Array:
        """Log joint density with respect to d mean d rate, at log mean and log rate.

        shape = mean rate, so d mean d shape = mean d mean d rate and d shape d rate = rate d mean d rate.
        """
        if self.shape is None:
            return self.part("mean").log_pdf(log_mean) + self.part("rate").log_pdf(log_rate)
        on_shape = self.shape.log_pdf_anywhere(log_mean + log_rate)
        if self.mean is None:
            return on_shape + self.part("rate").log_pdf(log_rate) + log_rate
        return on_shape + self.mean.log_pdf(log_mean) + log_mean

    def log_density_of(self, phi: Mapping[str, Array]) -> Array:
        """Log joint density with respect to d mean d rate, at parameters by name."""
        return self.log_density(safe_log(phi["mean"]), safe_log(phi["rate"]))

    def drawn(self, size: int, rng: np.random.Generator) -> dict[str, Array]:
        """Draw the population's parameters from the prior, which must be proper: name -> (size,)."""
        logs = {name: log_drawn(part, size, rng) for name, part in self.parts.items()}
        if "shape" not in logs:
            logs["shape"] = logs["mean"] + logs["rate"]
        elif "mean" not in logs:
            logs["mean"] = logs["shape"] - logs["rate"]
        else:
            logs["rate"] = logs["shape"] - logs["mean"]
        logs["sd"] = 0.5 * (logs["mean"] - logs["rate"])
        return {name: bounded_exp(log) for name, log in logs.items()}

    @property
    def example_uses(self) -> tuple[str, ...]:
        """The attributes of a `Scale` on which the example depends."""
        return ("pooled",)

    def example(self, scale: Scale = EXAMPLE) -> str:
        """Code of a proper prior on the scale of the data."""
        return f"pp.Prior(mean=pp.Gamma(2, {2.0 / nearest_round(scale.pooled):.12g}), shape=pp.Gamma(2, 0.5))"

    @property
    def formula_mean_rate(self) -> str:
        """The joint density with respect to d mean d rate, without its constant."""
        if self.shape is None:
            return product(_on(self.mean, "mean"), _on(self.rate, "rate"))
        on_shape = self.shape.formula("(mean rate)")
        if self.mean is None:
            return product(on_shape, _on(self.rate, "rate"), "rate")
        if self.mean.is_power:
            return product(power("mean", self.mean.at_zero + 1.0), on_shape)
        return product(_on(self.mean, "mean"), on_shape, "mean")

    @property
    def formula_shape_rate(self) -> str:
        """The joint density with respect to d shape d rate, without its constant.

        mean = shape/rate, so d mean d rate = d shape d rate / rate and d mean d shape = shape d shape d rate / rate^2.
        """
        if self.mean is None:
            return product(_on(self.shape, "shape"), _on(self.rate, "rate"))
        jacobian = "rate^(-1)" if self.shape is None else "shape rate^(-2)"
        if self.mean.is_power:
            exponent = self.mean.at_zero
            tail = -exponent - (1.0 if self.shape is None else 2.0)
            head = exponent + (0.0 if self.shape is None else 1.0)
            return product(_on(self.shape, "shape"), power("shape", head), _on(self.rate, "rate"), power("rate", tail))
        return product(_on(self.mean, "(shape/rate)"), _on(self.shape, "shape"), _on(self.rate, "rate"), jacobian)

    def __repr__(self) -> str:
        parts = {name: part.density for name, part in self.parts.items()}
        return code_of_joint(self.family, parts, self.name)

    def __str__(self) -> str:
        lines = [
            f"prior {self.name}" if self.name else "prior",
            f"  p(shape, rate)  ~  {self.formula_shape_rate}",
            f"  p(mean, rate)   ~  {self.formula_mean_rate}",
            *(f"  {parameter}: {component.ends}" for parameter, component in self.parts.items()),
        ]
        return "\n".join(lines)


def _on(component: Component | None, symbol: str) -> str:
    return "" if component is None else component.formula(symbol)
